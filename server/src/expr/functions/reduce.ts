/** Reductions over the axes of one datum: over all of them when no axis is given. */
import type { Dag } from '../../onnx/dag.ts'
import { divide, multiply, subtract } from '../arithmetic.ts'
import { equal } from '../compare.ts'
import { constant, filled, scalar } from '../constant.ts'
import { elementwise, not, op } from '../elementwise.ts'
import { cast, insertOwn, reshapeOwn } from '../layout.ts'
import { calculator, type Float } from '../numerics.ts'
import { floatType } from '../promote.ts'
import { anyOrAll, arg, reduce, sum, type Over } from '../reduce.ts'
import { count, misshapen, outerRank, type Val } from '../value.ts'
import { axisAll, define, fixed, keepdims, value, type Arguments, type FunctionDef } from './define.ts'

const GROUP = 'reductions'

function reduction(name: string, doc: string, example: string, make: (dag: Dag, x: Val, over: Over, args: Arguments) => Val): FunctionDef {
  return define(GROUP, name, [value('x'), axisAll, keepdims], doc, example, (args) => {
    const x = args.number('x')
    return make(args.dag, { ...x, weak: false }, args.over(x), args)
  })
}

const asFloat = (dag: Dag, x: Val): Val => cast(dag, x, floatType(x).dtype)

export function mean(dag: Dag, x: Val, over: Over): Val {
  return reduce(dag, 'ReduceMean', asFloat(dag, x), over, NaN)
}

/** Mean square distance from the mean, divided by the number of elements less `correction`. */
function variance(dag: Dag, x: Val, over: Over, correction: number): Val {
  const v = asFloat(dag, x)
  const centred = subtract(dag, v, mean(dag, v, { axes: over.axes, keepdims: true }))
  const n = count(over.axes.map((axis) => v.shape[axis]!)) - correction
  return divide(dag, sum(dag, multiply(dag, centred, centred), over), constant(dag, 'int64', [], [n], { weak: true }))
}

export const squareRoot = (dag: Dag, x: Val): Val => elementwise(dag, [x], op(dag, 'Sqrt'))

/** Largest or smallest; of booleans a bool. NaN where one is NaN, as in NumPy: ONNX Runtime passes over it, depending on where it stands. */
export function extremum(dag: Dag, opType: 'ReduceMax' | 'ReduceMin', x: Val, over: Over): Val {
  if (x.dtype === 'bool') return anyOrAll(dag, x, over, opType === 'ReduceMax' ? 'any' : 'all')
  const found = reduce(dag, opType, x, over)
  if (x.dtype === 'int64' || over.axes.length === 0 || count(x.shape) === 0) return found
  const undefinedOnes = anyOrAll(dag, elementwise(dag, [x], op(dag, 'IsNaN'), { dtype: 'bool' }), over, 'any')
  return elementwise(dag, [undefinedOnes, found], (flag, value) => dag.op('Where', [flag, calculator(dag, x.dtype as Float).number(NaN), value]), { dtype: x.dtype })
}

/** log(sum(exp(x))) without overflow. */
export function logSumExp(dag: Dag, x: Val, over: Over): Val {
  const v = asFloat(dag, x)
  const largest = reduce(dag, 'ReduceMax', v, { axes: over.axes, keepdims: true })
  // An infinite maximum would make inf - inf.
  const shift = elementwise(dag, [largest], (m) => {
    const k = calculator(dag, v.dtype as Float)
    return k.where(dag.op('IsInf', [m]), k.number(0), m)
  })
  const total = sum(dag, elementwise(dag, [subtract(dag, v, shift)], op(dag, 'Exp')), over)
  const back = over.keepdims ? shift : reduce(dag, 'ReduceMax', shift, over)
  return elementwise(dag, [elementwise(dag, [total], op(dag, 'Log')), back], op(dag, 'Add'))
}

function position(name: 'argmax' | 'argmin', doc: string): FunctionDef {
  return define(GROUP, name, [value('x'), axisAll, keepdims], doc, `${name}(logits)`, (args) => {
    const x = args.number('x')
    const opType = name === 'argmax' ? 'ArgMax' : 'ArgMin'
    if (args.has('axis')) return arg(args.dag, opType, x, args.axis('axis', x.shape.length), args.flag('keepdims'))
    const flat = arg(args.dag, opType, reshapeOwn(args.dag, x, [count(x.shape)]), 0, false)
    return args.flag('keepdims') ? reshapeOwn(args.dag, flat, x.shape.map(() => 1)) : flat
  })
}

/** The axis along which a running total goes: the only one when none is given. */
function scanAxis(args: Arguments, x: Val): number {
  if (x.shape.length === 0) throw misshapen('a scalar has no axis to run along')
  if (!args.has('axis') && x.shape.length > 1) throw misshapen(`the array has ${x.shape.length} axes; say along which, as in axis=-1`)
  return args.axis('axis', x.shape.length, 0)
}

function cumulativeSum(args: Arguments): Val {
  const { dag } = args
  const given = args.number('x')
  const axis = scanAxis(args, given)
  const x = given.dtype === 'bool' ? cast(dag, given, 'int64') : given
  if (count(x.shape) === 0) return x
  const value = dag.op('CumSum', [x.value, scalar(dag, 'int64', axis + outerRank(x))])
  return { dtype: x.dtype, shape: x.shape, maps: x.maps, batched: x.batched, weak: false, value }
}

/** A product for every prefix: elements beyond it count as 1. */
function cumulativeProduct(args: Arguments): Val {
  const { dag } = args
  const given = args.number('x')
  const axis = scanAxis(args, given)
  const x = given.dtype === 'bool' ? cast(dag, given, 'int64') : given
  const n = x.shape[axis]!
  if (n === 0) return x
  const below = Array.from({ length: n * n }, (_, i) => Number(i % n <= Math.floor(i / n)))
  const mask = constant(dag, 'bool', [n, n, ...new Array<number>(x.shape.length - axis - 1).fill(1)], below)
  const prefixes = elementwise(dag, [mask, insertOwn(dag, x, axis), cast(dag, filled(dag, 'int64', [], 1), x.dtype)], op(dag, 'Where'), { dtype: x.dtype })
  return reduce(dag, 'ReduceProd', prefixes, { axes: [axis + 1], keepdims: false })
}

export const reductions: readonly FunctionDef[] = [
  reduction('sum', 'Sum of the elements; booleans count as 0 and 1.', 'sum(tokens == "(")', sum),
  reduction('prod', 'Product of the elements.', 'prod(x)', (dag, x, over) => reduce(dag, 'ReduceProd', x.dtype === 'bool' ? cast(dag, x, 'int64') : x, over, 1)),
  reduction('mean', 'Mean of the elements.', 'mean(x, axis=-1)', mean),
  reduction('max', 'Largest element.', 'max(logits)', (dag, x, over) => extremum(dag, 'ReduceMax', x, over)),
  reduction('min', 'Smallest element.', 'min(x)', (dag, x, over) => extremum(dag, 'ReduceMin', x, over)),
  reduction('any', 'True if some element is.', 'any(tokens == "[end]")', (dag, x, over) => anyOrAll(dag, x, over, 'any')),
  reduction('all', 'True if every element is.', 'all(2 * opens <= parens)', (dag, x, over) => anyOrAll(dag, x, over, 'all')),
  reduction('count_nonzero', 'How many elements are not zero.', 'count_nonzero(x)', (dag, x, over) =>
    sum(dag, x.dtype === 'bool' ? x : not(dag, equal(dag, x, constant(dag, 'int64', [], [0], { weak: true }), () => {})), over)),
  reduction('logsumexp', 'log(sum(exp(x))) without overflow.', 'logsumexp(logits)', logSumExp),
  reduction('norm', 'Euclidean length.', 'norm(x, axis=-1)', (dag, x, over) => {
    const v = asFloat(dag, x)
    return squareRoot(dag, sum(dag, multiply(dag, v, v), over))
  }),
  define(GROUP, 'var', [value('x'), axisAll, fixed('correction', '0'), keepdims], 'Variance: the sum of squares is divided by n - correction.', 'var(x)', (args) =>
    variance(args.dag, args.number('x'), args.over(args.number('x')), args.real('correction', 0))),
  define(GROUP, 'std', [value('x'), axisAll, fixed('correction', '0'), keepdims], 'Standard deviation: the root of var.', 'std(x)', (args) =>
    squareRoot(args.dag, variance(args.dag, args.number('x'), args.over(args.number('x')), args.real('correction', 0)))),
  position('argmax', 'Position of the largest element, the first of equals; without axis, in the flattened array.'),
  position('argmin', 'Position of the smallest element, the first of equals; without axis, in the flattened array.'),
  define(GROUP, 'cumulative_sum', [value('x'), axisAll], 'Running total along an axis; the first element is x[0].', 'cumulative_sum(open)', cumulativeSum),
  define(GROUP, 'cumulative_prod', [value('x'), axisAll], 'Running product along an axis.', 'cumulative_prod(x)', cumulativeProduct),
]

