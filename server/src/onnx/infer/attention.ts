/** The standard Attention of opset 23: [batch, heads, position, d] or [batch, position, heads*d]. */
import type { Dim } from '../types.ts'
import { type Context, dtypeAt, intAttribute, known, type Rule, type Rules, shapeAt } from './context.ts'
import { add, divideDown, multiply } from './dims.ts'

const attention: Rule = (context) => {
  const dtype = dtypeAt(context, 0)
  const query = shapeAt(context, 0)
  const key = shapeAt(context, 1)
  const value = shapeAt(context, 2)
  if (query === undefined || key === undefined || value === undefined) return [known(dtype, undefined)]
  const queryHeads = heads(context, query, 'q_num_heads')
  const keyHeads = heads(context, key, 'kv_num_heads')
  const batch = query[0] as Dim
  const length = query.at(-2) as Dim
  const flat = query.length === 3
  const keyWidth = flat ? divideDown(key[2] as Dim, keyHeads) : (key[3] as Dim)
  const valueWidth = flat ? divideDown(value[2] as Dim, keyHeads) : (value[3] as Dim)
  const past = shapeAt(context, 4)?.[2]
  const total = past === undefined ? (key.at(-2) as Dim) : add(past, key.at(-2) as Dim)
  return [
    known(dtype, flat ? [batch, length, multiply(queryHeads, valueWidth)] : [batch, queryHeads, length, valueWidth]),
    known(dtype, [batch, keyHeads, total, keyWidth]),
    known(dtype, [batch, keyHeads, total, valueWidth]),
    known(dtype, [batch, queryHeads, length, total]),
  ]
}

function heads(context: Context, shape: readonly Dim[], name: string): Dim {
  return shape.length === 3 ? intAttribute(context.op, name, 1) : (shape[1] as Dim)
}

export const ATTENTION: Rules = { Attention: attention }
