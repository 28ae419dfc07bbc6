/** The examples of a page of documentation: blocks of code, and how a part of a file is made a whole one. */
import { read } from '../tidy/repository.ts'

export interface Example {
  /** ` ```scrub finding ` is language `scrub`, mark `finding`. */
  readonly language: string
  readonly mark: string
  /** The heading above it, without backticks. */
  readonly section: string
  readonly text: string
}

export function examplesOf(page: string): Example[] {
  let section = ''
  return [...read(page).matchAll(/^#+ (.*)$|^```(\w+) ?(.*)\n([^]*?)^```$/gm)].flatMap(([, heading, language, mark, text]) => {
    if (language !== undefined) return [{ language, mark: mark!, section, text: text! }]
    section = heading!.replaceAll('`', '')
    return []
  })
}

/** What an example lacks, by the model that it names. */
const rest: Readonly<Record<string, { readonly data: string; readonly metric: string; readonly output: string }>> = {
  'toy.onnx': { data: 'data "toy.jsonl"', metric: 'metric log_loss = binary_cross_entropy(logit, label)', output: 'logit' },
  'paren.onnx': { data: 'data "paren.npz"', metric: 'metric loss = binary_cross_entropy(logits[1] - logits[0], is_balanced)', output: 'logits' },
}

/** The example with the statements that it leaves out; those that it has keep their order. */
export function whole(text: string): string {
  const has = (words: string): boolean => new RegExp(`^\\s*(${words})\\b`, 'm').test(text)
  const model = Object.keys(rest).find((name) => new RegExp(`^model +"${name}"`, 'm').test(text)) ?? 'toy.onnx'
  const { data, metric, output } = rest[model]!
  const out = `node out = exact at ${output}`
  const head = [
    ...(has('model') ? [] : [`model "${model}"`]),
    ...(has('data') ? [] : [data]),
    ...(has('metric|score') ? [] : [metric]),
    ...(has('hypothesis|node|refine') ? [] : [`hypothesis "example" { ${out} }`]),
  ].join('\n')
  if (has('hypothesis') || !has('node|refine')) return `${head}\n${text}`
  // Nodes that stand in no hypothesis are those of one.
  const start = text.search(/^(node|refine|for|option)\b/m)
  return `${head}\n${text.slice(0, start)}hypothesis "example" {${/^node out\b/m.test(text) ? '' : ` ${out}`}\n${text.slice(start)}}\n`
}
