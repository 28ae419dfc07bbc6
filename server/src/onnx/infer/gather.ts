/** Operators that pick, place, sort or count elements. */
import { isInteger } from '../dtype.ts'
import type { Dim } from '../types.ts'
import {
  axisOf, type Context, dtypeAt, intAttribute, intsOf, known, numbersOf, type Rule, type Rules, shapeAt, ShapeError,
} from './context.ts'

const gather: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const indices = shapeAt(context, 1)
  const dtype = dtypeAt(context, 0)
  if (shape === undefined || indices === undefined) return [known(dtype, undefined)]
  const axis = axisOf(context.op, intAttribute(context.op, 'axis', 0), shape.length)
  const result = [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)]
  return [known(dtype, result, shape.length === 1 && isInteger(dtype) ? picked(context) : undefined)]
}

function picked(context: Context): readonly Dim[] | undefined {
  const values = intsOf(context.inputs[0])
  const indices = numbersOf(context.inputs[1])
  if (values === undefined || indices === undefined) return undefined
  const result = indices.map((index) => values[index < 0 ? index + values.length : index])
  if (result.includes(undefined)) throw new ShapeError(`Gather picks an element that is not among the ${values.length} it is given`)
  return result as Dim[]
}

const likeIndices: Rule = (context) => [known(dtypeAt(context, 0), shapeAt(context, 1))]

const likeData: Rule = (context) => [known(dtypeAt(context, 0), shapeAt(context, 0))]

const gatherND: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const indices = shapeAt(context, 1)
  const depth = indices?.at(-1)
  if (shape === undefined || indices === undefined || typeof depth !== 'number') return [known(dtypeAt(context, 0), undefined)]
  const batch = intAttribute(context.op, 'batch_dims', 0)
  return [known(dtypeAt(context, 0), [...indices.slice(0, -1), ...shape.slice(batch + depth)])]
}

const oneHot: Rule = (context) => {
  const indices = shapeAt(context, 0)
  const dtype = dtypeAt(context, 2)
  if (indices === undefined) return [known(dtype, undefined)]
  const depth = intsOf(context.inputs[1])?.[0] ?? context.fresh()
  const axis = axisOf(context.op, intAttribute(context.op, 'axis', -1), indices.length + 1)
  return [known(dtype, [...indices.slice(0, axis), depth, ...indices.slice(axis)])]
}

const topK: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const dtype = dtypeAt(context, 0)
  if (shape === undefined) return [known(dtype, undefined), known('int64', undefined)]
  const axis = axisOf(context.op, intAttribute(context.op, 'axis', -1), shape.length)
  const result = shape.with(axis, intsOf(context.inputs[1])?.[0] ?? context.fresh())
  return [known(dtype, result), known('int64', result)]
}

const nonZero: Rule = (context) => {
  const rank = shapeAt(context, 0)?.length
  return [known('int64', [rank ?? context.fresh(), context.fresh()])]
}

const compress: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const axis = intAttribute(context.op, 'axis', Number.NaN)
  if (Number.isNaN(axis)) return [known(dtypeAt(context, 0), [context.fresh()])]
  if (shape === undefined) return [known(dtypeAt(context, 0), undefined)]
  return [known(dtypeAt(context, 0), shape.with(axisOf(context.op, axis, shape.length), context.fresh()))]
}

const unique: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const axis = intAttribute(context.op, 'axis', Number.NaN)
  const count = context.fresh()
  const values = Number.isNaN(axis) ? [count] : shape?.with(axisOf(context.op, axis, shape.length), count)
  const total = known('int64', [context.fresh()])
  return [known(dtypeAt(context, 0), values), known('int64', [count]), total, known('int64', [count])]
}

export const GATHER: Rules = {
  Gather: gather, GatherElements: likeIndices, GatherND: gatherND,
  ScatterElements: likeData, ScatterND: likeData,
  OneHot: oneHot, TopK: topK, NonZero: nonZero, Compress: compress, Unique: unique,
  NonMaxSuppression: (context) => [known('int64', [context.fresh(), 3])],
  TfIdfVectorizer: (context) => [known('float32', shapeAt(context, 0)?.with(-1, context.fresh()))],
}
