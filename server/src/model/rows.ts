/** Proof, operator by operator, that each row of the batch is computed from that row alone. */
import { BATCH, type Dim, type Op } from '../onnx/types.ts'
import { intAttribute, intsAttribute, type Known, numbersOf, stringAttribute } from '../onnx/infer/context.ts'
import { mentions, multiplyAll } from '../onnx/infer/dims.ts'

/** An operator with what is known around it; `axes` is where each input has the batch: -1 for nowhere. */
interface Site {
  readonly op: Op
  readonly inputs: readonly (Known | undefined)[]
  readonly outputs: readonly Known[]
  readonly axes: readonly number[]
}

type RowRule = (site: Site) => boolean

type Shape = readonly Dim[]

/** The axis that holds the batch; -1 for none, undefined when that is unknown or there are two. */
export function batchAxis(known: Known | undefined): number | undefined {
  if (known === undefined) return -1
  const { shape } = known.type
  if (shape === undefined) return undefined
  const first = shape.findIndex((dim) => mentions(dim, BATCH))
  return first >= 0 && shape.findLastIndex((dim) => mentions(dim, BATCH)) !== first ? undefined : first
}

/** True when the outputs have the batch where the inputs have it and no row reads another. */
export function isRowwise(op: Op, inputs: readonly (Known | undefined)[], outputs: readonly Known[]): boolean {
  const axes = inputs.map(batchAxis)
  if (axes.includes(undefined)) return false
  if (axes.every((axis) => axis === -1)) return true
  if (MEASURES.has(op.opType)) return true
  const [result] = outputs
  if (result === undefined || (batchAxis(result) ?? -1) < 0) return false
  const rules = op.domain === '' ? STANDARD : op.domain === 'com.microsoft' ? MICROSOFT : undefined
  return rules?.get(op.opType)?.({ op, inputs, outputs, axes: axes as readonly number[] }) ?? false
}

/** What they say of a tensor does not depend on its elements. */
const MEASURES = new Set(['Shape', 'Size'])

const always: RowRule = () => true

/** Only the first input has the batch, on its first axis. */
const firstOnly: RowRule = ({ axes }) => axes[0] === 0 && axes.slice(1).every((axis) => axis === -1)

/** The batch is on the first axis of all inputs that have it. */
const leading: RowRule = ({ axes }) => axes.every((axis) => axis <= 0)

function rankOf(known: Known | undefined): number {
  return known?.type.shape?.length ?? 0
}

function shapeOf(known: Known | undefined): Shape {
  return known?.type.shape ?? []
}

/** Works along an axis that is not the batch. */
const along = (otherwise: number, name = 'axis'): RowRule => ({ op, inputs, axes }) => {
  const axis = intAttribute(op, name, otherwise)
  return inputs.every((input, index) => (axes[index] as number) < 0 || (axis < 0 ? axis + rankOf(input) : axis) !== axes[index])
}

/** Works on the axes from `axis` on. */
const from = (otherwise: number): RowRule => ({ op, inputs, axes }) => {
  const axis = intAttribute(op, 'axis', otherwise)
  const cut = axis < 0 ? axis + rankOf(inputs[0]) : axis
  return axes.slice(1).every((at) => at === -1) && (axes[0] as number) < cut
}

const matmul: RowRule = ({ inputs, axes }) => {
  const [a, b] = axes as [number, number]
  const left = a < 0 || a < rankOf(inputs[0]) - 1
  const right = b < 0 || (rankOf(inputs[1]) > 1 && b !== rankOf(inputs[1]) - 2)
  return left && right
}

const gemm: RowRule = ({ op, axes }) => {
  const [a, b, c = -1] = axes as [number, number, number?]
  return b === -1 && a === (intAttribute(op, 'transA', 0) === 0 ? 0 : 1) && c <= 0
}

const reduced: RowRule = ({ op, inputs, axes }) => {
  const given = inputs[1] === undefined ? intsAttribute(op, 'axes') : numbersOf(inputs[1])
  if (given === undefined || given.length === 0) return false
  return given.every((axis) => (axis < 0 ? axis + rankOf(inputs[0]) : axis) !== axes[0])
}

const gather: RowRule = (site) => site.axes[0] === -1 || (site.axes[1] === -1 && along(0)({ ...site, inputs: [site.inputs[0]], axes: [site.axes[0] as number] }))

/** All inputs have the batch on one axis, along which nothing is joined or moved. */
const together: RowRule = (site) => new Set(site.axes).size === 1 && along(0)(site)

/** Rows keep their order and their elements: what lies before and what lies inside of a row is as large as it was. */
export function keepsRows(before: Shape, after: Shape): boolean {
  const at = before.findIndex((dim) => mentions(dim, BATCH))
  const to = after.findIndex((dim) => mentions(dim, BATCH))
  return at >= 0 && to >= 0 && multiplyAll(before.slice(0, at)) === multiplyAll(after.slice(0, to))
    && multiplyAll(before.slice(at)) === multiplyAll(after.slice(to))
}

const reshaped: RowRule = ({ inputs, outputs, axes }) => axes[0] !== -1 && keepsRows(shapeOf(inputs[0]), shapeOf(outputs[0]))

/** The batch stays as long as it was, counted from the last axis. */
const repeated: RowRule = ({ inputs, outputs, axes }) => {
  const shape = shapeOf(inputs[0])
  const axis = axes[0] as number
  return axis >= 0 && shape[axis] === shapeOf(outputs[0]).at(axis - shape.length)
}

const slice: RowRule = ({ inputs, axes }) => {
  const starts = numbersOf(inputs[1])
  const touched = inputs[3] === undefined ? starts?.map((_, index) => index) : numbersOf(inputs[3])
  return touched?.every((axis) => (axis < 0 ? axis + rankOf(inputs[0]) : axis) !== axes[0]) ?? false
}

const pad: RowRule = ({ inputs, axes }) => {
  const pads = numbersOf(inputs[1])
  const rank = rankOf(inputs[0])
  const touched = inputs[3] === undefined ? Array.from({ length: rank }, (_, axis) => axis) : numbersOf(inputs[3])
  const at = touched?.findIndex((axis) => (axis < 0 ? axis + rank : axis) === axes[0]) ?? -1
  return pads !== undefined && touched !== undefined && (at < 0 || (pads[at] === 0 && pads[at + touched.length] === 0))
}

/** The batch has one letter in all terms, and the result has it. */
const einsum: RowRule = ({ op, inputs, axes }) => {
  const [left = '', right] = stringAttribute(op, 'equation', '').replaceAll(' ', '').split('->')
  if (right === undefined || left.includes('.')) return false
  const letters = new Set(left.split(',').flatMap((term, index) => ((axes[index] as number) < 0 ? [] : [term[axes[index] as number]])))
  const [letter] = letters
  return inputs.length > 0 && letters.size === 1 && letter !== undefined && right.includes(letter)
}

const recurrent: RowRule = ({ op, inputs, axes }) => {
  const batchFirst = intAttribute(op, 'layout', 0) !== 0
  const state = (index: number) => inputs[index] === undefined || axes[index] === (batchFirst ? 0 : 1)
  const weights = [1, 2, 3].every((index) => (axes[index] ?? -1) === -1)
  return axes[0] === (batchFirst ? 0 : 1) && weights && state(5) && state(6) && (inputs[4] === undefined || axes[4] === 0)
}

const cumulated: RowRule = ({ inputs, axes }) => {
  const [axis] = numbersOf(inputs[1]) ?? []
  return axis !== undefined && (axis < 0 ? axis + rankOf(inputs[0]) : axis) !== axes[0]
}

const lastTwo: RowRule = ({ inputs, axes }) => (axes[0] as number) < rankOf(inputs[0]) - 2

const reversed: RowRule = ({ op, axes }) => axes[0] === intAttribute(op, 'batch_axis', 1) && (axes[1] ?? -1) <= 0

function table(rule: RowRule, names: string): [string, RowRule][] {
  return names.split(' ').map((name) => [name, rule])
}

const STANDARD = new Map([
  ...table(
    always,
    'Abs Acos Acosh Add And Asin Asinh Atan Atanh BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Cast CastLike Ceil '
    + 'Celu Clip Cos Cosh Div Dropout Elu Equal Erf Exp Floor Gelu Greater GreaterOrEqual HardSigmoid HardSwish Identity IsInf '
    + 'IsNaN LeakyRelu Less LessOrEqual Log Max Mean Min Mish Mod Mul Neg Not Or PRelu Pow Reciprocal Relu Round Selu '
    + 'Shrink Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Sub Sum Swish Tan Tanh ThresholdedRelu Transpose Where Xor OneHot '
    + 'QuantizeLinear DequantizeLinear',
  ),
  ...table(along(-1), 'Softmax LogSoftmax Hardmax LpNormalization TopK'),
  ...table(along(0), 'ArgMax ArgMin Split'),
  ['CumSum', cumulated],
  ...table(from(-1), 'LayerNormalization RMSNormalization'),
  ...table(
    firstOnly,
    'AveragePool BatchNormalization Conv ConvInteger ConvTranspose DepthToSpace GlobalAveragePool GlobalLpPool GlobalMaxPool '
    + 'GroupNormalization InstanceNormalization LRN LpPool MaxPool QLinearConv Resize SpaceToDepth',
  ),
  ...table(leading, 'Attention GridSample RotaryEmbedding'),
  ...table(matmul, 'MatMul MatMulInteger'),
  ['Gemm', gemm],
  ['Einsum', einsum],
  ...table(reduced, 'ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare'),
  ['Gather', gather],
  ...table(together, 'Concat GatherElements ScatterElements'),
  ...table(reshaped, 'Reshape Flatten Squeeze Unsqueeze'),
  ...table(repeated, 'Expand Tile'),
  ['Slice', slice],
  ['Pad', pad],
  ['Trilu', lastTwo],
  ['ReverseSequence', reversed],
  ...table(recurrent, 'RNN LSTM GRU'),
] as [string, RowRule][])

const MICROSOFT = new Map([
  ...table(always, 'Gelu FastGelu QuickGelu BiasGelu BiasAdd BiasSplitGelu'),
  ...table(
    leading,
    'LayerNormalization SkipLayerNormalization SimplifiedLayerNormalization SkipSimplifiedLayerNormalization '
    + 'EmbedLayerNormalization Attention MultiHeadAttention GroupQueryAttention RotaryEmbedding',
  ),
  ...table(firstOnly, 'MatMulNBits DynamicQuantizeMatMul MatMulIntegerToFloat'),
])
