/** Functions that move elements: joining, flipping, reshaping, taking, sorting. */
import { attr, type Dag } from '../../onnx/dag.ts'
import { subtract } from '../arithmetic.ts'
import { stackAll, unify } from '../combine.ts'
import { order } from '../compare.ts'
import { checkSize, constant, scalar } from '../constant.ts'
import { gather, slice, type Stretch } from '../gather.ts'
import { broadcastShapes, cast, concatOwn, dropOwn, expandTo, insertOwn, permuteOwn, reshapeOwn, without } from '../layout.ts'
import { sum } from '../reduce.ts'
import { count, describe, misshapen, mismatch, outerRank, unionMaps, type Val } from '../value.ts'
import { axisAll, axisLast, define, fixed, value, values, type Arguments, type FunctionDef } from './define.ts'

const GROUP = 'arranging'

/** Elements of one axis by known positions. */
export function pickKnown(dag: Dag, x: Val, axis: number, positions: readonly number[]): Val {
  return gather(dag, x, axis, constant(dag, 'int64', [positions.length], positions))
}

const indices = (length: number): readonly number[] => Array.from({ length }, (_, i) => i)

/** The axis given, the only one, or a finding. */
function theAxis(args: Arguments, x: Val): number {
  if (!args.has('axis') && x.shape.length !== 1) throw misshapen(`say which axis of ${describe(x)} is meant, as in axis=0`)
  return args.axis('axis', x.shape.length, 0)
}

/** `x` at `index` along one axis, element by element; the other axes broadcast. Positions are clamped into the axis. */
export function takeAlong(dag: Dag, x: Val, index: Val, axis: number): Val {
  const others = broadcastShapes([x.shape, index.shape].map((shape) => shape.map((dim, i) => (i === axis ? 1 : dim))))
  const maps = unionMaps([x, index])
  const like = x.batched ? x.value : index.batched ? index.value : undefined
  const [data, at] = [x, index].map((v) => expandTo(dag, v, others.map((dim, i) => (i === axis ? v.shape[i]! : dim)), maps, like))
  const dim = x.shape[axis]!
  const clamped = dag.op('Clip', [at!.value, scalar(dag, 'int64', -dim), scalar(dag, 'int64', dim - 1)])
  const value = dag.op('GatherElements', [data!.value, clamped], { axis: attr.int(axis + outerRank(data!)) })
  return { ...without(data!), weak: false, shape: at!.shape, value }
}

function flip(args: Arguments): Val {
  const x = args.value('x')
  const axes = args.has('axis') ? args.over(x).axes : x.shape.map((_, axis) => axis)
  const reversed = axes.map((axis): [number, Stretch] => [axis, { start: x.shape[axis]! - 1, step: -1, length: x.shape[axis]! }])
  return slice(args.dag, x, new Map(reversed))
}

function roll(args: Arguments): Val {
  const { dag } = args
  const x = args.value('x')
  const shift = args.int('shift')
  const rolled = (v: Val, axis: number): Val => {
    const n = v.shape[axis]!
    return n === 0 ? v : pickKnown(dag, v, axis, indices(n).map((i) => (((i - shift) % n) + n) % n))
  }
  if (args.has('axis')) return rolled(x, args.axis('axis', x.shape.length))
  return reshapeOwn(dag, rolled(reshapeOwn(dag, x, [count(x.shape)]), 0), x.shape)
}

function concat(args: Arguments): Val {
  const rows = args.rows('arrays')
  const items = rows ? indices(rows.shape[0]!).map((k) => gather(args.dag, rows, 0, constant(args.dag, 'int64', [], [k]))) : args.values('arrays')
  if (items.length === 0) args.fail('arrays', misshapen('there is nothing to join'))
  const rank = items[0]!.shape.length
  if (rank === 0) args.fail('arrays', misshapen('scalars are joined by stack, or a list: [a, b]'))
  const axis = args.axis('axis', rank, 0)
  const fits = items.every((v) => v.shape.length === rank && v.shape.every((dim, i) => i === axis || dim === items[0]!.shape[i]))
  if (!fits) args.fail('arrays', misshapen(`${items.map(describe).join(' and ')} cannot be joined along axis ${axis}: the other axes must agree`))
  return concatOwn(args.dag, unify(args.dag, items), axis)
}

function stack(args: Arguments): Val {
  const stacked = args.rows('arrays') ?? stackAll(args.dag, args.values('arrays'))
  return moveFirst(args.dag, stacked, args.axis('axis', stacked.shape.length, 0))
}

/** The first axis moved to position `axis`. */
function moveFirst(dag: Dag, v: Val, axis: number): Val {
  const rest = indices(v.shape.length).slice(1)
  return permuteOwn(dag, v, [...rest.slice(0, axis), 0, ...rest.slice(axis)])
}

function reshape(args: Arguments): Val {
  const x = args.value('x')
  const shape = [...args.ints('shape')]
  const free = shape.indexOf(-1)
  const given = count(shape.filter((_, i) => i !== free))
  if (free >= 0 && given > 0) shape[free] = count(x.shape) / given
  if (shape.some((dim) => dim < 0 || !Number.isInteger(dim)) || count(shape) !== count(x.shape)) {
    args.fail('shape', misshapen(`${describe(x)} has ${count(x.shape)} elements, which do not make [${args.ints('shape').join(', ')}]`))
  }
  return reshapeOwn(args.dag, x, shape)
}

function squeeze(args: Arguments): Val {
  const x = args.value('x')
  const axes = args.has('axis') ? args.over(x).axes : x.shape.flatMap((dim, axis) => (dim === 1 ? [axis] : []))
  const long = axes.find((axis) => x.shape[axis] !== 1)
  if (long !== undefined) args.fail('axis', misshapen(`axis ${long} of ${describe(x)} has length ${x.shape[long]}; only axes of length 1 can go`))
  return [...axes].reverse().reduce((v, axis) => dropOwn(args.dag, v, axis), x)
}

function permute(args: Arguments): Val {
  const x = args.value('x')
  const axes = args.ints('axes').map((axis) => (axis < 0 ? axis + x.shape.length : axis))
  if ([...axes].sort((a, b) => a - b).join() !== indices(x.shape.length).join()) {
    args.fail('axes', misshapen(`axes names every axis of ${describe(x)} once, 0 to ${x.shape.length - 1}`))
  }
  return permuteOwn(args.dag, x, axes)
}

function broadcastTo(args: Arguments): Val {
  const x = args.value('x')
  const shape = args.ints('shape')
  checkSize(shape)
  if (broadcastShapes([x.shape, shape]).join() !== shape.join()) args.fail('shape', misshapen(`${describe(x)} does not broadcast to [${shape.join(', ')}]`))
  return expandTo(args.dag, x, shape, x.maps)
}

function repeat(args: Arguments): Val {
  const x = args.value('x')
  const repeats = args.int('repeats')
  if (repeats < 0) args.fail('repeats', misshapen('repeats is a whole number from 0'))
  const flat = args.has('axis') ? x : reshapeOwn(args.dag, x, [count(x.shape)])
  const axis = args.has('axis') ? args.axis('axis', x.shape.length) : 0
  const n = flat.shape[axis]!
  checkSize([n, repeats])
  return pickKnown(args.dag, flat, axis, indices(n * repeats).map((i) => Math.floor(i / repeats)))
}

function tile(args: Arguments): Val {
  const { dag } = args
  const given = args.ints('repetitions')
  const x = args.value('x')
  const rank = Math.max(given.length, x.shape.length)
  const shape = [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape]
  const times = [...new Array<number>(rank - given.length).fill(1), ...given]
  const tiled = shape.map((dim, i) => dim * times[i]!)
  if (times.some((t) => t < 0)) args.fail('repetitions', misshapen('repetitions are whole numbers from 0'))
  checkSize(tiled)
  const v = reshapeOwn(dag, x, shape)
  if (count(tiled) === 0) return reshapeOwn(dag, slice(dag, v, new Map([[0, { start: 0, step: 1, length: 0 }]])), tiled)
  const repeats = dag.ints([...new Array<number>(outerRank(v)).fill(1), ...times])
  return { ...without(v), weak: false, shape: tiled, value: dag.op('Tile', [v.value, repeats]) }
}

/** Elements in order, or their positions. Equal elements keep their order. */
function sorted(args: Arguments, which: 'values' | 'positions'): Val {
  const { dag } = args
  const given = args.number('x')
  if (given.shape.length === 0) args.fail('x', misshapen('a scalar cannot be sorted'))
  const axis = args.axis('axis', given.shape.length, -1)
  const n = given.shape[axis]!
  if (count(given.shape) === 0) return given
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
  const v = x.dtype === 'string' ? args.fail('x', mismatch('strings have no zero')) : x
  const value = args.dag.op('Trilu', [v.value, scalar(args.dag, 'int64', args.int('k', 0))], { upper: attr.int(upper ? 1 : 0) })
  return { ...without(v), weak: false, value }
}

export const shapes: readonly FunctionDef[] = [
  define(GROUP, 'flip', [value('x'), axisAll], 'The elements in reverse order along an axis, or all.', 'flip(x)', flip),
  define(GROUP, 'roll', [value('x'), fixed('shift'), axisAll], 'The elements moved on by shift; those that leave come in again.', 'roll(tokens, 1)', roll),
  define(GROUP, 'concat', [values('arrays'), fixed('axis', '0')], 'Arrays joined along an axis they have.', 'concat([a, b])', concat),
  define(GROUP, 'stack', [values('arrays'), fixed('axis', '0')], 'Arrays of one shape along a new axis.', 'stack([z1, z2])', stack),
  define(GROUP, 'take', [value('x'), value('indices'), axisAll], 'The elements at some positions of an axis; x[indices] for the first.', 'take(x, [0, 2], axis=-1)', (args) =>
    gather(args.dag, args.value('x'), theAxis(args, args.value('x')), args.value('indices'))),
  define(GROUP, 'take_along_axis', [value('x'), value('indices'), axisLast], 'x at a position of its own for every row; positions outside take the nearest.', 'take_along_axis(x, argsort(x))', (args) => {
    const [x, index] = [args.value('x'), args.value('indices')]
    if (index.dtype !== 'int64') args.fail('indices', mismatch(`indices are int64, not ${describe(index)}`))
    if (index.shape.length !== x.shape.length) args.fail('indices', misshapen(`indices have as many axes as x: ${describe(index)} against ${describe(x)}`))
    return takeAlong(args.dag, x, index, args.axis('axis', x.shape.length, -1))
  }),
  define(GROUP, 'expand_dims', [value('x'), fixed('axis', '0')], 'A new axis of length 1.', 'expand_dims(x, axis=-1)', (args) =>
    insertOwn(args.dag, args.value('x'), args.axis('axis', args.value('x').shape.length + 1, 0))),
  define(GROUP, 'squeeze', [value('x'), axisAll], 'Axes of length 1 removed.', 'squeeze(expand_dims(x))', squeeze),
  define(GROUP, 'reshape', [value('x'), fixed('shape')], 'The elements, row by row, in another shape; one length may be -1.', 'reshape(x, (2, 3))', reshape),
  define(GROUP, 'permute_dims', [value('x'), fixed('axes')], 'The axes in another order.', 'permute_dims(matrix, (1, 0))', permute),
  define(GROUP, 'matrix_transpose', [value('x')], 'The last two axes swapped.', 'matrix_transpose(matrix)', (args) => {
    const x = args.value('x')
    const rank = x.shape.length
    if (rank < 2) args.fail('x', misshapen(`there are no two axes to swap: this is ${describe(x)}`))
    return permuteOwn(args.dag, x, [...indices(rank - 2), rank - 1, rank - 2])
  }),
  define(GROUP, 'broadcast_to', [value('x'), fixed('shape')], 'x repeated to a shape.', 'broadcast_to(x, (3, 6))', broadcastTo),
  define(GROUP, 'repeat', [value('x'), fixed('repeats'), axisAll], 'Every element several times in a row; without axis, of the flattened array.', 'repeat(x, 2)', repeat),
  define(GROUP, 'tile', [value('x'), fixed('repetitions')], 'The whole array several times along each axis.', 'tile(x, 2)', tile),
  define(GROUP, 'sort', [value('x'), axisLast, fixed('descending', 'false')], 'The elements in order, smallest first.', 'sort(x)', (args) => sorted(args, 'values')),
  define(GROUP, 'argsort', [value('x'), axisLast, fixed('descending', 'false')], 'The positions that put x in order.', 'argsort(x)', (args) => sorted(args, 'positions')),
  define(GROUP, 'diff', [value('x'), axisLast], 'Each element less the one before.', 'diff(x)', diff),
  define(GROUP, 'searchsorted', [value('x1'), value('x2'), fixed('side', '"left"')], 'Where x2 belongs in the sorted array x1.', 'searchsorted([0, 10, 20], x)', searchSorted),
  define(GROUP, 'tril', [value('x'), fixed('k', '0')], 'Zero above the k-th diagonal.', 'tril(ones((3, 3)))', (args) => triangle(args, false)),
  define(GROUP, 'triu', [value('x'), fixed('k', '0')], 'Zero below the k-th diagonal.', 'triu(ones((3, 3)))', (args) => triangle(args, true)),
]
