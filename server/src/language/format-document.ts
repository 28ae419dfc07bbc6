/** Formats a document by changing only the space between tokens, so that cursors and folds stay where they are. */
import { format, parse, type Parsed } from '@scrub/grammar'
import type { Edit } from './edit.ts'
import type { Snapshot } from './snapshot.ts'

/** Edits in the order of the text; none where it is formatted already or has syntax errors. */
export function formatDocument({ text, parsed }: Snapshot): Edit[] {
  return spaceEdits(text, parsed) ?? []
}

interface Piece {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** What formatting changes, gap by gap; undefined where there are syntax errors, since nobody knows what the text should be. */
export function spaceEdits(text: string, parsed: Parsed): Edit[] | undefined {
  if (parsed.findings.length > 0) return undefined
  const formatted = format(text)
  if (formatted === text) return []
  const before = piecesOf(text, parsed)
  const after = piecesOf(formatted, parse(formatted))
  const same = before.length === after.length && before.every((piece, i) => piece.text === after[i]!.text)
  if (!same) return [{ span: { start: 0, end: text.length }, newText: formatted }]
  const edits: Edit[] = []
  for (let i = 0; i <= before.length; i++) {
    const start = before[i - 1]?.end ?? 0
    const end = before[i]?.start ?? text.length
    const newText = formatted.slice(after[i - 1]?.end ?? 0, after[i]?.start ?? formatted.length)
    if (text.slice(start, end) !== newText) edits.push({ span: { start, end }, newText })
  }
  return edits
}

/** Tokens and comments in order, without the space that ends a comment. */
function piecesOf(text: string, { tokens, comments }: Parsed): Piece[] {
  return [...tokens, ...comments]
    .map(({ span: { start, end } }): Piece => {
      const piece = text.slice(start, end).trimEnd()
      return { start, end: start + piece.length, text: piece }
    })
    .sort((a, b) => a.start - b.start)
}
