/** What a selection grows to: the word, the part of a path, the expressions around it, lists, the statement, its block, the file. */
import { pathAt, type Span } from '@scrub/grammar'
import type { Snapshot } from './snapshot.ts'
import { symbolsOf } from './symbols.ts'

/** From the inside out; each is inside the next, and none stands twice. */
export function selectionRanges({ text, parsed }: Snapshot, offset: number): Span[] {
  const around = ({ start, end }: Span): boolean => start <= offset && offset <= end
  const spans: Span[] = pathAt(parsed.file, offset).map(({ span }) => span)
  const name = symbolsOf(parsed).at(offset)
  if (name) spans.push(name.span, ...(name.whole ? [name.whole] : []))
  for (const { type, span, image } of parsed.tokens) {
    if (span.start > offset) break
    if (!around(span)) continue
    if (type === 'MemberName') spans.push({ start: span.start + 1, end: span.end })
    else spans.push(span)
    const quotes = QUOTES[type]
    if (quotes) spans.push(...partsOf(image.slice(1, image.length + 1 - quotes), span.start + 1).filter(around))
  }
  const comment = parsed.comments.find(({ span }) => around(span))
  if (comment) spans.push(comment.span)
  spans.push(...insides(parsed.tokens, offset), { start: 0, end: text.length })
  const sorted = spans.filter(around).sort((a, b) => a.end - a.start - (b.end - b.start))
  const chain: Span[] = []
  for (const span of sorted) {
    const last = chain.at(-1)
    if (span.end === span.start && span.end < text.length) continue
    if (!last || (span.start <= last.start && last.end <= span.end && span.end - span.start > last.end - last.start)) chain.push(span)
  }
  return chain
}

/** How many quotes a string has. */
const QUOTES: Readonly<Record<string, 1 | 2>> = { String: 2, SingleQuoted: 2, UnterminatedString: 1 }

/** Words, steps of a path, and all of what quotes hold; `start`: where it begins in the text. */
function partsOf(held: string, start: number): Span[] {
  return [/[\p{L}\p{N}\p{M}_]+/gu, /[^/\s]+/g, /.+/g].flatMap((part) => (
    [...held.matchAll(part)].map(({ index, 0: { length } }): Span => ({ start: start + index, end: start + index + length }))
  ))
}

/** What brackets around the offset hold, and the brackets with it. */
function insides(tokens: Snapshot['parsed']['tokens'], offset: number): Span[] {
  const open: { readonly type: string; readonly start: number }[] = []
  const found: Span[] = []
  for (const { type, span } of tokens) {
    if (type.startsWith('Left') && /Brace|Bracket|Paren/.test(type)) open.push({ type: type.slice(4), start: span.start })
    else if (type.startsWith('Right')) {
      const at = open.findLastIndex((one) => one.type === type.slice(5))
      if (at < 0) continue
      const { start } = open[at]!
      open.length = at
      if (start < offset && offset < span.end) found.push({ start: start + 1, end: span.start }, { start, end: span.end })
    }
  }
  return found
}
