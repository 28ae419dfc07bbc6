/** Operators that keep the order of the elements, or turn the axes: Reshape, Transpose, Squeeze, Expand, and shapes as values. */
import { isInteger } from '../dtype.ts'
import type { Dim, DType } from '../types.ts'
import { broadcast } from './broadcast.ts'
import {
  axisOf, type Context, dtypeAt, freshShape, intAttribute, intsAttribute, intsOf, known, lengthAt, MOST_VALUES, numbersOf, type Rule,
  type Rules, shapeAt, ShapeError, shapeText,
} from './context.ts'
import { divideDown, divideExactly, multiply, multiplyAll } from './dims.ts'
import { spread } from './integers.ts'

type Shape = readonly Dim[]

/** The values of the first input: the order of the elements stays. */
function kept(context: Context): readonly Dim[] | undefined {
  return intsOf(context.inputs[0])
}

const reshape: Rule = (context) => {
  const target = intsOf(context.inputs[1])
  const dtype = dtypeAt(context, 0)
  if (target === undefined) {
    const rank = lengthAt(context, 1)
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
    const more = lengthAt(context, 1)
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
    const rank = lengthAt(context, 1)
    const most = rank === undefined || shape === undefined ? undefined : Math.max(rank, shape.length)
    return [known(dtype, most === undefined ? undefined : freshShape(context, most))]
  }
  const result = broadcast(context, [shape, target]) as Shape
  return [known(dtype, result, isInteger(dtype) ? spread(context.inputs[0], result) : undefined)]
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
    const rank = lengthAt(context, 0)
    return [known(dtype, rank === undefined ? undefined : freshShape(context, rank))]
  }
  const count = multiplyAll(shape)
  const fill = value?.type === 'tensor' ? Number(value.value.data[0]) : 0
  const follow = (isInteger(dtype) || dtype === 'bool') && typeof count === 'number' && count <= MOST_VALUES
  return [known(dtype, shape, follow ? new Array<Dim>(count).fill(fill) : undefined)]
}

export const RESHAPE: Rules = {
  Reshape: reshape, Flatten: flatten, Transpose: transpose, Squeeze: squeeze, Unsqueeze: unsqueeze, Expand: expand,
  Shape: shapeOf, Size: size, ConstantOfShape: constantOfShape, DepthToSpace: depthToSpace, SpaceToDepth: spaceToDepth,
}
