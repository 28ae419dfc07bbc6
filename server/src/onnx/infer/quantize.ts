/** Conversions between floats and small integers. */
import { dtypeOf } from '../dtype.ts'
import { type Context, dtypeAt, intAttribute, known, type Rule, type Rules, shapeAt } from './context.ts'

const quantize: Rule = (context) => {
  const attribute = dtypeOf(intAttribute(context.op, 'output_dtype', 0))
  const zero = dtypeAt(context, 2)
  return [known(attribute !== 'unknown' ? attribute : zero !== 'unknown' ? zero : 'uint8', shapeAt(context, 0))]
}

const dequantize: Rule = (context) => [known(dequantized(context), shapeAt(context, 0))]

function dequantized(context: Context): ReturnType<typeof dtypeAt> {
  const attribute = dtypeOf(intAttribute(context.op, 'output_dtype', 0))
  return attribute !== 'unknown' ? attribute : dtypeAt(context, 1)
}

const dynamic: Rule = (context) => [known('uint8', shapeAt(context, 0)), known('float32', []), known('uint8', [])]

export const QUANTIZE: Rules = { QuantizeLinear: quantize, DequantizeLinear: dequantize, DynamicQuantizeLinear: dynamic }
