/** Whether the text is better understood after an edit: what decides between guesses about broken text. */
import { parse, type Parsed } from '@scrub/grammar'
import { edited } from '../edit.ts'
import type { Edit } from './action.ts'

/** By how many findings of the parser edits make a text better: only the statement around them is read, where there is one. */
export function improvement({ text, parsed }: { readonly text: string; readonly parsed: Parsed }, edits: readonly Edit[]): number {
  const from = Math.min(...edits.map(({ span }) => span.start))
  const to = Math.max(...edits.map(({ span }) => span.end))
  const item = parsed.file.items.find(({ span }) => span.start <= from && to <= span.end)
  const { start, end } = item && item.kind !== 'error' && item.kind !== 'misplaced' ? item.span : { start: 0, end: text.length }
  const part = text.slice(start, end)
  const moved = edits.map(({ span, newText }) => ({ span: { start: span.start - start, end: span.end - start }, newText }))
  return parse(part).findings.length - parse(edited(part, moved)).findings.length
}
