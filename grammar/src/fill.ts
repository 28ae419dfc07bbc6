/** Long items over several lines: as much on each as fits, broken at the outermost place. */
import type { Row } from './align.ts'
import type { Piece } from './spacing.ts'

/** Columns of a line; a longer one is broken where that is possible. */
export const lineWidth = 120

/** Columns that a row takes, its comment aside. */
export function width({ indent, cells }: Pick<Row, 'indent' | 'cells'>): number {
  return cells.reduce((sum, { text }) => sum + text.length + 1, indent.length - 1)
}

/** The lines of an item, the first at `indent`, the others four further in unless the first is already a continuation. */
export function fill(pieces: readonly Piece[], indent: string, continues = false): Pick<Row, 'indent' | 'cells'>[] {
  const lines: Pick<Row, 'indent' | 'cells'>[] = []
  let start = 0
  while (start < pieces.length) {
    const lead = lines.length === 0 || continues ? indent : `${indent}    `
    const end = lineEnd(pieces, start, lineWidth - lead.length)
    const text = pieces.slice(start, end).map((piece, i) => (i > 0 && piece.space ? ' ' : '') + piece.text).join('')
    lines.push({ indent: lead, cells: [{ text }] })
    start = end
  }
  return lines
}

/** Where the line that begins at `start` ends: at the outermost break that fits, or else at the first one. */
function lineEnd(pieces: readonly Piece[], start: number, room: number): number {
  let used = 0
  let best: number | undefined
  for (let i = start; i < pieces.length; i++) {
    const { text, space, breakRank } = pieces[i]!
    const canBreak = i > start && breakRank !== undefined
    if (canBreak && (best === undefined || (used <= room && breakRank <= pieces[best]!.breakRank!))) best = i
    used += text.length + (i > start && space ? 1 : 0)
    if (used > room && best !== undefined) return best
  }
  return pieces.length
}
