/** Operators that take axes away. */
import type { Dim } from '../types.ts'
import {
  axisOf, type Context, dtypeAt, freshShape, intAttribute, intsAttribute, intsOf, known, numbersOf, type Rule, type Rules, shapeAt,
} from './context.ts'
import { multiplyAll } from './dims.ts'

const reduce: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const dtype = dtypeAt(context, 0)
  const keep = intAttribute(context.op, 'keepdims', 1) !== 0
  const axes = reducedAxes(context)
  if (shape === undefined) return [known(dtype, axes?.length === 0 && !keep ? [] : undefined)]
  if (axes === undefined) return [known(dtype, keep ? freshShape(context, shape.length) : undefined)]
  if (axes.length === 0 && intAttribute(context.op, 'noop_with_empty_axes', 0) !== 0) return [context.inputs[0]]
  const gone = new Set(axes.length === 0 ? shape.keys() : axes.map((axis) => axisOf(context.op, axis, shape.length)))
  return [known(dtype, without(shape, gone, keep), productOf(context))]
}

/** Empty for all; undefined when they are computed. */
function reducedAxes(context: Context): readonly number[] | undefined {
  if (context.inputs[1] !== undefined) return numbersOf(context.inputs[1])
  return intsAttribute(context.op, 'axes') ?? []
}

function without(shape: readonly Dim[], gone: ReadonlySet<number>, keep: boolean): Dim[] {
  return keep ? shape.map((dim, axis) => (gone.has(axis) ? 1 : dim)) : shape.filter((_, axis) => !gone.has(axis))
}

/** Exporters multiply the lengths of a shape with ReduceProd. */
function productOf(context: Context): readonly Dim[] | undefined {
  if (context.op.opType !== 'ReduceProd' || shapeAt(context, 0)?.length !== 1) return undefined
  const values = intsOf(context.inputs[0])
  return values === undefined ? undefined : [multiplyAll(values)]
}

const argument: Rule = (context) => {
  const shape = shapeAt(context, 0)
  if (shape === undefined) return [known('int64', undefined)]
  const axis = axisOf(context.op, intAttribute(context.op, 'axis', 0), shape.length)
  return [known('int64', without(shape, new Set([axis]), intAttribute(context.op, 'keepdims', 1) !== 0))]
}

const NAMES = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare']

export const REDUCE: Rules = {
  ...Object.fromEntries(NAMES.map((name) => [`Reduce${name}`, reduce])),
  ArgMax: argument,
  ArgMin: argument,
}
