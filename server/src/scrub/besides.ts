/** What is asked for besides the numbers of a hypothesis: the null band, and the other ways to draw unimportant inputs. */
import type { HypothesisReport } from '../protocol/report.ts'
import type { Clock } from './clock.ts'
import type { EvaluateGiven, Prepared, Shared } from './evaluate.ts'
import { nullReport, nullSums } from './null-band.ts'
import { sensitivity } from './sensitivity.ts'
import { drawnOf } from './shard.ts'
import { isDegenerate, type Lines } from './statistics.ts'
import { packed } from './vectors.ts'

/** A run that is stopped meanwhile keeps what it has. */
export async function tellBesides(given: EvaluateGiven, shared: Shared, p: Prepared, report: HypothesisReport, lines: Lines, clock: Clock): Promise<void> {
  if (p.units) return // Both are of samples that share nothing.
  const { nulls, sensitivity: wanted, shard } = given.options
  const { name } = p.hypothesis
  // Whether lines over samples are degenerate is known when shards are merged.
  if (nulls > 0 && (!isDegenerate(lines) || (shard && !shared.baseline.whole))) {
    const samples = report.exact ? Infinity : shard ? drawnOf(p.hypothesis, given.options) : report.samples
    const found = await clock.time(name, 'null', () => nullSums(given, shared, p, nulls, samples))
    if (found.drawn > 0 && !isDegenerate(lines)) report.null = nullReport(found, lines)
    if (shard) report.besides = { ...report.besides, null: { samples: found.samples, sums: [...found.sums] } }
  }
  if (wanted) {
    const { intervals, values } = await clock.time(name, 'sensitivity', () => sensitivity(given, shared, p, report.recovered, report.exact ? lines : undefined))
    report.sensitivity = intervals
    const [some] = values.values()
    if (shard && some) report.besides = { ...report.besides, sensitivity: { samples: some.length, values: Object.fromEntries([...values].map(([way, vector]) => [way, packed(vector)])) } }
  }
}
