/** What `scrub check --deep` asks of a runner, and what it answers. Plain data (structured clone). */
import type { FileFinding } from './findings.ts'

export interface DeepRequest {
  file: string
  text: string
  /** Paths must stay inside this folder; undefined trusts them. */
  root?: string
}

/** Something that was tried on the data, and holds. */
export interface Checked {
  /**
   * `transformer`: what `use transformer` found is the model; `rewrites` change nothing; `indices` that are expressions of the datum lie on their
   * axes, and places apart; `hypotheses` have features and can be compiled; the `metric` is a finite number.
   */
  what: 'transformer' | 'rewrites' | 'indices' | 'hypotheses' | 'metric'
  /** How many of these there are. */
  count: number
  /** Data on which it was tried, of so many. */
  data: number
  rows: number
  /** The largest difference, relative to the largest value of its tensor, where values were compared. */
  largest?: number
}

export interface DeepAnswer {
  /** Those that plain checking does not have. */
  findings: FileFinding[]
  checked: Checked[]
}
