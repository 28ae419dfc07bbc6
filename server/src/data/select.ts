/** Datasets of chosen rows, for `filter` and `limit`. */
import type { TypedArray } from '../onnx/types.ts'
import type { Column, Dataset } from './columns.ts'
import { sizeOf } from './source.ts'

/** The given rows in the given order; a row may come more than once. Throws RangeError for a row that does not exist. */
export function takeRows(dataset: Dataset, rows: Int32Array | readonly number[]): Dataset {
  for (const row of rows) {
    if (!(Number.isInteger(row) && row >= 0 && row < dataset.rows)) throw new RangeError(`row ${row} of ${dataset.rows} does not exist`)
  }
  return { ...dataset, rows: rows.length, columns: dataset.columns.map((column) => takeFrom(column, rows)) }
}

/** The first `limit` rows; a view of the same memory. */
export function limitRows(dataset: Dataset, limit: number): Dataset {
  const rows = Math.max(0, Math.min(dataset.rows, Math.floor(limit)))
  const columns = dataset.columns.map((column) => ({ ...column, values: column.values.subarray(0, rows * sizeOf(column.shape)) }))
  return { ...dataset, rows, columns }
}

function takeFrom(column: Column, rows: Int32Array | readonly number[]): Column {
  const size = sizeOf(column.shape)
  const values = emptyLike(column.values, rows.length * size)
  if (size === 1) {
    for (let i = 0; i < rows.length; i++) values[i] = column.values[rows[i]!]!
  } else {
    for (let i = 0; i < rows.length; i++) {
      values.set(column.values.subarray(rows[i]! * size, (rows[i]! + 1) * size) as never, i * size)
    }
  }
  return { ...column, values }
}

function emptyLike(values: TypedArray, length: number): TypedArray {
  return new (values.constructor as new (length: number) => TypedArray)(length)
}
