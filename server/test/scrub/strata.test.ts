/** Draws spread evenly, and the regression of control variates. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { grouped } from '../../src/scrub/classes.ts'
import { solve } from '../../src/scrub/solve.ts'
import { byMetric, GROUP, inOrder, spread, strataKey } from '../../src/scrub/strata.ts'
import { nextLook } from '../../src/scrub/looks.ts'

const numbers = (seed: number, path: string, first: number, count: number): Float64Array => {
  const out = new Float64Array(count)
  spread(strataKey(seed, path), first, out)
  return out
}

test('a group has one number in each stratum, wherever a part of it begins', () => {
  fc.assert(fc.property(fc.nat(1e6), fc.string(), fc.nat(1e9), fc.integer({ min: 1, max: 100 }), (seed, path, first, count) => {
    const from = Math.floor(first / GROUP) * GROUP
    const whole = numbers(seed, path, from, Math.ceil((first - from + count) / GROUP) * GROUP)
    for (let group = 0; group < whole.length; group += GROUP) {
      const strata = Array.from(whole.subarray(group, group + GROUP), (u) => Math.floor(u * GROUP))
      expect(strata.toSorted((a, b) => a - b)).toEqual(Array.from({ length: GROUP }, (_, i) => i))
    }
    expect(numbers(seed, path, first, count)).toEqual(whole.subarray(first - from, first - from + count))
  }))
})

test('each sample alone is uniform, and independent of other branches', () => {
  // The same place in 40,000 groups, against 20 intervals: chi-squared with 19 degrees of freedom is beyond 50 once in 10,000.
  const of = (path: string) => numbers(5, path, 0, 40_000 * GROUP).filter((_, i) => i % GROUP === 3)
  const [a, b] = [of('A'), of('B')]
  const chi = (values: Float64Array): number => {
    const counts = new Float64Array(20)
    for (const u of values) counts[Math.floor(u * 20)]!++
    return counts.reduce((sum, n) => sum + (n - 2000) ** 2 / 2000, 0)
  }
  expect(chi(a)).toBeLessThan(50)
  const product = a.reduce((sum, u, i) => sum + (u - 0.5) * (b[i]! - 0.5), 0) / a.length
  expect(Math.abs(product)).toBeLessThan(4 / 12 / Math.sqrt(a.length))
})

test('classes in another order are the same classes', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(4), fc.nat(9)), { minLength: 1 }), (rows) => {
    const numbered = new Map<number, number>()
    const of = Int32Array.from(rows, ([c]) => numbered.get(c) ?? (numbered.set(c, numbered.size), numbered.size - 1))
    const classes = grouped(of, numbered.size)
    const metric = Float64Array.from(rows, ([, m]) => m)
    const sorted = inOrder(classes, byMetric(metric))
    for (let c = 0; c < classes.count; c++) {
      const members = (order: Int32Array): number[] => Array.from(order.subarray(classes.start[c], classes.start[c + 1]))
      expect(members(sorted.order).toSorted((a, b) => a - b)).toEqual(members(classes.order))
      const values = members(sorted.order).map((datum) => metric[datum]!)
      expect(values).toEqual(values.toSorted((a, b) => a - b))
    }
  }))
})

test('equations are solved, also where columns repeat', () => {
  fc.assert(fc.property(fc.array(fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 4, maxLength: 4 }), { minLength: 8, maxLength: 8 }), (rows) => {
    const columns = [0, 1, 2, 3, 0].map((k) => rows.map((row) => row[k]!))
    const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0)
    const matrix = columns.map((a) => columns.map((b) => dot(a, b)))
    const right = columns.map((a) => dot(a, columns[1]!.map((x, i) => x + columns[3]![i]!)))
    const x = solve(matrix, right)
    // Least squares: what is left has nothing of any column.
    const scale = Math.max(1, ...right.map(Math.abs))
    matrix.forEach((row, i) => expect(Math.abs(dot(row, x) - right[i]!)).toBeLessThanOrEqual(1e-4 * scale))
  }))
})

test.each([
  ['what is needed, with a margin', [1000, 0.02, 0.01, 0], 4400],
  ['no step is short', [1000, 0.0101, 0.01, 0], 1250],
  ['and none is long', [1000, 1, 0.001, 0], 16_000],
  ['an error that stays is taken off', [1000, 0.02, 0.01, 0.006], 6257],
  ['a precision that cannot be had', [1000, 0.02, 0.01, 0.011], 16_000],
] as const)('the next look: %s', (_, [done, half, precision, fixed], samples) => {
  expect(nextLook(done, half, precision, fixed)).toBe(samples)
})
