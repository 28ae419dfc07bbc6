/** Losses: computed in float64 whatever the logits are, and exact however small they get. */
import { add, multiply, subtract } from '../arithmetic.ts'
import { equal, order } from '../compare.ts'
import { constant } from '../constant.ts'
import { elementwise, logical, op, where } from '../elementwise.ts'
import { broadcastShapes, cast, dropOwn, insertOwn, permuteOwn } from '../layout.ts'
import { calculator, expm1MinusX, log1p } from '../numerics.ts'
import { arg, reduce, sum } from '../reduce.ts'
import { describe, mismatch, misshapen, type Val } from '../value.ts'
import { axisLast, define, value, type Arguments, type FunctionDef } from './define.ts'
import { mean } from './reduce.ts'
import { takeAlong } from './select.ts'

const GROUP = 'losses'

const float64 = (args: Arguments, name: string): Val => cast(args.dag, args.number(name), 'float64')

const never = (): void => {}

/** max(z, 0) - z t + log(1 + exp(-|z|)); where t is 0 or 1 without cancellation, and right at infinity. */
function binaryCrossEntropy(args: Arguments): Val {
  const { dag } = args
  const [logit, target] = [float64(args, 'logit'), float64(args, 'target')]
  return {
    ...elementwise(dag, [logit, target], (z, t) => {
      const k = calculator(dag, 'float64')
      const mixed = k.sub(k.relu(z), k.mul(z, t))
      const linear = k.where(k.equal(t, k.number(1)), k.relu(k.neg(z)), k.where(k.equal(t, k.number(0)), k.relu(z), mixed))
      return k.add(linear, log1p(dag, 'float64', k.exp(k.neg(k.abs(z)))))
    }),
    weak: false,
  }
}

/** The named axis last. */
function axisToLast(args: Arguments, x: Val): Val {
  if (x.shape.length === 0) args.fail('logits', misshapen('logits have an axis of classes, but this is a scalar; for one logit use binary_cross_entropy'))
  const axis = args.axis('axis', x.shape.length, -1)
  const rest = x.shape.flatMap((_, i) => (i === axis ? [] : [i]))
  return permuteOwn(args.dag, x, [...rest, axis])
}

/** Largest logit and log of the sum of exponentials relative to it, over the last axis, which goes; exact near 0. */
function partition(args: Arguments, z: Val): { readonly largest: Val; readonly logSum: Val } {
  const { dag } = args
  const last = z.shape.length - 1
  const kept = { axes: [last], keepdims: true }
  const largest = reduce(dag, 'ReduceMax', z, kept)
  const classes = constant(dag, 'int64', [z.shape[last]!], Array.from({ length: z.shape[last]! }, (_, i) => i))
  const isLargest = equal(dag, classes, arg(dag, 'ArgMax', z, last, true), never)
  const zero = constant(dag, 'float64', [], [0])
  const others = where(dag, isLargest, zero, elementwise(dag, [subtract(dag, z, largest)], op(dag, 'Exp')))
  const rest = sum(dag, others, { axes: [last], keepdims: false })
  return { largest: dropOwn(dag, largest, last), logSum: elementwise(dag, [rest], (r) => log1p(dag, 'float64', r)) }
}

/** log(sum(exp(logits))) - logits[index]; NaN for an index that is no class. */
function crossEntropy(args: Arguments): Val {
  const { dag } = args
  const z = axisToLast(args, float64(args, 'logits'))
  const index = args.number('index')
  if (index.dtype !== 'int64') args.fail('index', mismatch(`index is the int64 number of a class, not ${describe(index)}`))
  const classes = z.shape[z.shape.length - 1]!
  if (index.shape.length !== z.shape.length - 1) {
    args.fail('index', misshapen(`index has one axis less than logits: ${describe(index)} does not fit ${describe(args.value('logits'))}`))
  }
  broadcastShapes([index.shape, z.shape.slice(0, -1)])
  const { largest, logSum } = partition(args, z)
  const picked = takeAlong(dag, z, insertOwn(dag, index, index.shape.length), index.shape.length)
  const loss = add(dag, subtract(dag, largest, dropOwn(dag, picked, index.shape.length)), logSum)
  const whole = (n: number) => constant(dag, 'int64', [], [n])
  const valid = logical(dag, 'And', 'and', order(dag, '>=', index, whole(0)), order(dag, '<', index, whole(classes)))
  return where(dag, valid, loss, constant(dag, 'float64', [], [NaN]))
}

/** sum p (exp(d) - 1 - d) with d = log q - log p: every term is positive, so that nothing cancels. */
function klDivergence(args: Arguments): Val {
  const { dag } = args
  const logProbabilities = (name: string): Val => {
    const z = axisToLast(args, float64(args, name))
    const { largest, logSum } = partition(args, z)
    const rank = largest.shape.length
    return subtract(dag, subtract(dag, z, insertOwn(dag, largest, rank)), insertOwn(dag, logSum, rank))
  }
  const [q, p] = [logProbabilities('logits'), logProbabilities('target_logits')]
  const terms = elementwise(dag, [q, p], (logQ, logP) => {
    const k = calculator(dag, 'float64')
    const near = k.mul(k.exp(logP), expm1MinusX(dag, k.sub(logQ, logP)))
    // Where p is nothing, q is all that is left of the term; exp(d) would overflow.
    return k.where(k.less(logP, k.number(-600)), k.exp(logQ), near)
  })
  return sum(dag, terms, { axes: [terms.shape.length - 1], keepdims: false })
}

function meanOf(name: string, doc: string, shape: (args: Arguments, difference: Val) => Val): FunctionDef {
  return define(GROUP, name, [value('x'), value('target')], doc, `${name}(output, label)`, (args) => {
    const difference = shape(args, subtract(args.dag, float64(args, 'x'), float64(args, 'target')))
    return mean(args.dag, difference, { axes: difference.shape.map((_, axis) => axis), keepdims: false })
  })
}

export const losses: readonly FunctionDef[] = [
  define(GROUP, 'binary_cross_entropy', [value('logit'), value('target')], 'Cross entropy of a logit against a bool or a probability, element by element.', 'binary_cross_entropy(logit, label)', binaryCrossEntropy),
  define(GROUP, 'cross_entropy', [value('logits'), value('index'), axisLast], 'Minus the log probability of the right class; NaN where index is no class.', 'cross_entropy(logits, label)', crossEntropy),
  define(GROUP, 'kl_div', [value('logits'), value('target_logits'), axisLast], 'KL(softmax(target_logits) || softmax(logits)): how far logits are from the target.', 'kl_div(logits, model.logits)', klDivergence),
  meanOf('mse', 'Mean square difference over the datum.', (args, d) => multiply(args.dag, d, d)),
  meanOf('mae', 'Mean absolute difference over the datum.', (args, d) => elementwise(args.dag, [d], op(args.dag, 'Abs'))),
]
