/** The null band and the sensitivity of a whole run, from the sums and values of its shards. */
import { UNIMPORTANT } from '../hypothesis/bound.ts'
import type { HypothesisReport, Interval } from '../protocol/report.ts'
import { concatenate } from './concatenate.ts'
import { BadInput } from './failures.ts'
import { nullReport } from './null-band.ts'
import { isDegenerate, recoveredOf, type Lines, type Paired } from './statistics.ts'
import { unpacked } from './vectors.ts'

/** A hypothesis in the report of one shard, which has the name of its file. */
export interface Part {
  readonly name: string
  readonly hypothesis: HypothesisReport
}

/** What is known of the whole hypothesis. */
interface Whole {
  readonly recovered: Interval
  readonly lines: Lines
  readonly paired: Paired | undefined
  /** Samples that depend on each other. */
  readonly group: number
}

/** `parts` are all shards, in order. Throws BadInput for one whose vectors do not have its samples. */
export function mergedBesides(parts: readonly Part[], whole: Whole): Pick<HypothesisReport, 'null' | 'sensitivity'> {
  const { besides, sensitivity, unimportant } = parts[0]!.hypothesis
  const merged: Pick<HypothesisReport, 'null' | 'sensitivity'> = {}
  if (besides?.null && !isDegenerate(whole.lines)) {
    const sums = besides.null.sums.map((_, k) => parts.reduce((sum, { hypothesis }) => sum + hypothesis.besides!.null!.sums[k]!, 0))
    merged.null = nullReport({ drawn: besides.null.samples, sums }, whole.lines)
  }
  if (sensitivity) {
    merged.sensitivity = { ...sensitivity, [unimportant]: whole.recovered }
    // What is not here was enumerated by each of them.
    for (const way of UNIMPORTANT) if (besides?.sensitivity?.values[way] !== undefined) merged.sensitivity[way] = recoveredOf({ ...whole, scrubbed: valuesUnder(way, parts) })
  }
  return merged
}

function valuesUnder(way: (typeof UNIMPORTANT)[number], parts: readonly Part[]): Float64Array {
  const vectors = parts.map(({ name, hypothesis }) => {
    const { samples, values } = hypothesis.besides!.sensitivity!
    const own = unpacked(values[way]!, Float64Array, samples)
    if (!own || (!hypothesis.exact && samples !== hypothesis.samples)) throw new BadInput(`${name} is damaged: the values of "${hypothesis.name}" with unimportant inputs drawn ${way} are not those of ${samples} samples; run that shard again.`)
    return own
  })
  return concatenate(vectors)
}
