/** How fast a cost grows: exponents of power laws. */

export interface At {
  readonly x: number
  readonly y: number
}

/** The exponent k of y = c x^k that fits best by least squares of the logarithms; NaN for fewer than two different x. */
export function slope(points: readonly At[]): number {
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }))
  const mean = (of: (one: At) => number): number => logs.reduce((sum, one) => sum + of(one), 0) / logs.length
  const [x, y] = [mean((one) => one.x), mean((one) => one.y)]
  return logs.reduce((sum, one) => sum + (one.x - x) * (one.y - y), 0) / logs.reduce((sum, one) => sum + (one.x - x) ** 2, 0)
}

/** The points of the last decade; the last two where that holds fewer. Points are in the order of x. */
export function lastDecade<T>(points: readonly T[], x: (one: T) => number): T[] {
  // Half a percent, for values that were rounded.
  const from = (x(points.at(-1)!) / 10) * 1.005
  return points.slice(Math.min(points.findIndex((one) => x(one) > from / 1.01), Math.max(0, points.length - 2)))
}
