/** `+ - * / // % ** @` and negation: Python's meaning, NumPy's types. Whole numbers divide to float64; booleans count as int64. */
import { attr, type Dag, type Value } from '../onnx/dag.ts'
import { scalar } from './constant.ts'
import { elementwise, numeric, op } from './elementwise.ts'
import { align, broadcastShapes, cast, dropOwn, insertOwn } from './layout.ts'
import { promoteNumbers } from './promote.ts'
import type { ExprDType } from './types.ts'
import { describe, mismatch, misshapen, unionMaps, type Val } from './value.ts'

export function add(dag: Dag, a: Val, b: Val): Val {
  return numeric(dag, [a, b], op(dag, 'Add'), { fold: (x, y) => x + y })
}

export function subtract(dag: Dag, a: Val, b: Val): Val {
  return numeric(dag, [a, b], op(dag, 'Sub'), { fold: (x, y) => x - y })
}

export function multiply(dag: Dag, a: Val, b: Val): Val {
  return numeric(dag, [a, b], op(dag, 'Mul'), { fold: (x, y) => x * y })
}

export function negate(dag: Dag, v: Val): Val {
  return numeric(dag, [v], op(dag, 'Neg'), { fold: (x) => -x })
}

/** True division: whole numbers give float64, division by zero inf or nan. */
export function divide(dag: Dag, a: Val, b: Val): Val {
  const { dtype } = promoteNumbers([a, b])
  const float: ExprDType = dtype === 'int64' ? 'float64' : dtype
  return elementwise(dag, [a, b].map((v) => cast(dag, v, float, v.weak)), op(dag, 'Div'), { fold: (x, y) => x / y })
}

/** Division rounded down. Whole numbers divided by zero give 0, so that the branch of an `if` not taken cannot fail. */
export function floorDivide(dag: Dag, a: Val, b: Val): Val {
  const { dtype } = promoteNumbers([a, b])
  const sides = [a, b].map((v) => cast(dag, v, dtype, v.weak))
  const fold = dtype === 'int64' ? (x: number, y: number) => (y === 0 ? 0 : (x - moduloFloats(x, y)) / y) : floorDivideFloats
  return elementwise(dag, sides, (x, y) => (dtype === 'int64' ? floorDivideInts(dag, x, y, sides[1]!) : floatFloorDivide(dag, x, y, dtype)), { fold })
}

/** The remainder with the divisor's sign. Whole numbers modulo zero give 0. */
export function modulo(dag: Dag, a: Val, b: Val): Val {
  const { dtype } = promoteNumbers([a, b])
  const sides = [a, b].map((v) => cast(dag, v, dtype, v.weak))
  const fold = dtype === 'int64' ? (x: number, y: number) => (y === 0 ? 0 : moduloFloats(x, y)) : moduloFloats
  return elementwise(dag, sides, (x, y) => (dtype === 'int64' ? moduloInts(dag, x, y, sides[1]!) : floatRemainder(dag, x, y, dtype).modulo), { fold })
}

/** Powers. Whole numbers keep their type; their exponents must not be negative. */
export function power(dag: Dag, a: Val, b: Val): Val {
  const { dtype } = promoteNumbers([a, b])
  const [base, exponent] = [cast(dag, a, dtype, a.weak), cast(dag, b, dtype, b.weak)]
  const known = exponent.known?.length === 1 ? exponent.known[0]! : undefined
  if (dtype === 'int64' && exponent.known?.some((e) => e < 0)) {
    throw mismatch('a whole number to a negative power is no whole number; make the base a float, as in float64(x) ** -1')
  }
  const fold = (x: number, y: number) => x ** y
  if (exponent.shape.length === 0 && known !== undefined && (known === 2 || (dtype === 'int64' && known >= 1 && known <= 63))) {
    return { ...elementwise(dag, [base], (x) => repeatedProduct(dag, x, known), { fold: (x) => x ** known }), weak: a.weak && b.weak }
  }
  return elementwise(dag, [base, exponent], op(dag, 'Pow'), { fold })
}

/** Exact for integers: ONNX Runtime computes integer powers in float64. */
function repeatedProduct(dag: Dag, x: Value, exponent: number): Value {
  let result: Value | undefined
  for (let square = x, rest = exponent; ; square = dag.op('Mul', [square, square])) {
    if (rest % 2 === 1) result = result ? dag.op('Mul', [result, square]) : square
    rest = Math.floor(rest / 2)
    if (rest === 0) return result!
  }
}

/** The matrix product of NumPy: vectors are rows on the left and columns on the right, leading axes broadcast. */
export function matmul(dag: Dag, a: Val, b: Val): Val {
  if (a.shape.length === 0 || b.shape.length === 0) throw mismatch(`@ takes arrays of at least one axis, not ${describe(a)} and ${describe(b)}; use * with a scalar`)
  const { dtype } = promoteNumbers([a, b])
  const left = a.shape.length === 1 ? insertOwn(dag, cast(dag, a, dtype), 0) : cast(dag, a, dtype)
  const right = b.shape.length === 1 ? insertOwn(dag, cast(dag, b, dtype), 1) : cast(dag, b, dtype)
  const [rows, inner] = left.shape.slice(-2)
  const [inner2, columns] = right.shape.slice(-2)
  if (inner !== inner2) throw misshapen(`${describe(a)} @ ${describe(b)} does not fit: ${inner} columns meet ${inner2} rows`)
  const batch = broadcastShapes([left.shape.slice(0, -2), right.shape.slice(0, -2)])
  const aligned = align(dag, [left, right], batch.length + 2)
  const product: Val = {
    dtype,
    shape: [...batch, rows!, columns!],
    maps: unionMaps([left, right]),
    batched: aligned.batched,
    weak: false,
    value: dag.op('MatMul', aligned.values),
  }
  const narrow = b.shape.length === 1 ? dropOwn(dag, product, product.shape.length - 1) : product
  return a.shape.length === 1 ? dropOwn(dag, narrow, batch.length) : narrow
}

// ---- on tensors of one type ----------------------------------------------------------------------------------------

/** A divisor known to be neither 0 nor -1 needs no guards. -1 is one because the smallest int64 has no negative. */
const isSafe = (divisor: Val): boolean => divisor.known?.every((d) => d !== 0 && d !== -1) ?? false

function safeDivisor(dag: Dag, y: Value): { zero: Value; minus: Value; safe: Value } {
  const zero = dag.op('Equal', [y, scalar(dag, 'int64', 0)])
  const minus = dag.op('Equal', [y, scalar(dag, 'int64', -1)])
  return { zero, minus, safe: dag.op('Where', [dag.op('Or', [zero, minus]), scalar(dag, 'int64', 1), y]) }
}

/** ONNX's Mod of integers has the divisor's sign already. */
function moduloInts(dag: Dag, x: Value, y: Value, divisor: Val): Value {
  return dag.op('Mod', [x, isSafe(divisor) ? y : safeDivisor(dag, y).safe])
}

function floorDivideInts(dag: Dag, x: Value, y: Value, divisor: Val): Value {
  if (isSafe(divisor)) return dag.op('Div', [dag.op('Sub', [x, dag.op('Mod', [x, y])]), y])
  const { zero, minus, safe } = safeDivisor(dag, y)
  const quotient = dag.op('Div', [dag.op('Sub', [x, dag.op('Mod', [x, safe])]), safe])
  return dag.op('Where', [zero, scalar(dag, 'int64', 0), dag.op('Where', [minus, dag.op('Neg', [x]), quotient])])
}

/** C's fmod corrected to the divisor's sign, as Python does. */
function floatRemainder(dag: Dag, x: Value, y: Value, dtype: ExprDType): { remainder: Value; wrong: Value; modulo: Value } {
  const zero = scalar(dag, dtype, 0)
  const remainder = dag.op('Mod', [x, y], { fmod: attr.int(1) })
  const signs = dag.op('Xor', [dag.op('Less', [y, zero]), dag.op('Less', [remainder, zero])])
  const wrong = dag.op('And', [signs, dag.op('Not', [dag.op('Equal', [remainder, zero])])])
  return { remainder, wrong, modulo: dag.op('Where', [wrong, dag.op('Add', [remainder, y]), remainder]) }
}

function floatFloorDivide(dag: Dag, x: Value, y: Value, dtype: ExprDType): Value {
  const { remainder, wrong } = floatRemainder(dag, x, y, dtype)
  const whole = dag.op('Div', [dag.op('Sub', [x, remainder]), y])
  const floored = dag.op('Round', [dag.op('Where', [wrong, dag.op('Sub', [whole, scalar(dag, dtype, 1)]), whole])])
  return dag.op('Where', [dag.op('Equal', [y, scalar(dag, dtype, 0)]), dag.op('Div', [x, y]), floored])
}

// ---- the same on numbers -------------------------------------------------------------------------------------------

export function moduloFloats(x: number, y: number): number {
  const remainder = x % y
  return remainder !== 0 && y < 0 !== remainder < 0 ? remainder + y : remainder
}

export function floorDivideFloats(x: number, y: number): number {
  if (y === 0) return x / y
  const remainder = x % y
  const whole = (x - remainder) / y
  return Math.round(remainder !== 0 && y < 0 !== remainder < 0 ? whole - 1 : whole)
}
