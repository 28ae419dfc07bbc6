/** Values of a column whose length, and whose type among numbers, is not known beforehand. */
import type { TypedArray } from '../onnx/types.ts'
import type { Budget } from './source.ts'

const FIRST = 256

/** A typed array that doubles. */
class Growing<Values extends TypedArray> {
  private values: Values
  length = 0
  private readonly budget: Budget
  private readonly make: (length: number) => Values

  constructor(make: (length: number) => Values, budget: Budget) {
    this.make = make
    this.budget = budget
    this.values = make(FIRST)
    budget.claim(this.values.byteLength)
  }

  push(value: Values[number]): void {
    if (this.length === this.values.length) this.grow()
    this.values[this.length++] = value as never
  }

  /** The values so far; a view, to be copied or read at once. */
  view(): Values {
    return this.values.subarray(0, this.length) as Values
  }

  /** The values so far, in memory of their own length. */
  finish(): Values {
    return this.values.slice(0, this.length) as Values
  }

  private grow(): void {
    this.budget.claim(this.values.byteLength)
    const values = this.make(2 * this.values.length)
    values.set(this.values as never)
    this.values = values
  }
}

export class GrowingBytes extends Growing<Uint8Array> {
  constructor(budget: Budget) {
    super((length) => new Uint8Array(length), budget)
  }
}

export class GrowingCodes extends Growing<Int32Array> {
  constructor(budget: Budget) {
    super((length) => new Int32Array(length), budget)
  }
}

/** Numbers: 32-bit integers at first, then 64-bit ones or floats, as wide as the values demand. */
export class GrowingNumbers {
  private values: Growing<Int32Array> | Growing<BigInt64Array> | Growing<Float64Array>
  private kind: 'int32' | 'int64' | 'float64' = 'int32'
  private readonly budget: Budget

  constructor(budget: Budget) {
    this.budget = budget
    this.values = new Growing((length) => new Int32Array(length), budget)
  }

  get isFloat(): boolean {
    return this.kind === 'float64'
  }

  /** Appends an integer within int64: exact, unless the column holds floats. */
  pushInteger(value: number | bigint): void {
    if (this.kind === 'int32') {
      if (typeof value === 'number' && (value | 0) === value) return (this.values as Growing<Int32Array>).push(value)
      this.widen('int64')
    }
    if (this.kind === 'int64') (this.values as Growing<BigInt64Array>).push(BigInt(value))
    else (this.values as Growing<Float64Array>).push(Number(value))
  }

  pushFloat(value: number): void {
    if (this.kind !== 'float64') this.widen('float64')
    ;(this.values as Growing<Float64Array>).push(value)
  }

  finish(): Int32Array | BigInt64Array | Float64Array {
    return this.values.finish()
  }

  private widen(kind: 'int64' | 'float64'): void {
    const old = this.values.view()
    if (kind === 'int64') {
      const wide = new Growing((length) => new BigInt64Array(length), this.budget)
      for (const value of old) wide.push(BigInt(value))
      this.values = wide
    } else {
      const wide = new Growing((length) => new Float64Array(length), this.budget)
      for (const value of old) wide.push(Number(value))
      this.values = wide
    }
    this.budget.claim(-old.buffer.byteLength)
    this.kind = kind
  }
}
