/** Changes of a text as data. */
import type { Span } from '@scrub/grammar'

export interface Edit {
  readonly span: Span
  readonly newText: string
}

/** The text after edits that do not overlap; several at one place keep their order. */
export function edited(text: string, edits: readonly Edit[]): string {
  let result = ''
  let from = 0
  for (const { span, newText } of [...edits].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end)) {
    result += text.slice(from, span.start) + newText
    from = span.end
  }
  return result + text.slice(from)
}
