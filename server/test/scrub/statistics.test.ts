/** Means, intervals and shares against closed forms. */
import { expect, test } from 'vitest'
import { cost, covarianceOfMeans, meanOf, recovered, shifts, Z95 } from '../../src/scrub/statistics.ts'

const at = (mean: number, se = 0) => ({ mean, se })

test('mean and standard error', () => {
  expect(meanOf(Float64Array.of(1, 2, 3, 4))).toEqual({ mean: 2.5, se: expect.closeTo(Math.sqrt(5 / 3 / 4), 12) })
  expect(meanOf(Float64Array.of(3))).toEqual({ mean: 3, se: 0 })
})

test('the covariance of means of a sample with itself is its squared error', () => {
  const values = Float64Array.of(1, 5, 2, 2)
  expect(covarianceOfMeans(values, values)).toBeCloseTo(meanOf(values).se ** 2, 12)
})

test.each([
  ['the model', at(0.1), 1],
  ['shuffled', at(1.1), 0],
  ['worse than shuffled', at(1.6), -0.5],
  ['better than the model', at(0.05), 1.05],
])('recovered: %s', (_, scrubbed, value) => {
  const interval = recovered(scrubbed, { model: at(0.1), shuffled: at(1.1) })
  expect(interval.value).toBeCloseTo(value, 12)
  expect(interval.low).toBe(interval.value)
})

test('each mean adds its error to the interval', () => {
  const lines = { model: at(1), shuffled: at(3) }
  const half = (i: { low: number | null; high: number | null }): number => (i.high! - i.low!) / 2
  expect(half(recovered(at(2, 0.1), lines))).toBeCloseTo(Z95 * 0.1 / 2, 12)
  expect(half(recovered(at(2), { ...lines, shuffled: at(3, 0.1) }))).toBeCloseTo(Z95 * 0.1 * 0.5 / 2, 12)
  expect(half(recovered(at(2), { ...lines, model: at(1, 0.1) }))).toBeCloseTo(Z95 * 0.1 * 0.5 / 2, 12)
  // Scrubbed and model over the same data, perfectly correlated: both move together.
  expect(half(recovered(at(1, 0.1), { ...lines, model: at(1, 0.1) }, 0.01))).toBeCloseTo(0, 7)
})

test('nothing to recover when shuffling changes nothing', () => {
  expect(recovered(at(1), { model: at(1), shuffled: at(1) })).toEqual({ value: null, low: null, high: null })
  expect(recovered(at(0), { model: at(0), shuffled: at(0) })).toEqual({ value: null, low: null, high: null })
})

test('a cost is paired: equal changes have no error', () => {
  const on = Float64Array.of(1, 2, 3)
  const off = Float64Array.of(0.5, 1.5, 2.5)
  expect(cost(on, off, { model: at(0), shuffled: at(2) })).toEqual({ value: 0.25, low: 0.25, high: 0.25 })
})

test.each([
  ['metric', { share: 0.25, mean: -1 }, { share: 0.5, mean: 2 }],
  ['score', { share: 0.5, mean: 2 }, { share: 0.25, mean: -1 }],
] as const)('better and worse of a %s', (sense, better, worse) => {
  const model = Float64Array.of(1, 1, 1, 1)
  const scrubbed = Float64Array.of(0, 1 + 1e-7, 2, 4)
  expect(shifts(scrubbed, model, { model: at(0), shuffled: at(1) }, sense)).toEqual({ better, worse })
})
