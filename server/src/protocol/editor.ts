/** What the server and a client of our own tell each other beyond the protocol of language servers. Plain data (JSON). */
import type { Interval, Report, Structure } from './report.ts'
import type { FailureKind } from './runner.ts'

/** Notification of the server to a client with the capability `experimental.scrubRuns`, while a hypothesis is evaluated. */
export const RUN = 'scrub/run'
/** Request `{ uri, hypothesis }` about an open document: a `RunKey`, or null where the document is not known. */
export const KEY = 'scrub/key'
/** Notification of the client: a run that it has kept from before the server was started. */
export const KNOWN = 'scrub/known'

/** Request `{ uri }`: a `Health`, or null for a document that is not open. */
export const HEALTH = 'scrub/health'
/** Request without parameters: what works on this machine, in lines for people. */
export const DOCTOR = 'scrub/doctor'
/** A command of the client, which hovers lead to: `{ uri, hypothesis, node }` is shown in the graph. */
export const SHOW_NODE = 'scrub.showNode'
/** Request `{ model, data, uri }`, all URIs: a first file about the model, to be written to `uri`, as `{ text }`, or `{ message }`. */
export const NEW = 'scrub/new'
/** Request `{ uri, text }`: the hypotheses of a text, whether it is open or not. */
export const HYPOTHESES = 'scrub/hypotheses'

export interface TextRange {
  start: { line: number; character: number }
  end: { line: number; character: number }
}

/** A hypothesis of a text and the expectations about it. */
export interface HypothesisPlace {
  name: string
  range: TextRange
  expectations: { text: string; range: TextRange }[]
}

export type RunUpdate = {
  uri: string
  hypothesis: string
} & (
  | { state: 'queued'; behind: string }
  /** `started` in milliseconds since 1970; `done` of `total` steps of a phase. */
  | { state: 'running'; phase: string; done: number; total: number; started: number }
  /** What will be evaluated. */
  | { state: 'structure'; structure: Structure }
  /** What is known so far. */
  | { state: 'early'; report: Report }
  /** Costs of nodes as far as they are known, by name. */
  | { state: 'costs'; costs: Record<string, Interval> }
)

/** What a document is checked against, in a sentence, and what that takes. */
export interface Health {
  text: string
  /** The model and the data could be read. */
  valid: boolean
  /** Resident bytes of the language server. */
  memory: number
}

/** The key of a run of a hypothesis as it is now: null where it cannot be evaluated. */
export interface RunKey {
  key: string | null
}

/** A finished run that a client has kept. */
export interface KnownRun {
  uri: string
  hypothesis: string
  key: string
  report: Report
  /** Milliseconds since 1970. */
  time: number
}

/** What `scrub.evaluate` failed of: a sentence, and what a client may offer to do. */
export interface RunFailure {
  message: string
  failure: FailureKind | 'untrusted' | 'not-ready'
}
