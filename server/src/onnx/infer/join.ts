/** Operators that join, divide, repeat or pad along axes. */
import type { Dim } from '../types.ts'
import {
  axisOf, type Context, dtypeAt, freshShape, intAttribute, intsAttribute, intsOf, known, lengthAt, MOST_VALUES, numbersOf, type Rule, type Rules,
  shapeAt, ShapeError,
} from './context.ts'
import { add, divideExactly, isUnknown, multiply } from './dims.ts'

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
  return [known(dtype, result, rank === 1 ? joinedValues(context) : undefined)]
}

/** The values of vectors one after another, while they are few. */
function joinedValues({ inputs }: Context): readonly Dim[] | undefined {
  const result: Dim[] = []
  for (const input of inputs) {
    const values = intsOf(input)
    if (values === undefined || result.length + values.length > MOST_VALUES) return undefined
    result.push(...values)
  }
  return result
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
  const values = shape.length === 1 ? intsOf(context.inputs[0]) : undefined
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

const tile: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const repeats = intsOf(context.inputs[1])
  if (shape === undefined || repeats === undefined || repeats.length !== shape.length) {
    const rank = shape?.length ?? lengthAt(context, 1)
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

const centerCropPad: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const target = intsOf(context.inputs[1])
  if (shape === undefined) return [known(dtypeAt(context, 0), undefined)]
  const axes = intsAttribute(context.op, 'axes') ?? shape.map((_, axis) => axis)
  const result = [...shape]
  for (const [index, axis] of axes.entries()) result[axisOf(context.op, axis, shape.length)] = target?.[index] ?? context.fresh()
  return [known(dtypeAt(context, 0), result)]
}

export const JOIN: Rules = { Concat: concat, Split: split, Tile: tile, Pad: pad, CenterCropPad: centerCropPad }
