/** Comparisons and membership. Strings have only equality. */
import type { CompareOp } from '@scrub/grammar'
import type { Dag, Value } from '../onnx/dag.ts'
import { filled } from './constant.ts'
import { elementwise, not, op } from './elementwise.ts'
import { cast, insertOwn, reshapeOwn } from './layout.ts'
import { promote, promoteNumbers } from './promote.ts'
import { anyOrAll } from './reduce.ts'
import { comparable, type Warn } from './strings.ts'
import { describe, mismatch, type Val } from './value.ts'

export type OrderOp = Exclude<CompareOp, 'in' | 'not in' | '==' | '!='>

const ORDER: Readonly<Record<OrderOp, { onnx: string; fold: (x: number, y: number) => boolean }>> = {
  '<': { onnx: 'Less', fold: (x, y) => x < y },
  '<=': { onnx: 'LessOrEqual', fold: (x, y) => x <= y },
  '>': { onnx: 'Greater', fold: (x, y) => x > y },
  '>=': { onnx: 'GreaterOrEqual', fold: (x, y) => x >= y },
}

/** One link of a comparison chain, a bool. */
export function compare(dag: Dag, operator: CompareOp, a: Val, b: Val, warn: Warn): Val {
  switch (operator) {
    case '==': return equal(dag, a, b, warn)
    case '!=': return not(dag, equal(dag, a, b, warn))
    case 'in': return member(dag, a, b, warn)
    case 'not in': return not(dag, member(dag, a, b, warn))
    default: return order(dag, operator, a, b)
  }
}

export function equal(dag: Dag, a: Val, b: Val, warn: Warn): Val {
  const [x, y] = a.dtype === 'string' || b.dtype === 'string' ? comparable(dag, a, b, warn) : [a, b]
  const { dtype } = promote([x, y])
  return flag(elementwise(dag, [cast(dag, x, dtype), cast(dag, y, dtype)], op(dag, 'Equal'), { dtype: 'bool', fold: (p, q) => Number(p === q) }))
}

export function order(dag: Dag, operator: OrderOp, a: Val, b: Val): Val {
  if (a.dtype === 'string' || b.dtype === 'string') {
    throw mismatch(`strings have no order: \`${operator}\` takes numbers, not ${describe(a)} and ${describe(b)}`)
  }
  const { onnx, fold } = ORDER[operator]!
  const { dtype } = promoteNumbers([a, b])
  const make = (x: Value, y: Value) => dag.op(onnx, [x, y])
  return flag(elementwise(dag, [cast(dag, a, dtype), cast(dag, b, dtype)], make, { dtype: 'bool', fold: (x, y) => Number(fold(x, y)) }))
}

/** Whether each element of `a` is among the elements of the list `b`. */
function member(dag: Dag, a: Val, b: Val, warn: Warn): Val {
  if (b.shape.length !== 1) throw mismatch(`\`in\` looks in a list or an array of one axis, not in ${describe(b)}`)
  if (b.shape[0] === 0) return filled(dag, 'bool', a.shape, 0)
  if (b.shape[0] === 1) return equal(dag, a, reshapeOwn(dag, b, []), warn)
  const each = equal(dag, insertOwn(dag, a, a.shape.length), b, warn)
  return anyOrAll(dag, each, { axes: [a.shape.length], keepdims: false }, 'any')
}

/** A comparison is an ordinary bool even between numbers written in the file. */
const flag = (v: Val): Val => ({ ...v, weak: false })

