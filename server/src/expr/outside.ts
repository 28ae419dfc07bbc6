/** Constants that come from outside the text: files and weights of the model. */
import { attr, type Dag, type Value } from '../onnx/dag.ts'
import { codeOf, isInteger } from '../onnx/dtype.ts'
import type { DType, Tensor } from '../onnx/types.ts'
import type { ExprDType } from './types.ts'
import { KNOWN_LIMIT, mismatch, type Val } from './value.ts'

/** An array in memory as a constant. Throws a type-mismatch for complex numbers and the like. */
export function fromTensor(dag: Dag, tensor: Tensor): Val {
  if (tensor.dtype !== 'string') return typed(dag, dag.constant(tensor), tensor.dtype, tensor.dims)
  const texts = Array.from(tensor.data as ArrayLike<string>)
  const dictionary = [...new Set(texts)]
  const position = new Map(dictionary.map((text, code) => [text, code]))
  const codes = texts.map((text) => position.get(text)!)
  const value = dag.constant({ dtype: 'int64', dims: tensor.dims, data: BigInt64Array.from(codes, (code) => BigInt(code)) })
  return { dtype: 'string', dictionary, shape: tensor.dims, maps: [], batched: false, weak: false, value, ...(codes.length <= KNOWN_LIMIT ? { known: codes } : {}) }
}

/** A weight of the model. */
export function fromWeight(dag: Dag, value: Value): Val {
  const { dtype, shape } = value.type
  if (!shape || shape.some((dim) => typeof dim !== 'number')) throw mismatch('the shape of this weight is not known')
  return typed(dag, value, dtype, shape as readonly number[])
}

/** Narrow and unsigned types are widened to those of the language. */
function typed(dag: Dag, value: Value, dtype: DType, shape: readonly number[]): Val {
  const wide = widened(dtype)
  const same = wide === dtype
  const data = same && value.known && value.known.data.length <= KNOWN_LIMIT ? (value.known.data as ArrayLike<number | bigint>) : undefined
  return {
    dtype: wide,
    shape,
    maps: [],
    batched: false,
    weak: false,
    value: same ? value : dag.op('Cast', [value], { to: attr.int(codeOf(wide)) }),
    ...(data ? { known: Array.from(data, Number) } : {}),
  }
}

function widened(dtype: DType): ExprDType {
  if (dtype === 'bool' || dtype === 'float32' || dtype === 'float64') return dtype
  if (dtype === 'float16' || dtype === 'bfloat16') return 'float32'
  if (isInteger(dtype)) return 'int64'
  throw mismatch(`arrays of type ${dtype} cannot be used in expressions; convert it to float32 or int64`)
}
