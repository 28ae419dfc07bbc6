/** Means, errors and the fraction recovered. */
import type { Interval, Mean, Moments, Shift } from '../protocol/report.ts'
import { ascending, inOrder, sorted } from './ascending.ts'

/** Two-sided 95 % quantile of the normal distribution. */
export const Z95 = 1.959963984540054

/** Mean and standard error of independent samples (0 for a single one). */
export function meanOf(values: Float64Array): Mean {
  const n = values.length
  let sum = 0
  for (let i = 0; i < n; i++) sum += values[i]!
  const mean = sum / n
  let squares = 0
  for (let i = 0; i < n; i++) squares += (values[i]! - mean) ** 2
  return { mean, se: n < 2 ? 0 : Math.sqrt(squares / (n - 1) / n) }
}

/** Mean and error of numbers that come one by one (Welford, Technometrics 4, 1962). */
export class Running {
  private n = 0
  private mean = 0
  private squares = 0
  private readonly group: number
  private of = 0
  private sum = 0

  /** Of the means of so many numbers that follow each other. */
  constructor(group = 1) {
    this.group = group
  }

  add(one: number): void {
    this.sum += one
    if (++this.of < this.group) return
    const value = this.sum / this.group
    this.of = this.sum = 0
    this.n++
    const change = value - this.mean
    this.mean += change / this.n
    this.squares += change * (value - this.mean)
  }

  /** What `merged` goes on from. */
  moments(): Moments {
    return { count: this.n, mean: this.mean, squares: this.squares }
  }

  /** As if the numbers of all parts had come one by one (Chan, Golub and LeVeque, The American Statistician 37, 1983). */
  static merged(parts: readonly Moments[]): Running {
    const all = new Running()
    for (const { count, mean, squares } of parts) {
      if (count === 0) continue
      const n = all.n + count
      const change = mean - all.mean
      all.squares += squares + (change * change * all.n * count) / n
      all.mean += (change * count) / n
      all.n = n
    }
    return all
  }

  result(): Mean {
    return { mean: this.mean, se: this.n < 2 ? 0 : Math.sqrt(this.squares / (this.n - 1) / this.n) }
  }
}

export interface Lines {
  readonly model: Mean
  readonly shuffled: Mean
}

/** The values whose means the lines are, over the same samples, where they are no constants of the dataset. */
export interface Paired {
  readonly model: Float64Array
  readonly shuffled: Float64Array
}

/** What was sampled, and how its samples hang together. */
export interface Outcome {
  /** The metric of every sample. */
  readonly scrubbed: Float64Array
  readonly lines: Lines
  readonly paired: Paired | undefined
  /** So many samples that follow each other depend on each other: 1 where none do. */
  readonly group: number
  /** Their mean, where it was estimated by more than themselves. */
  readonly controlled?: Mean | undefined
}

/** Their mean; its error comes from the means of groups where samples depend on each other. */
export function scrubbedOf({ scrubbed, group, controlled }: Omit<Outcome, 'lines' | 'paired'>): Mean {
  return controlled ?? meanOf(groupMeans(scrubbed, group))
}

/** `recovered`, of groups where samples depend on each other. One group, as a shard of pools may have, knows no error. */
export function recoveredOf(outcome: Outcome): Interval {
  const { scrubbed, lines, paired, group, controlled } = outcome
  const groups = Math.floor(scrubbed.length / group)
  const quantile = quantileOf(scrubbed.length, group)
  const interval = controlled
    ? recoveredAt(controlled, lines, quantile)
    : recovered(groupMeans(scrubbed, group), lines, paired && { model: groupMeans(paired.model, group), shuffled: groupMeans(paired.shuffled, group) }, quantile)
  return group > 1 && groups < 2 ? { ...interval, low: null, high: null } : interval
}

/**
 * `(shuffled - scrubbed) / (shuffled - model)` with its 95 % interval, by first-order propagation of the errors of all
 * three means. `paired`: the values whose means `model` and `shuffled` are, over the same samples as `scrubbed`, where
 * they are no constants of the dataset; their covariance is kept. Null where shuffled equals model.
 */
export function recovered(values: Float64Array, lines: Lines, paired?: Paired, quantile = Z95): Interval {
  if (!paired || isDegenerate(lines)) return recoveredAt(meanOf(values), lines, quantile)
  const { value, byScrubbed, byShuffled, byModel } = derivatives(meanOf(values).mean, lines)
  const linear = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) linear[i] = byScrubbed * values[i]! + byShuffled * paired.shuffled[i]! + byModel * paired.model[i]!
  const half = quantile * meanOf(linear).se
  return { value, low: value - half, high: value + half }
}

/** The same of a mean whose error is known, and has nothing to do with those of the lines. */
export function recoveredAt(scrubbed: Mean, lines: Lines, quantile = Z95): Interval {
  if (isDegenerate(lines)) return { value: null, low: null, high: null }
  const { value, byScrubbed, byShuffled, byModel } = derivatives(scrubbed.mean, lines)
  const half = quantile * Math.sqrt((byScrubbed * scrubbed.se) ** 2 + (byShuffled * lines.shuffled.se) ** 2 + (byModel * lines.model.se) ** 2)
  return { value, low: value - half, high: value + half }
}

/** Of the ratio, by the three means. */
function derivatives(scrubbed: number, { model, shuffled }: Lines) {
  const range = shuffled.mean - model.mean
  const value = (shuffled.mean - scrubbed) / range
  return { value, byScrubbed: -1 / range, byShuffled: (1 - value) / range, byModel: value / range }
}

/** Means of every `size` values that follow each other. */
export function groupMeans(values: Float64Array, size: number): Float64Array {
  if (size === 1) return values
  return Float64Array.from({ length: Math.floor(values.length / size) }, (_, i) => meanOf(values.subarray(i * size, (i + 1) * size)).mean)
}

/** Two-sided 95 % quantile for the mean of samples that depend on each other in groups of this size. */
export const quantileOf = (samples: number, group: number): number => (group === 1 ? Z95 : t95(Math.floor(samples / group) - 1))

/** Two-sided 95 % quantile of Student's t, from five degrees of freedom on to a thousandth (Abramowitz and Stegun, 26.7.5). */
export function t95(freedom: number): number {
  const [z, v] = [Z95, freedom]
  return z + (z ** 3 + z) / (4 * v) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * v ** 2) + (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * v ** 3) + (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / (92160 * v ** 4)
}

/** The same for an enumerated mean: no error but that of the lines. */
export function recoveredExactly(mean: number, lines: Lines): Interval {
  return recoveredAt({ mean, se: 0 }, lines)
}

/** Shuffling changes nothing that floating point could tell from zero. */
export function isDegenerate({ model, shuffled }: Lines): boolean {
  const range = Math.abs(shuffled.mean - model.mean)
  return !(range > 1e-9 * Math.max(Math.abs(shuffled.mean), Math.abs(model.mean), 1e-30))
}

/** A mean difference of the metric as a fraction of (shuffled - model): of paired differences, what a claim costs. */
export function ratio(difference: Mean, { model, shuffled }: Lines, quantile = Z95): Interval {
  const range = shuffled.mean - model.mean
  const value = difference.mean / range
  const variance = (difference.se / range) ** 2 + (value / range) ** 2 * (shuffled.se ** 2 + model.se ** 2)
  const half = quantile * Math.sqrt(variance)
  return { value, low: value - half, high: value + half }
}

/** The same of differences sample by sample, which depend on each other in groups; `paired` as for `recovered`: their covariance with the lines is kept. */
export function pairedRatio(differences: Float64Array, lines: Lines, paired: Paired | undefined, group = 1): Interval {
  const quantile = quantileOf(differences.length, group)
  if (!paired) return ratio(meanOf(groupMeans(differences, group)), lines, quantile)
  const range = lines.shuffled.mean - lines.model.mean
  const value = meanOf(differences).mean / range
  const linear = differences.map((d, i) => (d - value * (paired.shuffled[i]! - paired.model[i]!)) / range)
  const half = quantile * meanOf(groupMeans(linear, group)).se
  return { value, low: value - half, high: value + half }
}

/** Shares of samples that got better and worse than the model, and by how much; ties within 1e-6 of the range count as neither. */
export function shifts(
  scrubbed: Float64Array, model: Float64Array, lines: Lines, sense: 'metric' | 'score', weights?: Float64Array,
): { better: Shift; worse: Shift } {
  // Where there is no range, what floating point could tell from nothing.
  const tie = Math.max(1e-6 * Math.abs(lines.shuffled.mean - lines.model.mean), 1e-9 * Math.abs(lines.model.mean))
  const sign = sense === 'metric' ? 1 : -1
  const sums = { better: [0, 0], worse: [0, 0] }
  let total = 0
  for (let i = 0; i < scrubbed.length; i++) {
    const weight = weights ? weights[i]! : 1
    total += weight
    const change = scrubbed[i]! - model[i]!
    if (Math.abs(change) <= tie) continue
    const side = change * sign < 0 ? sums.better : sums.worse
    side[0]! += weight
    side[1]! += weight * change
  }
  const shift = ([share, sum]: number[]): Shift => ({ share: share! / total, mean: share! > 0 ? sum! / share! : 0 })
  return { better: shift(sums.better), worse: shift(sums.worse) }
}

/** 0 to 100. */
const PERCENTS: readonly number[] = Array.from({ length: 101 }, (_, k) => k)

/** Quantiles at these percents, which ascend: each the smallest value up to which that share of the weight lies. */
export function quantiles(values: Float64Array, weights?: Float64Array, percents = PERCENTS): number[] {
  if (!weights) return sortedQuantiles(sorted(values), undefined, percents)
  const order = ascending(values)
  return sortedQuantiles(inOrder(values, order), inOrder(weights, order), percents)
}

/** The same of values that are sorted already, with the weight of each. */
export function sortedQuantiles(values: Float64Array, weights?: Float64Array, percents = PERCENTS): number[] {
  if (values.length === 0) return []
  if (!weights) return percents.map((k) => values[Math.max(0, Math.ceil((k * values.length) / 100) - 1)]!)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let at = weights.findIndex((weight) => weight > 0)
  const last = weights.findLastIndex((weight) => weight > 0)
  let below = 0
  return percents.map((k) => {
    // Up to rounding, so that sums of weights are as good as counts.
    const wanted = (k / 100) * total * (1 - 1e-12)
    while (at < last && below + weights[at]! < wanted) below += weights[at++]!
    return values[at]!
  })
}
