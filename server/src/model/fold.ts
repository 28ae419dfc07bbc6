/**
 * Shape arithmetic becomes constants: what Shape, Gather and Concat compute for a Reshape or a Slice is known once the
 * lengths are, save for the batch. So a tensor that is only measured is no way through the graph, and operators whose
 * shape was computed can be narrowed.
 */
import { isInteger } from '../onnx/dtype.ts'
import type { DType, Dim, Op, Tensor } from '../onnx/types.ts'
import { intAttribute, intsOf, type Known, numbersOf } from '../onnx/infer/context.ts'
import type { Workbench } from './workbench.ts'

type Shape = readonly Dim[]

/** Replaces inputs that are known by weights; the operators that computed them stay, read by fewer or none. */
export function foldShapes(bench: Workbench): void {
  const made = new Map<string, string>()
  const once = (key: string, make: () => string): string => {
    let name = made.get(key)
    if (name === undefined) made.set(key, (name = make()))
    return name
  }
  for (const [at, op] of bench.ops.entries()) {
    const inputs = op.inputs.map((name, index) => {
      if (name === '' || bench.initializers.has(name)) return name
      const tensor = constantOf(bench.known(name))
      if (tensor !== undefined) return once(`value ${name}`, () => bench.constant(`${name}/known`, tensor))
      const target = index === 1 ? targetOf(op, bench) : undefined
      return target === undefined ? name : once(`target ${target.join()}`, () => bench.integers(`${name}/known`, target))
    })
    if (inputs.some((name, index) => name !== op.inputs[index])) bench.ops[at] = { ...op, inputs }
  }
}

/** A small integer tensor whose elements are all numbers. */
function constantOf(known: Known | undefined): Tensor | undefined {
  const { dtype, shape } = known?.type ?? {}
  if (dtype === undefined || !(isInteger(dtype) || dtype === 'bool')) return undefined
  const values = numbersOf(known)
  const make = ARRAYS[dtype]
  if (values === undefined || make === undefined || shape === undefined || shape.some((dim) => typeof dim !== 'number')) return undefined
  return { dtype, dims: shape as readonly number[], data: make(values) }
}

const ARRAYS: Partial<Record<DType, (values: readonly number[]) => Tensor['data']>> = {
  int64: (values) => BigInt64Array.from(values, BigInt),
  int32: (values) => Int32Array.from(values),
  bool: (values) => Uint8Array.from(values),
}

function targetOf(op: Op, bench: Workbench): readonly number[] | undefined {
  if (op.domain !== '' || (op.opType !== 'Reshape' && op.opType !== 'Expand')) return undefined
  const from = bench.known(op.inputs[0])?.type.shape
  const to = bench.known(op.outputs[0])?.type.shape
  // Without values the result's shape is what the file says, not what is computed.
  if (from === undefined || to === undefined || intsOf(bench.known(op.inputs[1])) === undefined) return undefined
  return op.opType === 'Reshape' ? reshapeTarget(from, to, intAttribute(op, 'allowzero', 0) === 0) : expandTarget(from, to)
}

/** 0 where a length is the input's, -1 for one that is not a number. */
function reshapeTarget(from: Shape, to: Shape, copies: boolean): number[] | undefined {
  if (to.includes(0)) return undefined
  const open = to.flatMap((dim, axis) => (typeof dim === 'number' ? [] : [axis]))
  const other = open.length <= 1 ? open : open.filter((axis) => from[axis] !== to[axis])
  if (other.length > 1 || (open.length > other.length && !copies)) return undefined
  return to.map((dim, axis) => (typeof dim === 'number' ? dim : other.includes(axis) ? -1 : 0))
}

/** 1 where the input has the length already. */
function expandTarget(from: Shape, to: Shape): number[] | undefined {
  const target = to.map((dim, axis) => (typeof dim === 'number' ? dim : from[axis - to.length + from.length] === dim ? 1 : undefined))
  return target.includes(undefined) ? undefined : (target as number[])
}
