/** Operators that work on each element: one operand, several with broadcasting, comparisons, casts. */
import { dtypeOf, isInteger } from '../dtype.ts'
import type { DType } from '../types.ts'
import { broadcast } from './broadcast.ts'
import { type Context, dtypeAt, intAttribute, intsOf, known, numbersOf, type Rule, type Rules, shapeAt } from './context.ts'
import { chooseValues, elementwiseValues } from './integers.ts'

const same: Rule = (context) => [{ type: { dtype: dtypeAt(context, 0), shape: shapeAt(context, 0) } }]

const identity: Rule = ({ inputs }) => [inputs[0]]

const toBool: Rule = (context) => [known('bool', shapeAt(context, 0))]

function joined(result: (context: Context) => DType): Rule {
  return (context) => {
    const shape = broadcast(context, context.inputs.map((input) => input?.type.shape))
    const dtype = result(context)
    const follow = shape !== undefined && (isInteger(dtype) || dtype === 'bool')
    return [known(dtype, shape, follow ? elementwiseValues(context.op.opType, context.inputs, shape) : undefined)]
  }
}

/** The type of the first operand whose type is known. */
function operandType(context: Context): DType {
  for (const input of context.inputs) if (input !== undefined && input.type.dtype !== 'unknown') return input.type.dtype
  return 'unknown'
}

const arithmetic = joined(operandType)
const comparison = joined(() => 'bool')

const where: Rule = (context) => {
  const { inputs } = context
  const shape = broadcast(context, inputs.map((input) => input?.type.shape))
  const dtype = dtypeAt(context, 1) === 'unknown' ? dtypeAt(context, 2) : dtypeAt(context, 1)
  return [known(dtype, shape, shape !== undefined && isInteger(dtype) ? chooseValues(inputs, shape) : undefined)]
}

/** Values survive a cast between integer types (and bool). */
function converted(context: Context, dtype: DType): ReturnType<Rule> {
  const values = isInteger(dtype) ? intsOf(context.inputs[0]) : dtype === 'bool' ? numbersOf(context.inputs[0])?.map((value) => (value === 0 ? 0 : 1)) : undefined
  return [known(dtype, shapeAt(context, 0), values)]
}

const not: Rule = (context) => {
  const values = intsOf(context.inputs[0])
  const followed = values?.every((value) => typeof value === 'number') ? values.map((value) => (value === 0 ? 1 : 0)) : undefined
  return [known('bool', shapeAt(context, 0), followed)]
}

const negative: Rule = (context) => {
  const values = intsOf(context.inputs[0])
  const followed = values?.every((value) => typeof value === 'number') ? values.map((value) => -value) : undefined
  return [known(dtypeAt(context, 0), shapeAt(context, 0), followed)]
}

const dropout: Rule = (context) => [context.inputs[0], known('bool', shapeAt(context, 0))]

function table(names: string, rule: Rule): Rules {
  return Object.fromEntries(names.split(' ').map((name) => [name, rule]))
}

export const ELEMENTWISE: Rules = {
  ...table(
    'Abs Acos Acosh Asin Asinh Atan Atanh BitwiseNot Ceil Celu Clip Cos Cosh Elu Erf Exp Floor Gelu HardSigmoid '
    + 'HardSwish LeakyRelu Log LogSoftmax Hardmax Mish PRelu Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh '
    + 'Softmax Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu Trilu CumSum CumProd LpNormalization LRN '
    + 'MeanVarianceNormalization ReverseSequence RotaryEmbedding TensorScatter',
    same,
  ),
  ...table('Identity', identity),
  ...table('IsInf IsNaN', toBool),
  ...table('Add BitwiseAnd BitwiseOr BitwiseXor BitShift Div Max Mean Min Mod Mul Pow Sub Sum', arithmetic),
  ...table('And Equal Greater GreaterOrEqual Less LessOrEqual Or Xor', comparison),
  Pow: (context) => {
    const [result] = arithmetic(context)
    return [result === undefined ? undefined : known(dtypeAt(context, 0), result.type.shape)]
  },
  Where: where,
  Cast: (context) => converted(context, dtypeOf(intAttribute(context.op, 'to', 0))),
  BitCast: (context) => [known(dtypeOf(intAttribute(context.op, 'to', 0)), shapeAt(context, 0))],
  CastLike: (context) => converted(context, dtypeAt(context, 1)),
  Not: not,
  Neg: negative,
  Dropout: dropout,
  StringNormalizer: (context) => [known('string', shapeAt(context, 0)?.length === 1 ? [context.fresh()] : undefined)],
  StringConcat: joined(() => 'string'),
  RegexFullMatch: toBool,
}
