/** How far two tensors of one shape are apart, as values of a dag. */
import { attr, type Dag, type Value } from '../onnx/dag.ts'
import { codeOf } from '../onnx/dtype.ts'

export const float32Of = (dag: Dag, value: Value): Value => (value.type.dtype === 'float32' ? value : dag.op('Cast', [value], { to: attr.int(codeOf('float32')) }))

export const notFinite = (dag: Dag, value: Value): Value => dag.op('Or', [dag.op('IsNaN', [value]), dag.op('IsInf', [value])])

/** |a - b|, element by element: 0 where `equal`, and infinite where it is no number, for a maximum may pass over those. */
export function apart(dag: Dag, a: Value, b: Value, equal: Value): Value {
  const difference = dag.op('Where', [equal, dag.scalar(0, 'float32'), dag.op('Abs', [dag.op('Sub', [a, b])])])
  return dag.op('Where', [dag.op('IsNaN', [difference]), dag.scalar(Number.POSITIVE_INFINITY, 'float32'), difference])
}
