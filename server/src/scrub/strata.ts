/**
 * Draws spread evenly: of `GROUP` samples that follow each other, each takes its number from another stratum of [0, 1), in
 * random order, so that no part of a class is drawn twice before every part was drawn once. Each sample alone is distributed
 * as without strata, whatever it is drawn from; only that samples of a group depend on each other is new. Done for all
 * branches, independently of each other, this is Latin hypercube sampling (McKay, Beckman and Conover, Technometrics 21, 1979).
 */
import { ascending } from './ascending.ts'
import type { Classes } from './classes.ts'
import { drawKey, uniform } from './random.ts'
import type { Key } from './threefry.ts'

/**
 * Samples that depend on each other. Their mean has at most 16/15 times the variance of that of independent ones (Owen, Annals of
 * Statistics 25, 1997); the more, the finer the strata, but the fewer groups tell the error.
 */
export const GROUP = 16

/** Which draws are spread evenly, and the order of the data along which they are. */
export interface Strata {
  readonly reference: boolean
  readonly branches: boolean
  /** Data whose neighbours are alike; the dataset as it is where nothing is known of them. */
  readonly order: Int32Array | undefined
}

/** Keys of one draw: of the numbers within the strata, those of all draws, and of the order of the strata. */
export interface StrataKey {
  readonly within: Key
  readonly order: Key
}

/** No path of names begins with a zero byte. */
export const strataKey = (seed: number, path: string): StrataKey => ({ within: drawKey(seed, path), order: drawKey(seed, `\0${path}`) })

/** As `uniform`: numbers in [0, 1) for samples `first` to `first + out.length - 1`, one stratum each. */
export function spread({ within, order }: StrataKey, first: number, out: Float64Array): void {
  uniform(within, first, out)
  const numbers = new Float64Array(GROUP)
  for (let group = Math.floor(first / GROUP) * GROUP; group < first + out.length; group += GROUP) {
    uniform(order, group, numbers)
    const end = Math.min(GROUP, first + out.length - group)
    for (let i = Math.max(0, first - group); i < end; i++) {
      let rank = 0
      // Ranks of numbers that are equally likely in any order; of equal ones the earlier is the smaller.
      for (let j = 0; j < GROUP; j++) if (numbers[j]! < numbers[i]! || (numbers[j] === numbers[i] && j < i)) rank++
      const at = group + i - first
      // Rounded up, the last number of all would be 1.
      out[at] = Math.min((rank + out[at]!) / GROUP, 1 - 2 ** -53)
    }
  }
}

/** Data by the model's own metric, smallest first; ties in the order of the dataset. */
export const byMetric = (metric: Float64Array): Int32Array => Int32Array.from(ascending(metric))

/** The same classes, the data of each in this order. */
export function inOrder(classes: Classes, order: Int32Array): Classes {
  const next = classes.start.slice(0, classes.count)
  const sorted = new Int32Array(classes.rows)
  for (const datum of order) sorted[next[classes.of[datum]!]!++] = datum
  return { ...classes, order: sorted }
}
