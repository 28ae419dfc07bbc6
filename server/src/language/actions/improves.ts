/** Whether the text is better understood after an edit: what decides between guesses about broken text. */
import { parse, pathAt, type Parsed, type Span } from '@scrub/grammar'
import { edited } from '../edit.ts'
import type { Edit } from './action.ts'

interface Text {
  readonly text: string
  readonly parsed: Parsed
}

/** By how many findings of the parser edits make a text better; only the statement around them is read. */
export function improvement(snapshot: Text, edits: readonly Edit[]): number {
  const from = Math.min(...edits.map(({ span }) => span.start))
  const to = Math.max(...edits.map(({ span }) => span.end))
  const path = pathAt(snapshot.parsed.file, from)
  const at = path.findLastIndex((node) => 'keyword' in node && node.span.start <= from && to <= node.span.end)
  const item = path[at]
  // A statement that is out of place, or text that belongs to none, is judged by what is around it.
  if (!item || path.some(({ kind }, i) => i <= at && (kind === 'misplaced' || kind === 'error'))) return improvementOfAll(snapshot, edits)
  const block = path.slice(0, at).find(({ kind }) => kind === 'hypothesis' || kind === 'graph')
  return gained(snapshot.text, edits, item.span, block ? [block.kind === 'graph' ? 'graph {' : 'hypothesis h {', '\n}'] : ['', ''])
}

/** The same with all of the text read: for edits that change where statements begin and end. */
export function improvementOfAll({ text }: Text, edits: readonly Edit[]): number {
  return gained(text, edits, { start: 0, end: text.length }, ['', ''])
}

function gained(text: string, edits: readonly Edit[], { start, end }: Span, [before, after]: readonly [string, string]): number {
  const part = text.slice(start, end)
  const moved = edits.map(({ span, newText }) => ({ span: { start: span.start - start, end: span.end - start }, newText }))
  const findings = (one: string) => parse(before + one + after).findings.length
  return findings(part) - findings(edited(part, moved))
}
