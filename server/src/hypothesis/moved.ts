/** What was bound from a text, moved to where the same words stand in an edited one. */
import type { Finding, Span } from '@scrub/grammar'
import type { BoundHypothesis, PlacesAt } from './bound.ts'

export type Move = (span: Span) => Span

/**
 * Maps spans of `from` to `to`: lists of items with the same texts, of which some stand elsewhere. Undefined where
 * nothing has moved.
 */
export function moveOf(from: readonly Span[], to: readonly Span[]): Move | undefined {
  if (from.every((span, i) => span.start === to[i]!.start)) return undefined
  const items = from.map((span, i) => ({ ...span, by: to[i]!.start - span.start })).sort((a, b) => a.start - b.start)
  return (span) => {
    let low = 0
    let high = items.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (items[middle]!.start <= span.start) low = middle
      else high = middle - 1
    }
    const { by } = items[low]!
    return by === 0 ? span : { start: span.start + by, end: span.end + by }
  }
}

export function movedFinding(finding: Finding, move: Move): Finding {
  return {
    ...finding,
    span: move(finding.span),
    ...(finding.related ? { related: finding.related.map((one) => ({ ...one, span: move(one.span) })) } : {}),
  }
}

export function movedPlaces({ span, places }: PlacesAt, move: Move): PlacesAt {
  return { span: move(span), places }
}

export function movedHypothesis(bound: BoundHypothesis, move: Move): BoundHypothesis {
  const { identity } = bound
  return {
    name: bound.name,
    extends: bound.extends,
    identity,
    nodes: bound.nodes.map((node) => ({
      ...node,
      span: move(node.span),
      featureSpan: move(node.featureSpan),
      placeSpan: move(node.placeSpan),
      parents: node.parents.map((edge) => ({ ...edge, span: move(edge.span) })),
    })),
    outputs: bound.outputs,
    options: bound.options,
    span: move(bound.span),
    // Not by way of the hypothesis before: all versions of a text would be kept.
    get canonical() {
      return identity.canonical
    },
    ok: bound.ok,
  }
}
