/** Functions that choose elements: taking, sorting, searching, triangles. */
import { attr, type Dag } from '../../onnx/dag.ts'
import { subtract } from '../arithmetic.ts'
import { order } from '../compare.ts'
import { scalar } from '../constant.ts'
import { gather, slice } from '../gather.ts'
import { broadcastShapes, cast, expandTo, insertOwn, without } from '../layout.ts'
import { sum } from '../reduce.ts'
import { count, describe, misshapen, mismatch, outerRank, unionMaps, type Val } from '../value.ts'
import { axisAll, axisLast, define, fixed, value, type Arguments, type FunctionDef } from './define.ts'

const GROUP = 'choosing elements'

/** The axis given, the only one, or a finding. */
function theAxis(args: Arguments, x: Val): number {
  if (!args.has('axis') && x.shape.length !== 1) throw misshapen(`say which axis of ${describe(x)} is meant, as in axis=0`)
  return args.axis('axis', x.shape.length, 0)
}

/** `x` at `index` along one axis, element by element; the other axes broadcast. Positions are clamped into the axis. */
export function takeAlong(dag: Dag, x: Val, index: Val, axis: number): Val {
  const others = broadcastShapes([x.shape, index.shape].map((shape) => shape.map((dim, i) => (i === axis ? 1 : dim))))
  if (x.shape[axis] === 0) throw misshapen('there is nothing to take from: the axis has length 0')
  const maps = unionMaps([x, index])
  const like = x.batched ? x.value : index.batched ? index.value : undefined
  const [data, at] = [x, index].map((v) => expandTo(dag, v, others.map((dim, i) => (i === axis ? v.shape[i]! : dim)), maps, like))
  const dim = x.shape[axis]!
  const clamped = dag.op('Clip', [at!.value, scalar(dag, 'int64', -dim), scalar(dag, 'int64', dim - 1)])
  const value = dag.op('GatherElements', [data!.value, clamped], { axis: attr.int(axis + outerRank(data!)) })
  return { ...without(data!), weak: false, shape: at!.shape, value }
}

/** Elements in order, or their positions. Equal elements keep their order. */
function sorted(args: Arguments, which: 'values' | 'positions'): Val {
  const { dag } = args
  const given = args.number('x')
  if (given.shape.length === 0) args.fail('x', misshapen('a scalar cannot be sorted'))
  const axis = args.axis('axis', given.shape.length, -1)
  const n = given.shape[axis]!
  if (count(given.shape) === 0) return cast(dag, given, which === 'positions' ? 'int64' : given.dtype)
  const x = given.dtype === 'bool' ? cast(dag, given, 'int64') : given
  const attributes = { axis: attr.int(axis + outerRank(x)), largest: attr.int(args.flag('descending') ? 1 : 0), sorted: attr.int(1) }
  const [ordered, positions] = dag.call({ opType: 'TopK', domain: '', attributes, inputs: [x.value, dag.ints([n])], captures: new Map(), outputs: 2 })
  if (which === 'positions') return { ...without(x), dtype: 'int64', weak: false, value: positions! }
  return cast(dag, { ...without(x), weak: false, value: ordered! }, given.dtype)
}

function diff(args: Arguments): Val {
  const { dag } = args
  const x = args.number('x')
  if (x.shape.length === 0) args.fail('x', misshapen('a scalar has no differences'))
  const axis = args.axis('axis', x.shape.length, -1)
  const length = Math.max(0, x.shape[axis]! - 1)
  const part = (start: number) => slice(dag, x, new Map([[axis, { start, step: 1, length }]]))
  return subtract(dag, part(1), part(0))
}

/** Counting the smaller elements finds the place, whatever the length. */
function searchSorted(args: Arguments): Val {
  const { dag } = args
  const [x, v] = [args.number('x1'), args.number('x2')]
  if (x.shape.length !== 1) args.fail('x1', misshapen(`x1 has one axis, unlike ${describe(x)}`))
  const side = args.has('side') ? args.text('side') : 'left'
  if (side !== 'left' && side !== 'right') args.fail('side', mismatch('side is "left" or "right"'))
  const below = order(dag, side === 'left' ? '<' : '<=', x, insertOwn(dag, v, v.shape.length))
  return sum(dag, below, { axes: [v.shape.length], keepdims: false })
}

function triangle(args: Arguments, upper: boolean): Val {
  const x = args.value('x')
  if (x.shape.length < 2) args.fail('x', misshapen(`a triangle needs at least two axes; this is ${describe(x)}`))
  if (x.dtype === 'string') args.fail('x', mismatch('strings have no zero'))
  const value = args.dag.op('Trilu', [x.value, scalar(args.dag, 'int64', args.int('k', 0))], { upper: attr.int(upper ? 1 : 0) })
  return { ...without(x), weak: false, value }
}

export const selection: readonly FunctionDef[] = [
  define(GROUP, 'take', [value('x'), value('indices'), axisAll], 'The elements at some positions of an axis; x[indices] for the first.', 'take(x, [0, 2], axis=-1)', (args) =>
    gather(args.dag, args.value('x'), theAxis(args, args.value('x')), args.value('indices'))),
  define(GROUP, 'take_along_axis', [value('x'), value('indices'), axisLast], 'x at a position of its own for every row; positions outside take the nearest.', 'take_along_axis(x, argsort(x))', (args) => {
    const [x, index] = [args.value('x'), args.value('indices')]
    if (index.dtype !== 'int64') args.fail('indices', mismatch(`indices are int64, not ${describe(index)}`))
    if (index.shape.length !== x.shape.length) {
      args.fail('indices', misshapen(`indices have as many axes as x: ${describe(index)} against ${describe(x)}`))
    }
    return takeAlong(args.dag, x, index, args.axis('axis', x.shape.length, -1))
  }),
  define(GROUP, 'sort', [value('x'), axisLast, fixed('descending', 'false')], 'The elements in order, smallest first.', 'sort(x)', (args) => sorted(args, 'values')),
  define(GROUP, 'argsort', [value('x'), axisLast, fixed('descending', 'false')], 'The positions that put x in order.', 'argsort(x)', (args) => sorted(args, 'positions')),
  define(GROUP, 'diff', [value('x'), axisLast], 'Each element less the one before.', 'diff(x)', diff),
  define(GROUP, 'searchsorted', [value('x1'), value('x2'), fixed('side', '"left"')], 'Where x2 belongs in the sorted array x1.', 'searchsorted([0, 10, 20], x)', searchSorted),
  define(GROUP, 'tril', [value('x'), fixed('k', '0')], 'Zero above the k-th diagonal.', 'tril(ones((3, 3)))', (args) => triangle(args, false)),
  define(GROUP, 'triu', [value('x'), fixed('k', '0')], 'Zero below the k-th diagonal.', 'triu(ones((3, 3)))', (args) => triangle(args, true)),
]
