/** Decoded parquet values, one array per row group, to one column. */
import type { Column } from './columns.ts'
import { Integers } from './integers.ts'
import type { ParquetColumn } from './parquet-worker.ts'
import { Dictionary, type StringRoom } from './strings.ts'

/** A value that cannot be kept; the message continues a sentence that names the column. */
export class BadValue extends Error {}

const INT64_MAX = 2n ** 63n - 1n

export class ParquetValues {
  private readonly column: ParquetColumn
  private readonly count: number
  private readonly integers: Integers | undefined
  private readonly floats: Float32Array | Float64Array | undefined
  private readonly flags: Uint8Array | undefined
  private readonly codes: Int32Array | undefined
  private readonly dictionary: Dictionary
  private filled = 0

  constructor(column: ParquetColumn, rows: number, room: StringRoom) {
    this.column = column
    this.count = rows * (column.length ?? 1)
    this.dictionary = new Dictionary(room, (problem) => new BadValue(problem))
    if (column.dtype === 'int64') this.integers = new Integers(this.count)
    else if (column.dtype === 'float32') this.floats = new Float32Array(this.count)
    else if (column.dtype === 'float64') this.floats = new Float64Array(this.count)
    else if (column.dtype === 'bool') this.flags = new Uint8Array(this.count)
    else this.codes = new Int32Array(this.count)
  }

  /** Appends rows: values of a flat column, or lists. Throws BadValue for nulls and for lists of another length. */
  append(rows: ArrayLike<unknown>): void {
    const { length } = this.column
    if (length === undefined) return this.appendFlat(rows)
    for (let row = 0; row < rows.length; row++) {
      const list = rows[row] as ArrayLike<unknown> | null | undefined
      if (list?.length !== length) throw new BadValue('holds null, or lists of different lengths; pad them to one length.')
      this.appendFlat(list)
    }
  }

  /** Throws BadValue when rows are missing. */
  finish(): Column {
    const { name, dtype, length } = this.column
    if (this.filled !== this.count) throw new BadValue(`ends after ${this.filled} of ${this.count} values; write or copy the file again.`)
    const column = { name, dtype, shape: length === undefined ? [] : [length] }
    if (this.codes) return { ...column, values: this.codes, dictionary: this.dictionary.words }
    return { ...column, values: this.integers?.values() ?? this.floats ?? this.flags! }
  }

  private appendFlat(values: ArrayLike<unknown>): void {
    if (this.filled + values.length > this.count) throw new BadValue('holds more values than declared; write or copy the file again.')
    if (values instanceof BigInt64Array) {
      this.integers!.appendPairs(new Int32Array(values.buffer, values.byteOffset, 2 * values.length))
      this.filled += values.length
      return
    }
    for (let i = 0; i < values.length; i++) this.appendOne(values[i])
  }

  private appendOne(value: unknown): void {
    if (value === null || value === undefined) throw new BadValue('holds null; fill it in, or leave the row out.')
    if (this.floats) this.floats[this.filled] = value as number
    else if (this.flags) this.flags[this.filled] = value ? 1 : 0
    else if (this.codes) this.codes[this.filled] = this.dictionary.code(value as string)
    else this.appendInteger(value as number | bigint)
    this.filled++
  }

  private appendInteger(value: number | bigint): void {
    if (typeof value === 'bigint' && value > INT64_MAX) throw new BadValue('holds a uint64 beyond the range of int64; save smaller integers, or floats.')
    const number = Number(value)
    if (Number.isSafeInteger(number)) this.integers!.appendWords(number | 0, Math.floor(number / 2 ** 32))
    else this.integers!.appendWords(Number(BigInt.asIntN(32, value as bigint)), Number((value as bigint) >> 32n))
  }
}
