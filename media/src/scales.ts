/** The scales that views share. */
import { scaleLinear } from 'd3-scale'
import { max } from 'd3-array'
import type { HypothesisReport, Interval, NodeReport } from '../../server/src/protocol/report.ts'

/** Steps of the tint of cost, from none to the strongest: told apart by lightness against the page, so that they survive greyscale. */
export const TINTS = 5

/** The largest cost, with its interval, that the bars of one hypothesis must show. */
export const largestCost = (nodes: readonly NodeReport[]): number => max(nodes, ({ cost }) => Math.max(Math.abs(cost?.value ?? 0), Math.abs(cost?.low ?? 0), Math.abs(cost?.high ?? 0))) || 0

/** Tint of a cost, 0 where its interval holds zero. */
export function tint(cost: Interval | null, largest: number): number {
  if (!cost || cost.value === null || largest === 0) return 0
  if ((cost.low ?? cost.value) <= 0 && (cost.high ?? cost.value) >= 0) return 0
  return Math.max(1, Math.min(TINTS, Math.ceil((Math.abs(cost.value) / largest) * TINTS)))
}

/** `constant` as a share recovered; null where `recovered` is not defined. */
export function constantShare({ model, shuffled, constant }: HypothesisReport): number | null {
  const span = model.mean - shuffled.mean
  return span === 0 ? null : (constant.mean - shuffled.mean) / span
}

/** Shares from a little left of 0 to a little right of 1, and as far as the values go, so that nothing is cut off unless it lies absurdly far out. */
export function shareScale(values: readonly (number | null)[], left: number, right: number) {
  const known = values.filter((value) => value !== null)
  const low = Math.max(-2, Math.min(0, ...known))
  const high = Math.min(3, Math.max(1, ...known))
  return scaleLinear([low, high], [left, right]).clamp(true)
}
