/** Columns of the dataset as feeds of a graph. */
import type { Column, Dataset } from '../data/columns.ts'
import { columnInput } from '../hypothesis/bound.ts'
import type { DType, Tensor, TypedArray } from '../onnx/types.ts'
import { canonicalWords, rowIds } from './classes.ts'

export interface Table {
  readonly rows: number
  readonly column: (name: string) => Column
  /** The dtype in which a graph input that stands for a column is fed; undefined for any other input. */
  readonly stored: (input: string) => DType | undefined
  /** The column behind a graph input. */
  readonly behind: (input: string) => Column | undefined
}

export function tableOf(dataset: Dataset): Table {
  const byName = new Map(dataset.columns.map((c) => [c.name, c]))
  const byInput = new Map(dataset.columns.map((c) => [columnInput(c.name), c]))
  return {
    rows: dataset.rows,
    column: (name) => byName.get(name)!,
    behind: (input) => byInput.get(input),
    stored: (input) => {
      const column = byInput.get(input)
      return column && storedDType(column)
    },
  }
}

function storedDType(column: Column): DType {
  if (column.values instanceof Int32Array) return 'int32'
  if (column.values instanceof BigInt64Array) return 'int64'
  if (column.values instanceof Float32Array) return 'float32'
  if (column.values instanceof Float64Array) return 'float64'
  return 'bool'
}

/** Some rows of a column: shape `[rows.length, …]`. */
export function takeColumn(column: Column, rows: Int32Array): Tensor {
  return { dtype: storedDType(column), dims: [rows.length, ...column.shape], data: takeRows(column.values, rows, width(column.shape)) }
}

/** A contiguous range of rows, without copying. */
export function sliceColumn(column: Column, start: number, end: number): Tensor {
  const size = width(column.shape)
  return { dtype: storedDType(column), dims: [end - start, ...column.shape], data: column.values.subarray(start * size, end * size) }
}

export function takeRows<T extends TypedArray>(values: T, rows: Int32Array, size: number): T {
  const taken = new (values.constructor as new (n: number) => T)(rows.length * size)
  if (size === 1) for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i]!]!
  else {
    for (let i = 0; i < rows.length; i++) {
      const from = rows[i]! * size
      // A loop beats `set(subarray)` for the short rows that data have.
      if (size <= 64) for (let k = 0, to = i * size; k < size; k++) taken[to + k] = values[from + k]!
      else (taken as Float32Array).set(values.subarray(from, from + size) as Float32Array, i * size)
    }
  }
  return taken
}

export const width = (shape: readonly (number | string)[]): number => shape.reduce<number>((p, d) => p * Number(d), 1)

/** Number the data that are equal in all of these columns, in order of first appearance. */
export function distinctRows(table: Table, columns: readonly string[]): Int32Array {
  return rowIds(columns.map((name) => canonicalWords({ dtype: 'int32', dims: [], data: table.column(name).values })), table.rows)
}
