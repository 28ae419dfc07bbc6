/** The places that a reference of the text was resolved to. */
import type { Span } from '@scrub/grammar'
import type { BoundFile, Place } from '../hypothesis/bound.ts'

const indexed = new WeakMap<BoundFile, ReadonlyMap<string, readonly Place[]>>()

/** Several in a family; none where it was not understood. */
export function placesAt(bound: BoundFile | undefined, span: Span): readonly Place[] {
  if (!bound) return []
  let index = indexed.get(bound)
  if (!index) indexed.set(bound, (index = new Map(bound.places.map((at) => [keyOf(at.span), at.places]))))
  return index.get(keyOf(span)) ?? []
}

const keyOf = ({ start, end }: Span): string => `${start} ${end}`
