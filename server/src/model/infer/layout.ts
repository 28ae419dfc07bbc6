/** Operators that move elements without computing: reshapes, slices, joins, repetitions, padding. */
import { isInteger } from '../../onnx/dtype.ts'
import type { Dim, DType } from '../../onnx/types.ts'
import { broadcast } from './broadcast.ts'
import {
  axisOf, type Context, dtypeAt, freshShape, intAttribute, intsAttribute, intsOf, known, MOST_VALUES, numbersOf, type Rule,
  type Rules, shapeAt, ShapeError, shapeText,
} from './context.ts'
import { add, divideDown, divideExactly, isNonNegative, isUnknown, multiply, multiplyAll, subtract } from './dims.ts'
import { spread } from './integers.ts'

type Shape = readonly Dim[]

/** The values of the first input, for operators that keep the order of the elements. */
function kept(context: Context): readonly Dim[] | undefined {
  return intsOf(context.inputs[0])
}

/** How many elements a one-dimensional input has. */
function lengthOf(context: Context, index: number): number | undefined {
  const length = shapeAt(context, index)?.[0]
  return typeof length === 'number' && length <= 64 ? length : undefined
}

const reshape: Rule = (context) => {
  const target = intsOf(context.inputs[1])
  const dtype = dtypeAt(context, 0)
  if (target === undefined) {
    const rank = lengthOf(context, 1)
    return [known(dtype, rank === undefined ? undefined : freshShape(context, rank))]
  }
  return [known(dtype, reshaped(context, shapeAt(context, 0), target), kept(context))]
}

function reshaped(context: Context, shape: Shape | undefined, target: Shape): Shape {
  const copyZero = intAttribute(context.op, 'allowzero', 0) === 0
  const result = target.map((dim, axis) => {
    if (dim !== 0 || !copyZero) return dim
    if (shape !== undefined && axis >= shape.length) throw new ShapeError(`Reshape copies axis ${axis} of ${shapeText(shape)}`)
    return shape?.[axis] ?? context.fresh()
  })
  const open = result.indexOf(-1)
  if (open < 0) {
    checkCount(shape, result)
    return result
  }
  const others = multiplyAll(result.filter((_, axis) => axis !== open))
  const total = shape === undefined ? undefined : multiplyAll(shape)
  if (typeof total === 'number' && typeof others === 'number' && others !== 0 && total % others !== 0) {
    throw new ShapeError(`Reshape cannot bring ${shapeText(shape)} into the shape ${shapeText(target)}`)
  }
  result[open] = total === undefined ? context.fresh() : divideExactly(total, others) ?? context.fresh()
  return result
}

function checkCount(shape: Shape | undefined, result: Shape): void {
  if (shape === undefined) return
  const before = multiplyAll(shape)
  const after = multiplyAll(result)
  if (typeof before === 'number' && typeof after === 'number' && before !== after) {
    throw new ShapeError(`Reshape cannot bring ${shapeText(shape)} into the shape ${shapeText(result)}`)
  }
}

const flatten: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const dtype = dtypeAt(context, 0)
  if (shape === undefined) return [known(dtype, freshShape(context, 2))]
  const axis = intAttribute(context.op, 'axis', 1)
  const cut = axis < 0 ? axis + shape.length : axis
  return [known(dtype, [multiplyAll(shape.slice(0, cut)), multiplyAll(shape.slice(cut))], kept(context))]
}

const transpose: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const dtype = dtypeAt(context, 0)
  const order = intsAttribute(context.op, 'perm')
  if (shape === undefined) return [known(dtype, order === undefined ? undefined : freshShape(context, order.length))]
  const axes = order ?? shape.map((_, axis) => shape.length - 1 - axis)
  if (axes.length !== shape.length) throw new ShapeError(`Transpose orders ${axes.length} axes of ${shapeText(shape)}`)
  return [known(dtype, axes.map((axis) => shape[axisOf(context.op, axis, shape.length)] as Dim), shape.length < 2 ? kept(context) : undefined)]
}

const squeeze: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const dtype = dtypeAt(context, 0)
  const axes = context.inputs[1] === undefined ? undefined : numbersOf(context.inputs[1])
  if (shape === undefined || (context.inputs[1] !== undefined && axes === undefined)) return [known(dtype, undefined)]
  if (axes === undefined) {
    const certain = shape.every((dim) => typeof dim === 'number')
    return [known(dtype, certain ? shape.filter((dim) => dim !== 1) : undefined, kept(context))]
  }
  const gone = new Set(axes.map((axis) => axisOf(context.op, axis, shape.length)))
  for (const axis of gone) {
    if (typeof shape[axis] === 'number' && shape[axis] !== 1) throw new ShapeError(`Squeeze cannot drop axis ${axis} of ${shapeText(shape)}`)
  }
  return [known(dtype, shape.filter((_, axis) => !gone.has(axis)), kept(context))]
}

const unsqueeze: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const dtype = dtypeAt(context, 0)
  const axes = numbersOf(context.inputs[1])
  if (shape === undefined || axes === undefined) {
    const more = lengthOf(context, 1)
    const rank = shape === undefined || more === undefined ? undefined : shape.length + more
    return [known(dtype, rank === undefined ? undefined : freshShape(context, rank))]
  }
  const rank = shape.length + axes.length
  const added = new Set(axes.map((axis) => axisOf(context.op, axis, rank)))
  const rest = shape.values()
  const result = Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : rest.next().value as Dim))
  return [known(dtype, result, kept(context))]
}

const expand: Rule = (context) => {
  const target = intsOf(context.inputs[1])
  const shape = shapeAt(context, 0)
  const dtype = dtypeAt(context, 0)
  if (target === undefined || shape === undefined) {
    const rank = lengthOf(context, 1)
    const most = rank === undefined || shape === undefined ? undefined : Math.max(rank, shape.length)
    return [known(dtype, most === undefined ? undefined : freshShape(context, most))]
  }
  const result = broadcast(context, [shape, target]) as Shape
  return [known(dtype, result, isInteger(dtype) ? spread(context.inputs[0], result) : undefined)]
}

const concat: Rule = (context) => {
  const { inputs, op } = context
  const dtype = inputs.find((input) => input !== undefined && input.type.dtype !== 'unknown')?.type.dtype ?? 'unknown'
  const rank = inputs.find((input) => input?.type.shape !== undefined)?.type.shape?.length
  if (rank === undefined) return [known(dtype, undefined)]
  const axis = axisOf(op, intAttribute(op, 'axis', 0), rank)
  const result: Dim[] = new Array<Dim>(rank)
  for (const input of inputs) {
    const shape = input?.type.shape
    for (let at = 0; at < rank; at++) {
      const dim = shape?.[at]
      if (shape !== undefined && dim === undefined) throw new ShapeError(`Concat joins tensors of rank ${rank} and ${shape.length}`)
      if (at === axis) result[at] = dim === undefined ? context.fresh() : add(result[at] ?? 0, dim)
      else result[at] = joinDims(result[at], dim, context)
    }
  }
  if (inputs.some((input) => input?.type.shape === undefined)) result[axis] = context.fresh()
  const values = rank === 1 ? inputs.map((input) => intsOf(input)) : [undefined]
  return [known(dtype, result, values.includes(undefined) ? undefined : (values as Dim[][]).flat())]
}

/** One axis that several inputs share: the most certain of the lengths. */
function joinDims(a: Dim | undefined, b: Dim | undefined, context: Context): Dim {
  if (a === undefined) return b ?? context.fresh()
  if (b === undefined || a === b) return a
  if (typeof a === 'number' && typeof b === 'number') throw new ShapeError(`Concat joins tensors of lengths ${a} and ${b} on another axis`)
  return typeof a === 'number' || isUnknown(b) ? a : b
}

const split: Rule = (context) => {
  const { op, outputCount } = context
  const shape = shapeAt(context, 0)
  const dtype = dtypeAt(context, 0)
  const all = (make: (index: number) => ReturnType<Rule>[number]) => Array.from({ length: outputCount }, (_, index) => make(index))
  if (shape === undefined) return all(() => known(dtype, undefined))
  const axis = axisOf(op, intAttribute(op, 'axis', 0), shape.length)
  const total = shape[axis] as Dim
  const sizes = context.inputs[1] === undefined ? evenSizes(total, outputCount) : intsOf(context.inputs[1])
  const values = shape.length === 1 ? kept(context) : undefined
  let start = 0
  return all((index) => {
    const size = sizes?.[index] ?? context.fresh()
    const part = values !== undefined && typeof size === 'number' ? values.slice(start, start + size) : undefined
    if (typeof size === 'number') start += size
    return known(dtype, shape.with(axis, size), part)
  })
}

/** All parts equal, the last one smaller where it does not come out even. */
function evenSizes(total: Dim, count: number): readonly Dim[] | undefined {
  if (typeof total !== 'number') {
    const size = divideExactly(total, count)
    return size === undefined ? undefined : new Array<Dim>(count).fill(size)
  }
  const size = Math.ceil(total / count)
  return Array.from({ length: count }, (_, index) => Math.min(size, total - index * size))
}

const slice: Rule = (context) => {
  const { inputs, op } = context
  const shape = shapeAt(context, 0)
  const dtype = dtypeAt(context, 0)
  if (shape === undefined) return [known(dtype, undefined)]
  const starts = intsOf(inputs[1])
  const ends = intsOf(inputs[2])
  const count = starts?.length ?? ends?.length ?? lengthOf(context, 1)
  const axes = inputs[3] === undefined ? undefined : numbersOf(inputs[3])
  if (count === undefined || (inputs[3] !== undefined && axes === undefined)) return [known(dtype, freshShape(context, shape.length))]
  const steps = inputs[4] === undefined ? undefined : numbersOf(inputs[4])
  const result = [...shape]
  let values = shape.length === 1 ? kept(context) : undefined
  for (let index = 0; index < count; index++) {
    const axis = axisOf(op, axes?.[index] ?? index, shape.length)
    const step = inputs[4] === undefined ? 1 : steps?.[index]
    const length = shape[axis] as Dim
    const start = starts?.[index]
    const end = ends?.[index]
    const certain = start !== undefined && end !== undefined && step !== undefined
    result[axis] = (certain ? sliceLength(length, start, end, step) : undefined) ?? context.fresh()
    if (values !== undefined) values = certain ? sliceValues(values, start, end, step) : undefined
  }
  return [known(dtype, result, values)]
}

/** The number of elements of start:end:step; a symbolic end counts as within the axis. */
function sliceLength(length: Dim, start: Dim, end: Dim, step: number): Dim | undefined {
  if (typeof length === 'number' && typeof start === 'number' && typeof end === 'number') {
    return indexRange(length, start, end, step).count
  }
  if (step < 0 && start === -1 && typeof end === 'number' && end < -(2 ** 30)) return divideUpBy(length, -step)
  if (step < 0) return undefined
  const first = fromFront(length, start)
  const last = typeof end === 'number' && end >= 2 ** 31 - 1 ? length : fromFront(length, end)
  if (first === undefined || last === undefined) return undefined
  if (typeof last === 'number' && typeof length === 'string' && end === last && last > 1) return undefined
  const extent = subtract(last, first)
  return typeof extent === 'number' && extent < 0 ? 0 : divideUpBy(extent, step)
}

/** A position counted from the front of an axis; undefined when its sign is not known. */
function fromFront(length: Dim, position: Dim): Dim | undefined {
  if (typeof position === 'number') return position < 0 ? add(length, position) : typeof length === 'number' ? Math.min(position, length) : position
  if (isNonNegative(position)) return position
  return isNonNegative(subtract(0, position)) ? add(length, position) : position
}

function divideUpBy(extent: Dim, step: number): Dim {
  return step === 1 ? extent : divideDown(add(extent, step - 1), step)
}

function sliceValues(values: Shape, start: Dim, end: Dim, step: number): Shape | undefined {
  if (typeof start !== 'number' || typeof end !== 'number') return undefined
  const { first, count } = indexRange(values.length, start, end, step)
  return Array.from({ length: count }, (_, index) => values[first + index * step] as Dim)
}

function indexRange(length: number, start: number, end: number, step: number): { first: number; count: number } {
  const low = step < 0 ? -1 : 0
  const high = step < 0 ? length - 1 : length
  const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + length : at, low), high)
  const first = Math.max(clamp(start), 0)
  return { first, count: Math.max(0, Math.ceil((clamp(end) - first) / step)) }
}

const tile: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const repeats = intsOf(context.inputs[1])
  if (shape === undefined || repeats === undefined || repeats.length !== shape.length) {
    const rank = shape?.length ?? lengthOf(context, 1)
    return [known(dtypeAt(context, 0), rank === undefined ? undefined : freshShape(context, rank))]
  }
  return [known(dtypeAt(context, 0), shape.map((dim, axis) => multiply(dim, repeats[axis] as Dim)))]
}

const pad: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const dtype = dtypeAt(context, 0)
  const pads = intsOf(context.inputs[1])
  if (shape === undefined) return [known(dtype, undefined)]
  const axes = context.inputs[3] === undefined ? shape.map((_, axis) => axis) : numbersOf(context.inputs[3])
  if (pads === undefined || axes === undefined || pads.length !== axes.length * 2) return [known(dtype, freshShape(context, shape.length))]
  const result = [...shape]
  for (const [index, given] of axes.entries()) {
    const axis = axisOf(context.op, given, shape.length)
    result[axis] = add(add(shape[axis] as Dim, pads[index] as Dim), pads[index + axes.length] as Dim)
  }
  return [known(dtype, result)]
}

const shapeOf: Rule = (context) => {
  const shape = shapeAt(context, 0)
  if (shape === undefined) return [known('int64', [context.fresh()])]
  const rank = shape.length
  const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + rank : at, 0), rank)
  const part = shape.slice(clamp(intAttribute(context.op, 'start', 0)), clamp(intAttribute(context.op, 'end', rank)))
  return [known('int64', [part.length], part)]
}

const size: Rule = (context) => {
  const shape = shapeAt(context, 0)
  return [known('int64', [], shape === undefined ? undefined : [multiplyAll(shape)])]
}

const depthToSpace: Rule = (context) => blocks(context, (shape, block) => [
  shape[0] as Dim, divideDown(shape[1] as Dim, block * block), multiply(shape[2] as Dim, block), multiply(shape[3] as Dim, block),
])

const spaceToDepth: Rule = (context) => blocks(context, (shape, block) => [
  shape[0] as Dim, multiply(shape[1] as Dim, block * block), divideDown(shape[2] as Dim, block), divideDown(shape[3] as Dim, block),
])

function blocks(context: Context, change: (shape: Shape, block: number) => Shape): ReturnType<Rule> {
  const shape = shapeAt(context, 0)
  const block = intAttribute(context.op, 'blocksize', 1)
  return [known(dtypeAt(context, 0), shape?.length === 4 ? change(shape, block) : freshShape(context, 4))]
}

const constantOfShape: Rule = (context) => {
  const value = context.op.attributes.value
  const dtype: DType = value?.type === 'tensor' ? value.value.dtype : 'float32'
  const shape = intsOf(context.inputs[0])
  if (shape === undefined) {
    const rank = lengthOf(context, 0)
    return [known(dtype, rank === undefined ? undefined : freshShape(context, rank))]
  }
  const count = multiplyAll(shape)
  const fill = value?.type === 'tensor' ? Number(value.value.data[0]) : 0
  const follow = (isInteger(dtype) || dtype === 'bool') && typeof count === 'number' && count <= MOST_VALUES
  return [known(dtype, shape, follow ? new Array<Dim>(count).fill(fill) : undefined)]
}

const centerCropPad: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const target = intsOf(context.inputs[1])
  if (shape === undefined) return [known(dtypeAt(context, 0), undefined)]
  const axes = intsAttribute(context.op, 'axes') ?? shape.map((_, axis) => axis)
  const result = [...shape]
  for (const [index, axis] of axes.entries()) result[axisOf(context.op, axis, shape.length)] = target?.[index] ?? context.fresh()
  return [known(dtypeAt(context, 0), result)]
}

export const LAYOUT: Rules = {
  Reshape: reshape, Flatten: flatten, Transpose: transpose, Squeeze: squeeze, Unsqueeze: unsqueeze, Expand: expand,
  Concat: concat, Split: split, Slice: slice, Tile: tile, Pad: pad, Shape: shapeOf, Size: size,
  DepthToSpace: depthToSpace, SpaceToDepth: spaceToDepth, ConstantOfShape: constantOfShape, CenterCropPad: centerCropPad,
}
