/** A finding: what is wrong, where, and what to do. Codes are stable and documented. */
import type { Span } from './ast.ts'

export type Severity = 'error' | 'warning' | 'information'

export interface Finding {
  /** Unprefixed, as in the language reference: `unknown-column`. */
  readonly code: string
  readonly severity: Severity
  /** One sentence: what, where, what to do. */
  readonly message: string
  readonly span: Span
  /** Other spans of the same text that explain the finding. */
  readonly related?: readonly { readonly span: Span; readonly message: string }[]
  /** What a fix needs to know, by name; which entries there are depends on the code. */
  readonly data?: Readonly<Record<string, string | readonly string[]>>
}
