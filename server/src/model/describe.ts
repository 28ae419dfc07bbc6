/** The tensors of a model as rows of a table. */
import type { TensorType } from '../onnx/types.ts'
import { isUnknown } from '../onnx/infer/dims.ts'
import type { ModelGraph } from './graph.ts'

export interface TensorRow {
  readonly name: string
  /** The operator that makes it, `input` for a model input. */
  readonly op: string
  readonly dtype: string
  /** `[N, 42, 56]`, `?` for an unknown rank. */
  readonly shape: string
  /** First outputs of the operators that read it. */
  readonly consumers: readonly string[]
  readonly isOutput: boolean
}

/** One row for each input and each tensor an operator makes, in the order of computation. */
export function describeTensors(graph: ModelGraph): TensorRow[] {
  const outputs = new Set(graph.outputs)
  return [...graph.tensors.values()].map(({ name, type, producer, consumers }) => ({
    name,
    op: producer === undefined ? 'input' : operatorName(graph, producer),
    dtype: type.dtype,
    shape: shapeText(type),
    consumers: consumers.map((index) => graph.ops[index]?.outputs[0] ?? ''),
    isOutput: outputs.has(name),
  }))
}

function operatorName(graph: ModelGraph, index: number): string {
  const op = graph.ops[index]
  return op === undefined ? '' : op.domain === '' ? op.opType : `${op.domain}.${op.opType}`
}

/** `[N, 42]`; a length nothing is known about is `?`. */
export function shapeText({ shape }: TensorType): string {
  if (shape === undefined) return '?'
  return `[${shape.map((dim) => (isUnknown(dim) ? '?' : dim)).join(', ')}]`
}
