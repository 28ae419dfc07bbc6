/** Choosing rows. */
import { expect, test } from 'vitest'
import type { Dataset } from '../../src/data/columns.ts'
import { limitRows, takeRows } from '../../src/data/select.ts'

const dataset: Dataset = {
  path: '/x.npz',
  rows: 3,
  columns: [
    { name: 'a', dtype: 'int64', shape: [2], values: Int32Array.of(0, 1, 10, 11, 20, 21) },
    { name: 'b', dtype: 'int64', shape: [], values: BigInt64Array.of(2n ** 40n, 5n, 6n) },
    { name: 'c', dtype: 'string', shape: [], values: Int32Array.of(0, 1, 0), dictionary: ['x', 'y'] },
  ],
}

const values = ({ columns }: Dataset): unknown[] => columns.map((column) => [...column.values])

test.each([
  [[2, 0], [[20, 21, 0, 1], [6n, 2n ** 40n], [0, 0]]],
  [Int32Array.of(1, 1), [[10, 11, 10, 11], [5n, 5n], [1, 1]]],
  [[], [[], [], []]],
])('takeRows %j', (rows, expected) => {
  const taken = takeRows(dataset, rows)
  expect(taken.rows).toBe(rows.length)
  expect(values(taken)).toEqual(expected)
  expect(taken.columns.map((column) => column.values.constructor)).toEqual([Int32Array, BigInt64Array, Int32Array])
  expect(taken.columns[2]!.dictionary).toEqual(['x', 'y'])
})

test.each([[[3]], [[-1]], [[0.5]]])('takeRows refuses %j', (rows) => {
  expect(() => takeRows(dataset, rows)).toThrow(RangeError)
})

test.each([[2, 2], [9, 3], [0, 0], [-1, 0], [1.5, 1]])('limitRows %d gives %d', (limit, rows) => {
  const limited = limitRows(dataset, limit)
  expect(limited.rows).toBe(rows)
  expect(values(limited)).toEqual([[0, 1, 10, 11, 20, 21].slice(0, 2 * rows), [2n ** 40n, 5n, 6n].slice(0, rows), [0, 1, 0].slice(0, rows)])
})
