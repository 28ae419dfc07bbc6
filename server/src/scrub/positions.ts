/** Offsets of the text as lines and characters, and findings as tools read them. */
import type { Finding } from '@scrub/grammar'
import type { FileFinding, Position, Range } from '../protocol/findings.ts'

/** Converts UTF-16 offsets to zero-based lines and characters. */
export function positionsOf(text: string): (offset: number) => Position {
  const starts = [0]
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 10 || (c === 13 && text.charCodeAt(i + 1) !== 10)) starts.push(i + 1)
  }
  return (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low, character: offset - starts[low]! }
  }
}

/** Findings of one file, in the order of the text. */
export function fileFindings(findings: readonly Finding[], file: string, text: string): FileFinding[] {
  const at = positionsOf(text)
  const range = (span: { start: number; end: number }): Range => ({ start: at(span.start), end: at(span.end) })
  return [...findings]
    .sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end)
    .map(({ code, severity, message, span, related }) => ({
      code, severity, message, file, range: range(span),
      ...(related && related.length > 0 ? { related: related.map((r) => ({ message: r.message, file, range: range(r.span) })) } : {}),
    }))
}
