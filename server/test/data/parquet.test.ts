/** .parquet files, written by hyparquet-writer (fixtures/make-parquet.mjs). */
import { expect, test } from 'vitest'
import { fixture, load, plain, problem, write } from './files.ts'

const rows = <Value>(value: (row: number) => Value): Value[] => Array.from({ length: 30 }, (_, row) => value(row))

const EXPECTED = {
  i32: ['int64', rows((row) => row - 3)],
  i64: ['int64', rows((row) => BigInt(row) * 2n ** 40n - 3n)],
  f32: ['float32', rows((row) => row / 4)],
  f64: ['float64', rows((row) => row / 8)],
  f16: ['float32', rows((row) => row / 2)],
  flag: ['bool', rows((row) => (row % 2 === 0 ? 1 : 0))],
  word: ['string', rows((row) => ['a', 'ü', 'b'][row % 3])],
}

test.each(['plain', 'snappy', 'gzip', 'zstd'])('%s', async (name) => {
  const { columns } = await load(fixture(`${name}.parquet`))
  expect(Object.fromEntries(columns.map((column) => [column.name, [column.dtype, plain(column)]]))).toEqual(EXPECTED)
})

test('other encodings', async () => {
  const { columns } = await load(fixture('delta.parquet'))
  expect(columns.map(plain)).toEqual([EXPECTED.i64[1], EXPECTED.f64[1]])
})

test('lists of one length', async () => {
  const { columns: [tokens] } = await load(fixture('list.parquet'))
  expect(tokens!.shape).toEqual([4])
  expect([...tokens!.values]).toEqual(rows((row) => [row, row + 1, row + 2, row + 3]).flat())
  expect(tokens!.values).toBeInstanceOf(Int32Array)
})

test.each([
  ['ragged', '`tokens` in ragged.parquet holds lists of different lengths; pad them to one length.'],
  ['swapped', '`tokens` in swapped.parquet holds null, or lists of different lengths; pad them to one length.'],
  ['null-list', '`tokens` in null-list.parquet holds null; fill it in, or leave the row out.'],
  ['null', '`x` in null.parquet holds null; fill it in, or leave the row out.'],
  ['date', '`x` in date.parquet is neither booleans, numbers, strings nor lists of them; convert it, or leave it out.'],
])('refuses %s', async (name, message) => {
  expect(await problem(load(fixture(`${name}.parquet`)))).toBe(`data-unreadable: ${message}`)
})

test('no rows, no parquet, no memory', async () => {
  expect(await problem(load(fixture('empty.parquet')))).toBe('empty-data: empty.parquet has no rows; a dataset needs at least one.')
  expect(await problem(load(write('x.parquet', 'PAR1')))).toMatch('data-unreadable: x.parquet is not a complete parquet file')
  expect(await problem(load(fixture('plain.parquet'), undefined, { memory: 1000 }))).toMatch('the limit is 1000 bytes')
})
