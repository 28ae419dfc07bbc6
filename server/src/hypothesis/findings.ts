/** Collects findings while a file is bound: one per code and span, so that inlining and inheritance repeat nothing. */
import type { Finding, Reference, Span } from '@scrub/grammar'
import { oneLine } from '../onnx/one-line.ts'
import type { Place, PlacesAt } from './bound.ts'
import { getOr } from './maps.ts'

/** Members of a family that are noted of one reference. */
const MOST_PLACES = 256

export class Findings {
  readonly list: Finding[]
  /** Errors reported here, repeated ones included. */
  errors = 0
  /** Members of families that were made while these were collected. */
  private members = 0
  private readonly seen: Set<string>
  private readonly noted: Map<Reference, Place[]>

  constructor(parent?: Findings) {
    this.list = parent?.list ?? []
    this.seen = parent?.seen ?? new Set()
    this.noted = parent?.noted ?? new Map()
  }

  /** Notes what a reference stands for, for those who ask about the text later. */
  note(reference: Reference, place: Place): void {
    const places = getOr(this.noted, reference, () => [])
    if (places.length < MOST_PLACES) places.push(place)
  }

  /** Counts one more member of a family; false beyond so many. */
  spend(most: number): boolean {
    return ++this.members <= most
  }

  get places(): PlacesAt[] {
    return [...this.noted].map(([{ span }, places]) => ({ span, places }))
  }

  /** Shares the list, but counts its own errors: says whether one hypothesis is sound. */
  part(): Findings {
    return new Findings(this)
  }

  /** For code that takes a callback. */
  readonly add = (finding: Finding): void => {
    if (finding.severity === 'error') this.errors++
    const { code, message, span } = finding
    // What is missing has no place of its own: several things may be.
    const key = `${code} ${span.start} ${span.end}${span.start === span.end ? message : ''}`
    if (this.seen.has(key)) return
    this.seen.add(key)
    const line = oneLine(message)
    this.list.push(line === message ? finding : { ...finding, message: line })
  }

  error(code: string, span: Span, message: string, related?: Finding['related']): void {
    this.add({ code, severity: 'error', message, span, ...(related ? { related } : {}) })
  }
}
