/** Equivalence classes of a feature: data with equal values, element by element (NaN equals NaN, -0 equals 0). */
import type { Tensor } from '../onnx/types.ts'

/** The partition of `rows` data that a feature induces. */
export interface Classes {
  readonly rows: number
  /** Number of classes. */
  readonly count: number
  /** Class of each datum; classes are numbered in order of first appearance. */
  readonly of: Int32Array
  /** Data sorted by class, each class in ascending order of datum. */
  readonly order: Int32Array
  /** `order[start[c]]` to `order[start[c + 1] - 1]` is class c. */
  readonly start: Int32Array
}

/** `exact`: every datum alone. */
export function exactClasses(rows: number): Classes {
  const identity = Int32Array.from({ length: rows }, (_, i) => i)
  return { rows, count: rows, of: identity, order: identity, start: Int32Array.from({ length: rows + 1 }, (_, i) => i) }
}

/** `any`: one class. */
export function anyClass(rows: number): Classes {
  return {
    rows,
    count: 1,
    of: new Int32Array(rows),
    order: Int32Array.from({ length: rows }, (_, i) => i),
    start: Int32Array.from([0, rows]),
  }
}

/** Classes of a feature whose parts are given as tensors of shape `[rows, …]`. */
export function classesOf(parts: readonly Tensor[], rows: number): Classes {
  const of = rowIds(parts.map((part) => canonicalWords(part)), rows)
  let count = 0
  for (let i = 0; i < rows; i++) if (of[i]! >= count) count = of[i]! + 1
  return grouped(of, count)
}

/** The partition in which datum i lies in class `of[i]`, less than `count`. */
export function grouped(of: Int32Array, count: number): Classes {
  const rows = of.length
  const start = new Int32Array(count + 1)
  for (let i = 0; i < rows; i++) start[of[i]! + 1]!++
  for (let c = 0; c < count; c++) start[c + 1]! += start[c]!
  const next = start.slice(0, count)
  const order = new Int32Array(rows)
  for (let i = 0; i < rows; i++) order[next[of[i]!]!++] = i
  return { rows, count, of, order, start }
}

/** Number the distinct rows of several word arrays (all `rows` long in total) in order of first appearance. */
export function rowIds(parts: readonly Int32Array[], rows: number): Int32Array {
  const widths = parts.map((p) => (rows === 0 ? 0 : p.length / rows))
  const ids = new Int32Array(rows)
  let capacity = 16
  while (capacity < rows * 2) capacity *= 2
  const table = new Int32Array(capacity).fill(-1) // slots hold the first row of a class
  let count = 0
  for (let row = 0; row < rows; row++) {
    let hash = 0x9e3779b9 | 0
    for (let p = 0; p < parts.length; p++) {
      const words = parts[p]!
      const width = widths[p]!
      for (let i = row * width, end = i + width; i < end; i++) {
        hash = Math.imul(hash ^ words[i]!, 0x85ebca6b)
        hash ^= hash >>> 15
      }
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35)
    let slot = (hash ^ (hash >>> 13)) & (capacity - 1)
    for (;;) {
      const other = table[slot]!
      if (other < 0) {
        table[slot] = row
        ids[row] = count++
        break
      }
      if (sameRow(parts, widths, row, other)) {
        ids[row] = ids[other]!
        break
      }
      slot = (slot + 1) & (capacity - 1)
    }
  }
  return ids
}

function sameRow(parts: readonly Int32Array[], widths: readonly number[], a: number, b: number): boolean {
  for (let p = 0; p < parts.length; p++) {
    const words = parts[p]!
    const width = widths[p]!
    const shift = (b - a) * width
    for (let i = a * width, end = i + width; i < end; i++) if (words[i] !== words[i + shift]) return false
  }
  return true
}

/** The values as 32-bit words that are equal exactly when the values are: one bit pattern for NaN and for zero. */
export function canonicalWords(tensor: Tensor): Int32Array {
  const data = tensor.data
  if (data instanceof Float32Array || data instanceof Float64Array) {
    const copy = data.slice()
    for (let i = 0; i < copy.length; i++) {
      const v = copy[i]!
      if (v === 0) copy[i] = 0
      else if (v !== v) copy[i] = NaN
    }
    return new Int32Array(copy.buffer)
  }
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return new Int32Array(data.buffer, data.byteOffset, data.length * 2)
  }
  if (data instanceof Int32Array) return data
  if (Array.isArray(data)) throw new Error('strings have no words; use their codes')
  return Int32Array.from(data as ArrayLike<number>)
}

/** What is told of a partition: sizes largest first, share of singletons, effective number (exp of the entropy). */
export function describeClasses(classes: Classes): { sizes: Int32Array; singletons: number; effective: number } {
  const sizes = new Int32Array(classes.count)
  let single = 0
  let entropy = 0
  for (let c = 0; c < classes.count; c++) {
    const size = classes.start[c + 1]! - classes.start[c]!
    sizes[c] = size
    if (size === 1) single++
    const p = size / classes.rows
    entropy -= p * Math.log(p)
  }
  sizes.sort().reverse()
  return { sizes, singletons: single / classes.rows, effective: Math.exp(entropy) }
}
