/** Collects findings while a file is bound: one per code and span, so that inlining and inheritance repeat nothing. */
import type { Finding, Span } from '@scrub/grammar'

export class Findings {
  readonly list: Finding[]
  /** Errors reported here, repeated ones included. */
  errors = 0
  private readonly seen: Set<string>

  constructor(parent?: Findings) {
    this.list = parent?.list ?? []
    this.seen = parent?.seen ?? new Set()
  }

  /** Shares the list, but counts its own errors: says whether one hypothesis is sound. */
  part(): Findings {
    return new Findings(this)
  }

  /** For code that takes a callback. */
  readonly add = (finding: Finding): void => {
    if (finding.severity === 'error') this.errors++
    const key = `${finding.code} ${finding.span.start} ${finding.span.end}`
    if (this.seen.has(key)) return
    this.seen.add(key)
    this.list.push(finding)
  }

  error(code: string, span: Span, message: string, related?: Finding['related']): void {
    this.add({ code, severity: 'error', message, span, ...(related ? { related } : {}) })
  }
}
