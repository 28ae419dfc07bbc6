/** Values while an expression is being compiled: a type, and the axes that the index variables of families stand for. */
import type { Value } from '../onnx/dag.ts'
import type { ExprDType, ExprValue } from './types.ts'

/** An axis along which an index variable runs (as in vmap): `length` members, in the order of the set. */
export interface MapAxis {
  /** Inner axes have larger ids. */
  readonly id: number
  readonly length: number
}

/**
 * A value of one datum and one member of every mapped axis. The tensor `value` has the axes
 * `[N if batched, ...maps by id, ...shape]`.
 */
export interface Val {
  readonly dtype: ExprDType
  readonly shape: readonly number[]
  readonly maps: readonly MapAxis[]
  readonly batched: boolean
  readonly value: Value
  /** A number written in the file or an index variable: it takes the float type of what it meets (NumPy 2). */
  readonly weak: boolean
  readonly dictionary?: readonly string[]
  readonly vocab?: readonly string[]
  /** The elements of a small constant, row-major over `[...maps, ...shape]`; strings are codes, booleans 0 and 1. */
  readonly known?: readonly number[]
}

/** Constants up to this many elements keep their elements at hand for folding and checking. Index variables always do. */
export const KNOWN_LIMIT = 1 << 16

/** What is wrong with an expression. Thrown inside the compiler, reported at the span of the innermost expression without one. */
export class Problem extends Error {
  readonly code: string
  readonly span: { readonly start: number; readonly end: number } | undefined
  constructor(code: string, message: string, span?: { readonly start: number; readonly end: number }) {
    super(message)
    this.code = code
    this.span = span
  }
}

/** Thrown where an index variable must be known but stands for a whole axis: the members are compiled one by one instead. */
export class NeedsUnrolling extends Error {}

/** A problem of types. */
export const mismatch = (message: string): Problem => new Problem('type-mismatch', message)
/** A problem of shapes and axes. */
export const misshapen = (message: string): Problem => new Problem('shape-mismatch', message)

/** Axes of the tensor before the datum's own. */
export const outerRank = (v: Val): number => (v.batched ? 1 : 0) + v.maps.length

export const count = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1)

/** `int64[42]`, `bool`, as people write types. */
export function describe(v: { readonly dtype: ExprDType; readonly shape: readonly number[] }): string {
  return v.shape.length === 0 ? v.dtype : `${v.dtype}[${v.shape.join(', ')}]`
}

/** The mapped axes of all, outermost first. */
export function unionMaps(vals: readonly Val[]): readonly MapAxis[] {
  const all = new Map<number, MapAxis>()
  for (const v of vals) for (const m of v.maps) all.set(m.id, m)
  return [...all.values()].sort((a, b) => a.id - b.id)
}

/** A compiled value taken up again: small constants keep their elements. */
export function fromExprValue(v: ExprValue): Val {
  const tensor = v.batched ? undefined : v.value.known
  const known = tensor && tensor.data.length <= KNOWN_LIMIT ? Array.from(tensor.data as ArrayLike<number | bigint>, Number) : undefined
  return { ...v, maps: [], weak: v.weak ?? false, ...(known ? { known } : {}) }
}

export function toExprValue(v: Val): ExprValue {
  return {
    dtype: v.dtype,
    shape: v.shape,
    batched: v.batched,
    value: v.value,
    ...(v.dictionary ? { dictionary: v.dictionary } : {}),
    ...(v.vocab ? { vocab: v.vocab } : {}),
    ...(v.weak ? { weak: true } : {}),
  }
}
