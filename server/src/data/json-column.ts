/** A column of JSON values: type and shape are those of the first row, and every other row must agree. */
import type { Column } from './columns.ts'
import { GrowingBytes, GrowingCodes, GrowingNumbers } from './growing.ts'
import type { Budget } from './source.ts'
import { Dictionary, type StringRoom } from './strings.ts'

type Kind = 'bool' | 'number' | 'string'

/** An integer as it was written, where a float64 would lose digits or the point. */
export type ExactNumber = { readonly source: string }

export type JsonValue = boolean | number | string | null | ExactNumber | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** Deeper lists are refused. */
const MAX_RANK = 16
const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

const KIND_NAMES = { bool: 'a boolean', number: 'a number', string: 'a string' } as const

export class JsonColumn {
  private readonly name: string
  private readonly shape: readonly number[]
  private readonly kind: Kind
  private readonly flags: GrowingBytes | undefined
  private readonly numbers: GrowingNumbers | undefined
  private readonly codes: GrowingCodes | undefined
  private readonly dictionary: Dictionary | undefined

  /** Takes type and shape from `first`, without adding it. Throws Misfit for values that make no column. */
  constructor(name: string, first: JsonValue, budget: Budget, room: StringRoom) {
    this.name = name
    const { shape, leaf } = shapeOf(first)
    this.shape = shape
    this.kind = kindOf(leaf)
    if (this.kind === 'bool') this.flags = new GrowingBytes(budget)
    else if (this.kind === 'number') this.numbers = new GrowingNumbers(budget)
    else {
      this.codes = new GrowingCodes(budget)
      this.dictionary = new Dictionary(room, (problem) => new Misfit(problem))
    }
  }

  /** Adds one row. Throws Misfit when it does not agree with the rows before. */
  add(value: JsonValue): void {
    this.addAxis(value, 0)
  }

  finish(): Column {
    const { name, shape } = this
    if (this.flags) return { name, shape, dtype: 'bool', values: this.flags.finish() }
    if (this.numbers) return { name, shape, dtype: this.numbers.isFloat ? 'float64' : 'int64', values: this.numbers.finish() }
    return { name, shape, dtype: 'string', values: this.codes!.finish(), dictionary: this.dictionary!.words }
  }

  private addAxis(value: JsonValue, axis: number): void {
    if (axis === this.shape.length) return this.addLeaf(value)
    const length = this.shape[axis]!
    if (!Array.isArray(value)) throw new Misfit(`is ${nameOf(value)} where the first row has a list of ${length}; give every row the same shape.`)
    if (value.length !== length) throw new Misfit(`is a list of ${value.length} where the first row has ${length}; pad the lists to one length.`)
    for (const part of value) this.addAxis(part, axis + 1)
  }

  private addLeaf(value: JsonValue): void {
    if (this.kind === 'number') {
      if (typeof value === 'number') return addNumber(this.numbers!, value)
      if (isExact(value)) return addExact(this.numbers!, value.source)
    } else if (this.kind === 'bool') {
      if (typeof value === 'boolean') return this.flags!.push(value ? 1 : 0)
    } else if (typeof value === 'string') {
      return this.codes!.push(this.dictionary!.code(value))
    }
    throw new Misfit(`is ${nameOf(value)} where the first row has ${KIND_NAMES[this.kind]}; use one type per column.`)
  }
}

/** A value that does not fit its column; the message continues a sentence that names line and column. */
export class Misfit extends Error {}

function isExact(value: JsonValue): value is ExactNumber {
  return value instanceof Exact
}

/** Marks numbers so that no object of a file can pass for one. */
export class Exact implements ExactNumber {
  readonly source: string
  constructor(source: string) {
    this.source = source
  }
}

function addNumber(numbers: GrowingNumbers, value: number): void {
  if (Number.isInteger(value)) numbers.pushInteger(value)
  else numbers.pushFloat(value)
}

function addExact(numbers: GrowingNumbers, source: string): void {
  if (/[.eE]/.test(source)) {
    const value = Number(source)
    if (!Number.isFinite(value)) throw new Misfit(`is ${source}, which is beyond float64; write a smaller number.`)
    return numbers.pushFloat(value)
  }
  const value = BigInt(source)
  if (value < INT64_MIN || value > INT64_MAX) throw new Misfit(`is ${source}, which is beyond int64; write a smaller number, or a string.`)
  numbers.pushInteger(value)
}

function shapeOf(value: JsonValue): { shape: number[]; leaf: JsonValue } {
  const shape: number[] = []
  let leaf = value
  while (Array.isArray(leaf)) {
    if (leaf.length === 0) throw new Misfit('is an empty list; give every row the same number of values, at least one.')
    if (shape.length === MAX_RANK) throw new Misfit(`is a list nested deeper than ${MAX_RANK}; flatten it.`)
    shape.push(leaf.length)
    leaf = leaf[0]
  }
  return { shape, leaf }
}

function kindOf(leaf: JsonValue): Kind {
  if (typeof leaf === 'boolean') return 'bool'
  if (typeof leaf === 'string') return 'string'
  if (typeof leaf === 'number' || isExact(leaf)) return 'number'
  throw new Misfit(`is ${nameOf(leaf)}; use booleans, numbers, strings or lists of them.`)
}

function nameOf(value: JsonValue): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && !isExact(value)) return 'an object'
  return KIND_NAMES[typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'number']
}
