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

/** `own`: `recovered` as the hypothesis has it; the other two ways are sampled with the same seed, or enumerated where it was. */
export async function sensitivity(given: EvaluateGiven, shared: Shared, p: Prepared, own: Interval, enumerated: Lines | undefined): Promise<Record<Unimportant, Interval>> {
  const found: [Unimportant, Interval][] = []
  for (const unimportant of UNIMPORTANT) {
    found.push([unimportant, unimportant === p.hypothesis.options.unimportant ? own : await under(unimportant, given, shared, p, enumerated)])
  }
  return Object.fromEntries(found) as Record<Unimportant, Interval>
}

async function under(unimportant: Unimportant, given: EvaluateGiven, shared: Shared, p: Prepared, enumerated: Lines | undefined): Promise<Interval> {
  // Without control variates: their sums would have to be kept for each.
  const reduce = new Set(REDUCTIONS.filter((way) => way !== 'control' && shared.options.reduce.has(way)))
  const options = { ...shared.options, costs: () => false, reduce }
  const hypothesis = { ...p.hypothesis, options: { ...p.hypothesis.options, unimportant } }
  const other = { ...p, hypothesis, compiled: compileFitting(shared, hypothesis, p.tree) }
  shared.cache.know(other.compiled.reads.map(({ source }) => source))
  const progress = (name: string, _: string, done: number, total: number): void => given.progress(name, 'sensitivity', done, total)
  if (enumerated) {
    const all = await enumerate({ ...shared, options }, other, progress)
    if (all) return recoveredExactly(all.mean, enumerated)
  }
  const { watcher: _, ...rest } = given
  const sampled = await sample({ ...rest, options, progress, batch: () => {}, resume: {} }, { ...shared, options }, other, new Clock(), () => {})
  return recoveredOf(outcomeOf(sampled))
}
