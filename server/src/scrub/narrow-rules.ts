/** How a box of an operator's output maps to boxes of its inputs: one rule per family of operators. */
import { attr, type Dag, type OpCall, type Value } from '../onnx/dag.ts'
import { intAttribute } from '../onnx/infer/context.ts'
import type { Dim } from '../onnx/types.ts'
import { intsOf, ruleTable, shapeOf, wrap } from './operands.ts'

/** Half-open range per axis; undefined is the whole axis. Ranges stand only on axes of known length. */
export type Range = readonly [number, number]
export type Box = readonly (Range | undefined)[]

export interface DemandGiven {
  readonly call: OpCall
  readonly index: number
  /** Of the whole output. */
  readonly shape: readonly Dim[]
  /** What is read of it. */
  readonly box: Box
}

export interface RebuildGiven extends DemandGiven {
  readonly dag: Dag
  /** The inputs, holding exactly the boxes of `plan`. */
  readonly inputs: readonly (Value | undefined)[]
  readonly plan: readonly (Box | undefined)[]
}

export interface Rule {
  /** Boxes that the inputs need (undefined: whole), or undefined when the operator must be computed whole. */
  readonly demand: (given: DemandGiven) => readonly (Box | undefined)[] | undefined
  /** The operator on narrowed inputs; without it, the same operator. */
  readonly rebuild?: (given: RebuildGiven) => Value
}

type Shape = readonly Dim[]

/** Box of an operand that broadcasts to the output; undefined when it cannot be told. */
function broadcastBox(operand: Shape, shape: Shape, box: Box): Box | undefined {
  const shift = shape.length - operand.length
  const result: (Range | undefined)[] = []
  for (let axis = 0; axis < operand.length; axis++) {
    const range = box[axis + shift]
    if (!range || operand[axis] === 1) result.push(undefined)
    else if (operand[axis] === shape[axis + shift]) result.push(range)
    else return undefined
  }
  return result
}

/** All inputs broadcast to the output. */
const elementwise: Rule = {
  demand: ({ call, shape, box }) => {
    const boxes: (Box | undefined)[] = []
    for (const input of call.inputs) {
      if (!input) {
        boxes.push(undefined)
        continue
      }
      const operand = shapeOf(input)
      const demanded = operand && broadcastBox(operand, shape, box)
      if (!demanded) return undefined
      boxes.push(demanded)
    }
    return boxes
  },
}

/** The first input has the output's shape; the others are parameters that hold for every element. */
const unary: Rule = {
  demand: ({ call, shape, box }) => {
    const operand = shapeOf(call.inputs[0])
    if (!operand || operand.length !== shape.length) return undefined
    return [box, ...call.inputs.slice(1).map(() => undefined)]
  },
}

/** Mixes the elements along some axes: those are taken whole, the others as demanded. */
const along = (mixed: (call: OpCall, rank: number) => readonly number[]): Rule => ({
  demand: ({ call, shape, box }) => {
    const axes = new Set(mixed(call, shape.length))
    // What is read of a mixed axis is cut out afterwards, so the operator itself must give the whole of it.
    if (box.some((range, axis) => range && axes.has(axis))) return undefined
    return [box, ...call.inputs.slice(1).map(() => undefined)]
  },
})

const matmul: Rule = {
  demand: ({ call, shape, box }) => {
    const a = shapeOf(call.inputs[0])
    const b = shapeOf(call.inputs[1])
    if (!a || !b || a.length < 2 || b.length < 2) return undefined
    const rank = shape.length
    const outer = shape.slice(0, -2)
    const outerBox = box.slice(0, -2)
    const boxA = broadcastBox(a.slice(0, -2), outer, outerBox)
    const boxB = broadcastBox(b.slice(0, -2), outer, outerBox)
    if (!boxA || !boxB) return undefined
    return [
      [...boxA, box[rank - 2], undefined],
      [...boxB, undefined, box[rank - 1]],
    ]
  },
}

const gemm: Rule = {
  demand: ({ call, shape, box }) => {
    const transA = intAttribute(call, 'transA', 0)
    const transB = intAttribute(call, 'transB', 0)
    const c = shapeOf(call.inputs[2])
    const boxC = c ? broadcastBox(c, shape, box) : undefined
    if (call.inputs[2] && !boxC) return undefined
    return [
      transA ? [undefined, box[0]] : [box[0], undefined],
      transB ? [box[1], undefined] : [undefined, box[1]],
      boxC,
    ]
  },
}

const transpose: Rule = {
  demand: ({ call, shape, box }) => {
    const perm = call.attributes['perm']
    const order = perm?.type === 'ints' ? perm.value.map(Number) : shape.map((_, i) => shape.length - 1 - i)
    const input: (Range | undefined)[] = shape.map(() => undefined)
    order.forEach((from, to) => (input[from] = box[to]))
    return [input]
  },
}

const reduce: Rule = {
  demand: ({ call, box }) => {
    const data = shapeOf(call.inputs[0])
    if (!data) return undefined
    const given = call.inputs[1] ? intsOf(call.inputs[1]) : call.inputs[1] === undefined ? legacyAxes(call) : undefined
    if (call.inputs[1] && !given) return undefined
    const axes = new Set((given && given.length > 0 ? given : data.map((_, i) => i)).map((a) => wrap(a, data.length)))
    const keep = intAttribute(call, 'keepdims', 1) === 1
    const input: (Range | undefined)[] = []
    let at = 0
    for (let axis = 0; axis < data.length; axis++) {
      if (axes.has(axis)) {
        input.push(undefined)
        if (keep) at++
      } else input.push(box[at++])
    }
    return [input, undefined]
  },
}

const legacyAxes = (call: OpCall): number[] | undefined => {
  const axes = call.attributes['axes']
  return axes?.type === 'ints' ? axes.value.map(Number) : undefined
}

const argReduce: Rule = {
  demand: ({ call, box }) => {
    const data = shapeOf(call.inputs[0])
    if (!data) return undefined
    const axis = wrap(intAttribute(call, 'axis', 0), data.length)
    const keep = intAttribute(call, 'keepdims', 1) === 1
    return [data.map((_, i) => (i === axis ? undefined : box[keep || i < axis ? i : i - 1]))]
  },
}

/** Where the chosen range starts in the data, for constant indices. */
function gatherPlan({ call, box }: DemandGiven): { data: Box; indices: Box; first: number; rows: number[] } | undefined {
  const data = shapeOf(call.inputs[0])
  const indices = shapeOf(call.inputs[1])
  if (!data || !indices) return undefined
  const axis = wrap(intAttribute(call, 'axis', 0), data.length)
  const before = box.slice(0, axis)
  const inside = box.slice(axis, axis + indices.length)
  const after = box.slice(axis + indices.length)
  const length = data[axis]
  const constant = intsOf(call.inputs[1])
  const dataBox = (range: Range | undefined): Box => [...before, range, ...after]
  if (constant && typeof length === 'number' && indices.length <= 1 && constant.length > 0) {
    const range = inside[0]
    const rows = (range ? constant.slice(range[0], range[1]) : constant).map((i) => wrap(i, length))
    const low = Math.min(...rows)
    const high = Math.max(...rows) + 1
    if (low < 0 || high > length) return undefined
    return { data: dataBox(high - low < length ? [low, high] : undefined), indices: [undefined], first: low, rows }
  }
  return { data: dataBox(undefined), indices: inside, first: 0, rows: [] }
}

const gather: Rule = {
  demand: (given) => {
    const plan = gatherPlan(given)
    return plan && [plan.data, plan.rows.length > 0 ? undefined : plan.indices]
  },
  rebuild: (given) => {
    const { dag, call, inputs } = given
    const plan = gatherPlan(given)!
    if (plan.rows.length === 0) return dag.call({ ...call, inputs })[0]!
    const rank = call.inputs[0]!.type.shape!.length
    const axis = wrap(intAttribute(call, 'axis', 0), rank)
    const scalar = call.inputs[1]!.type.shape!.length === 0
    const narrowed = plan.data[axis] !== undefined
    const rows = narrowed ? plan.rows.map((r) => r - plan.first) : plan.rows
    const contiguous = rows.every((r, i) => r === i) && inputs[0]!.type.shape?.[axis] === rows.length
    if (scalar && contiguous) return dag.op('Squeeze', [inputs[0], dag.ints([axis])])
    if (!scalar && contiguous) return inputs[0]!
    const data = BigInt64Array.from(rows, (r) => BigInt(r))
    const indices = dag.constant({ dtype: 'int64', dims: scalar ? [] : [rows.length], data })
    return dag.op('Gather', [inputs[0], indices], { axis: attr.int(axis) })
  },
}

/** Constant starts, ends and steps of 1, by axis. */
function sliceRanges(call: OpCall, shape: Shape): Map<number, Range> | undefined {
  const starts = intsOf(call.inputs[1])
  const ends = intsOf(call.inputs[2])
  const axes = call.inputs[3] ? intsOf(call.inputs[3]) : starts?.map((_, i) => i)
  const steps = call.inputs[4] ? intsOf(call.inputs[4]) : starts?.map(() => 1)
  if (!starts || !ends || !axes || !steps) return undefined
  const ranges = new Map<number, Range>()
  for (let i = 0; i < axes.length; i++) {
    const axis = wrap(axes[i]!, shape.length)
    const length = shape[axis]
    if (typeof length !== 'number' || steps[i] !== 1) return undefined
    const clamp = (v: number): number => Math.max(0, Math.min(length, v < 0 ? v + length : v))
    const start = clamp(starts[i]!)
    ranges.set(axis, [start, Math.max(start, clamp(ends[i]!))])
  }
  return ranges
}

const slice: Rule = {
  demand: ({ call, box }) => {
    const data = shapeOf(call.inputs[0])
    if (!data) return undefined
    const ranges = sliceRanges(call, data)
    const rest = call.inputs.slice(1).map(() => undefined)
    if (!ranges) {
      // Blocks of the batch axis, or steps: the axes that are sliced stay as they are, the others pass.
      const axes = call.inputs[3] ? intsOf(call.inputs[3]) : undefined
      if (!axes) return undefined
      const own = new Set(axes.map((a) => wrap(a, data.length)))
      if (box.some((range, axis) => range && own.has(axis))) return undefined
      return [box, ...rest]
    }
    return [
      data.map((length, axis) => {
        const base = ranges.get(axis)
        const range = box[axis]
        if (!base) return range
        const taken: Range = range ? [base[0] + range[0], base[0] + range[1]] : base
        return taken[0] === 0 && taken[1] === length ? undefined : taken
      }),
      ...rest,
    ]
  },
  rebuild: (given) => {
    const { dag, call, inputs } = given
    const ranges = sliceRanges(call, call.inputs[0]!.type.shape!)
    // Known ranges were taken by whoever gave the input.
    return ranges ? inputs[0]! : dag.call({ ...call, inputs })[0]!
  },
}

function splitStart(call: OpCall, index: number): { axis: number; start: number } | undefined {
  const data = shapeOf(call.inputs[0])
  if (!data) return undefined
  const axis = wrap(intAttribute(call, 'axis', 0), data.length)
  const length = data[axis]
  if (typeof length !== 'number') return undefined
  const each = Math.ceil(length / call.outputs)
  const sizes = call.inputs[1] ? intsOf(call.inputs[1]) : Array.from({ length: call.outputs }, (_, i) => Math.min(each, length - i * each))
  if (!sizes) return undefined
  return { axis, start: sizes.slice(0, index).reduce((a, b) => a + b, 0) }
}

const split: Rule = {
  demand: ({ call, index, shape, box }) => {
    const at = splitStart(call, index)
    if (!at) return undefined
    const length = shape[at.axis]
    if (typeof length !== 'number') return undefined
    const range = box[at.axis] ?? [0, length]
    return [box.map((r, axis) => (axis === at.axis ? ([at.start + range[0], at.start + range[1]] as const) : r)), undefined]
  },
  rebuild: ({ inputs }) => inputs[0]!,
}

const concat: Rule = {
  demand: ({ call, shape, box }) => {
    const axis = wrap(intAttribute(call, 'axis', 0), shape.length)
    if (box[axis]) {
      let at = 0
      const boxes: Box[] = []
      for (const input of call.inputs) {
        const length = shapeOf(input)?.[axis]
        if (typeof length !== 'number') return undefined
        const low = Math.max(0, Math.min(length, box[axis]![0] - at))
        const high = Math.max(low, Math.min(length, box[axis]![1] - at))
        boxes.push(box.map((r, a) => (a === axis ? ([low, high] as const) : r)))
        at += length
      }
      return boxes
    }
    return call.inputs.map(() => box)
  },
  rebuild: ({ dag, call, inputs, shape, plan }) => {
    const axis = wrap(intAttribute(call, 'axis', 0), shape.length)
    const used = inputs.filter((_, i) => !plan[i]![axis] || plan[i]![axis]![1] > plan[i]![axis]![0])
    return used.length === 1 ? used[0]! : dag.call({ ...call, inputs: used })[0]!
  },
}

const unsqueeze: Rule = {
  demand: ({ call, shape, box }) => {
    const axes = intsOf(call.inputs[1])?.map((a) => wrap(a, shape.length))
    // Of an axis of length 1 the only range that is not empty is all of it.
    if (!axes) return undefined
    return [box.filter((_, axis) => !axes.includes(axis)), undefined]
  },
}

const squeeze: Rule = {
  demand: ({ call, box }) => {
    const data = shapeOf(call.inputs[0])
    if (!data || !call.inputs[1]) return undefined
    const axes = intsOf(call.inputs[1])?.map((a) => wrap(a, data.length))
    if (!axes) return undefined
    let at = 0
    return [data.map((_, axis) => (axes.includes(axis) ? undefined : box[at++])), undefined]
  },
}

/**
 * A reshape keeps the order of elements, so the axes fall into groups with equal products. A range passes when its axis
 * is alone in its group, or is the first of it (then it is a contiguous part of the group's other side).
 */
function reshapeBox(input: Shape, shape: Shape, box: Box): Box | undefined {
  const result: (Range | undefined)[] = input.map(() => undefined)
  let i = 0
  let o = 0
  while (i < input.length || o < shape.length) {
    const i0 = i
    const o0 = o
    if (typeof input[i] === 'string' && input[i] === shape[o]) {
      if (box[o]) return undefined
      i++
      o++
      continue
    }
    let left = 1
    let right = 1
    do {
      if (left <= right && i < input.length) {
        if (typeof input[i] !== 'number') return undefined
        left *= input[i++] as number
      } else if (o < shape.length) {
        if (typeof shape[o] !== 'number') return undefined
        right *= shape[o++] as number
      } else if (i < input.length) {
        if (typeof input[i] !== 'number') return undefined
        left *= input[i++] as number
      } else return undefined
    } while (left !== right)
    // Ones that follow belong to neither side.
    const ranges = box.slice(o0, o)
    // Axes of length 1 that the input has not: a range of them is all of them.
    if (ranges.every((r) => !r) || i === i0) continue
    if (ranges.slice(1).some((r) => r)) return undefined
    const range = ranges[0]!
    const inner = shape.slice(o0 + 1, o).reduce<number>((p, d) => p * (d as number), 1)
    const innerIn = input.slice(i0 + 1, i).reduce<number>((p, d) => p * (d as number), 1)
    const low = range[0] * inner
    const high = range[1] * inner
    if (low % innerIn !== 0 || high % innerIn !== 0) return undefined
    result[i0] = [low / innerIn, high / innerIn]
  }
  return result
}

const reshape: Rule = {
  demand: ({ call, shape, box }) => {
    const input = shapeOf(call.inputs[0])
    if (!input || shape.filter((d) => typeof d !== 'number').length > 1) return undefined
    if (box.every((r) => !r)) return [input.map(() => undefined), undefined]
    const demanded = reshapeBox(input, shape, box)
    return demanded && [demanded, undefined]
  },
  rebuild: ({ dag, call, inputs, shape, box }) => {
    if (box.every((r) => !r)) return dag.call({ ...call, inputs })[0]!
    const dims = shape.map((d, axis) => (typeof d !== 'number' ? -1 : box[axis] ? box[axis]![1] - box[axis]![0] : d))
    return dag.op('Reshape', [inputs[0], dag.ints(dims)])
  },
}

const expand: Rule = {
  demand: ({ call, shape, box }) => {
    const input = shapeOf(call.inputs[0])
    const target = intsOf(call.inputs[1])
    const demanded = input && target && broadcastBox(input, shape, box)
    return demanded ? [demanded, undefined] : undefined
  },
  rebuild: ({ dag, call, inputs, box, shape }) => {
    const target = intsOf(call.inputs[1])!
    const shift = shape.length - target.length
    return dag.op('Expand', [inputs[0], dag.ints(target.map((d, k) => (box[k + shift] ? box[k + shift]![1] - box[k + shift]![0] : d)))])
  },
}

const { table, add } = ruleTable<Rule>()

add(elementwise, 'Add Sub Mul Div Pow And Or Xor Equal Less LessOrEqual Greater GreaterOrEqual Where Min Max Mean Sum Mod PRelu BitShift')
add(elementwise, 'com.microsoft:BiasGelu com.microsoft:FastGelu')
add(unary, 'Abs Neg Exp Log Sqrt Reciprocal Floor Ceil Round Sign Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh Tanh Sigmoid Relu LeakyRelu Elu Selu Celu HardSigmoid HardSwish Softplus Softsign Mish Gelu Erf Not Cast Identity Clip IsNaN IsInf ThresholdedRelu Swish')
add(unary, 'com.microsoft:Gelu com.microsoft:QuickGelu')
add(along((call, rank) => [wrap(intAttribute(call, 'axis', -1), rank)]), 'Softmax LogSoftmax Hardmax')
add(
  along((call, rank) => Array.from({ length: rank - wrap(intAttribute(call, 'axis', -1), rank) }, (_, i) => rank - 1 - i)),
  'LayerNormalization RMSNormalization SimplifiedLayerNormalization',
)
add(along((call, rank) => intsOf(call.inputs[1])?.map((axis) => wrap(axis, rank)) ?? Array.from({ length: rank }, (_, i) => i)), 'CumSum')
add(matmul, 'MatMul')
add(gemm, 'Gemm')
add(transpose, 'Transpose')
add(reduce, 'ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare')
add(argReduce, 'ArgMax ArgMin')
add(gather, 'Gather')
add(slice, 'Slice')
add(split, 'Split')
add(concat, 'Concat')
add(unsqueeze, 'Unsqueeze')
add(squeeze, 'Squeeze')
add(reshape, 'Reshape')
add(expand, 'Expand')

/** By `domain:operator`. */
export const rules: Readonly<Record<string, Rule | undefined>> = table

