/** Comparison, logic and choice as functions. */
import { choose } from '../combine.ts'
import { compare } from '../compare.ts'
import { elementwise, logical, not, numeric, op } from '../elementwise.ts'
import { cast } from '../layout.ts'
import { mismatch, type Val } from '../value.ts'
import { define, optionalValue, value, type Arguments, type FunctionDef } from './define.ts'

const GROUP = 'comparison and logic'

const comparison = (name: string, operator: '==' | '!=' | '<' | '<=' | '>' | '>=', doc: string): FunctionDef =>
  define(GROUP, name, [value('x1'), value('x2')], doc, `${name}(a, b)`, (args) => compare(args.dag, operator, args.value('x1'), args.value('x2'), args.warn))

const connective = (name: string, opType: 'And' | 'Or' | 'Xor', doc: string): FunctionDef =>
  define(GROUP, name, [value('x1'), value('x2')], doc, `${name}(a, b)`, (args) => logical(args.dag, opType, name, args.value('x1'), args.value('x2')))

/** The smaller or larger, element by element; NaN wins, as in NumPy. */
export function extreme(args: Arguments, opType: 'Min' | 'Max', a: Val, b: Val): Val {
  const fold = opType === 'Min' ? Math.min : Math.max
  return { ...numeric(args.dag, [a, b], op(args.dag, opType), { fold: (x, y) => fold(x, y) }), weak: false }
}

/** Whole numbers are never NaN or infinite. */
function test(name: string, doc: string, make: (args: Arguments, x: Val) => Val): FunctionDef {
  return define(GROUP, name, [value('x')], doc, `${name}(x)`, (args) => {
    const x = args.number('x')
    return { ...make(args, x.dtype === 'bool' || x.dtype === 'int64' ? cast(args.dag, x, 'float64') : x), weak: false }
  })
}

export const logic: readonly FunctionDef[] = [
  comparison('equal', '==', 'x1 == x2, element by element.'),
  comparison('not_equal', '!=', 'x1 != x2, element by element.'),
  comparison('less', '<', 'x1 < x2, element by element.'),
  comparison('less_equal', '<=', 'x1 <= x2, element by element.'),
  comparison('greater', '>', 'x1 > x2, element by element.'),
  comparison('greater_equal', '>=', 'x1 >= x2, element by element.'),
  connective('logical_and', 'And', 'x1 and x2, element by element.'),
  connective('logical_or', 'Or', 'x1 or x2, element by element.'),
  connective('logical_xor', 'Xor', 'True where exactly one is.'),
  define(GROUP, 'logical_not', [value('x')], 'not x, element by element.', 'logical_not(a)', (args) => not(args.dag, args.value('x'))),
  define(GROUP, 'where', [value('condition'), value('x1'), value('x2')], 'x1 where the condition holds, x2 elsewhere; both are computed.', 'where(z1 > 3, z1, 0)', (args) => {
    const condition = args.value('condition')
    if (condition.dtype !== 'bool') args.fail('condition', mismatch('the condition of where is a bool; compare it, as in x != 0'))
    return { ...choose(args.dag, condition, args.value('x1'), args.value('x2')), weak: false }
  }),
  define(GROUP, 'minimum', [value('x1'), value('x2')], 'The smaller of two, element by element.', 'minimum(z1, z2)', (args) => extreme(args, 'Min', args.number('x1'), args.number('x2'))),
  define(GROUP, 'maximum', [value('x1'), value('x2')], 'The larger of two, element by element.', 'maximum(z1, z2)', (args) => extreme(args, 'Max', args.number('x1'), args.number('x2'))),
  define(GROUP, 'clip', [value('x'), optionalValue('min'), optionalValue('max')], 'x held between min and max.', 'clip(x, 0, 1)', (args) => {
    const [low, high] = [args.has('min') ? args.number('min') : undefined, args.has('max') ? args.number('max') : undefined]
    const raised = low ? extreme(args, 'Max', args.number('x'), low) : args.number('x')
    return high ? extreme(args, 'Min', raised, high) : raised
  }),
  test('isnan', 'True where x is not a number.', (args, x) => elementwise(args.dag, [x], op(args.dag, 'IsNaN'), { dtype: 'bool' })),
  test('isinf', 'True where x is infinite.', (args, x) => elementwise(args.dag, [x], op(args.dag, 'IsInf'), { dtype: 'bool' })),
  test('isfinite', 'True where x is neither NaN nor infinite.', (args, x) =>
    elementwise(args.dag, [x], (v) => args.dag.op('Not', [args.dag.op('Or', [args.dag.op('IsNaN', [v]), args.dag.op('IsInf', [v])])]), { dtype: 'bool' })),
]

