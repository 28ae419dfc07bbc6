/** Distinct values, numbered: equal ones are merged before anything is counted. */
import type { Tensor, TypedArray } from '../onnx/types.ts'
import { canonicalWords } from './classes.ts'
import { width } from './table.ts'

/** Raised when an enumeration would take too many evaluations, or too much memory. */
export class TooMany extends Error {}

/** Distinct values of a unit, one row each. */
export class ValueStore {
  private readonly ids = new Map<string, number>()
  private readonly rows: TypedArray[] = []
  private readonly most: number
  private bytes = 0
  private dims: readonly number[] = []
  private dtype: Tensor['dtype'] = 'float32'

  /** `most`: bytes that the values may take. */
  constructor(most: number) {
    this.most = most
  }

  /** Identifiers of the rows of a tensor. Throws TooMany when they do not fit. */
  add(tensor: Tensor, count: number): number[] {
    this.dims = tensor.dims.slice(1)
    this.dtype = tensor.dtype
    const data = tensor.data as TypedArray
    const words = canonicalWords(tensor)
    const perRow = words.length / count
    const size = data.length / count
    return Array.from({ length: count }, (_, i) => {
      const key = Buffer.from(words.buffer, words.byteOffset + i * perRow * 4, perRow * 4).toString('latin1')
      let id = this.ids.get(key)
      if (id === undefined) {
        this.ids.set(key, (id = this.rows.length))
        const row = data.slice(i * size, (i + 1) * size)
        this.rows.push(row)
        // Its words are held a second time, as the key.
        this.bytes += 2 * row.byteLength
        if (this.bytes > this.most) throw new TooMany()
      }
      return id
    })
  }

  number(id: number): number {
    return Number(this.rows[id]![0])
  }

  stack(ids: readonly number[]): Tensor {
    const size = width(this.dims)
    const data = new (this.rows[0]!.constructor as new (n: number) => TypedArray)(ids.length * size)
    ids.forEach((id, i) => (data as Float32Array).set(this.rows[id]! as Float32Array, i * size))
    return { dtype: this.dtype, dims: [ids.length, ...this.dims], data }
  }
}
