/** A function of the language as documentation shows it. */
import type { FunctionDoc } from '../expr/functions/index.ts'
import { paragraphs, scrub } from './markdown.ts'

export function functionMarkdown({ signature, doc, example }: FunctionDoc): string {
  return paragraphs(scrub(signature), doc, scrub(example))
}
