/** Where a name comes from: a statement of the file, the model's listing for a tensor, the file for a path. */
import type { Span } from '@scrub/grammar'
import type { BoundFile } from '../hypothesis/bound.ts'
import { documentLinks } from './document-links.ts'
import type { Snapshot } from './snapshot.ts'
import { symbolsOf, type Occurrence } from './symbols.ts'

export type Target =
  | { readonly kind: 'text'; readonly name: Span; readonly item: Span }
  /** Absolute path. */
  | { readonly kind: 'file'; readonly path: string }
  /** A tensor of the model: its line in the model's listing. */
  | { readonly kind: 'tensor'; readonly tensor: string }

export interface Definition {
  /** What the cursor is on. */
  readonly origin: Span
  readonly targets: readonly Target[]
}

/** Undefined where nothing is known; a component leads to its declaration, and from there on to its tensors. */
export function definition(snapshot: Snapshot, offset: number): Definition | undefined {
  const link = documentLinks(snapshot).find(({ span }) => span.start <= offset && offset <= span.end)
  if (link) return { origin: link.span, targets: [{ kind: 'file', path: link.path }] }
  const occurrence = symbolsOf(snapshot.parsed).at(offset)
  if (!occurrence) return undefined
  const targets = targetsOf(snapshot, occurrence)
  return targets.length > 0 ? { origin: occurrence.whole ?? occurrence.span, targets } : undefined
}

function targetsOf({ parsed, bound }: Snapshot, { named, role, whole, span }: Occurrence): Target[] {
  const { kind, name } = named
  if (role === 'definition' && (kind === 'component' || kind === 'point')) {
    const item = named.definitions.find(({ name: at }) => at.start <= span.start && span.end <= at.end)?.item
    const tensors = item && bound ? tensorsIn(bound, item) : []
    if (tensors.length > 0) return tensors
  }
  if (named.definitions.length > 0) return named.definitions.map(({ name: at, item }): Target => ({ kind: 'text', name: at, item }))
  if (kind === 'column') return bound && !bound.schema.columns.some((column) => column.name === name) ? [] : dataset(parsed.file.items)
  if (!bound || kind === 'function') return []
  if (bound.graph.tensors.has(name)) return [{ kind: 'tensor', tensor: name }]
  if (bound.schema.columns.some((column) => column.name === name)) return dataset(parsed.file.items)
  return tensorsIn(bound, whole ?? span, true)
}

/** A column is defined by the dataset. */
function dataset(items: Snapshot['parsed']['file']['items']): Target[] {
  const data = items.find((item) => item.kind === 'data')
  return data ? [{ kind: 'text', name: data.path?.span ?? data.keyword, item: data.span }] : []
}

/** Tensors that places within a statement stand for; `around`: those of the place that a part of the text belongs to. */
function tensorsIn({ places }: BoundFile, { start, end }: Span, around = false): Target[] {
  const found = places.filter(({ span }) => (around ? span.start <= start && end <= span.end : start <= span.start && span.end <= end))
  return [...new Set(found.flatMap((at) => at.places.map(({ tensor }) => tensor)))].map((tensor) => ({ kind: 'tensor', tensor }))
}
