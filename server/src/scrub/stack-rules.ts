/** Along which axes the operands of equal operators must be stacked, so that one operator gives all their results stacked. */
import type { Dag, OpCall, Value } from '../onnx/dag.ts'
import { intAttribute } from '../onnx/infer/context.ts'
import type { Dim } from '../onnx/types.ts'
import { intsOf, ruleTable, shapeOf, wrap } from './operands.ts'

export interface Stacked {
  /** The axis of each operand; undefined for one that all share. */
  readonly axes: readonly (number | undefined)[]
  /** The operator on stacked operands, where it is not the same one. */
  readonly rebuild?: (dag: Dag, inputs: readonly (Value | undefined)[]) => Value
}

/** What a rule is asked: calls of one operator, the results that are wanted and the axis along which they follow each other. */
interface Asked {
  readonly calls: readonly OpCall[]
  readonly results: readonly Value[]
  readonly axis: number
  readonly rank: number
  /** Whether an operand is the same for all. */
  readonly shared: (operand: number) => boolean
}

type Rule = (asked: Asked) => Stacked | undefined

/** Undefined where the operator does not treat its rows along the axis one by one. */
export function operandAxes(
  calls: readonly OpCall[], results: readonly Value[], axis: number,
  shared: (operand: number) => boolean = (k) => calls.every(({ inputs }) => inputs[k] === calls[0]!.inputs[k]),
): Stacked | undefined {
  const rank = results[0]!.type.shape?.length
  if (rank === undefined || !results.every(({ type }) => type.shape?.length === rank && typeof type.shape[axis] === 'number')) return undefined
  const stacked = rules[`${calls[0]!.domain}:${calls[0]!.opType}`]?.({ calls, results, axis, rank, shared })
  // Results that are the same stand side by side no better than they did.
  return stacked?.axes.some((own) => own !== undefined) ? stacked : undefined
}

const NONE = Symbol('cannot be stacked')

/** The axis of an operand that broadcasts, undefined where all share it. */
function broadcastAxis({ calls, results, axis, rank, shared }: Asked, k: number, outer = 0): number | undefined | typeof NONE {
  if (calls.every(({ inputs }) => inputs[k] === undefined)) return undefined
  const shapes = calls.map(({ inputs }) => shapeOf(inputs[k]))
  if (shapes.includes(undefined) || shapes.some((shape) => shape!.length !== shapes[0]!.length)) return NONE
  const own = axis - (rank - shapes[0]!.length)
  if (own < 0 || (shared(k) && shapes[0]![own] === 1)) return shared(k) ? undefined : NONE
  if (own >= shapes[0]!.length - outer) return NONE
  return shapes.every((shape, i) => shape![own] === results[i]!.type.shape![axis]) ? own : NONE
}

/** All operands broadcast. */
const elementwise: Rule = (asked) => {
  const axes = asked.calls[0]!.inputs.map((_, k) => broadcastAxis(asked, k))
  return axes.includes(NONE) ? undefined : { axes: axes as (number | undefined)[] }
}

/** The axis of the first operand, like the result unless said otherwise; the others are parameters. */
const first = ({ calls, axis, shared }: Asked, own = axis): Stacked | undefined => {
  if (!calls[0]!.inputs.slice(1).every((_, k) => shared(k + 1))) return undefined
  return { axes: [own, ...calls[0]!.inputs.slice(1).map(() => undefined)] }
}

/** Mixes the elements of some axes; rows along the others are apart. */
const along = (mixed: (call: OpCall, rank: number) => (axis: number) => boolean): Rule => (asked) => (mixed(asked.calls[0]!, asked.rank)(asked.axis) ? undefined : first(asked))

const matmul: Rule = (asked) => {
  const { calls, axis, rank, shared } = asked
  const ranks = [0, 1].map((k) => shapeOf(calls[0]!.inputs[k])?.length ?? 0)
  if (ranks.some((one) => one < 2) || !calls.every(({ inputs }) => inputs.every((input, k) => shapeOf(input)?.length === ranks[k]))) return undefined
  if (axis === rank - 2) return shared(1) ? { axes: [ranks[0]! - 2, undefined] } : undefined
  if (axis === rank - 1) return shared(0) ? { axes: [undefined, ranks[1]! - 1] } : undefined
  const axes = [0, 1].map((k) => broadcastAxis(asked, k, 2))
  return axes.includes(NONE) ? undefined : { axes: axes as (number | undefined)[] }
}

const transpose: Rule = (asked) => {
  const perm = asked.calls[0]!.attributes['perm']
  return first(asked, perm?.type === 'ints' ? Number(perm.value[asked.axis]) : asked.rank - 1 - asked.axis)
}

const reduce: Rule = (asked) => {
  const { calls, axis } = asked
  const [call] = calls as [OpCall]
  const rank = shapeOf(call.inputs[0])?.length
  const legacy = call.attributes['axes']
  const given = call.inputs[1] ? intsOf(call.inputs[1]) : legacy?.type === 'ints' ? legacy.value.map(Number) : undefined
  if (!rank || !given || given.length === 0) return undefined
  const gone = new Set(given.map((one) => wrap(one, rank)))
  const kept = intAttribute(call, 'keepdims', 1) === 1 ? Array.from({ length: rank }, (_, i) => i) : Array.from({ length: rank }, (_, i) => i).filter((i) => !gone.has(i))
  const own = kept[axis]
  return own === undefined || gone.has(own) ? undefined : first(asked, own)
}

/** Rows of one axis, the same for all. */
const gather: Rule = (asked) => {
  const [call] = asked.calls as [OpCall]
  const [data, indices] = [shapeOf(call.inputs[0]), shapeOf(call.inputs[1])]
  if (!data || !indices) return undefined
  const taken = wrap(intAttribute(call, 'axis', 0), data.length)
  if (asked.axis < taken) return first(asked)
  return asked.axis >= taken + indices.length ? first(asked, asked.axis - indices.length + 1) : undefined
}

const slice: Rule = (asked) => {
  const [call] = asked.calls as [OpCall]
  const axes = call.inputs[3] ? intsOf(call.inputs[3]) : intsOf(call.inputs[1])?.map((_, i) => i)
  return !axes || axes.some((one) => wrap(one, asked.rank) === asked.axis) ? undefined : first(asked)
}

const split: Rule = (asked) => (wrap(intAttribute(asked.calls[0]!, 'axis', 0), asked.rank) === asked.axis ? undefined : first(asked))

const concat: Rule = (asked) => {
  const { calls, axis, rank } = asked
  if (wrap(intAttribute(calls[0]!, 'axis', 0), rank) === axis) return undefined
  return { axes: calls[0]!.inputs.map(() => axis) }
}

const unsqueeze: Rule = (asked) => {
  const axes = intsOf(asked.calls[0]!.inputs[1])?.map((one) => wrap(one, asked.rank))
  if (!axes || axes.includes(asked.axis)) return undefined
  return first(asked, asked.axis - axes.filter((one) => one < asked.axis).length)
}

const squeeze: Rule = (asked) => {
  const rank = shapeOf(asked.calls[0]!.inputs[0])?.length
  const axes = rank === undefined ? undefined : intsOf(asked.calls[0]!.inputs[1])?.map((one) => wrap(one, rank))
  if (!axes) return undefined
  return first(asked, Array.from({ length: rank! }, (_, i) => i).filter((i) => !axes.includes(i))[asked.axis]!)
}

/** An axis that a reshape leaves as it is: everything before it and everything after it has as many elements on both sides. */
const reshape: Rule = (asked) => {
  const { calls, results, axis } = asked
  let own: number | undefined
  for (const [i, { inputs }] of calls.entries()) {
    const found = sameAxis(shapeOf(inputs[0]), results[i]!.type.shape!, axis)
    if (found === undefined || (own !== undefined && found !== own)) return undefined
    own = found
  }
  const dims = results[0]!.type.shape!.map((dim, at) => (at === axis ? results.reduce((sum, { type }) => sum + (type.shape![axis] as number), 0) : dim))
  if (!results.every(({ type }) => type.shape!.every((dim, at) => at === axis || dim === dims[at])) || dims.filter((dim) => typeof dim !== 'number').length > 1) return undefined
  return { axes: [own, undefined], rebuild: (dag, [data]) => dag.op('Reshape', [data, dag.ints(dims.map((dim) => (typeof dim === 'number' ? dim : -1)))]) }
}

function sameAxis(input: readonly Dim[] | undefined, output: readonly Dim[], axis: number): number | undefined {
  if (!input) return undefined
  const after = sizeOf(output.slice(axis + 1))
  // Axes of length 1 may stand on either side of it: the first that fits.
  for (let own = 0; own < input.length; own++) {
    if (input[own] === output[axis] && after !== undefined && sizeOf(input.slice(own + 1)) === after && sameBefore(input.slice(0, own), output.slice(0, axis))) return own
  }
  return undefined
}

const sizeOf = (dims: readonly Dim[]): number | undefined => dims.reduce<number | undefined>((size, dim) => (size === undefined || typeof dim !== 'number' ? undefined : size * dim), 1)

/** As many elements, with the same symbols. */
function sameBefore(a: readonly Dim[], b: readonly Dim[]): boolean {
  const symbols = (dims: readonly Dim[]): string => dims.filter((dim) => typeof dim !== 'number').join()
  const numbers = (dims: readonly Dim[]): number => dims.reduce<number>((size, dim) => (typeof dim === 'number' ? size * dim : size), 1)
  return symbols(a) === symbols(b) && numbers(a) === numbers(b)
}

const { table, add } = ruleTable<Rule>()

add(elementwise, 'Add Sub Mul Div Pow And Or Xor Equal Less LessOrEqual Greater GreaterOrEqual Where Min Max Mean Sum Mod com.microsoft:BiasGelu')
add(first, 'Abs Neg Exp Log Sqrt Reciprocal Floor Ceil Round Sign Sin Cos Tan Sinh Cosh Tanh Sigmoid Relu LeakyRelu Elu Selu Celu HardSigmoid HardSwish Softplus Softsign Mish Gelu Erf Not Cast Identity Clip IsNaN IsInf ThresholdedRelu Swish com.microsoft:Gelu com.microsoft:QuickGelu')
add(along((call, rank) => (axis) => axis === wrap(intAttribute(call, 'axis', -1), rank)), 'Softmax LogSoftmax')
add(along((call, rank) => (axis) => axis >= wrap(intAttribute(call, 'axis', -1), rank)), 'LayerNormalization RMSNormalization SimplifiedLayerNormalization')
add(matmul, 'MatMul')
add(transpose, 'Transpose')
add(reduce, 'ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare')
add(gather, 'Gather')
add(slice, 'Slice')
add(split, 'Split')
add(concat, 'Concat')
add(unsqueeze, 'Unsqueeze')
add(squeeze, 'Squeeze')
add(reshape, 'Reshape')

/** By `domain:operator`. */
const rules: Readonly<Record<string, Rule | undefined>> = table
