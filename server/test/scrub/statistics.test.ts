/** Means, intervals and shares against closed forms. */
import { expect, test } from 'vitest'
import { meanOf, ratio, recovered, recoveredExactly, Running, shifts, Z95 } from '../../src/scrub/statistics.ts'

const at = (mean: number, se = 0) => ({ mean, se })

test('mean and standard error', () => {
  expect(meanOf(Float64Array.of(1, 2, 3, 4))).toEqual({ mean: 2.5, se: expect.closeTo(Math.sqrt(5 / 3 / 4), 12) })
  expect(meanOf(Float64Array.of(3))).toEqual({ mean: 3, se: 0 })
})

test.each([
  ['the model', 0.1, 1],
  ['shuffled', 1.1, 0],
  ['worse than shuffled', 1.6, -0.5],
  ['better than the model', 0.05, 1.05],
])('recovered: %s', (_, scrubbed, value) => {
  const interval = recoveredExactly(scrubbed, { model: at(0.1), shuffled: at(1.1) })
  expect(interval.value).toBeCloseTo(value, 12)
  expect(interval.low).toBe(interval.value)
})

test('each mean adds its error to the interval', () => {
  const lines = { model: at(1), shuffled: at(3) }
  const half = (i: { low: number | null; high: number | null }): number => (i.high! - i.low!) / 2
  const spread = Float64Array.of(1.9, 2.1, 1.8, 2.2)
  expect(half(recovered(spread, lines))).toBeCloseTo((Z95 * meanOf(spread).se) / 2, 12)
  expect(half(recoveredExactly(2, { ...lines, shuffled: at(3, 0.1) }))).toBeCloseTo((Z95 * 0.1 * 0.5) / 2, 12)
  expect(half(recoveredExactly(2, { ...lines, model: at(1, 0.1) }))).toBeCloseTo((Z95 * 0.1 * 0.5) / 2, 12)
})

test('over the same samples errors that move together cancel', () => {
  const model = Float64Array.of(1, 2, 3, 2)
  const shuffled = Float64Array.of(5, 6, 7, 6)
  const lines = { model: meanOf(model), shuffled: meanOf(shuffled) }
  const { low, high } = recovered(model, lines, { model, shuffled })
  expect([low, high]).toEqual([expect.closeTo(1, 9), expect.closeTo(1, 9)])
  const scrubbed = Float64Array.of(3, 4, 5, 4)
  const interval = recovered(scrubbed, lines, { model, shuffled })
  expect([interval.value, interval.low, interval.high]).toEqual([0.5, expect.closeTo(0.5, 9), expect.closeTo(0.5, 9)])
})

test('nothing to recover when shuffling changes nothing', () => {
  expect(recoveredExactly(1, { model: at(1), shuffled: at(1) })).toEqual({ value: null, low: null, high: null })
  expect(recoveredExactly(0, { model: at(0), shuffled: at(0) })).toEqual({ value: null, low: null, high: null })
})

test('a running mean is the mean', () => {
  const running = new Running()
  const values = Float64Array.of(3, 1, 4, 1, 5, 9, 2, 6)
  values.forEach((v) => running.add(v))
  const { mean, se } = meanOf(values)
  expect(running.result()).toEqual({ mean: expect.closeTo(mean, 12), se: expect.closeTo(se, 12) })
})

test('a cost is a difference as a fraction of the range', () => {
  expect(ratio({ mean: 0.5, se: 0 }, { model: at(0), shuffled: at(2) })).toEqual({ value: 0.25, low: 0.25, high: 0.25 })
  expect(ratio({ mean: 0.5, se: 0.1 }, { model: at(0), shuffled: at(2) }).high).toBeCloseTo(0.25 + (Z95 * 0.1) / 2, 12)
})

test.each([
  ['metric', { share: 0.25, mean: -1 }, { share: 0.5, mean: 2 }],
  ['score', { share: 0.5, mean: 2 }, { share: 0.25, mean: -1 }],
] as const)('better and worse of a %s', (sense, better, worse) => {
  const model = Float64Array.of(1, 1, 1, 1)
  const scrubbed = Float64Array.of(0, 1 + 1e-7, 2, 4)
  expect(shifts(scrubbed, model, { model: at(0), shuffled: at(1) }, sense)).toEqual({ better, worse })
})
