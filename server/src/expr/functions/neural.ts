/** Functions of networks. float32 stays float32; whole numbers become float64. */
import { attr, type Value } from '../../onnx/dag.ts'
import { add, divide, matmul, multiply, subtract } from '../arithmetic.ts'
import { equal } from '../compare.ts'
import { constant } from '../constant.ts'
import { elementwise } from '../elementwise.ts'
import { broadcastShapes, cast, insertOwn } from '../layout.ts'
import { calculator, softplus, type Float } from '../numerics.ts'
import { floatType } from '../promote.ts'
import { overLast, sum } from '../reduce.ts'
import { describe, mismatch, misshapen, outerRank, type Val } from '../value.ts'
import { axisLast, define, fixed, optionalValue, value, type Arguments, type FunctionDef } from './define.ts'
import { floatFunction } from './math.ts'
import { mean, squareRoot } from './reduce.ts'

const GROUP = 'networks'
const LINEAR = 'linear algebra'

/** Softmax or LogSoftmax of ONNX along an own axis. */
function alongAxis(name: string, opType: string, doc: string): FunctionDef {
  return define(GROUP, name, [value('x'), axisLast], doc, `${name}(logits)`, (args) => {
    const x = floats(args, 'x')
    const axis = args.axis('axis', x.shape.length, -1)
    return { ...elementwise(args.dag, [x], (v) => args.dag.op(opType, [v], { axis: attr.int(axis + outerRank(x)) })), weak: false }
  })
}

function floats(args: Arguments, name: string): Val {
  const x = args.number(name)
  return cast(args.dag, x, floatType(x).dtype)
}

/** In float64 written out: ONNX Runtime fuses x * Sigmoid(x) into an operator that it has for float32 only. */
function sigmoid(args: Arguments, x: Value, dtype: Float): Value {
  const k = calculator(args.dag, dtype)
  return dtype === 'float32' ? args.dag.op('Sigmoid', [x]) : k.div(k.number(1), k.add(k.number(1), k.exp(k.neg(x))))
}

/** x times the standard normal distribution function; ONNX Runtime has erf of float32 only. */
function gelu(args: Arguments): Val {
  const approximate = args.has('approximate') ? args.text('approximate') : 'none'
  if (approximate !== 'none' && approximate !== 'tanh') args.fail('approximate', mismatch('approximate is "none" or "tanh"'))
  return floatFunction(args, 'x', (x, dtype) => {
    const k = calculator(args.dag, dtype)
    if (approximate === 'tanh') {
      const cubic = k.mul(k.number(0.044715), k.mul(x, k.mul(x, x)))
      const inner = k.mul(k.number(Math.sqrt(2 / Math.PI)), k.add(x, cubic))
      return k.mul(k.mul(k.number(0.5), x), k.add(k.number(1), args.dag.op('Tanh', [inner])))
    }
    const scaled = k.div(x, k.number(Math.SQRT2))
    const erf = dtype === 'float32' ? args.dag.op('Erf', [scaled]) : args.dag.op('Cast', [args.dag.op('Erf', [args.dag.op('Cast', [scaled], { to: attr.int(1) })])], { to: attr.int(11) })
    return k.mul(k.mul(k.number(0.5), x), k.add(k.number(1), erf))
  })
}

/** Scale and bias, where given, after a normalisation. */
function affine(args: Arguments, normalised: Val): Val {
  const scaled = args.has('scale') ? multiply(args.dag, normalised, args.number('scale')) : normalised
  return args.has('bias') ? add(args.dag, scaled, args.number('bias')) : scaled
}

function normalise(args: Arguments, centred: Val): Val {
  const { dag } = args
  const power = mean(dag, multiply(dag, centred, centred), overLast(centred))
  const epsilon = constant(dag, 'float64', [], [args.real('epsilon', 1e-5)], { weak: true })
  return affine(args, divide(dag, centred, squareRoot(dag, add(dag, power, epsilon))))
}

function withAxes(args: Arguments, name: string): Val {
  const x = floats(args, name)
  return x.shape.length === 0 ? args.fail(name, misshapen('a scalar has no axis to normalise over')) : x
}

function vecdot(args: Arguments): Val {
  const { dag } = args
  const [a, b] = [args.number('x1'), args.number('x2')]
  const shape = broadcastShapes([a.shape, b.shape])
  const axis = args.axis('axis', shape.length, -1)
  return sum(dag, multiply(dag, a, b), { axes: [axis], keepdims: false })
}

function oneHot(args: Arguments): Val {
  const { dag } = args
  const x = args.number('x')
  if (x.dtype !== 'int64') args.fail('x', mismatch(`one_hot takes an int64, not ${describe(x)}`))
  const classes = args.int('num_classes')
  if (classes < 1) args.fail('num_classes', misshapen('there is at least one class'))
  const numbers = constant(dag, 'int64', [classes], Array.from({ length: classes }, (_, i) => i))
  return cast(dag, equal(dag, insertOwn(dag, x, x.shape.length), numbers, args.warn), 'int64')
}

export const neural: readonly FunctionDef[] = [
  alongAxis('softmax', 'Softmax', 'Probabilities from logits.'),
  alongAxis('log_softmax', 'LogSoftmax', 'Logarithms of the probabilities.'),
  define(GROUP, 'sigmoid', [value('x')], '1 / (1 + exp(-x)).', 'sigmoid(logit)', (args) => floatFunction(args, 'x', (x, dtype) => sigmoid(args, x, dtype))),
  define(GROUP, 'softplus', [value('x')], 'log(1 + exp(x)).', 'softplus(x)', (args) => floatFunction(args, 'x', (x, dtype) => softplus(args.dag, dtype, x))),
  define(GROUP, 'relu', [value('x')], 'x where it is positive, 0 elsewhere; keeps whole numbers.', 'relu(x)', (args) => {
    const x = args.number('x')
    return { ...elementwise(args.dag, [x.dtype === 'bool' ? cast(args.dag, x, 'int64') : x], (v) => args.dag.op('Relu', [v])), weak: false }
  }),
  define(GROUP, 'gelu', [value('x'), fixed('approximate', '"none"')], 'x times the normal distribution function; its erf has float32 precision.', 'gelu(x)', gelu),
  define(GROUP, 'silu', [value('x')], 'x * sigmoid(x).', 'silu(x)', (args) => floatFunction(args, 'x', (x, dtype) => args.dag.op('Mul', [x, sigmoid(args, x, dtype)]))),
  define(GROUP, 'layer_norm', [value('x'), optionalValue('scale'), optionalValue('bias'), fixed('epsilon', '1e-5')], 'Centred and scaled to unit variance over the last axis.', 'layer_norm(x)', (args) => {
    const x = withAxes(args, 'x')
    return normalise(args, subtract(args.dag, x, mean(args.dag, x, overLast(x))))
  }),
  define(GROUP, 'rms_norm', [value('x'), optionalValue('scale'), fixed('epsilon', '1e-5')], 'Scaled to unit mean square over the last axis.', 'rms_norm(x)', (args) => normalise(args, withAxes(args, 'x'))),
  define(GROUP, 'one_hot', [value('x'), fixed('num_classes')], 'A last axis that is 1 at x and 0 elsewhere.', 'one_hot(token, 5)', oneHot),
  define(LINEAR, 'matmul', [value('x1'), value('x2')], 'The matrix product x1 @ x2.', 'matmul(a, b)', (args) => matmul(args.dag, args.number('x1'), args.number('x2'))),
  define(LINEAR, 'dot', [value('x1'), value('x2')], 'The product of vectors or matrices, as x1 @ x2.', 'dot(x, direction)', (args) => matmul(args.dag, args.number('x1'), args.number('x2'))),
  define(LINEAR, 'vecdot', [value('x1'), value('x2'), axisLast], 'Sum of products along an axis.', 'vecdot(x, y)', vecdot),
  define(LINEAR, 'outer', [value('x1'), value('x2')], 'Every product of an element of x1 and one of x2.', 'outer(x, y)', (args) => {
    const [a, b] = [args.number('x1'), args.number('x2')]
    for (const [name, v] of [['x1', a], ['x2', b]] as const) if (v.shape.length !== 1) args.fail(name, misshapen(`outer takes arrays of one axis, not ${describe(v)}`))
    return multiply(args.dag, insertOwn(args.dag, a, 1), b)
  }),
]

