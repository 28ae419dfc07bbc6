/** What the panel's host and the page say to each other. Types only. */
import type { Report } from '../../server/src/protocol/report.ts'

export type RunState = 'running' | 'partial' | 'stale' | 'cached' | 'failed' | 'empty'

/** How far a run is; `started` in milliseconds since 1970. */
export interface Progress {
  phase: string
  done: number
  total: number
  started: number
}

export type HostToPage =
  /** Shown from now on. `report` is null while there is none yet; `message` is a sentence for the state. */
  | { type: 'report'; report: Report | null; hypothesis?: string; state?: RunState; progress?: Progress; message?: string }
  /** The cursor stands on this node in the text. */
  | { type: 'select'; node: string }

export type PageToHost =
  /** The page listens. */
  | { type: 'ready' }
  | { type: 'select'; hypothesis: string; node: string }
  | { type: 'hypothesis'; name: string }
  | { type: 'evaluate' | 'stop'; hypothesis: string }
  /** A file to save; `text` is base64 where `mime` is image/png. */
  | { type: 'export'; name: string; mime: string; text: string }

/** What is kept over a reload. */
export interface Kept {
  hypothesis?: string
  view?: string
  node?: string
}
