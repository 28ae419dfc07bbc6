/** Which samples of a run are those of a shard. */
import type { BoundHypothesis } from '../hypothesis/bound.ts'
import type { Shard } from '../protocol/report.ts'
import type { EvaluateOptions } from './evaluate.ts'
import { BadInput } from './failures.ts'
import { groupOf } from './reduced.ts'
import { repetitionsOf } from './repetitions.ts'

export const DEFAULT_SAMPLES = 10_000

/** `first` to `first + count - 1`. */
export interface Range {
  readonly first: number
  readonly count: number
}

/**
 * Shard i of n has those from floor((i - 1) total / n) to floor(i total / n) - 1: ranges that follow each other, and that
 * differ by one in length where n does not divide the total.
 */
export function rangeOf({ index, of }: Shard, total: number): Range {
  const start = (i: number): number => Number((BigInt(i) * BigInt(total)) / BigInt(of))
  return { first: start(index - 1), count: start(index) - start(index - 1) }
}

/** Samples asked for, of the whole run. */
export const samplesOf = (hypothesis: BoundHypothesis, options: Pick<EvaluateOptions, 'samples'>): number => options.samples ?? hypothesis.options.samples ?? DEFAULT_SAMPLES

/**
 * What is shared out among the shards: samples, or groups of samples that belong together (repetitions of pools, or those whose draws
 * are spread evenly), as many as have at least the samples asked for.
 */
export function sharedOut(hypothesis: BoundHypothesis, options: Pick<EvaluateOptions, 'samples' | 'reduce'>): number {
  const { pool } = hypothesis.options
  const samples = samplesOf(hypothesis, options)
  return pool === undefined ? Math.ceil(samples / groupOf(options.reduce)) : repetitionsOf(samples, pool).repetitions
}

/** Samples of the whole run, in whole groups. */
export const drawnOf = (hypothesis: BoundHypothesis, options: Pick<EvaluateOptions, 'samples' | 'reduce'>): number => sharedOut(hypothesis, options) * groupOf(options.reduce)

/** Throws BadInput where there is less to share out than there are shards. */
export function requireShare(hypotheses: readonly BoundHypothesis[], options: Pick<EvaluateOptions, 'samples' | 'shard' | 'reduce'>): void {
  const { shard } = options
  for (const hypothesis of shard ? hypotheses : []) {
    const total = sharedOut(hypothesis, options)
    if (total < shard!.of) throw new BadInput(`"${hypothesis.name}" has only ${total} ${hypothesis.options.pool !== undefined ? 'repetitions of its pools' : groupOf(options.reduce) > 1 ? 'groups of samples' : 'samples'} to share out among ${shard!.of} shards: use at most ${total} shards.`)
  }
}
