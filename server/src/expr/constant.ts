/** Constants of the language as values of the dag. */
import type { Dag, Value } from '../onnx/dag.ts'
import type { Tensor, TypedArray } from '../onnx/types.ts'
import type { ExprDType } from './types.ts'
import { count, KNOWN_LIMIT, misshapen, Problem, type MapAxis, type Val } from './value.ts'

/** Constants that an expression itself may make, in elements: larger ones belong in a file. */
export const CONSTANT_LIMIT = 1 << 24

interface ConstantOptions {
  readonly weak?: boolean
  readonly maps?: readonly MapAxis[]
  readonly dictionary?: readonly string[]
}

/** A constant from its elements, row-major over `[...maps, ...shape]`. Integers beyond 2^53 are not exact, as in the source text. */
export function constant(dag: Dag, dtype: ExprDType, shape: readonly number[], elements: readonly number[], options: ConstantOptions = {}): Val {
  const maps = options.maps ?? []
  const dims = [...maps.map((m) => m.length), ...shape]
  const tensor: Tensor = { dtype: dtype === 'string' ? 'int64' : dtype, dims, data: dataOf(dtype, elements) }
  return {
    dtype,
    shape,
    maps,
    batched: false,
    weak: options.weak ?? false,
    value: interned(dag, tensor, elements),
    ...(options.dictionary ? { dictionary: options.dictionary } : {}),
    ...(elements.length <= KNOWN_LIMIT ? { known: dtype === 'float32' ? elements.map(Math.fround) : elements } : {}),
  }
}

const pools = new WeakMap<Dag, Map<string, Value>>()

/** The dag knows equal small constants; this does the same for those of middling size, such as long index sets. */
function interned(dag: Dag, tensor: Tensor, elements: readonly number[]): Value {
  if (elements.length <= 256 || elements.length > KNOWN_LIMIT || elements.some((v) => Object.is(v, -0))) return dag.constant(tensor)
  const pool = pools.get(dag) ?? new Map<string, Value>()
  pools.set(dag, pool)
  const key = `${tensor.dtype}[${tensor.dims.join()}]${elements.join()}`
  const value = pool.get(key) ?? dag.constant(tensor)
  pool.set(key, value)
  return value
}

/** A constant with one value everywhere. */
export function filled(dag: Dag, dtype: ExprDType, shape: readonly number[], value: number): Val {
  checkSize(shape)
  return constant(dag, dtype, shape, new Array<number>(count(shape)).fill(value))
}

/** A single string: a code into a dictionary of its own. */
export function stringConstant(dag: Dag, text: string): Val {
  return constant(dag, 'string', [], [0], { dictionary: [text] })
}

/** Throws for shapes that are no shapes or too large to be made by an expression. */
export function checkSize(shape: readonly number[]): void {
  if (shape.some((dim) => !Number.isInteger(dim) || dim < 0)) throw misshapen(`[${shape.join(', ')}] is not a shape: lengths are whole numbers from 0`)
  if (count(shape) > CONSTANT_LIMIT) {
    throw new Problem('too-large', `an array of shape [${shape.join(', ')}] is too large for an expression (limit ${CONSTANT_LIMIT} elements); load it from a file with load("…")`)
  }
}

function dataOf(dtype: ExprDType, elements: readonly number[]): TypedArray {
  switch (dtype) {
    case 'float32': return Float32Array.from(elements)
    case 'float64': return Float64Array.from(elements)
    case 'bool': return Uint8Array.from(elements, (v) => (v !== 0 ? 1 : 0))
    case 'int64': case 'string': return BigInt64Array.from(elements, (v) => BigInt.asIntN(64, BigInt(Math.trunc(v))))
  }
}

/** A tensor of one element and no axes. */
export function scalar(dag: Dag, dtype: ExprDType, value: number): Value {
  return dag.constant({ dtype: dtype === 'string' ? 'int64' : dtype, dims: [], data: dataOf(dtype, [value]) })
}
