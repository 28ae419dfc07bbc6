/** Reductions over a datum's own axes; batch and mapped axes stay. */
import { attr, type Dag } from '../onnx/dag.ts'
import { constant } from './constant.ts'
import { cast, dropOwn } from './layout.ts'
import type { ExprDType } from './types.ts'
import { count, misshapen, outerRank, type Val } from './value.ts'

/** What is reduced: axes counted from 0, all of them when nothing was said. */
export interface Over {
  readonly axes: readonly number[]
  readonly keepdims: boolean
}

export const overAll = (v: Val): Over => ({ axes: v.shape.map((_, axis) => axis), keepdims: false })
export const overLast = (v: Val): Over => ({ axes: [v.shape.length - 1], keepdims: true })

export function reducedShape(v: Val, over: Over): readonly number[] {
  if (over.keepdims) return v.shape.map((dim, axis) => (over.axes.includes(axis) ? 1 : dim))
  return v.shape.filter((_, axis) => !over.axes.includes(axis))
}

/** One of ONNX's Reduce operators. `identity` is the result over no elements; without one that is a problem. */
export function reduce(dag: Dag, opType: string, v: Val, over: Over, identity?: number): Val {
  const shape = reducedShape(v, over)
  if (count(v.shape) === 0) {
    if (identity === undefined) throw misshapen('there are no elements to choose from: the array is empty')
    return constant(dag, v.dtype, shape, new Array<number>(count(shape)).fill(identity))
  }
  if (over.axes.length === 0) return { ...v, weak: false }
  const axes = dag.ints(over.axes.map((axis) => axis + outerRank(v)))
  const value = dag.op(opType, [v.value, axes], { keepdims: attr.int(over.keepdims ? 1 : 0) })
  return { dtype: v.dtype, shape, maps: v.maps, batched: v.batched, weak: false, value }
}

/** Sum; booleans count as int64. */
export function sum(dag: Dag, v: Val, over: Over): Val {
  return reduce(dag, 'ReduceSum', v.dtype === 'bool' ? cast(dag, v, 'int64') : v, over, 0)
}

/** Any or all of booleans; numbers count as true when they are not zero. */
export function anyOrAll(dag: Dag, v: Val, over: Over, which: 'any' | 'all'): Val {
  const flags = cast(dag, v, 'bool')
  if (over.axes.length === 0) return { ...flags, weak: false }
  if (count(v.shape) === 0) return reduce(dag, 'ReduceMax', flags, over, which === 'any' ? 0 : 1)
  // ONNX Runtime reduces no booleans at opset 18; int32 is the narrowest that every provider has.
  const numbers: Val = { ...flags, value: dag.op('Cast', [flags.value], { to: attr.int(6) }) }
  const reduced = reduce(dag, which === 'any' ? 'ReduceMax' : 'ReduceMin', numbers, over)
  return { ...reduced, dtype: 'bool', value: dag.op('Cast', [reduced.value], { to: attr.int(9) }) }
}

/** Position of the largest or smallest along one axis (the first of equals), or in the flattened array. */
export function arg(dag: Dag, opType: 'ArgMax' | 'ArgMin', v: Val, axis: number, keepdims: boolean): Val {
  if (v.shape[axis] === 0) throw misshapen('there are no elements to choose from: the array is empty')
  const numbers = v.dtype === 'bool' ? cast(dag, v, 'int64') : v
  const value = dag.op(opType, [numbers.value], { axis: attr.int(axis + outerRank(v)), keepdims: attr.int(1), select_last_index: attr.int(0) })
  const dtype: ExprDType = 'int64'
  const shape = v.shape.map((dim, i) => (i === axis ? 1 : dim))
  const kept: Val = { dtype, shape, maps: v.maps, batched: v.batched, weak: false, value }
  return keepdims ? kept : dropOwn(dag, kept, axis)
}
