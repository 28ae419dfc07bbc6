/** Functions of one number, element by element. Whole numbers become float64 where the result is no whole number. */
import type { Value } from '../../onnx/dag.ts'
import { elementwise, numeric, op } from '../elementwise.ts'
import { cast } from '../layout.ts'
import { calculator, expm1, log1p, trunc, type Float } from '../numerics.ts'
import { floatType } from '../promote.ts'
import type { Val } from '../value.ts'
import { define, value, type Arguments, type FunctionDef } from './define.ts'

const GROUP = 'mathematics'

/** A function of floats; float32 stays float32. */
export function floatFunction(args: Arguments, name: string, make: (x: Value, dtype: Float) => Value): Val {
  const x = args.number(name)
  const { dtype } = floatType(x)
  return { ...elementwise(args.dag, [cast(args.dag, x, dtype)], (v) => make(v, dtype)), weak: false }
}

function float(name: string, doc: string, example: string, make: (args: Arguments, x: Value, dtype: Float) => Value): FunctionDef {
  return define(GROUP, name, [value('x')], doc, example, (args) => floatFunction(args, 'x', (x, dtype) => make(args, x, dtype)))
}

const floatOp = (name: string, opType: string, doc: string, example = `${name}(x)`): FunctionDef =>
  float(name, doc, example, (args, x) => args.dag.op(opType, [x]))

/** Keeps whole numbers as they are; booleans become int64. */
function rounding(name: string, doc: string, make: (args: Arguments, x: Value, dtype: Float) => Value): FunctionDef {
  return define(GROUP, name, [value('x')], doc, `${name}(x / 2)`, (args) => {
    const x = args.number('x')
    if (x.dtype === 'bool') return cast(args.dag, x, 'int64')
    return x.dtype === 'int64' ? { ...x, weak: false } : floatFunction(args, 'x', (v, dtype) => make(args, v, dtype))
  })
}

/** Keeps the type; booleans count as int64. */
const number = (name: string, doc: string, example: string, make: (args: Arguments, x: Val) => Val): FunctionDef =>
  define(GROUP, name, [value('x')], doc, example, (args) => ({ ...make(args, args.number('x')), weak: false }))

/** sin / cos: ONNX Runtime has Tan of float32 only. */
const tan = (args: Arguments, x: Value): Value => args.dag.op('Div', [args.dag.op('Sin', [x]), args.dag.op('Cos', [x])])

export const math: readonly FunctionDef[] = [
  number('abs', 'Absolute value.', 'abs(z1 - z2)', (args, x) => numeric(args.dag, [x], op(args.dag, 'Abs'), { fold: Math.abs })),
  number('sign', '-1, 0 or 1.', 'sign(x)', (args, x) => numeric(args.dag, [x], op(args.dag, 'Sign'))),
  number('square', 'x times x.', 'square(x)', (args, x) => numeric(args.dag, [x], (v) => args.dag.op('Mul', [v, v]))),
  rounding('floor', 'The next whole number downwards.', (args, x) => args.dag.op('Floor', [x])),
  rounding('ceil', 'The next whole number upwards.', (args, x) => args.dag.op('Ceil', [x])),
  rounding('round', 'The nearest whole number, halves to the even one.', (args, x) => args.dag.op('Round', [x])),
  rounding('trunc', 'The next whole number towards zero.', (args, x, dtype) => trunc(args.dag, dtype, x)),
  floatOp('sqrt', 'Sqrt', 'Square root; NaN for negative numbers.'),
  floatOp('exp', 'Exp', 'e to the power x.'),
  float('expm1', 'exp(x) - 1, exact for small x.', 'expm1(x)', (args, x, dtype) => expm1(args.dag, dtype, x)),
  floatOp('log', 'Log', 'Natural logarithm.'),
  float('log1p', 'log(1 + x), exact for small x.', 'log1p(x)', (args, x, dtype) => log1p(args.dag, dtype, x)),
  float('log2', 'Logarithm to base 2.', 'log2(x)', (args, x, dtype) => scaledLog(args, x, dtype, Math.LN2)),
  float('log10', 'Logarithm to base 10.', 'log10(x)', (args, x, dtype) => scaledLog(args, x, dtype, Math.LN10)),
  floatOp('sin', 'Sin', 'Sine, of radians.'),
  floatOp('cos', 'Cos', 'Cosine, of radians.'),
  float('tan', 'Tangent, of radians.', 'tan(x)', tan),
  float('sinh', 'Hyperbolic sine.', 'sinh(x)', (args, x, dtype) => {
    const k = calculator(args.dag, dtype)
    return k.div(k.sub(expm1(args.dag, dtype, x), expm1(args.dag, dtype, k.neg(x))), k.number(2))
  }),
  float('cosh', 'Hyperbolic cosine.', 'cosh(x)', (args, x, dtype) => {
    const k = calculator(args.dag, dtype)
    return k.div(k.add(k.exp(x), k.exp(k.neg(x))), k.number(2))
  }),
  floatOp('tanh', 'Tanh', 'Hyperbolic tangent.'),
]

function scaledLog(args: Arguments, x: Value, dtype: Float, base: number): Value {
  const k = calculator(args.dag, dtype)
  return k.div(k.log(x), k.number(base))
}
