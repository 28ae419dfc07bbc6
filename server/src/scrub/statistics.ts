/** Means, errors and the fraction recovered. */
import type { Interval, Mean, Shift } from '../protocol/report.ts'

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

/** Covariance of two means over the same samples. */
export function covarianceOfMeans(a: Float64Array, b: Float64Array): number {
  const n = a.length
  if (n < 2) return 0
  const ma = meanOf(a).mean
  const mb = meanOf(b).mean
  let sum = 0
  for (let i = 0; i < n; i++) sum += (a[i]! - ma) * (b[i]! - mb)
  return sum / (n - 1) / n
}

export interface Lines {
  readonly model: Mean
  readonly shuffled: Mean
}

/**
 * `(shuffled - scrubbed) / (shuffled - model)` with its 95 % interval, by first-order propagation of the errors of all
 * three means; `covariance` is that of the means of `scrubbed` and `model`. Null where shuffled equals model.
 */
export function recovered(scrubbed: Mean, { model, shuffled }: Lines, covariance = 0): Interval {
  const range = shuffled.mean - model.mean
  if (isDegenerate({ model, shuffled })) return { value: null, low: null, high: null }
  const value = (shuffled.mean - scrubbed.mean) / range
  const bySc = -1 / range
  const bySh = (1 - value) / range
  const byMo = value / range
  const variance =
    (bySc * scrubbed.se) ** 2 + (bySh * shuffled.se) ** 2 + (byMo * model.se) ** 2 + 2 * bySc * byMo * covariance
  const half = Z95 * Math.sqrt(Math.max(0, variance))
  return { value, low: value - half, high: value + half }
}

/** Shuffling changes nothing that floating point could tell from zero. */
export function isDegenerate({ model, shuffled }: Lines): boolean {
  const range = Math.abs(shuffled.mean - model.mean)
  return !(range > 1e-9 * Math.max(Math.abs(shuffled.mean), Math.abs(model.mean), 1e-30))
}

/** What a claim costs: `recovered` without it minus `recovered` with it, on the same draws. */
export function cost(on: Float64Array, off: Float64Array, lines: Lines): Interval {
  if (isDegenerate(lines)) return { value: null, low: null, high: null }
  const difference = new Float64Array(on.length)
  for (let i = 0; i < on.length; i++) difference[i] = on[i]! - off[i]!
  return ratio(meanOf(difference), lines)
}

/** A mean difference of the metric as a fraction of (shuffled - model). */
export function ratio(difference: Mean, { model, shuffled }: Lines): Interval {
  const range = shuffled.mean - model.mean
  const value = difference.mean / range
  const variance = (difference.se / range) ** 2 + (value / range) ** 2 * (shuffled.se ** 2 + model.se ** 2)
  const half = Z95 * Math.sqrt(variance)
  return { value, low: value - half, high: value + half }
}

/** Shares of samples that got better and worse than the model, and by how much; ties within 1e-6 of the range count as neither. */
export function shifts(
  scrubbed: Float64Array, model: Float64Array, lines: Lines, sense: 'metric' | 'score', weights?: Float64Array,
): { better: Shift; worse: Shift } {
  const tie = 1e-6 * Math.abs(lines.shuffled.mean - lines.model.mean)
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
