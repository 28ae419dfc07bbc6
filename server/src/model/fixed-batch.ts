/** Frees the batch axis of a model that was exported for one batch size, where that provably changes no row. */
import { BATCH, type Dim, type Op } from '../onnx/types.ts'
import { intAttribute, type Known, numbersOf, shapeText } from '../onnx/infer/context.ts'
import { divideExactly, mentions, multiplyAll } from '../onnx/infer/dims.ts'
import { inferOp, ShapeError } from '../onnx/infer/index.ts'
import { batchAxis, isRowwise, keepsRows } from './rows.ts'
import { called } from './upgrade/adapter.ts'
import type { Workbench } from './workbench.ts'

type Shape = readonly Dim[]

export type Freed = { readonly ops: readonly Op[] } | { readonly problem: string }

/**
 * The operators that do for any batch what `op` does for a batch of `fixed`; `problem` continues a sentence.
 * Constants that hold the batch size as a target shape are replaced; everything else must work as it is.
 */
export function unfixed(op: Op, fixed: number, bench: Workbench): Freed {
  const inputs = op.inputs.map((name) => bench.known(name))
  const captures = op.captures.map((name) => bench.known(name))
  if ([...inputs, ...captures].every((input) => batchAxis(input) === -1)) return { ops: [op] }
  const ops = rewritten(op, fixed, bench, inputs)
  const last = ops.at(-1) as Op
  const known = preview(ops.slice(0, -1), bench)
  const seen = last.inputs.map((name) => known.get(name) ?? bench.known(name))
  let outputs: readonly Known[]
  try {
    outputs = inferOp(last, seen, last.outputs.length)
  } catch (error) {
    if (error instanceof ShapeError) return refused(op, inputs)
    throw error
  }
  return isRowwise(last, seen, outputs) ? { ops } : refused(op, inputs)
}

function refused(op: Op, inputs: readonly (Known | undefined)[]): Freed {
  const shapes = inputs.map((input) => shapeText(input?.type.shape)).join(' and ')
  return { problem: `${called(op)} cannot be shown to treat each row alike (its inputs are ${shapes})` }
}

/** Types of the operators put in front. */
function preview(ops: readonly Op[], bench: Workbench): ReadonlyMap<string, Known> {
  const known = new Map<string, Known>()
  for (const op of ops) {
    const outputs = inferOp(op, op.inputs.map((name) => known.get(name) ?? bench.known(name)), op.outputs.length)
    for (const [index, name] of op.outputs.entries()) known.set(name, outputs[index] as Known)
  }
  return known
}

function rewritten(op: Op, fixed: number, bench: Workbench, inputs: readonly (Known | undefined)[]): readonly Op[] {
  if (op.domain !== '') return [op]
  if (op.opType === 'Reshape') return [reshape(op, fixed, bench, inputs)]
  if (op.opType === 'Expand') return [expand(op, fixed, bench, inputs)]
  return op.opType === 'Concat' && fixed === 1 ? concat(op, bench, inputs) : [op]
}

/** A constant target that holds the batch size gets -1 there and numbers elsewhere. */
function reshape(op: Op, fixed: number, bench: Workbench, inputs: readonly (Known | undefined)[]): Op {
  const shape = inputs[0]?.type.shape
  const target = numbersOf(inputs[1])
  if (shape === undefined || target === undefined) return op
  const before = shape.map((dim) => (mentions(dim, BATCH) ? (divideExactly(dim, BATCH) ?? dim) : dim))
  const old = resolved(before.map((dim, axis) => (mentions(shape[axis] as Dim, BATCH) && typeof dim === 'number' ? dim * fixed : dim)), target)
  if (old === undefined) return op
  for (const axis of old.keys()) {
    const share = divideExactly(old[axis] as Dim, fixed)
    if (share === undefined) continue
    const after = old.with(axis, share === 1 ? BATCH : `${share}*${BATCH}`)
    if (!keepsRows(shape, after)) continue
    const replaced = withOpenAxis(old, axis, target)
    if (replaced === undefined) return op
    const input = bench.integers(`${op.outputs[0]}/shape`, replaced)
    return { ...op, inputs: [op.inputs[0] as string, input] }
  }
  return op
}

/** The shape a Reshape gave before; undefined when it cannot be told. */
function resolved(shape: Shape, target: readonly number[]): Dim[] | undefined {
  const result = target.map((dim, axis): Dim | undefined => (dim === 0 ? shape[axis] : dim))
  if (result.includes(undefined)) return undefined
  const open = result.indexOf(-1)
  if (open < 0) return result as Dim[]
  const rest = divideExactly(multiplyAll(shape), multiplyAll(result.filter((_, axis) => axis !== open) as Dim[]))
  return rest === undefined ? undefined : (result.with(open, rest) as Dim[])
}

/** The old shape with -1 for the batch; symbolic lengths are copied from the input where the target did so. */
function withOpenAxis(old: readonly Dim[], open: number, target: readonly number[]): number[] | undefined {
  const result = old.map((dim, axis) => (axis === open ? -1 : typeof dim === 'number' ? dim : target[axis] === 0 ? 0 : undefined))
  return result.includes(undefined) ? undefined : (result as number[])
}

/** A constant target of the old batch size gets 1 there: the input has the length already. */
function expand(op: Op, fixed: number, bench: Workbench, inputs: readonly (Known | undefined)[]): Op {
  const shape = inputs[0]?.type.shape
  const target = numbersOf(inputs[1])
  if (shape === undefined || target === undefined) return op
  const at = shape.indexOf(BATCH) - shape.length + target.length
  if (at < 0 || target[at] !== fixed || fixed === 1) return op
  const input = bench.integers(`${op.outputs[0]}/shape`, target.with(at, 1))
  return { ...op, inputs: [op.inputs[0] as string, input] }
}

/** For a batch of one: inputs without a batch (a class token) are repeated for every row. */
function concat(op: Op, bench: Workbench, inputs: readonly (Known | undefined)[]): readonly Op[] {
  const axes = inputs.map((input) => batchAxis(input))
  const axis = axes.find((at) => at !== undefined && at >= 0)
  const whole = op.inputs[axes.indexOf(axis)] as string
  const rank = bench.known(whole)?.type.shape?.length ?? 0
  const joined = intAttribute(op, 'axis', 0)
  if (axis === undefined || bench.known(whole)?.type.shape?.[axis] !== BATCH || (joined < 0 ? joined + rank : joined) === axis) return [op]
  const single = (input: Known | undefined) => input?.type.shape?.length === rank && input.type.shape[axis] === 1
  if (!inputs.some((input, index) => axes[index] === -1 && single(input))) return [op]
  return repeatedConcat(op, bench, whole, axis, rank, inputs.map((input, index) => axes[index] === -1 && single(input)))
}

function repeatedConcat(op: Op, bench: Workbench, whole: string, axis: number, rank: number, repeats: readonly boolean[]): readonly Op[] {
  const plain = (opType: string, inputs: string[], output: string, attributes: Op['attributes'] = {}): Op =>
    ({ name: output, opType, domain: '', attributes, inputs, outputs: [output], captures: [] })
  const [result = ''] = op.outputs
  const int = (value: number) => ({ type: 'int', value: BigInt(value) }) as const
  const rows = bench.name(`${result}/rows`)
  const shape = bench.name(`${result}/repeats`)
  const ones = (count: number) => (count === 0 ? [] : [bench.integers(`${result}/ones`, new Array<number>(count).fill(1))])
  const steps = [
    plain('Shape', [whole], rows, { start: int(axis), end: int(axis + 1) }),
    plain('Concat', [...ones(axis), rows, ...ones(rank - axis - 1)], shape, { axis: int(0) }),
  ]
  const inputs = op.inputs.map((name, index) => {
    if (!repeats[index]) return name
    const output = bench.name(`${name}/repeated`)
    steps.push(plain('Expand', [name, shape], output))
    return output
  })
  return [...steps, { ...op, inputs }]
}
