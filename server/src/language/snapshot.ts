/** One version of a document with all that is known about it: what every editor feature is a function of. */
import type { Parsed } from '@scrub/grammar'
import type { Compiled } from '../expr/types.ts'
import type { BoundFile } from '../hypothesis/bound.ts'
import type { FeatureFacts } from '../protocol/inspect.ts'
import type { HypothesisReport } from '../protocol/report.ts'

/** A feature whose classes can be asked for. */
export type Feature = 'exact' | 'any' | Compiled

export interface Snapshot {
  /** Absolute path of the document. */
  readonly file: string
  readonly text: string
  readonly parsed: Parsed
  /** Undefined while the model or the dataset cannot be opened. */
  readonly bound: BoundFile | undefined
  /** Classes that are known already; never waits. */
  readonly known: (feature: Feature) => FeatureFacts | undefined
  /** Classes of a feature; undefined where they cannot be had in time. */
  readonly classes: (feature: Feature) => Promise<FeatureFacts | undefined>
  /** The last evaluation of a hypothesis; `stale` when what it reads has changed since. */
  readonly result: (hypothesis: string) => LastResult | undefined
}

export interface LastResult {
  readonly report: HypothesisReport
  readonly stale: boolean
  /** Of a few samples, drawn while typing. */
  readonly live?: boolean
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly metric: string
  readonly device: string
}
