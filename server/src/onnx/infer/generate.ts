/** Operators that make tensors out of attributes, bounds or noise. */
import { dtypeOf, elementCount, isInteger } from '../dtype.ts'
import type { Dim, DType, Tensor } from '../types.ts'
import {
  type Context, dtypeAt, floatsOf, intAttribute, intsAttribute, intsOf, type Known, known, MOST_VALUES, type Rule, type Rules, shapeAt,
} from './context.ts'
import { divideUp, subtract } from './dims.ts'

/** What is known of a constant: its type, and its values while they are few. */
export function constant(tensor: Tensor): Known {
  const small = elementCount(tensor.dims) <= MOST_VALUES
  return { type: { dtype: tensor.dtype, shape: tensor.dims }, ...(small ? { value: tensor } : {}) }
}

const range: Rule = (context) => {
  const dtype = dtypeAt(context, 0)
  if (!isInteger(dtype)) {
    const [start, limit, delta] = context.inputs.map((input) => floatsOf(input)?.[0])
    const count = start === undefined || limit === undefined || delta === undefined ? undefined : Math.max(0, Math.ceil((limit - start) / delta))
    return [known(dtype, [count ?? context.fresh()])]
  }
  const [start, limit, delta] = context.inputs.map((input) => intsOf(input)?.[0])
  if (start === undefined || limit === undefined || typeof delta !== 'number') return [known(dtype, [context.fresh()])]
  const count = divideUp(subtract(limit, start), delta)
  if (typeof count !== 'number') return [known(dtype, [count])]
  const length = Math.max(0, count)
  const follow = typeof start === 'number' && length <= MOST_VALUES
  const values = follow ? Array.from({ length }, (_, index): Dim => start + index * delta) : undefined
  return [known(dtype, [length], values)]
}

const ofShapeAttribute: Rule = (context) =>
  [known(dtypeOf(intAttribute(context.op, 'dtype', 1)), intsAttribute(context.op, 'shape'))]

const likeInput: Rule = (context) => [known(likeType(context), shapeAt(context, 0))]

function likeType(context: Context): DType {
  const code = intAttribute(context.op, 'dtype', 0)
  return code === 0 ? dtypeAt(context, 0) : dtypeOf(code)
}

const multinomial: Rule = (context) => [
  known(dtypeOf(intAttribute(context.op, 'dtype', 6)), [shapeAt(context, 0)?.[0] ?? context.fresh(), intAttribute(context.op, 'sample_size', 1)]),
]

const window: Rule = (context) =>
  [known(dtypeOf(intAttribute(context.op, 'output_datatype', 1)), [intsOf(context.inputs[0])?.[0] ?? context.fresh()])]

const constantOp: Rule = (context) => {
  const value = context.op.attributes.value
  return [value?.type === 'tensor' ? constant(value.value) : undefined]
}

export const GENERATE: Rules = {
  Constant: constantOp,
  Range: range,
  RandomNormal: ofShapeAttribute, RandomUniform: ofShapeAttribute,
  RandomNormalLike: likeInput, RandomUniformLike: likeInput, EyeLike: likeInput, Bernoulli: likeInput,
  Multinomial: multinomial,
  BlackmanWindow: window, HammingWindow: window, HannWindow: window,
}
