/** Slices and indices of one axis. Index axes take the place of the axis they index; mapped axes and the batch pair up. */
import { attr, type Dag } from '../onnx/dag.ts'
import { constant, scalar } from './constant.ts'
import { empty, transpose, without } from './layout.ts'
import { count, describe, mismatch, misshapen, NeedsUnrolling, outerRank, unionMaps, type Val } from './value.ts'

/** A normalised slice: `length` elements from `start` in steps. */
export interface Stretch {
  readonly start: number
  readonly step: number
  readonly length: number
}

/** Python's slice over an axis of `dim` elements. */
export function stretch(dim: number, lower?: number, upper?: number, step = 1): Stretch {
  if (step === 0) throw misshapen('the step of a slice cannot be 0')
  const [low, high] = step > 0 ? [0, dim] : [-1, dim - 1]
  const bound = (value: number) => Math.min(Math.max(value < 0 ? value + dim : value, low), high)
  const start = lower === undefined ? (step > 0 ? low : high) : bound(lower)
  const stop = upper === undefined ? (step > 0 ? high : low) : bound(upper)
  return { start, step, length: Math.max(0, Math.ceil((stop - start) / step)) }
}

/** Slices of several own axes at once. */
export function slice(dag: Dag, v: Val, stretches: ReadonlyMap<number, Stretch>): Val {
  const shape = v.shape.map((dim, axis) => stretches.get(axis)?.length ?? dim)
  if (count(shape) === 0) return empty(dag, v, shape)
  const cut = [...stretches].filter(([axis, s]) => s.step !== 1 || s.length !== v.shape[axis])
  return cut.length === 0 ? v : { ...without(v), shape, value: sliceTensor(dag, v, cut) }
}

function sliceTensor(dag: Dag, v: Val, cut: readonly (readonly [number, Stretch])[]) {
  const outer = outerRank(v)
  const ends = cut.map(([axis, s]) => {
    const end = s.start + s.length * s.step
    return end < 0 ? -v.shape[axis]! - 1 : end
  })
  return dag.op('Slice', [
    v.value,
    dag.ints(cut.map(([, s]) => s.start)),
    dag.ints(ends),
    dag.ints(cut.map(([axis]) => axis + outer)),
    dag.ints(cut.map(([, s]) => s.step)),
  ])
}

/**
 * `v` at `index` (int64, any shape) along one own axis: the axes of `index` take its place. Negative indices count from
 * the end. Known indices are checked; an index that depends on the datum and lies outside takes the nearest element,
 * as in JAX, because both branches of an `if` are computed.
 */
export function gather(dag: Dag, v: Val, axis: number, index: Val): Val {
  const dim = v.shape[axis]!
  if (index.dtype === 'bool') throw mismatch('a mask cannot be an index, because the number of elements would depend on the datum; use where(mask, x, 0)')
  if (index.dtype !== 'int64') throw mismatch(`an index is an int64, not ${describe(index)}`)
  const at = index.known ? knownIndex(dag, index, dim) : clampedIndex(dag, index, dim)
  const shape = [...v.shape.slice(0, axis), ...at.shape, ...v.shape.slice(axis + 1)]
  if (count(shape) === 0) return empty(dag, v, shape)
  const data = [...outerLabels(v), ...v.shape.map((_, i) => `own ${i}`)]
  const inner = at.shape.map((_, i) => `index ${i}`)
  const shared = outerLabels(at).filter((label) => data.includes(label))
  const maps = unionMaps([v, at])
  const batched = v.batched || at.batched
  const found = shared.length === 0 ? plain(dag, v, axis, at, data, inner) : paired(dag, v, axis, at, data, inner, shared)
  const wanted = [
    ...(batched ? ['batch'] : []),
    ...maps.map((m) => `map ${m.id}`),
    ...v.shape.slice(0, axis).map((_, i) => `own ${i}`),
    ...inner,
    ...v.shape.slice(axis + 1).map((_, i) => `own ${i + axis + 1}`),
  ]
  const value = transpose(dag, found.value, wanted.map((label) => found.labels.indexOf(label)))
  return { ...without(v), weak: false, shape, maps, batched, value }
}

const outerLabels = (v: Val): string[] => [...(v.batched ? ['batch'] : []), ...v.maps.map((m) => `map ${m.id}`)]

/** No axis in common: one Gather, or a Slice where the indices are evenly spaced. */
function plain(dag: Dag, v: Val, axis: number, at: Val, data: readonly string[], inner: readonly string[]) {
  const labels = data.flatMap((label) => (label === `own ${axis}` ? [...outerLabels(at), ...inner] : [label]))
  const even = at.maps.length + at.shape.length === 1 ? evenlySpaced(at.known) : undefined
  if (even) {
    const whole = even.step === 1 && even.length === v.shape[axis]
    return { labels, value: whole ? v.value : sliceTensor(dag, v, [[axis, even]]) }
  }
  return { labels, value: dag.op('Gather', [v.value, at.value], { axis: attr.int(axis + outerRank(v)) }) }
}

/** Batch or mapped axes in common: they lead, and GatherND takes each row's own index. */
function paired(dag: Dag, v: Val, axis: number, at: Val, data: readonly string[], inner: readonly string[], shared: readonly string[]) {
  const own = `own ${axis}`
  const rest = data.filter((label) => label !== own && !shared.includes(label))
  const rows = transpose(dag, v.value, [...shared, own, ...rest].map((label) => data.indexOf(label)))
  const index = [...outerLabels(at), ...inner]
  const indexRest = index.filter((label) => !shared.includes(label))
  const ordered = transpose(dag, at.value, [...shared, ...indexRest].map((label) => index.indexOf(label)))
  const tuples = dag.op('Unsqueeze', [ordered, dag.ints([index.length])])
  return { labels: [...shared, ...indexRest, ...rest], value: dag.op('GatherND', [rows, tuples], { batch_dims: attr.int(shared.length) }) }
}

function evenlySpaced(index: readonly number[] | undefined): Stretch | undefined {
  if (!index || index.length < 2) return undefined
  const step = index[1]! - index[0]!
  if (step === 0 || index.some((value, i) => value !== index[0]! + i * step)) return undefined
  return { start: index[0]!, step, length: index.length }
}

/** Counted from the front. An index outside is a problem; of a mapped axis, members are looked at one by one first. */
function knownIndex(dag: Dag, index: Val, dim: number): Val {
  for (const value of index.known!) {
    if (value >= -dim && value < dim) continue
    if (index.maps.length > 0) throw new NeedsUnrolling()
    throw misshapen(`index ${value} is outside an axis of length ${dim}${dim > 0 ? ` (${-dim} to ${dim - 1})` : ''}`)
  }
  if (index.known!.every((value) => value >= 0)) return index
  return constant(dag, 'int64', index.shape, index.known!.map((value) => (value < 0 ? value + dim : value)), { maps: index.maps })
}

function clampedIndex(dag: Dag, index: Val, dim: number): Val {
  if (dim === 0) throw misshapen('there is nothing to index: the axis has length 0')
  return { ...index, value: dag.op('Clip', [index.value, scalar(dag, 'int64', -dim), scalar(dag, 'int64', dim - 1)]) }
}
