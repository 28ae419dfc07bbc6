/** Arrays from nothing, and changes of type. Shapes are those of one datum. */
import type { ExprDType } from '../types.ts'
import { checkSize, constant, filled } from '../constant.ts'
import { cast, expandTo } from '../layout.ts'
import { fromTensor, fromWeight } from '../outside.ts'
import { count, describe, mismatch, misshapen, Problem, type Val } from '../value.ts'
import { define, fixed, value, type Arguments, type FunctionDef } from './define.ts'

const GROUP = 'making arrays'
const TYPES = 'types and lengths'

const DTYPES = ['bool', 'int64', 'float32', 'float64'] as const

function dtype(args: Arguments, fallback: ExprDType): ExprDType {
  if (!args.has('dtype')) return fallback
  const text = args.text('dtype')
  const found = DTYPES.find((name) => name === text)
  return found ?? args.fail('dtype', mismatch(`dtype is one of ${DTYPES.map((name) => `"${name}"`).join(', ')}`))
}

const filling = (name: string, element: number, doc: string): FunctionDef =>
  define(GROUP, name, [fixed('shape'), fixed('dtype', '"float64"')], doc, `${name}((2, 3))`, (args) => filled(args.dag, dtype(args, 'float64'), args.ints('shape'), element))

const likeness = (name: string, element: number, doc: string): FunctionDef =>
  define(GROUP, name, [value('x'), fixed('dtype', '…')], doc, `${name}(tokens)`, (args) => {
    const x = args.number('x')
    return filled(args.dag, dtype(args, x.dtype), x.shape, element)
  })

/** Whole numbers where start and step are. */
function evenly(args: Arguments, start: number, step: number, length: number): Val {
  checkSize([length])
  const elements = Array.from({ length }, (_, i) => start + i * step)
  return constant(args.dag, [start, step].every(Number.isSafeInteger) ? 'int64' : 'float64', [length], elements)
}

function arange(args: Arguments): Val {
  const one = !args.has('stop')
  const [start, stop] = one ? [0, args.real('start')] : [args.real('start'), args.real('stop')]
  const step = args.real('step', 1)
  if (step === 0) args.fail('step', misshapen('the step cannot be 0'))
  return evenly(args, start, step, Math.max(0, Math.ceil((stop - start) / step)))
}

function linspace(args: Arguments): Val {
  const [start, stop, length] = [args.real('start'), args.real('stop'), args.int('num')]
  checkSize([length])
  const elements = Array.from({ length }, (_, i) => (i === length - 1 && i > 0 ? stop : start + (i * (stop - start)) / Math.max(1, length - 1)))
  return constant(args.dag, 'float64', [length], elements)
}

function eye(args: Arguments): Val {
  const rows = args.int('n_rows')
  const columns = args.int('n_cols', rows)
  const k = args.int('k', 0)
  checkSize([rows, columns])
  const elements = Array.from({ length: rows * columns }, (_, i) => Number((i % columns) - Math.floor(i / columns) === k))
  return constant(args.dag, dtype(args, 'float64'), [rows, columns], elements)
}

const conversion = (name: ExprDType, doc: string): FunctionDef =>
  define(TYPES, name, [value('x')], doc, `${name}(x)`, (args) => cast(args.dag, args.number('x'), name))

export const creation: readonly FunctionDef[] = [
  filling('zeros', 0, 'An array of zeros.'),
  filling('ones', 1, 'An array of ones.'),
  define(GROUP, 'full', [fixed('shape'), value('fill_value')], 'One value everywhere.', 'full((3,), 7)', (args) => {
    const shape = args.ints('shape')
    checkSize(shape)
    const x = args.value('fill_value')
    if (x.shape.length > 0) args.fail('fill_value', misshapen(`fill_value is one number, not ${describe(x)}`))
    return { ...expandTo(args.dag, x, shape, x.maps), weak: false }
  }),
  likeness('zeros_like', 0, 'Zeros in the shape and type of x.'),
  likeness('ones_like', 1, 'Ones in the shape and type of x.'),
  define(GROUP, 'full_like', [value('x'), value('fill_value')], 'One value everywhere, in the shape and type of x.', 'full_like(tokens, 7)', (args) => {
    const x = args.number('x')
    const fill = args.number('fill_value')
    if (fill.shape.length > 0) args.fail('fill_value', misshapen(`fill_value is one number, not ${describe(fill)}`))
    return expandTo(args.dag, cast(args.dag, fill, x.dtype), x.shape, fill.maps)
  }),
  define(GROUP, 'arange', [fixed('start'), fixed('stop', '…'), fixed('step', '1')], 'Numbers in steps, without stop; arange(n) starts at 0.', 'arange(10)', arange),
  define(GROUP, 'range', [fixed('start'), fixed('stop', '…'), fixed('step', '1')], 'Whole numbers in steps, without stop: a set, or an array.', 'range(42)', arange),
  define(GROUP, 'linspace', [fixed('start'), fixed('stop'), fixed('num')], 'num numbers from start to stop, both included.', 'linspace(0, 1, 11)', linspace),
  define(GROUP, 'eye', [fixed('n_rows'), fixed('n_cols', '…'), fixed('k', '0'), fixed('dtype', '"float64"')], 'Ones on the k-th diagonal, zeros elsewhere.', 'eye(3)', eye),
  define(GROUP, 'load', [fixed('path')], 'A constant array from an .npy file beside this one.', 'load("direction.npy")', (args) => {
    const tensor = args.context.load(args.text('path'), args.span('path')!)
    return tensor && fromTensor(args.dag, tensor)
  }),
  define(GROUP, 'weight', [fixed('name')], "One of the model's own weights.", 'weight("W_E")', (args) => {
    const found = args.context.weight(args.text('name'), args.span('name')!)
    return found && fromWeight(args.dag, found)
  }),
  conversion('bool', 'True where x is not zero.'),
  conversion('int64', 'The whole number towards zero.'),
  conversion('float32', 'The nearest 32-bit float.'),
  conversion('float64', 'A 64-bit float.'),
  define(TYPES, 'astype', [value('x'), fixed('dtype')], 'x as another type.', 'astype(x, "float64")', (args) => cast(args.dag, args.number('x'), dtype(args, 'float64'))),
  define(TYPES, 'len', [value('x')], 'The length of the first axis.', 'len(tokens)', (args) => {
    const { shape } = args.value('x')
    if (shape.length === 0) throw new Problem('type-mismatch', 'a scalar has no length', args.span('x'))
    return constant(args.dag, 'int64', [], [shape[0]!], { weak: true })
  }),
  define(TYPES, 'size', [value('x')], 'The number of elements of one datum.', 'size(x)', (args) => constant(args.dag, 'int64', [], [count(args.value('x').shape)], { weak: true })),
]

