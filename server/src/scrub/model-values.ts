/** The model as values of a dag: every tensor is a function of one datum's columns. */
import type { Column } from '../data/columns.ts'
import { columnInput, type InputBinding } from '../hypothesis/bound.ts'
import type { ModelGraph } from '../model/graph.ts'
import type { Dag, Value } from '../onnx/dag.ts'
import { rejoined } from './rejoin.ts'
import { BATCH, type DType, type Op } from '../onnx/types.ts'

export interface ModelValues {
  /** A tensor of the unmodified model. */
  readonly tensor: (name: string) => Value
  readonly column: (name: string) => Value
  /** The operator that makes a tensor, applied to other inputs (weights stay). All its outputs by name. */
  readonly apply: (op: Op, input: (name: string) => Value) => ReadonlyMap<string, Value>
  readonly weight: (name: string) => Value | undefined
}

/** The dtype in which a column enters expressions: codes of strings and all integers are int64. */
export const columnDType = (column: Pick<Column, 'dtype'>): DType => (column.dtype === 'string' ? 'int64' : column.dtype)

/**
 * Make all tensors of the model as values; columns are the inputs of the dag. Where `graph` was derived from another, tensors that
 * are in both are computed as there: cheaper, and with all claims off the derived graph is compared with it.
 */
export function modelValues(dag: Dag, graph: ModelGraph, inputs: readonly InputBinding[], columns: readonly Pick<Column, 'name' | 'dtype' | 'shape'>[], original?: ModelGraph): ModelValues {
  const columnValues = new Map(
    columns.map((c) => [c.name, dag.input(columnInput(c.name), { dtype: columnDType(c), shape: [BATCH, ...c.shape] })]),
  )
  const weights = new Map<string, Value>()
  const weight = (name: string): Value | undefined => {
    let value = weights.get(name)
    const initializer = graph.initializers.get(name)
    if (!value && initializer) weights.set(name, (value = dag.weight(initializer)))
    return value
  }
  const apply = (op: Op, input: (name: string) => Value): Map<string, Value> => {
    const inputs = op.inputs.map((name) => (name === '' ? undefined : (weight(name) ?? input(name))))
    const whole = rejoined({ ...op, inputs })
    if (whole) return new Map([[op.outputs[0]!, whole]])
    const values = dag.call({
      opType: op.opType,
      domain: op.domain,
      attributes: op.attributes,
      inputs,
      captures: new Map(op.captures.map((name) => [name, weight(name) ?? input(name)])),
      outputs: op.outputs.length,
    })
    return new Map(op.outputs.map((name, i) => [name, values[i]!]))
  }
  const tensors = new Map<string, Value>()
  const tensor = (name: string): Value => {
    const value = tensors.get(name)
    if (!value) throw new Error(`no value for tensor ${name}`)
    return value
  }
  for (const binding of inputs) tensors.set(binding.input, binding.compile(dag, columnValues))
  for (const { ops } of original ? [original, graph] : [graph]) {
    for (const op of ops) {
      if (op.outputs.every((name) => name === '' || tensors.has(name))) continue
      for (const [name, value] of apply(op, tensor)) if (name !== '') tensors.set(name, value)
    }
  }
  return { tensor, column: (name) => columnValues.get(name)!, apply, weight }
}
