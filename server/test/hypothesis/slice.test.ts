/** Slices against plain enumeration of positions. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AxisSelector as Any, DatumIndex } from '../../src/hypothesis/bound.ts'
import { firstOverlap, overlap, type Selector as Written, SliceError, take } from '../../src/hypothesis/slice.ts'

/** Those that are the same for every datum. */
type AxisSelector = Exclude<Any, DatumIndex>
type Selector = Exclude<Written, { readonly kind: 'datum' }>

const LENGTHS = [5, 4]

/** Python's own rules, by listing. */
function list(selector: Selector, positions: readonly number[]): number[] | number | undefined {
  const n = positions.length
  if (typeof selector === 'number') return positions.at(selector) !== undefined && selector >= -n && selector < n ? positions.at(selector)! : undefined
  const step = selector.step ?? 1
  if (step === 0) return undefined
  const at = (bound: number | undefined, otherwise: number) => {
    if (bound === undefined) return otherwise
    const i = bound < 0 ? bound + n : bound
    return step > 0 ? Math.min(Math.max(i, 0), n) : Math.min(Math.max(i, -1), n - 1)
  }
  const result: number[] = []
  const stop = at(selector.upper, step > 0 ? n : -1)
  for (let i = at(selector.lower, step > 0 ? 0 : n - 1); step > 0 ? i < stop : i > stop; i += step) result.push(positions[i]!)
  return result.length > 0 ? result : undefined
}

const positionsOf = (slice: readonly AxisSelector[]): Set<string> => {
  const axes = LENGTHS.map((length, axis) => {
    const s = slice[axis]
    if (!s) return Array.from({ length }, (_, i) => i)
    if (s.kind === 'index') return [s.index]
    return Array.from({ length }, (_, i) => i).filter((i) => i >= s.start && i < s.stop && (i - s.start) % s.step === 0)
  })
  return new Set(axes[0]!.flatMap((i) => axes[1]!.map((j) => `${i},${j}`)))
}

const bound = fc.option(fc.integer({ min: -7, max: 7 }), { nil: undefined })
const selector: fc.Arbitrary<Selector> = fc.oneof(fc.integer({ min: -6, max: 5 }), fc.record({ lower: bound, upper: bound, step: fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined }) }))
const selectors = fc.array(selector, { maxLength: 2 })

/** The slice, or undefined where Python finds nothing or raises. */
const taken = (slice: readonly AxisSelector[], list: readonly Selector[]): AxisSelector[] | undefined => {
  try {
    return take(slice, list, LENGTHS) as AxisSelector[]
  } catch (error) {
    if (error instanceof SliceError) return undefined
    throw error
  }
}

test('a slice takes the positions that Python takes', () => {
  fc.assert(fc.property(selectors, (chosen) => {
    const axes = LENGTHS.map((length, axis) => {
      const all = Array.from({ length }, (_, i) => i)
      return chosen[axis] === undefined ? all : list(chosen[axis]!, all)
    })
    const slice = taken([], chosen)
    if (axes.includes(undefined)) expect(slice).toBeUndefined()
    else expect(positionsOf(slice!)).toEqual(new Set([axes[0]!].flat().flatMap((i) => [axes[1]!].flat().map((j) => `${i},${j}`))))
  }), { seed: 1, numRuns: 3000 })
})

test('a slice of a slice', () => {
  fc.assert(fc.property(selector, selector, (first, second) => {
    const all = Array.from({ length: 5 }, (_, i) => i)
    const outer = list(first, all)
    const once = taken([], [first])
    if (!once || outer === undefined) return
    // Ranges are turned to run upwards, so what follows counts from below.
    const inner = typeof outer === 'number' ? undefined : list(second, [...outer].sort((a, b) => a - b))
    const twice = typeof outer === 'number' ? undefined : taken(once, [second])
    if (inner === undefined) expect(twice).toBeUndefined()
    else expect(new Set([...positionsOf(twice!)].map((p) => Number(p.split(',')[0])))).toEqual(new Set([inner].flat()))
  }), { seed: 2, numRuns: 3000 })
})

test('overlap is a shared position', () => {
  fc.assert(fc.property(selectors, selectors, (a, b) => {
    const [x, y] = [taken([], a), taken([], b)]
    if (!x || !y) return
    const seen = positionsOf(y)
    expect(overlap(x, y)).toBe([...positionsOf(x)].some((p) => seen.has(p)))
  }), { seed: 3, numRuns: 3000 })
})

test('the first overlap of many is found exactly when there is one', () => {
  fc.assert(fc.property(fc.array(selectors, { minLength: 1, maxLength: 8 }), (many) => {
    const items = many.flatMap((chosen) => { const slice = taken([], chosen); return slice ? [{ slice }] : [] })
    const any = items.some((a, i) => items.some((b, j) => i < j && overlap(a.slice, b.slice)))
    const found = firstOverlap(items)
    expect(found !== undefined).toBe(any)
    if (found) expect(overlap(found[0].slice, found[1].slice) && items.indexOf(found[0]) < items.indexOf(found[1])).toBe(true)
  }), { seed: 4, numRuns: 3000 })
})
