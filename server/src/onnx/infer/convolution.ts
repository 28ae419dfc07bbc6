/** Operators with a window over positions: convolutions, pools, resizing, sampling. */
import type { Dim } from '../types.ts'
import {
  axisOf, type Context, dtypeAt, floatsOf, freshShape, intAttribute, intsAttribute, intsOf, known, type Rule, type Rules, shapeAt,
  ShapeError, shapeText, stringAttribute,
} from './context.ts'
import { add, divideDown, divideUp, multiply, subtract } from './dims.ts'

interface Window {
  readonly kernel: readonly Dim[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly pads: readonly number[]
  readonly autoPad: string
  readonly ceil: boolean
}

function windowOf(context: Context, kernel: readonly Dim[]): Window {
  const { op } = context
  const rank = kernel.length
  return {
    kernel,
    strides: intsAttribute(op, 'strides') ?? new Array<number>(rank).fill(1),
    dilations: intsAttribute(op, 'dilations') ?? new Array<number>(rank).fill(1),
    pads: intsAttribute(op, 'pads') ?? new Array<number>(rank * 2).fill(0),
    autoPad: stringAttribute(op, 'auto_pad', 'NOTSET'),
    ceil: intAttribute(op, 'ceil_mode', 0) !== 0,
  }
}

function slid(length: Dim, axis: number, window: Window): Dim {
  const stride = window.strides[axis] ?? 1
  const reach = add(multiply(subtract(window.kernel[axis] as Dim, 1), window.dilations[axis] ?? 1), 1)
  if (window.autoPad.startsWith('SAME')) return divideUp(length, stride)
  const rank = window.kernel.length
  const before = window.autoPad === 'VALID' ? 0 : window.pads[axis] ?? 0
  const after = window.autoPad === 'VALID' ? 0 : window.pads[axis + rank] ?? 0
  const room = subtract(add(length, before + after), reach)
  if (!window.ceil) return add(divideDown(room, stride), 1)
  const count = add(divideUp(room, stride), 1)
  // A last window that would begin in the padding at the end is left out.
  const overhangs = typeof count === 'number' && typeof length === 'number' && (count - 1) * stride >= length + before
  return overhangs ? subtract(count, 1) : count
}

const convolution = (weight: number, dtype: (context: Context) => ReturnType<typeof dtypeAt>): Rule => (context) => {
  const shape = shapeAt(context, 0)
  const kernel = shapeAt(context, weight)
  if (shape === undefined || kernel === undefined) return [known(dtype(context), shape && freshShape(context, shape.length))]
  if (shape.length !== kernel.length) throw new ShapeError(`${context.op.opType}: ${shapeText(shape)} and the kernel ${shapeText(kernel)} differ in rank`)
  const window = windowOf(context, intsAttribute(context.op, 'kernel_shape') ?? kernel.slice(2))
  const positions = shape.slice(2).map((length, axis) => slid(length, axis, window))
  return [known(dtype(context), [shape[0] as Dim, kernel[0] as Dim, ...positions])]
}

const transposed: Rule = (context) => {
  const { op } = context
  const shape = shapeAt(context, 0)
  const kernel = shapeAt(context, 1)
  const dtype = dtypeAt(context, 0)
  if (shape === undefined || kernel === undefined) return [known(dtype, shape && freshShape(context, shape.length))]
  const window = windowOf(context, intsAttribute(op, 'kernel_shape') ?? kernel.slice(2))
  const extra = intsAttribute(op, 'output_padding') ?? []
  const fixed = intsAttribute(op, 'output_shape')
  const rank = window.kernel.length
  const positions = shape.slice(2).map((length, axis) => {
    if (fixed !== undefined) return fixed.at(axis - rank) as number
    const stride = window.strides[axis] ?? 1
    if (window.autoPad.startsWith('SAME')) return multiply(length, stride)
    const reach = add(multiply(subtract(window.kernel[axis] as Dim, 1), window.dilations[axis] ?? 1), 1)
    const around = window.autoPad === 'VALID' ? 0 : (window.pads[axis] ?? 0) + (window.pads[axis + rank] ?? 0)
    return add(add(multiply(subtract(length, 1), stride), reach), (extra[axis] ?? 0) - around)
  })
  return [known(dtype, [shape[0] as Dim, multiply(kernel[1] as Dim, intAttribute(op, 'group', 1)), ...positions])]
}

const pool: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const dtype = dtypeAt(context, 0)
  if (shape === undefined) return [known(dtype, undefined), known('int64', undefined)]
  const window = windowOf(context, intsAttribute(context.op, 'kernel_shape') ?? [])
  const result = [...shape.slice(0, 2), ...shape.slice(2).map((length, axis) => slid(length, axis, window))]
  return [known(dtype, result), known('int64', result)]
}

const globalPool: Rule = (context) => {
  const shape = shapeAt(context, 0)
  return [known(dtypeAt(context, 0), shape && shape.map((dim, axis) => (axis < 2 ? dim : 1)))]
}

const resize: Rule = (context) => {
  const { op, inputs } = context
  const shape = shapeAt(context, 0)
  const dtype = dtypeAt(context, 0)
  if (shape === undefined) return [known(dtype, undefined)]
  const axes = (intsAttribute(op, 'axes') ?? [...shape.keys()]).map((axis) => axisOf(op, axis, shape.length))
  const scales = floatsOf(inputs[2])
  const sizes = intsOf(inputs[3])
  const stretched = stringAttribute(op, 'keep_aspect_ratio_policy', 'stretch') === 'stretch'
  const result = [...shape]
  for (const [index, axis] of axes.entries()) {
    const length = shape[axis] as Dim
    const scale = scales !== undefined && scales.length > 0 ? scales[index] : undefined
    if (scale !== undefined) result[axis] = scaled(context, length, scale)
    else result[axis] = (stretched ? sizes?.[index] : undefined) ?? context.fresh()
  }
  return [known(dtype, result)]
}

function scaled(context: Context, length: Dim, scale: number): Dim {
  if (typeof length === 'number') return Math.floor(length * Math.fround(scale))
  return Number.isInteger(scale) ? multiply(length, scale) : context.fresh()
}

/** Regions [R, C, H, W] out of an image [N, C, H, W]. */
const regions = (height: string, width: string): Rule => (context) => {
  const channels = shapeAt(context, 0)?.[1] ?? context.fresh()
  const count = shapeAt(context, 1)?.[0] ?? context.fresh()
  return [known(dtypeAt(context, 0), [count, channels, intAttribute(context.op, height, 1), intAttribute(context.op, width, 1)])]
}

const gridSample: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const grid = shapeAt(context, 1)
  return [known(dtypeAt(context, 0), shape && grid && [...shape.slice(0, 2), ...grid.slice(1, -1)])]
}

const affineGrid: Rule = (context) => {
  const size = intsOf(context.inputs[1])
  return [known(dtypeAt(context, 0), size && [size[0] as Dim, ...size.slice(2), size.length - 2])]
}

const columns: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const image = intsOf(context.inputs[1])
  const block = intsOf(context.inputs[2])
  if (shape === undefined || image === undefined || block === undefined) return [known(dtypeAt(context, 0), undefined)]
  const size = block.reduce(multiply, 1)
  return [known(dtypeAt(context, 0), [shape[0] as Dim, divideDown(shape[1] as Dim, size), ...image])]
}

const float: (context: Context) => ReturnType<typeof dtypeAt> = (context) => dtypeAt(context, 0)

export const CONVOLUTION: Rules = {
  Conv: convolution(1, float),
  ConvInteger: convolution(1, () => 'int32'),
  QLinearConv: convolution(3, (context) => dtypeAt(context, 7)),
  DeformConv: convolution(1, float),
  ConvTranspose: transposed,
  AveragePool: pool, MaxPool: pool, LpPool: pool,
  GlobalAveragePool: globalPool, GlobalMaxPool: globalPool, GlobalLpPool: globalPool,
  Resize: resize,
  RoiAlign: regions('output_height', 'output_width'),
  MaxRoiPool: (context) => {
    const [height = 1, width = 1] = intsAttribute(context.op, 'pooled_shape') ?? []
    const shape = shapeAt(context, 0)
    return [known(dtypeAt(context, 0), [shapeAt(context, 1)?.[0] ?? context.fresh(), shape?.[1] ?? context.fresh(), height, width])]
  },
  GridSample: gridSample,
  AffineGrid: affineGrid,
  Col2Im: columns,
}
