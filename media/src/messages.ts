/** What the panel's host and the page say to each other. Types only. */
import type { Interval, Report, Structure } from '../../server/src/protocol/report.ts'

export type RunState = 'running' | 'partial' | 'stale' | 'cached' | 'failed' | 'empty'

/** How far a run is; `started` in milliseconds since 1970. */
export interface Progress {
  phase: string
  done: number
  total: number
  started: number
}

/** An earlier run of a hypothesis; `time` in milliseconds since 1970. */
export interface Earlier {
  hypothesis: string
  time: number
  seed: number
  samples: number
  recovered: Interval
}

export type HostToPage =
  /** Shown from now on. `report` is null while there is none yet, when `structure` may hold what is evaluated; `message` is a sentence for the state. */
  | { type: 'report'; report: Report | null; uri?: string; hypothesis?: string; state?: RunState; progress?: Progress; message?: string; history?: Earlier[]; structure?: Structure; compare?: { label: string; hypothesis: string; report: Report } }
  /** The run of what is shown goes on; the report stays. */
  | { type: 'progress'; progress?: Progress; message?: string }
  /** Costs of nodes as far as they are known, by name. */
  | { type: 'costs'; hypothesis: string; costs: Record<string, Interval> }
  /** The cursor stands on this node in the text. */
  | { type: 'select'; node: string }

export type PageToHost =
  /** The page listens. */
  | { type: 'ready' }
  | { type: 'select'; hypothesis: string; node: string }
  | { type: 'hypothesis'; name: string }
  | { type: 'evaluate' | 'stop'; hypothesis: string }
  /** No run is to be compared any more. */
  | { type: 'compare'; with: null }
  /** Lines of Python that read what is shown are wanted. */
  | { type: 'python'; hypothesis: string }
  /** A file to save; `text` is base64 where `mime` is image/png. */
  | { type: 'export'; name: string; mime: string; text: string }

/** What is kept over a reload. */
export interface Kept {
  /** Of the document. */
  uri?: string
  hypothesis?: string
  view?: string
  node?: string
  /** The graph as a tree. */
  tree?: boolean
  /** The model's components behind it. */
  model?: boolean
}
