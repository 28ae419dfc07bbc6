/** What a hypothesis recovers under each way to draw unimportant inputs: how much rests on a choice that it does not argue for. */
import { UNIMPORTANT, type Unimportant } from '../hypothesis/bound.ts'
import { REDUCTIONS } from '../protocol/reductions.ts'
import type { Interval } from '../protocol/report.ts'
import { Clock } from './clock.ts'
import { compileFitting } from './room.ts'
import type { EvaluateGiven, Prepared, Shared } from './evaluate.ts'
import { enumerate } from './exact.ts'
import { outcomeOf, sample } from './sample.ts'
import { recoveredExactly, recoveredOf, type Lines } from './statistics.ts'

export interface Sensitivity {
  readonly intervals: Record<Unimportant, Interval>
  /** The metric under the ways that were sampled besides, of all samples of this shard. */
  readonly values: ReadonlyMap<Unimportant, Float64Array>
}

/** `own`: `recovered` as the hypothesis has it; the other two ways are sampled with the same seed, or enumerated where it was. */
export async function sensitivity(given: EvaluateGiven, shared: Shared, p: Prepared, own: Interval, enumerated: Lines | undefined): Promise<Sensitivity> {
  const intervals = new Map<Unimportant, Interval>()
  const values = new Map<Unimportant, Float64Array>()
  for (const unimportant of UNIMPORTANT) {
    if (unimportant === p.hypothesis.options.unimportant) {
      intervals.set(unimportant, own)
      continue
    }
    const other = await under(unimportant, given, shared, p, enumerated)
    intervals.set(unimportant, other.interval)
    if (other.values) values.set(unimportant, other.values)
  }
  return { intervals: Object.fromEntries(intervals) as Record<Unimportant, Interval>, values }
}

async function under(unimportant: Unimportant, given: EvaluateGiven, shared: Shared, p: Prepared, enumerated: Lines | undefined): Promise<{ interval: Interval; values?: Float64Array }> {
  // Without control variates: their sums would have to be kept for each.
  const reduce = new Set(REDUCTIONS.filter((way) => way !== 'control' && shared.options.reduce.has(way)))
  const options = { ...shared.options, costs: () => false, reduce }
  const hypothesis = { ...p.hypothesis, options: { ...p.hypothesis.options, unimportant } }
  const other = { ...p, hypothesis, compiled: compileFitting(shared, hypothesis, p.tree) }
  shared.cache.know(other.compiled.reads.map(({ source }) => source))
  const progress = (name: string, _: string, done: number, total: number): void => given.progress(name, 'sensitivity', done, total)
  if (enumerated) {
    const all = await enumerate({ ...shared, options }, other, progress)
    if (all) return { interval: recoveredExactly(all.mean, enumerated) }
  }
  const { watcher: _, ...rest } = given
  const sampled = await sample({ ...rest, options, progress, batch: () => {}, resume: {} }, { ...shared, options }, other, new Clock(), () => {})
  return { interval: recoveredOf(outcomeOf(sampled)), values: sampled.values.scrubbed }
}
