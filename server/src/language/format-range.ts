/** Formats the statements and comments that a selection touches, and nothing else. */
import type { File, Misplaced, Span } from '@scrub/grammar'
import type { Edit } from './edit.ts'
import { spaceEdits } from './format-document.ts'
import type { Snapshot } from './snapshot.ts'

/** Edits in the order of the text; none where the document has syntax errors. */
export function formatRange({ text, parsed }: Snapshot, range: Span): Edit[] {
  const comments = parsed.comments.map(({ span }) => span).filter((span) => touches(range, span))
  const touched = [...touchedBy(text, parsed.file.items, range), ...comments]
  // A gap belongs to what follows it: the space before a statement is its indentation. Nothing follows the last one.
  const last = ({ start, end }: Span): boolean => end === text.length && range.start <= start && end <= range.end
  return (spaceEdits(text, parsed) ?? []).filter(({ span }) => last(span) || touched.some(({ start, end }) => start <= span.end && span.end < end))
}

/** They share a character, or the range is a cursor in or at the span. */
function touches(range: Span, { start, end }: Span): boolean {
  if (range.end < start || end < range.start) return false
  return range.start === range.end || (range.end > start && range.start < end)
}

/**
 * Statements that share a character with the range, or the cursor, with the rest of their lines: of blocks, only the header
 * unless all of it is selected.
 */
function touchedBy(text: string, items: readonly (File['items'][number] | Misplaced['item'])[], range: Span): Span[] {
  return items.flatMap((item): Span[] => {
    const { span } = item
    const line = { start: span.start, end: lineEnd(text, span.end) }
    if (!touches(range, span)) return []
    if (item.kind !== 'graph' && item.kind !== 'hypothesis' && item.kind !== 'for') return [line]
    if (range.start <= span.start && span.end <= range.end) return [line]
    const first = item.items[0]?.span.start ?? span.end
    const header = range.start < first ? [{ start: span.start, end: first }] : []
    return [...header, ...touchedBy(text, item.items, range)]
  })
}

/** A comment at the end of a line belongs to what stands on it. */
function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end
}
