/** Changes to statements as edits of their text: parents, `through`, whole statements. */
import type { HypothesisItem, NodeItem, Parent, Parsed, RefineItem, Span } from '@scrub/grammar'
import type { Snapshot } from '../snapshot.ts'
import type { Edit } from './action.ts'

export type NodeStatement = NodeItem | RefineItem

const insert = (at: number, newText: string): Edit => ({ span: { start: at, end: at }, newText })
const cut = (start: number, end: number): Edit => ({ span: { start, end }, newText: '' })

const startOfLine = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end
}

/** The space before a statement that begins its line; undefined where something stands before it. */
export function indentOf(text: string, offset: number): string | undefined {
  const before = text.slice(startOfLine(text, offset), offset)
  return before.trim() === '' ? before : undefined
}

/** Removes an element of a list separated by commas, with the comma beside it. The list has others. */
export function withoutElement({ comments, tokens }: Parsed, elements: readonly Span[], index: number): readonly Edit[] {
  const { start, end } = elements[index]!
  const [from, to] = index > 0 ? [elements[index - 1]!.end, end] : [start, elements[1]!.start]
  if (!comments.some(({ span }) => from < span.end && span.start < to)) return [cut(from, to)]
  // A comment between two elements stays.
  const comma = tokens.find(({ type, span }) => type === 'Comma' && from <= span.start && span.end <= to)
  return [...(comma ? [cut(comma.span.start, comma.span.end)] : []), cut(start, end)]
}

/** Removes a parent after `from`, and `from` with the last one. */
export function withoutParent({ text, parsed }: Snapshot, { from }: NodeStatement, parent: Parent): readonly Edit[] {
  const index = from.indexOf(parent)
  if (from.length > 1) return withoutElement(parsed, from.map(({ span }) => span), index)
  const keyword = wordBefore(parsed, 'From', parent.span.start)
  if (!keyword) return []
  const space = /[ \t]*$/.exec(text.slice(0, keyword.start))![0].length
  const comma = /^\s*,/.exec(text.slice(parent.span.end))?.[0].length ?? 0
  return [cut(keyword.start - space, parent.span.end + comma)]
}

/** Adds parents, written as after `from`. */
export function withParents({ from, span }: NodeStatement, parents: readonly string[]): readonly Edit[] {
  const last = from.at(-1)
  const list = parents.join(', ')
  return [last ? insert(last.span.end, `, ${list}`) : insert(span.end, `    from ${list}`)]
}

/** Lets the edge of a parent after `from` run through components too, in addition to those that it names. */
export function withThrough(parent: Parent, components: readonly string[]): readonly Edit[] {
  const { through, reference } = parent
  const list = components.join(', ')
  if (through?.any) return []
  const last = through?.places.at(-1)
  if (last) return [insert(last.span.end, `, ${list}`)]
  return [through ? { span: { start: reference.span.end, end: through.span.end }, newText: ` through [${list}]` } : insert(reference.span.end, ` through [${list}]`)]
}

export function withThroughAny({ through, reference }: Parent): readonly Edit[] {
  return [{ span: { start: reference.span.end, end: through?.span.end ?? reference.span.end }, newText: ' through any' }]
}

/** The last token of a type before an offset. */
export function wordBefore({ tokens }: Parsed, type: string, offset: number): Span | undefined {
  return tokens.findLast((token) => token.type === type && token.span.end <= offset)?.span
}

/** Writes statements before another one: each on a line of its own where that one is. */
export function before(text: string, { start }: Span, statements: readonly string[]): Edit {
  const indent = indentOf(text, start)
  return insert(start, statements.map((one) => `${one}${indent === undefined ? ' ' : `\n${indent}`}`).join(''))
}

/** Writes statements after another one and the comment on its line. */
export function after(text: string, { start, end }: Span, statements: readonly string[]): Edit {
  const indent = indentOf(text, start)
  const rest = text.slice(end, endOfLine(text, end)).trimEnd()
  if (indent === undefined || !/^\s*(#|$)/.test(rest)) return insert(end, statements.map((one) => ` ${one}`).join(''))
  return insert(end + rest.length, statements.map((one) => `\n${indent}${one}`).join(''))
}

/** Writes statements at the end of the block of a hypothesis; undefined where it has none. */
export function atEnd({ text, parsed }: Snapshot, { items, span, keyword }: HypothesisItem, statements: readonly string[]): Edit | undefined {
  const last = items.at(-1)
  if (last) return after(text, last.span, statements)
  const open = parsed.tokens.find(({ type, span: at }) => type === 'LeftBrace' && keyword.end <= at.start && at.end <= span.end)
  if (!open) return undefined
  const indent = indentOf(text, span.start)
  const inner = text.slice(open.span.end, span.end)
  const line = indent === undefined || inner.includes('\n') ? '' : `\n${indent}`
  return insert(open.span.end, statements.map((one) => (indent === undefined ? ` ${one}` : `\n${indent}  ${one}`)).join('') + (indent === undefined ? ' ' : line))
}

/** Removes a statement: with its lines and the comment after it where it has them for itself. */
export function without(text: string, { start, end }: Span): Edit {
  const next = endOfLine(text, end)
  if (indentOf(text, start) !== undefined && /^\s*(#|$)/.test(text.slice(end, next))) return cut(startOfLine(text, start), Math.min(next + 1, text.length))
  return cut(start, end + /^[ \t]*/.exec(text.slice(end))![0].length)
}
