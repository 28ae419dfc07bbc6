/** Functions that move elements: joining, flipping, reshaping, repeating. */
import type { Dag } from '../../onnx/dag.ts'
import { stackAll, unify } from '../combine.ts'
import { checkSize, constant } from '../constant.ts'
import { gather, slice, type Stretch } from '../gather.ts'
import { broadcastShapes, concatOwn, dropOwn, expandTo, insertOwn, permuteOwn, reshapeOwn, without } from '../layout.ts'
import { count, describe, misshapen, outerRank, type Val } from '../value.ts'
import { axisAll, define, fixed, value, values, type Arguments, type FunctionDef } from './define.ts'

const GROUP = 'arranging'

/** Elements of one axis by known positions. */
function pickKnown(dag: Dag, x: Val, axis: number, positions: readonly number[]): Val {
  return gather(dag, x, axis, constant(dag, 'int64', [positions.length], positions))
}

const indices = (length: number): readonly number[] => Array.from({ length }, (_, i) => i)

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

export const shapes: readonly FunctionDef[] = [
  define(GROUP, 'flip', [value('x'), axisAll], 'The elements in reverse order along an axis, or all.', 'flip(x)', flip),
  define(GROUP, 'roll', [value('x'), fixed('shift'), axisAll], 'The elements moved on by shift; those that leave come in again.', 'roll(tokens, 1)', roll),
  define(GROUP, 'concat', [values('arrays'), fixed('axis', '0')], 'Arrays joined along an axis they have.', 'concat([a, b])', concat),
  define(GROUP, 'stack', [values('arrays'), fixed('axis', '0')], 'Arrays of one shape along a new axis.', 'stack([z1, z2])', stack),
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
]
