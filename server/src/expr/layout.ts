/** Moving axes of values: casting, aligning, expanding, reshaping, stacking. A datum's axes keep clear of batch and mapped axes. */
import { attr, type Dag, type Value } from '../onnx/dag.ts'
import { codeOf } from '../onnx/dtype.ts'
import { checkSize, constant } from './constant.ts'
import type { ExprDType } from './types.ts'
import { count, KNOWN_LIMIT, misshapen, outerRank, unionMaps, type MapAxis, type Val } from './value.ts'

/** The same value as another type; NaN as an integer is unspecified. */
export function cast(dag: Dag, v: Val, dtype: ExprDType, weak = false): Val {
  if (v.dtype === dtype) return v.weak === weak ? v : { ...v, weak }
  if (v.known && v.known.every((x) => dtype !== 'int64' || Number.isFinite(x))) {
    const convert = dtype === 'bool' ? (x: number) => (x === 0 ? 0 : 1) : dtype === 'int64' ? Math.trunc : (x: number) => x
    return constant(dag, dtype, v.shape, v.known.map(convert), { weak, maps: v.maps })
  }
  const value = dag.op('Cast', [v.value], { to: attr.int(codeOf(dtype)) })
  return { dtype, shape: v.shape, maps: v.maps, batched: v.batched, weak, value }
}

/** The shape that arrays broadcast to, as in NumPy; throws a shape-mismatch. */
export function broadcastShapes(shapes: readonly (readonly number[])[]): readonly number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length))
  return Array.from({ length: rank }, (_, axis) => {
    let length = 1
    for (const shape of shapes) {
      const dim = shape[axis - rank + shape.length] ?? 1
      if (dim === 1 || dim === length) continue
      if (length !== 1) {
        throw misshapen(`shapes ${shapes.map((s) => `[${s.join(', ')}]`).join(' and ')} do not fit together: axes must agree or be 1, counted from the last`)
      }
      length = dim
    }
    return length
  })
}

export interface Aligned {
  /** Tensors that broadcast against each other. */
  readonly values: readonly Value[]
  readonly maps: readonly MapAxis[]
  readonly batched: boolean
}

/** Insert axes of length 1 so that batch, mapped and own axes of several values lie on each other; own axes to the right. */
export function align(dag: Dag, vals: readonly Val[], rank = Math.max(0, ...vals.map((v) => v.shape.length))): Aligned {
  const maps = unionMaps(vals)
  return { values: vals.map((v) => padAxes(dag, v, maps, rank)), maps, batched: vals.some((v) => v.batched) }
}

function padAxes(dag: Dag, v: Val, maps: readonly MapAxis[], rank: number): Value {
  const own = new Set(v.maps.map((m) => m.id))
  const present = [...maps.map((m) => own.has(m.id)), ...Array.from({ length: rank }, (_, axis) => axis >= rank - v.shape.length)]
  // Without a batch axis, leading axes need not be spelled out.
  const kept = v.batched ? [true, ...present] : present.slice(present.includes(true) ? present.indexOf(true) : present.length)
  const axes = kept.flatMap((here, axis) => (here ? [] : [axis]))
  return axes.length === 0 ? v.value : dag.op('Unsqueeze', [v.value, dag.ints(axes)])
}

/** Make every axis real: the value repeated along `maps`, `shape` and, with `like`, the batch axis of that tensor. */
export function expandTo(dag: Dag, v: Val, shape: readonly number[], maps: readonly MapAxis[], like?: Value): Val {
  const batched = v.batched || like !== undefined
  const same = v.shape.length === shape.length && v.shape.every((dim, axis) => dim === shape[axis])
  if (same && v.maps.length === maps.length && v.batched === batched) return v
  const dims = [...maps.map((m) => m.length), ...shape]
  if (v.known && !batched && count(dims) <= KNOWN_LIMIT) return foldElements(dag, [v], v.dtype, shape, maps, (x) => x)
  const aligned = padAxes(dag, v, maps, shape.length)
  const target = like && !v.batched ? dag.op('Concat', [batchLength(dag, like), dag.ints(dims)], { axis: attr.int(0) }) : dag.ints(v.batched ? [1, ...dims] : dims)
  return { ...without(v), shape, maps, batched, value: dag.op('Expand', [aligned, target]) }
}

/** `[N]` as a tensor. */
const batchLength = (dag: Dag, like: Value): Value => dag.op('Shape', [like], { start: attr.int(0), end: attr.int(1) })

/** The value without its known elements. */
export function without(v: Val): Val {
  const { known: _, ...rest } = v
  return rest
}

/** Constant folding: `f` on every tuple of elements, broadcast over `[...maps, ...shape]`. */
export function foldElements(
  dag: Dag, vals: readonly Val[], dtype: ExprDType, shape: readonly number[], maps: readonly MapAxis[],
  f: (...x: number[]) => number, weak = vals.every((v) => v.weak),
): Val {
  const dims = [...maps.map((m) => m.length), ...shape]
  const strides = vals.map((v) => {
    const own = [...v.maps.map((m) => m.length), ...v.shape]
    const steps = own.map((dim, axis) => (dim === 1 ? 0 : count(own.slice(axis + 1))))
    const mapped = maps.map((m) => steps[v.maps.findIndex((other) => other.id === m.id)] ?? 0)
    const padding = new Array<number>(shape.length - v.shape.length).fill(0)
    return [...mapped, ...padding, ...steps.slice(v.maps.length)]
  })
  const out = new Array<number>(count(dims))
  for (let i = 0; i < out.length; i++) {
    const at = new Array<number>(vals.length).fill(0)
    for (let axis = dims.length - 1, rest = i; axis >= 0; axis--) {
      const index = rest % dims[axis]!
      rest = (rest - index) / dims[axis]!
      for (let k = 0; k < at.length; k++) at[k] = at[k]! + index * strides[k]![axis]!
    }
    out[i] = f(...vals.map((v, k) => v.known![at[k]!]!))
  }
  const [first] = vals
  return constant(dag, dtype, shape, out, { weak, maps, ...(dtype === 'string' && first?.dictionary ? { dictionary: first.dictionary } : {}) })
}

/** Change the own axes of a datum; the number of elements stays. */
export function reshapeOwn(dag: Dag, v: Val, shape: readonly number[]): Val {
  if (shape.length === v.shape.length && shape.every((dim, axis) => dim === v.shape[axis])) return v
  if (count(shape) === 0) return empty(dag, v, shape)
  const dims = [...v.maps.map((m) => m.length), ...shape]
  // 0 copies the batch axis.
  return { ...v, shape, value: dag.op('Reshape', [v.value, dag.ints(v.batched ? [0, ...dims] : dims)]) }
}

/** Without elements nothing depends on the datum: always a constant. */
export function empty(dag: Dag, like: Val, shape: readonly number[]): Val {
  return constant(dag, like.dtype, shape, [], { weak: like.weak, ...(like.dictionary ? { dictionary: like.dictionary } : {}) })
}

/** Own axes in another order. */
export function permuteOwn(dag: Dag, v: Val, order: readonly number[]): Val {
  if (order.every((axis, i) => axis === i)) return v
  const outer = outerRank(v)
  const perm = [...Array.from({ length: outer }, (_, i) => i), ...order.map((axis) => axis + outer)]
  return { ...without(v), shape: order.map((axis) => v.shape[axis]!), value: transpose(dag, v.value, perm) }
}

export function transpose(dag: Dag, value: Value, perm: readonly number[]): Value {
  return perm.every((axis, i) => axis === i) ? value : dag.op('Transpose', [value], { perm: attr.ints(perm) })
}

/** Join along an own axis; the other axes must agree already, dictionaries and dtypes too. */
export function concatOwn(dag: Dag, vals: readonly Val[], axis: number): Val {
  const filled = vals.filter((v) => count(v.shape) > 0)
  if (filled.length < vals.length) return filled.length > 0 ? concatOwn(dag, filled, axis) : empty(dag, vals[0]!, joined(vals, axis))
  const [first] = vals
  if (vals.length === 1) return first!
  const shape = joined(vals, axis)
  checkSize(shape)
  const maps = unionMaps(vals)
  const like = vals.find((v) => v.batched)?.value
  const full = vals.map((v) => expandTo(dag, v, v.shape, maps, like))
  const outer = outerRank(full[0]!)
  const value = dag.op('Concat', full.map((v) => v.value), { axis: attr.int(outer + axis) })
  return { ...without(full[0]!), weak: false, shape, maps, value }
}

const joined = (vals: readonly Val[], axis: number): readonly number[] =>
  vals[0]!.shape.map((dim, i) => (i === axis ? vals.reduce((sum, v) => sum + v.shape[i]!, 0) : dim))

/** Several values of one shape along a new own axis. */
export function stackOwn(dag: Dag, vals: readonly Val[], axis = 0): Val {
  const known = vals.every((v) => v.known && v.maps.length === 0) && axis === 0
  const [first] = vals
  if (known && vals.length * count(first!.shape) <= KNOWN_LIMIT) {
    const elements = vals.flatMap((v) => v.known!)
    return constant(dag, first!.dtype, [vals.length, ...first!.shape], elements, first!.dictionary ? { dictionary: first!.dictionary } : {})
  }
  return concatOwn(dag, vals.map((v) => insertOwn(dag, v, axis)), axis)
}

/** A new own axis of length 1. */
export function insertOwn(dag: Dag, v: Val, axis: number): Val {
  const shape = [...v.shape.slice(0, axis), 1, ...v.shape.slice(axis)]
  return { ...v, shape, value: dag.op('Unsqueeze', [v.value, dag.ints([outerRank(v) + axis])]) }
}

/** Drop an own axis of length 1. */
export function dropOwn(dag: Dag, v: Val, axis: number): Val {
  const shape = v.shape.filter((_, i) => i !== axis)
  return { ...v, shape, value: dag.op('Squeeze', [v.value, dag.ints([outerRank(v) + axis])]) }
}

/** The innermost mapped axis becomes the first own axis; a value that does not depend on it is repeated. */
export function closeMap(dag: Dag, v: Val, map: MapAxis): Val {
  const maps = v.maps.filter((m) => m.id !== map.id)
  const full = maps.length === v.maps.length ? expandTo(dag, v, v.shape, [...maps, map]) : v
  return { ...full, maps, weak: false, shape: [map.length, ...v.shape] }
}
