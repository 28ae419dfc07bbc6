/** Attributes that later opsets take as inputs: axes, sizes, bounds. */
import type { Op } from '../../onnx/types.ts'
import type { Workbench } from '../workbench.ts'
import { type Adapter, type Adapters, int, ints, made, number, without } from './adapter.ts'

/** `axes` becomes the second input from opset `since` on. */
const axes = (since: number): Adapter => (op, opset, bench) => {
  const given = ints(op, 'axes')
  if (opset >= since || given === undefined) return [op]
  const input = bench.integers(`${op.outputs[0]}/axes`, given)
  return [{ ...op, attributes: without(op.attributes, 'axes'), inputs: [op.inputs[0] as string, input] }]
}

const split: Adapter = (op, opset, bench) => {
  const sizes = opset < 13 ? ints(op, 'split') : undefined
  if (sizes !== undefined) {
    const input = bench.integers(`${op.outputs[0]}/split`, sizes)
    return [{ ...op, attributes: without(op.attributes, 'split'), inputs: [op.inputs[0] as string, input] }]
  }
  const has = op.inputs[1] !== undefined && op.inputs[1] !== ''
  return [has ? op : { ...op, attributes: { ...op.attributes, num_outputs: number(op.outputs.length) } }]
}

const slice: Adapter = (op, opset, bench) => {
  if (opset >= 10) return [op]
  const list = (name: string) => {
    const values = ints(op, name)
    return values === undefined ? [] : [bench.integers(`${op.outputs[0]}/${name}`, values)]
  }
  const inputs = [op.inputs[0] as string, ...list('starts'), ...list('ends'), ...list('axes')]
  return [{ ...op, attributes: without(op.attributes, 'starts', 'ends', 'axes'), inputs }]
}

const topK: Adapter = (op, opset, bench) => {
  if (opset >= 10) return [op]
  const count = bench.integers(`${op.outputs[0]}/k`, [int(op, 'k', 1)])
  return [{ ...op, attributes: without(op.attributes, 'k'), inputs: [op.inputs[0] as string, count] }]
}

const clip: Adapter = (op, opset, bench) => {
  if (opset >= 11) return [op]
  const low = bound(op, 'min', bench)
  const high = bound(op, 'max', bench)
  const inputs = [op.inputs[0] as string, low.name, high.name]
  return [...low.ops, ...high.ops, { ...op, attributes: without(op.attributes, 'min', 'max'), inputs: trimmed(inputs) }]
}

const pad: Adapter = (op, opset, bench) => {
  if (opset >= 11) return [op]
  const pads = bench.integers(`${op.outputs[0]}/pads`, ints(op, 'pads') ?? [])
  const value = bound(op, 'value', bench)
  const inputs = [op.inputs[0] as string, pads, value.name]
  return [...value.ops, { ...op, attributes: without(op.attributes, 'pads', 'value'), inputs: trimmed(inputs) }]
}

/** A float attribute as a scalar of the type of the operator's first input; name '' without the attribute. */
function bound(op: Op, name: string, bench: Workbench): { name: string; ops: readonly Op[] } {
  const attribute = op.attributes[name]
  if (attribute?.type !== 'float') return { name: '', ops: [] }
  const hint = `${op.outputs[0]}/${name}`
  const plain = bench.constant(hint, { dtype: 'float32', dims: [], data: Float32Array.of(attribute.value) })
  const [data] = op.inputs as [string]
  if (bench.dtype(data) === 'float32') return { name: plain, ops: [] }
  const cast = bench.name(`${hint}/cast`)
  return { name: cast, ops: [made('CastLike', [plain, data], [cast])] }
}

/** Without omitted inputs at the end. */
function trimmed(inputs: readonly string[]): readonly string[] {
  return inputs.slice(0, inputs.findLastIndex((name) => name !== '') + 1)
}

const REDUCTIONS = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare']

export const TO_INPUTS: Adapters = {
  Squeeze: axes(13), Unsqueeze: axes(13), ReduceSum: axes(13),
  ...Object.fromEntries(REDUCTIONS.map((name) => [`Reduce${name}`, axes(18)])),
  Split: split, Slice: slice, TopK: topK, Clip: clip, Pad: pad,
}
