/** A column of text cells; its type is chosen when all are known. */
import type { TypedArray } from '../onnx/types.ts'
import type { Column, ColumnDType } from './columns.ts'
import { GrowingCodes } from './growing.ts'
import { Integers } from './integers.ts'
import { badColumn, unreadable, type Budget } from './source.ts'
import { Dictionary, type StringRoom } from './strings.ts'

const BOOL = /^\s*(?:true|false)\s*$/i
const INTEGER = /^\s*[+-]?\d+\s*$/
const FLOAT = /^\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|infinity|nan)\s*$/i

const NAMES: Readonly<Record<ColumnDType, string>> = {
  bool: 'booleans', int64: 'integers', float32: 'numbers', float64: 'numbers', string: 'strings',
}

/** Cells are kept as codes, so that each distinct text is looked at once. */
export class CsvColumn {
  private readonly path: string
  private readonly name: string
  private readonly codes: GrowingCodes
  private readonly dictionary: Dictionary
  /** The line on which each text first stands, by code. */
  private readonly lines: number[] = []

  constructor(path: string, name: string, budget: Budget, room: StringRoom) {
    this.path = path
    this.name = name
    this.codes = new GrowingCodes(budget)
    this.dictionary = new Dictionary(room, (problem) => badColumn(path, name, problem))
  }

  /** Adds the cell of one row, which ends on `line`. */
  add(cell: string, line: number): void {
    const code = this.dictionary.code(cell)
    if (code === this.lines.length) this.lines.push(line)
    this.codes.push(code)
  }

  /** Throws DataError for an empty cell among numbers or booleans, and for numbers out of range. */
  finish(): Column {
    const dtype = this.chooseType()
    const column = { name: this.name, dtype, shape: [] }
    const codes = this.codes.finish()
    if (dtype === 'string') return { ...column, values: codes, dictionary: this.dictionary.words }
    return { ...column, values: this.numbers(dtype, codes) }
  }

  private chooseType(): ColumnDType {
    const words = this.dictionary.words.filter((word) => word.trim() !== '')
    const all = (pattern: RegExp): boolean => words.length > 0 && words.every((word) => pattern.test(word))
    const dtype = all(BOOL) ? 'bool' : all(INTEGER) ? 'int64' : all(FLOAT) ? 'float64' : 'string'
    const empty = this.dictionary.words.findIndex((word) => word.trim() === '')
    if (dtype !== 'string' && empty >= 0) {
      throw this.problem(empty, `is empty in a column of ${NAMES[dtype]}; fill the cell, or leave the row out.`)
    }
    return dtype
  }

  private numbers(dtype: ColumnDType, codes: Int32Array): TypedArray {
    const { words } = this.dictionary
    if (dtype === 'bool') {
      const flags = Uint8Array.from(words, (word) => (word.trim().toLowerCase() === 'true' ? 1 : 0))
      return Uint8Array.from(codes, (code) => flags[code]!)
    }
    if (dtype === 'float64') {
      const numbers = Float64Array.from(words, (word, code) => this.float(word, code))
      return Float64Array.from(codes, (code) => numbers[code]!)
    }
    const pairs = new Int32Array(BigInt64Array.from(words, (word, code) => this.integer(word, code)).buffer)
    const integers = new Integers(codes.length)
    for (const code of codes) integers.appendWords(pairs[2 * code]!, pairs[2 * code + 1]!)
    return integers.values()
  }

  private integer(word: string, code: number): bigint {
    const value = BigInt(word.trim().replace(/^\+/, ''))
    if (value !== BigInt.asIntN(64, value)) throw this.problem(code, `is ${word.trim()}, which is beyond int64; write a smaller number.`)
    return value
  }

  private float(word: string, code: number): number {
    const text = word.trim().toLowerCase()
    if (text.endsWith('nan')) return NaN
    if (text.includes('inf')) return text.startsWith('-') ? -Infinity : Infinity
    const value = Number(text)
    if (!Number.isFinite(value)) throw this.problem(code, `is ${text}, which is beyond float64; write a smaller number.`)
    return value
  }

  private problem(code: number, problem: string): Error {
    return unreadable(this.path, `line ${this.lines[code]}: \`${this.name}\` ${problem}`)
  }
}
