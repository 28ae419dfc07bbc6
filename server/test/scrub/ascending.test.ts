/** Sorting by digits against comparing. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ascending, leastOf, sorted } from '../../src/scrub/ascending.ts'

/** As many as there are few of, and more: both ways. */
const numbers = fc.oneof(
  fc.float64Array({ noNaN: true, maxLength: 20 }),
  fc.float64Array({ noNaN: true, minLength: 500, maxLength: 700 }),
  fc.array(fc.constantFrom(0, -0, 1, -1, 1e-310, -1e-310, Infinity, -Infinity, 1 + 2 ** -52, 3.5), { minLength: 500, maxLength: 700 }).map((all) => Float64Array.from(all)),
)

describe('ascending', () => {
  test('as by comparing, equal ones in the order given', () => {
    fc.assert(fc.property(numbers, (values) => {
      const places = Array.from(values.keys()).sort((a, b) => (values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : a - b))
      expect([...ascending(values)]).toEqual(places)
      expect(sorted(values).every((value, i) => value === values[places[i]!])).toBe(true)
    }), { seed: 1, numRuns: 300 })
  })

  test('the k-th smallest', () => {
    fc.assert(fc.property(numbers, fc.nat(), (values, any) => {
      if (values.length === 0) return
      const k = 1 + (any % values.length)
      // Zeros are equal, whatever their sign.
      expect(leastOf(values, k) + 0).toBe([...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))[k - 1]! + 0)
    }), { seed: 1, numRuns: 300 })
  })
})
