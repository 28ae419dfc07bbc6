/** Slice: the length that start:end:step leaves of an axis, also of a symbolic one. */
import type { Dim } from '../types.ts'
import { axisOf, dtypeAt, freshShape, intsOf, known, lengthAt, numbersOf, type Rule, type Rules, shapeAt } from './context.ts'
import { add, divideDown, isNonNegative, subtract } from './dims.ts'

type Shape = readonly Dim[]

const slice: Rule = (context) => {
  const { inputs, op } = context
  const shape = shapeAt(context, 0)
  const dtype = dtypeAt(context, 0)
  if (shape === undefined) return [known(dtype, undefined)]
  const starts = intsOf(inputs[1])
  const ends = intsOf(inputs[2])
  const count = starts?.length ?? ends?.length ?? lengthAt(context, 1)
  const axes = inputs[3] === undefined ? undefined : numbersOf(inputs[3])
  if (count === undefined || (inputs[3] !== undefined && axes === undefined)) return [known(dtype, freshShape(context, shape.length))]
  const steps = inputs[4] === undefined ? undefined : numbersOf(inputs[4])
  const result = [...shape]
  let values = shape.length === 1 ? intsOf(inputs[0]) : undefined
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

export const SLICE: Rules = { Slice: slice }
