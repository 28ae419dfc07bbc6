/** Operators that work element by element, with NumPy broadcasting and folding of constants. */
import type { Dag, Value } from '../onnx/dag.ts'
import { align, broadcastShapes, cast, empty, foldElements } from './layout.ts'
import { promote, promoteNumbers } from './promote.ts'
import type { ExprDType } from './types.ts'
import { count, KNOWN_LIMIT, mismatch, describe, unionMaps, type Val } from './value.ts'

export interface Elementwise {
  /** The result's type; that of the arguments when absent. */
  readonly dtype?: ExprDType
  /** The same on numbers (booleans are 0 and 1), for folding constants. */
  readonly fold?: (...x: number[]) => number
}

/** Broadcast arguments of one type and combine them; `make` gets tensors that broadcast against each other. */
export function elementwise(dag: Dag, vals: readonly Val[], make: (...values: Value[]) => Value, options: Elementwise = {}): Val {
  const shape = broadcastShapes(vals.map((v) => v.shape))
  const maps = unionMaps(vals)
  const dtype = options.dtype ?? vals[0]!.dtype
  const weak = vals.every((v) => v.weak)
  const size = count(shape) * count(maps.map((m) => m.length))
  if (count(shape) === 0) return empty(dag, { ...vals[0]!, dtype, weak }, shape)
  if (options.fold && size <= KNOWN_LIMIT && vals.every((v) => v.known)) {
    const folded = foldWithin(dag, vals, dtype, shape, maps, options.fold)
    if (folded) return folded
  }
  const aligned = align(dag, vals, shape.length)
  return { dtype, shape, maps, batched: aligned.batched, weak, value: make(...aligned.values) }
}

/** Folding is left to ONNX Runtime where an integer would leave the range that numbers here hold exactly. */
function foldWithin(dag: Dag, vals: readonly Val[], dtype: ExprDType, shape: readonly number[], maps: Val['maps'], fold: (...x: number[]) => number): Val | undefined {
  if (vals.some((v) => v.dtype === 'float32')) return undefined
  let exact = true
  const folded = foldElements(dag, vals, dtype, shape, maps, (...x) => {
    const y = fold(...x)
    if (dtype !== 'int64') return y
    if (!Number.isSafeInteger(y)) exact = false
    return exact ? y + 0 : 0 // No -0 among integers.
  })
  return exact ? folded : undefined
}

/** Cast arguments to their common type, then combine. */
export function numeric(dag: Dag, vals: readonly Val[], make: (...values: Value[]) => Value, options: Elementwise = {}): Val {
  const { dtype } = promoteNumbers(vals)
  return elementwise(dag, vals.map((v) => cast(dag, v, dtype, v.weak)), make, options)
}

/** One operator of ONNX. */
export const op = (dag: Dag, opType: string) => (...values: Value[]): Value => dag.op(opType, values)

/** `c ? a : b` element by element. ONNX Runtime has no Where of booleans. */
export function where(dag: Dag, condition: Val, a: Val, b: Val): Val {
  if (condition.dtype !== 'bool') throw mismatch(`a condition is a bool, not ${describe(condition)}; compare it, as in x != 0`)
  const { dtype, weak } = promote([a, b])
  const fold = (c: number, x: number, y: number) => (c !== 0 ? x : y)
  if (dtype === 'bool') {
    return elementwise(dag, [condition, a, b], (c, x, y) => dag.op('Or', [dag.op('And', [c, x]), dag.op('And', [dag.op('Not', [c]), y])]), { dtype, fold })
  }
  const branches = [cast(dag, a, dtype, weak), cast(dag, b, dtype, weak)]
  return { ...elementwise(dag, [condition, ...branches], op(dag, 'Where'), { dtype, fold }), weak }
}

/** `and`, `or`, exclusive or. */
export function logical(dag: Dag, opType: 'And' | 'Or' | 'Xor', word: string, a: Val, b: Val): Val {
  for (const v of [a, b]) requireBool(v, word)
  const fold = { And: (x: number, y: number) => x & y, Or: (x: number, y: number) => x | y, Xor: (x: number, y: number) => x ^ y }[opType]
  return elementwise(dag, [a, b], op(dag, opType), { fold })
}

export function not(dag: Dag, v: Val): Val {
  requireBool(v, 'not')
  return elementwise(dag, [v], op(dag, 'Not'), { fold: (x) => 1 - x })
}

function requireBool(v: Val, word: string): void {
  if (v.dtype !== 'bool') throw mismatch(`\`${word}\` takes bool, not ${describe(v)}; compare it first, as in x != 0`)
}
