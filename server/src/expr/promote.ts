/**
 * Which type an operation on several types has. NumPy 2's rules over bool, int64, float32, float64:
 * int64 with float32 gives float64; a number written in the file is weak and takes the float type of what it meets.
 */
import type { ExprDType } from './types.ts'
import { mismatch, type Val } from './value.ts'

export type NumericDType = Exclude<ExprDType, 'string'>

export interface Typed {
  readonly dtype: ExprDType
  readonly weak: boolean
}

const isFloat = (dtype: ExprDType): boolean => dtype === 'float32' || dtype === 'float64'

function pair(a: Typed, b: Typed): Typed {
  if (a.dtype === b.dtype) return { dtype: a.dtype, weak: a.weak && b.weak }
  if (a.weak !== b.weak) {
    const [weak, strong] = a.weak ? [a, b] : [b, a]
    if (isFloat(strong.dtype)) return strong
    if (isFloat(weak.dtype)) return { dtype: 'float64', weak: false }
    return { dtype: strong.dtype === 'bool' ? weak.dtype : strong.dtype, weak: false }
  }
  const weak = a.weak && b.weak
  if (isFloat(a.dtype) || isFloat(b.dtype)) {
    const float32 = (t: Typed) => t.dtype === 'float32' || t.dtype === 'bool'
    return { dtype: float32(a) && float32(b) ? 'float32' : 'float64', weak }
  }
  return { dtype: 'int64', weak }
}

/** The common type of numbers and booleans. Strings among them are a problem: nothing is both. */
export function promote(vals: readonly Typed[]): Typed & { readonly dtype: NumericDType } {
  const strings = vals.filter((v) => v.dtype === 'string').length
  if (strings > 0) throw mismatch('a string cannot be mixed with numbers here; strings have only ==, !=, in and if')
  // What is weak comes last: 2.5, a bool and a float32 make a float32.
  const [first, ...rest] = [...vals.filter((v) => !v.weak), ...vals.filter((v) => v.weak)]
  const result = rest.reduce<Typed>(pair, first!)
  return result as Typed & { readonly dtype: NumericDType }
}

/** The type for arithmetic: booleans count as int64. */
export function promoteNumbers(vals: readonly Typed[]): Typed & { readonly dtype: Exclude<NumericDType, 'bool'> } {
  const { dtype, weak } = promote(vals)
  return dtype === 'bool' ? { dtype: 'int64', weak } : { dtype, weak }
}

/** The float type for functions such as `exp`: integers and booleans become float64. */
export function floatType(v: Pick<Val, 'dtype' | 'weak'>): { readonly dtype: 'float32' | 'float64'; readonly weak: boolean } {
  if (v.dtype === 'string') throw mismatch('a string has no numeric value')
  return v.dtype === 'float32' ? { dtype: 'float32', weak: v.weak } : { dtype: 'float64', weak: v.weak }
}
