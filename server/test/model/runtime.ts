/** Runs model files and model graphs in ONNX Runtime, for tests that compare with reality. */
import { dirname } from 'node:path'
import { encodeModel } from '../../src/onnx/encode.ts'
import type { Dim } from '../../src/onnx/types.ts'
import type { ModelGraph } from '../../src/model/graph.ts'
import { isUnknown, substitute } from '../../src/onnx/infer/dims.ts'

process.env.ORT_DISABLE_TELEMETRY = '1'
const ort = await import('onnxruntime-node')

export type Feeds = Readonly<Record<string, InstanceType<typeof ort.Tensor>>>
export interface Result {
  readonly type: string
  readonly dims: readonly number[]
  readonly data: ArrayLike<unknown>
}

/** Runs a file, or bytes whose references to files are relative to `folder`. */
export async function run(model: string | Uint8Array, feeds: Feeds, folder?: string): Promise<Readonly<Record<string, Result>>> {
  const options = {
    graphOptimizationLevel: 'disabled', logSeverityLevel: 4, intraOpNumThreads: 1,
    ...(folder === undefined ? {} : { extra: { session: { model_external_initializers_file_folder_path: folder } } }),
  } as const
  const session = typeof model === 'string'
    ? await ort.InferenceSession.create(model, options) : await ort.InferenceSession.create(model, options)
  try {
    return (await session.run(feeds)) as unknown as Record<string, Result>
  } finally {
    await session.release()
  }
}

/** A graph as a model file, with the given tensors as outputs (default: its own). */
export function encoded(graph: ModelGraph, outputs: readonly string[] = graph.outputs): Uint8Array {
  return encodeModel({
    opset: graph.opset, domains: graph.domains, irVersion: Math.max(8, graph.irVersion), ops: graph.ops, functions: graph.functions,
    inputs: graph.inputs.map((name) => ({ name, type: graph.tensors.get(name)!.type })),
    outputs: outputs.map((name) => ({ name })),
    initializers: graph.initializers.values(),
  }, { folder: dirname(graph.path) })
}

/** Runs a graph as `encoded` has it. */
export function runGraph(graph: ModelGraph, feeds: Feeds, outputs?: readonly string[]): ReturnType<typeof run> {
  return run(encoded(graph, outputs), feeds, dirname(graph.path))
}

/** Feeds for the inputs of a graph: small pseudo-random values, `lengths` for its symbols. */
export function feedsFor(graph: ModelGraph, lengths: Readonly<Record<string, number>>, make: Readonly<Record<string, (index: number) => number>> = {}): Feeds {
  const symbols = new Map<string, Dim>(Object.entries(lengths))
  return Object.fromEntries(graph.inputs.map((name) => {
    const { dtype, shape } = graph.tensors.get(name)!.type
    const dims = shape!.map((dim) => substitute(dim, symbols) as number)
    const count = dims.reduce((product, dim) => product * dim, 1)
    const values = Array.from({ length: count }, (_, index) => (make[name] ?? defaultValue(dtype))(index))
    return [name, tensor(dtype, values, dims)]
  }))
}

function defaultValue(dtype: string): (index: number) => number {
  if (dtype === 'bool') return (index) => (index % 5 === 4 ? 0 : 1)
  if (dtype.includes('int')) return (index) => (index * 7 + 3) % 5
  return (index) => Math.sin(index * 12.9898 + 1) * 2
}

export function tensor(dtype: string, values: readonly number[], dims: readonly number[]): InstanceType<typeof ort.Tensor> {
  switch (dtype) {
    case 'int64': return new ort.Tensor('int64', BigInt64Array.from(values, BigInt), dims)
    case 'int32': return new ort.Tensor('int32', Int32Array.from(values), dims)
    case 'bool': return new ort.Tensor('bool', Uint8Array.from(values), dims)
    case 'uint8': return new ort.Tensor('uint8', Uint8Array.from(values), dims)
    case 'int8': return new ort.Tensor('int8', Int8Array.from(values), dims)
    case 'float64': return new ort.Tensor('float64', Float64Array.from(values), dims)
    default: return new ort.Tensor('float32', Float32Array.from(values), dims)
  }
}

/** The largest difference between two results of the same shape; infinite for other shapes, 0 for equal non-numbers. */
export function difference(a: Result, b: Result): number {
  if (a.dims.join() !== b.dims.join() || a.type !== b.type) return Number.POSITIVE_INFINITY
  let most = 0
  for (let index = 0; index < a.data.length; index++) {
    const left = Number(a.data[index])
    const right = Number(b.data[index])
    if (!Object.is(left, right)) most = Math.max(most, Number.isNaN(left) && Number.isNaN(right) ? 0 : Math.abs(left - right))
  }
  return most
}

/** Every inferred type that the runtime contradicts, as a sentence. */
export async function contradictions(graph: ModelGraph, lengths: Readonly<Record<string, number>>, make?: Parameters<typeof feedsFor>[2]): Promise<string[]> {
  const symbols = new Map<string, Dim>(Object.entries(lengths))
  const names = graph.ops.flatMap((op) => op.outputs).filter((name) => name !== '')
  const results = await runGraph(graph, feedsFor(graph, lengths, make), names)
  const wrong: string[] = []
  for (const name of names) {
    const { type, producer } = graph.tensors.get(name)!
    const result = results[name]
    if (result === undefined) continue
    const shape = type.shape?.map((dim) => substitute(dim, symbols))
    const fits = type.dtype === result.type && shape?.length === result.dims.length
      && shape.every((dim, axis) => (typeof dim === 'number' ? dim === result.dims[axis] : isUnknown(dim)))
    if (!fits) wrong.push(`${graph.ops[producer!]!.opType} ${name}: inferred ${type.dtype} [${type.shape}], is ${result.type} [${result.dims}]`)
  }
  return wrong
}
