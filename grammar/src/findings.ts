/** Collects what the parser has to say: one finding a place, and a bounded number of them. */
import type { Finding } from './finding.ts'
import type { Span } from './ast.ts'

/** So many findings are kept; the rest are counted. */
export const mostFindings = 100

export class Findings {
  private readonly kept: Finding[] = []
  private readonly seen = new Set<number>()
  private dropped = 0
  private firstDropped: Span | undefined

  /** Says one thing; a second one that starts at the same place only repeats the first and is left out. */
  add(code: 'syntax' | 'too-deep', span: Span, message: string): void {
    if (this.seen.has(span.start)) return
    if (this.kept.length < mostFindings) {
      this.seen.add(span.start)
      this.kept.push({ code, severity: 'error', message, span })
    } else {
      this.dropped++
      this.firstDropped ??= span
    }
  }

  /** In the order of the text. */
  all(): Finding[] {
    const sorted = this.kept.toSorted((a, b) => a.span.start - b.span.start)
    if (this.firstDropped === undefined) return sorted
    const message = `There are ${this.dropped} more syntax errors: correct the ones above first.`
    return [...sorted, { code: 'syntax', severity: 'error', message, span: this.firstDropped }]
  }
}
