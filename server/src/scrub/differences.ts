/** By how much a hypothesis differs from the one it extends, sample by sample. */
import type { BoundHypothesis } from '../hypothesis/bound.ts'
import type { HypothesisReport, Interval } from '../protocol/report.ts'
import { isDegenerate, pairedRatio, ratio, type Lines, type Paired } from './statistics.ts'

/** What an evaluation left: the metric of its samples, or its enumerated mean. */
type Outcome =
  | { readonly seed: number; readonly values: Float64Array; readonly lines: Lines; readonly paired: Paired | undefined; readonly group: number }
  | { readonly mean: number; readonly lines: Lines }

export class Differences {
  private readonly outcomes = new Map<string, { readonly outcome: Outcome; readonly bases: readonly string[] }>()

  add(hypothesis: Pick<BoundHypothesis, 'name' | 'extends'>, outcome: Outcome): void {
    this.outcomes.set(hypothesis.name, { outcome, bases: hypothesis.extends })
  }

  /** Writes the differences into the reports, once all hypotheses are evaluated. */
  tell(reports: readonly HypothesisReport[]): void {
    for (const report of reports) {
      const own = this.outcomes.get(report.name)
      const base = own?.bases[0] === undefined ? undefined : this.outcomes.get(own.bases[0])
      if (own && base) report.difference = differenceOf(own.outcome, base.outcome) ?? null
    }
  }
}

/**
 * `recovered` of the one minus that of the other; both have the same lines. Undefined where shuffled equals model, or
 * where the two do not have the same reference data.
 */
function differenceOf(own: Outcome, base: Outcome): Interval | undefined {
  const { lines } = own
  if (isDegenerate(lines)) return undefined
  if ('mean' in own || 'mean' in base) return 'mean' in own && 'mean' in base ? ratio({ mean: base.mean - own.mean, se: 0 }, lines) : undefined
  if (own.seed !== base.seed || own.values.length !== base.values.length || own.group !== base.group) return undefined
  return pairedRatio(base.values.map((value, i) => value - own.values[i]!), lines, own.paired, own.group)
}
