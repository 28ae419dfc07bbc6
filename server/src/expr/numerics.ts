/** Formulas on tensors of one float type that stay exact where the obvious ones cancel or overflow. */
import type { Dag, Value } from '../onnx/dag.ts'
import { scalar } from './constant.ts'

export type Float = 'float32' | 'float64'

/** Operators on tensors, short to write. */
export function calculator(dag: Dag, dtype: Float) {
  const op = (opType: string) => (...inputs: Value[]): Value => dag.op(opType, inputs)
  return {
    number: (value: number): Value => scalar(dag, dtype, value),
    add: op('Add'), sub: op('Sub'), mul: op('Mul'), div: op('Div'), neg: op('Neg'), abs: op('Abs'),
    exp: op('Exp'), log: op('Log'), sqrt: op('Sqrt'), floor: op('Floor'), ceil: op('Ceil'), relu: op('Relu'),
    sin: op('Sin'), cos: op('Cos'), where: op('Where'), equal: op('Equal'), less: op('Less'), or: op('Or'),
  }
}

/** log(1 + x), exact for tiny x: Kahan's correction of the rounding of 1 + x. */
export function log1p(dag: Dag, dtype: Float, x: Value): Value {
  const k = calculator(dag, dtype)
  const one = k.number(1)
  const u = k.add(x, one)
  const rounded = k.sub(u, one)
  const log = k.log(u)
  const corrected = k.mul(log, k.div(x, rounded))
  return k.where(k.equal(u, one), x, k.where(k.equal(rounded, x), log, corrected))
}

/** exp(x) - 1, exact for tiny x. */
export function expm1(dag: Dag, dtype: Float, x: Value): Value {
  const k = calculator(dag, dtype)
  const one = k.number(1)
  const u = k.exp(x)
  const less = k.sub(u, one)
  const corrected = k.mul(less, k.div(x, k.log(u)))
  const large = k.or(k.equal(less, u), k.equal(less, k.number(-1)))
  return k.where(k.equal(u, one), x, k.where(large, less, corrected))
}

/** log(1 + exp(x)) without overflow, exact in both tails. */
export function softplus(dag: Dag, dtype: Float, x: Value): Value {
  const k = calculator(dag, dtype)
  return k.add(k.relu(x), log1p(dag, dtype, k.exp(k.neg(k.abs(x)))))
}

/** Towards zero. */
export function trunc(dag: Dag, dtype: Float, x: Value): Value {
  const k = calculator(dag, dtype)
  return k.where(k.less(x, k.number(0)), k.ceil(x), k.floor(x))
}

/** exp(x) - 1 - x, exact near 0 by its series (relative error below 1e-11 elsewhere). */
export function expm1MinusX(dag: Dag, x: Value): Value {
  const k = calculator(dag, 'float64')
  let series = k.number(1 / 40320)
  for (const factorial of [5040, 720, 120, 24, 6, 2]) series = k.add(k.mul(series, x), k.number(1 / factorial))
  const near = k.mul(k.mul(x, x), series)
  const far = k.sub(k.sub(k.exp(x), k.number(1)), x)
  return k.where(k.less(k.abs(x), k.number(0.01)), near, far)
}
