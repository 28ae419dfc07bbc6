/** Slices of tensors as sets of positions: normalising, composing, telling whether two overlap. */
import type { AxisSelector, DatumIndex } from './bound.ts'
import { groupBy } from './maps.ts'

/** A subscript after evaluation: bounds left out are Python's. */
export type Selector =
  | number
  | Omit<DatumIndex, 'length'>
  | { readonly lower?: number; readonly upper?: number; readonly step?: number }

/** Raised with the rest of a sentence that begins with the place. */
export class SliceError extends Error {}

const whole = (length: number): AxisSelector => ({ kind: 'range', start: 0, stop: length, step: 1 })

/**
 * Take `selectors` of what `slice` leaves of a tensor. `lengths` are the axes after the batch; `undefined` is unknown,
 * which matters only where something is selected. A place is a set of positions, so ranges are turned to run upwards.
 */
export function take(slice: readonly AxisSelector[], selectors: readonly Selector[], lengths: readonly (number | undefined)[]): AxisSelector[] {
  const result: (AxisSelector | undefined)[] = lengths.map((_, axis) => slice[axis])
  const open = lengths.map((_, axis) => axis).filter((axis) => slice[axis]?.kind !== 'index' && slice[axis]?.kind !== 'datum')
  if (selectors.length > open.length) {
    throw new SliceError(`has ${open.length === 0 ? 'no axis' : open.length === 1 ? 'one axis' : `${open.length} axes`} after the batch, so ${selectors.length === 1 ? 'it cannot be indexed' : `${selectors.length} subscripts are too many`}`)
  }
  selectors.forEach((selector, i) => {
    const axis = open[i]!
    const length = lengths[axis]
    if (typeof selector !== 'number' && !('kind' in selector) && selector.lower === undefined && selector.upper === undefined && (selector.step ?? 1) === 1) return
    if (length === undefined) throw new SliceError(`cannot be indexed along axis ${axis}: the length of that axis is not known`)
    const before = result[axis] ?? whole(length)
    if (before.kind !== 'range') return
    if (typeof selector === 'object' && 'kind' in selector) {
      if (!isWhole(before, length)) throw new SliceError(`is sliced along axis ${axis} already, so the datum cannot say which of its positions is meant`)
      result[axis] = { ...selector, length }
      return
    }
    result[axis] = within(before, selector, axis)
  })
  return trim(result, lengths)
}

function within(range: Extract<AxisSelector, { kind: 'range' }>, selector: Exclude<Selector, Omit<DatumIndex, 'length'>>, axis: number): AxisSelector {
  const count = Math.max(0, Math.ceil((range.stop - range.start) / range.step))
  const at = (i: number) => range.start + i * range.step
  if (typeof selector === 'number') {
    const i = selector < 0 ? selector + count : selector
    if (i < 0 || i >= count) throw new SliceError(`has ${count} positions along axis ${axis}, so index ${selector} is outside it`)
    return { kind: 'index', index: at(i) }
  }
  const step = selector.step ?? 1
  if (step === 0) throw new SliceError('cannot be sliced with a step of 0')
  const clamp = (bound: number, low: number, high: number) => Math.min(Math.max(bound < 0 ? bound + count : bound, low), high)
  const start = selector.lower === undefined ? (step > 0 ? 0 : count - 1) : step > 0 ? clamp(selector.lower, 0, count) : clamp(selector.lower, -1, count - 1)
  const stop = selector.upper === undefined ? (step > 0 ? count : -1) : step > 0 ? clamp(selector.upper, 0, count) : clamp(selector.upper, -1, count - 1)
  const taken = Math.max(0, Math.ceil((stop - start) / step))
  if (taken === 0) throw new SliceError(`has ${count} positions along axis ${axis}, and the slice takes none of them`)
  const last = start + (taken - 1) * step
  const [first, end] = step > 0 ? [start, last] : [last, start]
  return { kind: 'range', start: at(first), stop: at(end) + 1, step: taken === 1 ? 1 : Math.abs(step) * range.step }
}

/** Whole axes at the end are not mentioned. */
function trim(slice: readonly (AxisSelector | undefined)[], lengths: readonly (number | undefined)[]): AxisSelector[] {
  let end = slice.length
  while (end > 0 && (!slice[end - 1] || isWhole(slice[end - 1]!, lengths[end - 1]))) end--
  return slice.slice(0, end).map((selector, axis) => {
    const length = lengths[axis]
    if (selector) return selector
    if (length === undefined) throw new SliceError(`cannot be sliced: the length of its axis ${axis} is not known`)
    return whole(length)
  })
}

function isWhole(s: AxisSelector, length: number | undefined): boolean {
  return s.kind === 'range' && s.start === 0 && s.step === 1 && s.stop === length
}

/** `[1]`, `[:, 3]`, `[2:5]`; empty for a whole tensor. */
export function sliceText(slice: readonly AxisSelector[], lengths: readonly (number | undefined)[]): string {
  if (slice.length === 0) return ''
  const one = (s: AxisSelector, axis: number) =>
    s.kind === 'index' ? String(s.index)
    : s.kind === 'datum' ? s.text
    : isWhole(s, lengths[axis]) ? ':'
    : `${s.start}:${s.stop}${s.step === 1 ? '' : `:${s.step}`}`
  return `[${slice.map(one).join(', ')}]`
}

/** Do two slices of one tensor share a position? Where a datum says which, only equal indices surely do. */
export function overlap(a: readonly AxisSelector[], b: readonly AxisSelector[]): boolean {
  for (let axis = 0; axis < Math.min(a.length, b.length); axis++) if (!meet(a[axis]!, b[axis]!)) return false
  return true
}

function meet(a: AxisSelector, b: AxisSelector): boolean {
  if (a.kind === 'datum') return b.kind === 'datum' && a.key === b.key
  if (b.kind === 'datum') return false
  if (a.kind === 'index') return b.kind === 'index' ? a.index === b.index : contains(b, a.index)
  if (b.kind === 'index') return contains(a, b.index)
  const [outer, inner] = a.step <= b.step ? [a, b] : [b, a]
  const from = Math.max(a.start, b.start)
  const to = Math.min(a.stop, b.stop)
  if (outer.step === 1) return firstAtLeast(inner, from) < to
  for (let i = firstAtLeast(inner, from); i < to; i += inner.step) if (contains(outer, i)) return true
  return false
}

function firstAtLeast(range: { start: number; step: number }, from: number): number {
  return range.start + Math.max(0, Math.ceil((from - range.start) / range.step)) * range.step
}

function contains(range: { start: number; stop: number; step: number }, index: number): boolean {
  return index >= range.start && index < range.stop && (index - range.start) % range.step === 0
}

/** First pair of overlapping slices in a list, without comparing all pairs of a family of slices. */
export function firstOverlap<T extends { readonly slice: readonly AxisSelector[] }>(items: readonly T[], axis = 0): [T, T] | undefined {
  if (items.length < 2) return undefined
  const selectors = items.map((item) => item.slice[axis])
  if (selectors.every((s) => s?.kind === 'index')) {
    for (const bucket of groupBy(items, (item) => (item.slice[axis] as { index: number }).index).values()) {
      const found = firstOverlap(bucket, axis + 1)
      if (found) return found
    }
    return undefined
  }
  const start = (item: T) => { const s = item.slice[axis]; return s?.kind === 'index' ? s.index : s?.kind === 'range' ? s.start : 0 }
  const stop = (item: T) => { const s = item.slice[axis]; return s?.kind === 'index' ? s.index + 1 : s?.kind === 'range' ? s.stop : Infinity }
  const sorted = [...items].sort((a, b) => start(a) - start(b))
  for (let i = 0; i < sorted.length; i++) {
    const a = sorted[i]!
    for (let j = i + 1; j < sorted.length && start(sorted[j]!) < stop(a); j++) {
      const b = sorted[j]!
      if (overlap(a.slice, b.slice)) return items.indexOf(a) < items.indexOf(b) ? [a, b] : [b, a]
    }
  }
  return undefined
}
