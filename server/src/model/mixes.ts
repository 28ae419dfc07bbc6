/** Which operator mixes the data of a batch, for messages: a datum has no value of its own behind it. */
import { constant } from '../onnx/infer/index.ts'
import type { Known } from '../onnx/infer/context.ts'
import type { ModelGraph } from './graph.ts'
import { isRowwise } from './rows.ts'
import { called } from './upgrade/adapter.ts'

/** The first operator that cannot be shown to treat each row alone, as messages call it. */
export function firstMixing(graph: ModelGraph): string | undefined {
  const known = (name: string): Known | undefined => {
    const weight = graph.initializers.get(name)
    if (weight !== undefined) return weight.source.kind === 'inline' ? constant(weight.source.tensor) : { type: { dtype: weight.dtype, shape: weight.dims } }
    const type = graph.tensors.get(name)?.type
    return type && { type }
  }
  const mixing = graph.ops.find((op) => {
    const inputs = op.inputs.map(known)
    return !isRowwise(op, inputs, op.outputs.map((name) => known(name) ?? { type: { dtype: 'unknown', shape: undefined } }))
  })
  return mixing && called(mixing)
}
