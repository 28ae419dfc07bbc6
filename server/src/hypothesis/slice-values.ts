/** Slices of values: what a place takes of a tensor, and a tensor with slices replaced. */
import { attr, type Dag, type Value } from '../onnx/dag.ts'
import type { AxisSelector, DatumIndex } from './bound.ts'

/** The value of an index of the datum, one int64 per row. */
export type IndexOf = (index: DatumIndex) => Value

const nobody: IndexOf = ({ text }) => {
  throw new Error(`nothing says which datum the index ${text} is of`)
}

/** What a place's slice takes of a tensor with a leading batch axis; single indices drop their axis. `at` gives the indices that are the datum's own. */
export function selectPlace(dag: Dag, value: Value, slice: readonly AxisSelector[], at: IndexOf = nobody): Value {
  if (slice.length === 0) return value
  const starts: number[] = []
  const ends: number[] = []
  const axes: number[] = []
  const steps: number[] = []
  const dropped: number[] = []
  const own: { axis: number; index: DatumIndex }[] = []
  slice.forEach((selector, k) => {
    const axis = k + 1
    if (selector.kind === 'datum') own.push({ axis, index: selector })
    else if (selector.kind === 'index') {
      starts.push(selector.index)
      ends.push(selector.index + 1)
      steps.push(1)
      axes.push(axis)
      dropped.push(axis)
    } else {
      const dim = value.type.shape?.[axis]
      if (selector.start === 0 && selector.stop === dim && selector.step === 1) return
      starts.push(selector.start)
      // A negative step ends before index 0: there is no index for that, so any very negative number.
      ends.push(selector.step < 0 && selector.stop < 0 ? -(2 ** 31) : selector.stop)
      steps.push(selector.step)
      axes.push(axis)
    }
  })
  let taken = value
  if (axes.length > 0) {
    const inputs = [taken, dag.ints(starts), dag.ints(ends), dag.ints(axes)]
    if (steps.some((s) => s !== 1)) inputs.push(dag.ints(steps))
    taken = dag.op('Slice', inputs)
  }
  if (dropped.length > 0) taken = dag.op('Squeeze', [taken, dag.ints(dropped)])
  // The last axis first, so that those before it stay where they are.
  for (const { axis, index } of own.reverse()) taken = ofDatum(dag, taken, axis - dropped.filter((one) => one < axis).length, at(index))
  return taken
}

/** Each row at an index of its own along one axis. */
function ofDatum(dag: Dag, value: Value, axis: number, index: Value): Value {
  const rank = value.type.shape!.length
  const order = [0, axis, ...Array.from({ length: rank - 1 }, (_, i) => i + 1).filter((one) => one !== axis)]
  const turned = axis === 1 ? value : dag.op('Transpose', [value], { perm: attr.ints(order) })
  return dag.op('GatherND', [turned, dag.op('Unsqueeze', [index, dag.ints([1])])], { batch_dims: attr.int(1) })
}

/** The indices that a selector takes of an axis, in order. */
export function selected(selector: AxisSelector): number[] {
  if (selector.kind === 'index') return [selector.index]
  if (selector.kind === 'datum') throw new Error(`the index ${selector.text} is another for every datum`)
  const indices: number[] = []
  const { start, stop, step } = selector
  for (let i = start; step > 0 ? i < stop : i > stop; i += step) indices.push(i)
  return indices
}

/**
 * A tensor whose slices are replaced: `base` (undefined where the pieces cover everything) with each piece standing at
 * its slice. `shape` is the tensor's, batch first; axes that are sliced have known lengths. `at` gives indices of the datum.
 */
export function replaceSlices(
  dag: Dag,
  base: Value | undefined,
  shape: readonly (number | string)[],
  pieces: readonly { readonly slice: readonly AxisSelector[]; readonly value: Value }[],
  at: IndexOf = nobody,
): Value {
  const axis = commonAxis(pieces.map((p) => p.slice), shape)
  return axis === undefined
    ? pieces.reduce((tensor, piece) => overlay(dag, tensor, shape, piece.slice, piece.value, at), base!)
    : concatenate(dag, base, shape[axis] as number, axis, pieces)
}

/** True when the slices leave nothing of the tensor uncovered. Slices do not overlap. */
export function covers(slices: readonly (readonly AxisSelector[])[], shape: readonly (number | string)[]): boolean {
  if (slices.some((s) => s.length === 0)) return true
  const axis = commonAxis(slices, shape)
  if (axis === undefined) return false // costs at most an unused gather
  const length = slices.reduce((sum, s) => sum + selected(s[axis - 1]!).length, 0)
  return length === shape[axis]
}

/** The one axis that all slices take a contiguous part of, everything else being whole. */
function commonAxis(slices: readonly (readonly AxisSelector[])[], shape: readonly (number | string)[]): number | undefined {
  let common: number | undefined
  for (const slice of slices) {
    const taken = slice
      .map((selector, k) => ({ selector, axis: k + 1 }))
      .filter(({ selector, axis }) => !(selector.kind === 'range' && selector.step === 1 && selector.start === 0 && selector.stop === shape[axis]))
    if (taken.length !== 1 || taken[0]!.selector.kind === 'datum' || (taken[0]!.selector.kind === 'range' && taken[0]!.selector.step !== 1)) return undefined
    if (common !== undefined && common !== taken[0]!.axis) return undefined
    common = taken[0]!.axis
  }
  return common
}

function concatenate(
  dag: Dag, base: Value | undefined, length: number, axis: number,
  pieces: readonly { readonly slice: readonly AxisSelector[]; readonly value: Value }[],
): Value {
  const sorted = pieces
    .map(({ slice, value }) => {
      const selector = slice[axis - 1]!
      return selector.kind === 'index'
        ? { start: selector.index, stop: selector.index + 1, value: dag.op('Unsqueeze', [value, dag.ints([axis])]) }
        : { ...(selector as Extract<AxisSelector, { kind: 'range' }>), value }
    })
    .sort((a, b) => a.start - b.start)
  const parts: Value[] = []
  const gap = (start: number, stop: number): void => {
    if (start < stop) parts.push(dag.op('Slice', [base!, dag.ints([start]), dag.ints([stop]), dag.ints([axis])]))
  }
  let at = 0
  for (const piece of sorted) {
    gap(at, piece.start)
    parts.push(piece.value)
    at = piece.stop
  }
  gap(at, length)
  return parts.length === 1 ? parts[0]! : dag.op('Concat', parts, { axis: attr.int(axis) })
}

/** Any slice: stretch the piece over the whole tensor by one Gather per sliced axis, and choose by a constant mask. */
function overlay(dag: Dag, base: Value, shape: readonly (number | string)[], slice: readonly AxisSelector[], piece: Value, at: IndexOf): Value {
  let stretched = piece
  const dropped = slice.flatMap((selector, k) => (selector.kind !== 'range' ? [k + 1] : []))
  if (dropped.length > 0) stretched = dag.op('Unsqueeze', [stretched, dag.ints(dropped)])
  let mask: Value | undefined
  slice.forEach((selector, k) => {
    const axis = k + 1
    const length = shape[axis] as number
    if (selector.kind === 'datum') {
      const positions = dag.constant({ dtype: 'int64', dims: shape.map((_, a) => (a === axis ? length : 1)), data: BigInt64Array.from({ length }, (_, i) => BigInt(i)) })
      const own = dag.op('Unsqueeze', [at(selector), dag.ints(shape.slice(1).map((_, a) => a + 1))])
      const part = dag.op('Equal', [positions, own])
      mask = mask ? dag.op('And', [mask, part]) : part
      return
    }
    const indices = selected(selector)
    if (selector.kind === 'range' && selector.step === 1 && indices.length === length) return
    const from = new BigInt64Array(length)
    const chosen = new Uint8Array(length)
    indices.forEach((position, i) => {
      from[position] = BigInt(i)
      chosen[position] = 1
    })
    stretched = dag.op('Gather', [stretched, dag.constant({ dtype: 'int64', dims: [length], data: from })], { axis: attr.int(axis) })
    const dims = shape.map((_, a) => (a === axis ? length : 1))
    const part = dag.constant({ dtype: 'bool', dims, data: chosen })
    mask = mask ? dag.op('And', [mask, part]) : part
  })
  if (!mask) return stretched
  // ONNX Runtime has no Where for booleans.
  if (base.type.dtype === 'bool') return dag.op('Or', [dag.op('And', [mask, stretched]), dag.op('And', [dag.op('Not', [mask]), base])])
  return dag.op('Where', [mask, stretched, base])
}
