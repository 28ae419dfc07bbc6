/** Integer arithmetic on values that are computed from shapes: elementwise, with broadcasting. */
import type { Dim } from '../types.ts'
import { type Known, intsOf, MOST_VALUES } from './context.ts'
import { add, divideExactly, divideDown, isNonNegative, multiply, subtract } from './dims.ts'

type Values = readonly Dim[]
type Binary = (a: Dim, b: Dim) => Dim | undefined

const BINARY: Readonly<Record<string, Binary>> = {
  Add: add,
  Sub: subtract,
  Mul: multiply,
  Div: (a, b) => {
    if (b === 0) return undefined
    if (typeof a === 'number' && typeof b === 'number') return Math.trunc(a / b)
    return isNonNegative(a) && isNonNegative(b) ? divideDown(a, b) : divideExactly(a, b)
  },
  Mod: (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return b === 0 ? undefined : ((a % b) + b) % b
    return divideExactly(a, b) === undefined ? undefined : 0
  },
  Max: (a, b) => larger(a, b),
  Min: (a, b) => {
    const top = larger(a, b)
    return top === undefined ? undefined : top === a ? b : a
  },
  Equal: (a, b) => (a === b ? 1 : differs(a, b) || differs(b, a) ? 0 : undefined),
  Greater: (a, b) => greater(a, b),
  Less: (a, b) => greater(b, a),
  GreaterOrEqual: (a, b) => negate(greater(b, a)),
  LessOrEqual: (a, b) => negate(greater(a, b)),
  And: (a, b) => logical(a, b, (x, y) => x && y),
  Or: (a, b) => logical(a, b, (x, y) => x || y),
}

/** Values of an elementwise operator, undefined where an element cannot be told. */
export function elementwiseValues(
  opType: string, inputs: readonly (Known | undefined)[], shape: readonly Dim[],
): Values | undefined {
  const combine = BINARY[opType]
  if (combine === undefined) return undefined
  let result: Values | undefined
  for (const input of inputs) {
    const values = spread(input, shape)
    if (values === undefined) return undefined
    result = result === undefined ? values : zip(result, values, combine)
    if (result === undefined) return undefined
  }
  return result
}

/** Where(condition, a, b) on known values. */
export function chooseValues(inputs: readonly (Known | undefined)[], shape: readonly Dim[]): Values | undefined {
  const [condition, a, b] = inputs.map((input) => spread(input, shape))
  if (condition === undefined || a === undefined || b === undefined) return undefined
  const result = condition.map((which, index) => (which === 0 ? b[index] : typeof which === 'number' ? a[index] : undefined))
  return result.includes(undefined) ? undefined : (result as Dim[])
}

/** Values of an input repeated to a shape of known small size. */
export function spread(input: Known | undefined, shape: readonly Dim[]): Values | undefined {
  const values = intsOf(input)
  const from = input?.type.shape
  if (values === undefined || from === undefined) return undefined
  let count = 1
  for (const dim of shape) {
    if (typeof dim !== 'number') return undefined
    count *= dim
  }
  if (count > MOST_VALUES) return undefined
  if (values.length === count) return values
  if (values.length === 1) return new Array<Dim>(count).fill(values[0] as Dim)
  const result: Dim[] = []
  for (let index = 0; index < count; index++) {
    let rest = index
    let at = 0
    let stride = 1
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const length = shape[axis] as number
      const own = (from[axis - shape.length + from.length] ?? 1) as number
      if (own !== 1) at += (rest % length) * stride
      stride *= own
      rest = Math.floor(rest / length)
    }
    result.push(values[at] as Dim)
  }
  return result
}

function zip(a: Values, b: Values, combine: Binary): Values | undefined {
  const result: Dim[] = []
  for (let index = 0; index < a.length; index++) {
    const value = combine(a[index] as Dim, b[index] as Dim)
    if (value === undefined) return undefined
    result.push(value)
  }
  return result
}

/** A symbol counts as at least 1: lengths of axes that a model is really run with. */
function larger(a: Dim, b: Dim): Dim | undefined {
  if (typeof a === 'number' && typeof b === 'number') return Math.max(a, b)
  if (isNonNegative(subtract(a, b)) || (typeof b === 'number' && b <= 1 && isNonNegative(a))) return a
  if (isNonNegative(subtract(b, a)) || (typeof a === 'number' && a <= 1 && isNonNegative(b))) return b
  return undefined
}

function differs(a: Dim, b: Dim): boolean {
  const more = subtract(a, b)
  return typeof more === 'number' ? more !== 0 : isNonNegative(subtract(more, 1))
}

function greater(a: Dim, b: Dim): Dim | undefined {
  const more = subtract(a, b)
  if (typeof more === 'number') return more > 0 ? 1 : 0
  if (isNonNegative(subtract(more, 1))) return 1
  return isNonNegative(subtract(b, a)) ? 0 : undefined
}

function negate(value: Dim | undefined): Dim | undefined {
  return value === undefined ? undefined : value === 0 ? 1 : 0
}

function logical(a: Dim, b: Dim, combine: (x: boolean, y: boolean) => boolean): Dim | undefined {
  if (typeof a !== 'number' || typeof b !== 'number') return undefined
  return combine(a !== 0, b !== 0) ? 1 : 0
}
