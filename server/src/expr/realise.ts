/** Compiled values as tensors that others want: with a batch axis, in a given element type. */
import type { Dag, Value } from '../onnx/dag.ts'
import { attr } from '../onnx/dag.ts'
import { codeOf } from '../onnx/dtype.ts'
import type { DType } from '../onnx/types.ts'
import { expandTo } from './layout.ts'
import type { ExprValue } from './types.ts'
import { fromExprValue } from './value.ts'

/** The tensor `[N, ...shape]` of a value, N being the batch length of `like`; cast to `dtype` when one is given. */
export function realise(dag: Dag, v: ExprValue, like: Value, dtype?: DType): Value {
  const own = v.dtype === 'string' ? 'int64' : v.dtype
  const { value } = expandTo(dag, fromExprValue(v), v.shape, [], like)
  return dtype === undefined || dtype === own ? value : dag.op('Cast', [value], { to: attr.int(codeOf(dtype)) })
}
