/** What a selection grows to: the word, the expressions around it, lists, the statement, its block, the file. */
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
    if (type === 'String') spans.push({ start: span.start + 1, end: span.start + image.length - 1 })
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
