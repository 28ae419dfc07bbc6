/** Messages for questions about the data. */
import type { Fact } from '../protocol/inspect.ts'
import type { InspectRequest } from '../scrub/inspection.ts'

export interface InspectMessage {
  readonly type: 'inspect'
  readonly id: number
  readonly request: InspectRequest
}

export type InspectAnswer =
  | { readonly type: 'fact'; readonly id: number; readonly fact: Fact }
  /** No further fact comes. */
  | { readonly type: 'inspected'; readonly id: number }
