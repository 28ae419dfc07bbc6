/** RNN, LSTM, GRU: [sequence, batch, input] -> [sequence, directions, batch, hidden], or batch first by `layout`. */
import type { Dim } from '../types.ts'
import { type Context, dtypeAt, intAttribute, known, type Rule, type Rules, shapeAt, stringAttribute } from './context.ts'

const recurrent: Rule = (context) => {
  const dtype = dtypeAt(context, 0)
  const shape = shapeAt(context, 0)
  const hidden = hiddenSize(context)
  const directions = stringAttribute(context.op, 'direction', 'forward') === 'bidirectional' ? 2 : 1
  const batchFirst = intAttribute(context.op, 'layout', 0) !== 0
  const [first = context.fresh(), second = context.fresh()] = shape ?? []
  const [length, batch] = batchFirst ? [second, first] : [first, second]
  const all = batchFirst ? [batch, length, directions, hidden] : [length, directions, batch, hidden]
  const last = known(dtype, batchFirst ? [batch, directions, hidden] : [directions, batch, hidden])
  return [known(dtype, all), last, last]
}

function hiddenSize(context: Context): Dim {
  const given = intAttribute(context.op, 'hidden_size', 0)
  return given > 0 ? given : shapeAt(context, 2)?.[2] ?? context.fresh()
}

export const RECURRENT: Rules = { RNN: recurrent, LSTM: recurrent, GRU: recurrent }
