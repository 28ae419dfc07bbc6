/** Inlay hints: the shape of a place behind it, the number of classes behind a feature. */
import type { AnyNode, Expr, File, Reference, Span } from '@scrub/grammar'
import type { BoundNode } from '../hypothesis/bound.ts'
import { groupBy } from '../hypothesis/maps.ts'
import { plural, share } from './numbers.ts'
import { placesAt } from './places-at.ts'
import type { Snapshot } from './snapshot.ts'
import { dimsText, placeDims } from '../hypothesis/place-type.ts'

export interface InlayHint {
  readonly offset: number
  /** `[42, 56]`, `2 classes`. */
  readonly label: string
  /** So that each can be switched off. */
  readonly kind: 'shape' | 'classes'
  /** Plain text. */
  readonly tooltip: string
}

type Statement = Extract<AnyNode, { kind: 'node' | 'refine' | 'component' }>

/** Hints of the statements that touch a range, in the order of the text. Classes are shown where they are known; nothing waits. */
export function inlayHints(snapshot: Snapshot, range: Span): InlayHint[] {
  if (!snapshot.bound) return []
  const nodes = groupBy(snapshot.bound.hypotheses.flatMap((one) => one.nodes), ({ featureSpan }) => featureSpan.start)
  return statementsIn(snapshot.parsed.file.items, range).flatMap((statement) => [
    ...('feature' in statement && statement.feature ? classesHint(snapshot, statement.feature, nodes.get(statement.feature.span.start) ?? []) : []),
    ...(statement.place ? shapeHint(snapshot, statement.place) : []),
  ])
}

function statementsIn(items: File['items'] | readonly AnyNode[], range: Span): Statement[] {
  return items.flatMap((one): Statement[] => {
    const item = one.kind === 'misplaced' ? one.item : one
    if (item.span.end < range.start || item.span.start > range.end) return []
    if (item.kind === 'node' || item.kind === 'refine' || item.kind === 'component') return [item]
    return item.kind === 'graph' || item.kind === 'hypothesis' || item.kind === 'for' ? statementsIn(item.items, range) : []
  })
}

/** None where the members of a family differ, and for a single number. */
function shapeHint(snapshot: Snapshot, { span }: Reference): InlayHint[] {
  const shapes = new Set(placesAt(snapshot.bound, span).map((place) => dimsText(placeDims(snapshot.bound!.graph, place) ?? [])))
  const [label] = shapes
  return shapes.size === 1 && label ? [{ offset: span.end, label, kind: 'shape', tooltip: 'Shape of the place, for one datum' }] : []
}

function classesHint({ known }: Snapshot, { span, kind }: Expr, nodes: readonly BoundNode[]): InlayHint[] {
  if (kind === 'special') return []
  const facts = nodes.flatMap(({ feature }) => known(feature) ?? []).sort((a, b) => a.classes - b.classes)
  const [least, most] = [facts[0], facts.at(-1)]
  if (!least || !most) return []
  const label = `${least.classes === most.classes ? '' : `${least.classes} to `}${plural(most.classes, 'class', 'classes')}`
  const tooltip = `Equivalence classes of ${plural(most.rows, 'datum', 'data')}; a draw is another datum ${share(least.swapRate)} of the time${facts.length > 1 ? ' (of the member with the fewest)' : ''}`
  return [{ offset: span.end, label, kind: 'classes', tooltip }]
}
