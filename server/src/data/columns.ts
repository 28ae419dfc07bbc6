/** Typed columns of a dataset. Rows are data; the row axis is implicit in `shape`. */
import { oneLine } from '../onnx/one-line.ts'
import type { TypedArray } from '../onnx/types.ts'

export type ColumnDType = 'bool' | 'int64' | 'float32' | 'float64' | 'string'

/** What is known of a column without reading its values. */
export interface ColumnSchema {
  readonly name: string
  readonly dtype: ColumnDType
  /** Shape of one datum's value: `[]` for a scalar, `[42]` for 42 tokens. */
  readonly shape: readonly number[]
}

/**
 * A column in memory, row-major, `rows` times the product of `shape` values.
 * bool: Uint8Array; int64: Int32Array where all values fit, else BigInt64Array; float32/float64 as named;
 * string: Int32Array of codes into `dictionary`.
 */
export interface Column extends ColumnSchema {
  readonly values: TypedArray
  readonly dictionary?: readonly string[]
}

export interface DatasetSchema {
  /** Absolute path. */
  readonly path: string
  readonly rows: number
  readonly columns: readonly ColumnSchema[]
}

export interface Dataset extends DatasetSchema {
  readonly columns: readonly Column[]
}

/** Raised for a file that cannot be read as a dataset: message says what, where and what to do. */
export class DataError extends Error {
  readonly code: 'data-unreadable' | 'empty-data' | 'outside-root'
  constructor(code: DataError['code'], message: string) {
    super(oneLine(message))
    this.code = code
  }
}
