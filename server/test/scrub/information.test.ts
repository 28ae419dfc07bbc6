/** Adjusted mutual information, against the definition: the mean over all orders of one partition. */
import { expect, test } from 'vitest'
import { classesOf, type Classes } from '../../src/scrub/classes.ts'
import { adjustedInformation, expectedInformation } from '../../src/scrub/information.ts'

const partition = (labels: readonly number[]): Classes => classesOf([{ dtype: 'int32', dims: [labels.length], data: Int32Array.from(labels) }], labels.length)

function information(a: readonly number[], b: readonly number[]): number {
  const n = a.length
  let sum = 0
  for (const x of new Set(a)) {
    for (const y of new Set(b)) {
      const both = a.filter((v, i) => v === x && b[i] === y).length
      if (both > 0) sum += (both / n) * Math.log((both * n) / (a.filter((v) => v === x).length * b.filter((v) => v === y).length))
    }
  }
  return sum
}

const entropy = (a: readonly number[]): number => information(a, a)

function* orders(list: readonly number[]): Generator<number[]> {
  if (list.length === 0) yield []
  for (let i = 0; i < list.length; i++) for (const rest of orders([...list.slice(0, i), ...list.slice(i + 1)])) yield [list[i]!, ...rest]
}

const cases: [number[], number[]][] = [
  [[0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2]],
  [[0, 0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1, 1]],
  [[0, 1, 2, 3, 4, 5], [0, 0, 1, 1, 2, 3]],
  [[0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 1, 1]],
]

const sizes = (labels: readonly number[]): Int32Array => Int32Array.from([...new Set(labels)], (x) => labels.filter((v) => v === x).length)

test.each(cases)('the expected information of %j and %j is the mean over all orders', (a, b) => {
  let sum = 0
  let count = 0
  for (const order of orders(b)) {
    sum += information(a, order)
    count++
  }
  expect(expectedInformation(sizes(a), sizes(b), a.length)).toBeCloseTo(sum / count, 12)
})

test.each(cases)('adjusted information of %j and %j', (a, b) => {
  const expected = expectedInformation(sizes(a), sizes(b), a.length)!
  const adjusted = (information(a, b) - expected) / ((entropy(a) + entropy(b)) / 2 - expected)
  expect(adjustedInformation(partition(a), partition(b), -1)).toBeCloseTo(adjusted, 12)
})

test('equal partitions are 1 whatever their labels; a level that is not reached is no answer', () => {
  expect(adjustedInformation(partition([5, 5, 7, 7]), partition([1, 1, 0, 0]), 0.98)).toBe(1)
  expect(adjustedInformation(partition([0, 0, 1, 1]), partition([0, 1, 0, 1]), 0.98)).toBeUndefined()
})

test('nearly equal partitions of many data are told; independent ones are not', () => {
  const labels = Array.from({ length: 20_000 }, (_, i) => i % 10)
  const nearly = labels.map((v, i) => (i < 20 ? (v + 1) % 10 : v))
  expect(adjustedInformation(partition(labels), partition(nearly), 0.98)).toBeGreaterThan(0.98)
  expect(adjustedInformation(partition(labels), partition(labels.map((_, i) => Math.floor(i / 2000))), 0.98)).toBeUndefined()
})
