/** The generator against the published test vectors, and its uniform numbers. */
import { describe, expect, test } from 'vitest'
import { drawKey, oneByOne, uniform } from '../../src/scrub/random.ts'
import { openLanes } from '../../src/scrub/random-lanes.ts'
import { threefry } from '../../src/scrub/threefry.ts'

describe('threefry-2x32, 20 rounds: known answers of Random123', () => {
  const ones = 0xffffffff
  test.each([
    [[0, 0], [0, 0], ['6b200159', '99ba4efe']],
    [[ones, ones], [ones, ones], ['1cb996fc', 'bb002be7']],
    [[0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3], ['c4923a9c', '483df7a0']],
  ] as const)('key %j counter %j', ([k0, k1], [c0, c1], words) => {
    expect(threefry([k0, k1], c0, c1).map((w) => w.toString(16))).toEqual(words)
  })
})

test('uniform numbers are the words of the block at the sample number', () => {
  const key = drawKey(7, 'out/A')
  for (const first of [0, 5, 2 ** 32 - 2, 2 ** 40]) {
    const numbers = new Float64Array(6)
    uniform(key, first, numbers)
    numbers.forEach((u, i) => {
      const sample = first + i
      const [high, low] = threefry(key, sample % 2 ** 32, Math.floor(sample / 2 ** 32))
      expect(u).toBe((high * 2 ** 21 + (low >>> 11)) / 2 ** 53)
    })
  }
})

describe('four at a time: the same numbers as one by one', () => {
  test('there are vectors here', () => expect(openLanes()).toBeDefined())

  test.each([
    [0, 256], [0, 1023], [0, 1024], [0, 1025], [5, 5000], [2 ** 32 - 3000, 3000], [2 ** 32 - 1500, 3000], [2 ** 32, 1027], [2 ** 40 + 3, 2049], [2 ** 52, 259],
  ])('from sample %i on, %i numbers', (first, count) => {
    for (const key of [drawKey(3, 'out/A'), [0, 0], [0xffffffff, 0x80000000]] as const) {
      const [numbers, expected] = [new Float64Array(count), new Float64Array(count)]
      uniform(key, first, numbers)
      oneByOne(key, first, expected)
      expect(numbers).toEqual(expected)
    }
  })
})

test('a range of samples gives the same numbers in parts', () => {
  const key = drawKey(0, 'x')
  const whole = new Float64Array(100)
  uniform(key, 0, whole)
  const parts = [new Float64Array(33), new Float64Array(67)]
  uniform(key, 0, parts[0]!)
  uniform(key, 33, parts[1]!)
  expect([...parts[0]!, ...parts[1]!]).toEqual([...whole])
})

test('different seeds and paths give unrelated numbers', () => {
  const n = 20_000
  const streams = [drawKey(0, ''), drawKey(1, ''), drawKey(0, 'a'), drawKey(0, 'a/a')].map((key) => {
    const numbers = new Float64Array(n)
    uniform(key, 0, numbers)
    return numbers
  })
  for (const a of streams) {
    expect(Math.abs(a.reduce((s, u) => s + u, 0) / n - 0.5)).toBeLessThan(4 / Math.sqrt(12 * n))
    for (const b of streams) {
      if (a === b) continue
      let sum = 0
      for (let i = 0; i < n; i++) sum += (a[i]! - 0.5) * (b[i]! - 0.5)
      expect(Math.abs((12 * sum) / n)).toBeLessThan(4 / Math.sqrt(n))
    }
  }
})
