/** The edges of a statement that is still being written: what its parents and children are, as far as that can be told. */
import type { AnyNode, Parent } from '@scrub/grammar'
import type { BoundFile, BoundHypothesis, BoundNode, Through } from '../hypothesis/bound.ts'
import { partsOf } from '../hypothesis/reference.ts'
import { namesIn } from '../hypothesis/walk-expr.ts'
import { baseOf, familiesOf } from './families.ts'
import { columnsFeeding } from './inputs.ts'
import type { ChildSide, Edges, ParentSide } from './place-legality.ts'
import { placesAt } from './places-at.ts'

export type NodeStatement = Extract<AnyNode, { kind: 'node' | 'refine' }>

const CLOSED: Through = { any: false, tensors: new Set() }

/** Names of the parents of a statement, with what their edges run through: nodes and families by name, columns as `data.x`. */
function written(bound: BoundFile, hypothesis: BoundHypothesis, statement: NodeStatement): Map<string, Through> {
  const families = familiesOf(hypothesis)
  const own = statement.name?.text
  const found = new Map<string, Through>()
  // What a refinement leaves as it is it inherits.
  if (statement.kind === 'refine') {
    for (const { parents } of families.get(own ?? '') ?? []) {
      for (const edge of parents) found.set(edge.kind === 'node' ? baseOf(edge.node) : `data.${edge.column}`, edge.through)
    }
  }
  if (statement.feature) for (const name of namesIn(statement.feature)) if (families.has(name) && name !== own) found.set(name, CLOSED)
  for (const parent of statement.from) {
    const parts = partsOf(parent.reference)
    if (!parts || parts.base === own) continue
    found.set(parts.space === 'data' || !families.has(parts.base) ? `data.${parts.base}` : parts.base, throughOf(bound, parent))
  }
  return found
}

function throughOf(bound: BoundFile, { through }: Parent): Through {
  if (!through) return CLOSED
  if (through.any) return { any: true, tensors: new Set() }
  return { any: false, tensors: new Set(through.places.flatMap(({ span }) => placesAt(bound, span).map(({ tensor }) => tensor))) }
}

export function edgesAt(bound: BoundFile, hypothesis: BoundHypothesis, statement: NodeStatement): Edges {
  const families = familiesOf(hypothesis)
  const own = statement.name?.text ?? ''
  const named = [...written(bound, hypothesis, statement)].map(([name, through]) => {
    const tensors = name.startsWith('data.') ? columnsFeeding(bound).get(name.slice(5)) ?? [] : (families.get(name) ?? []).map(({ place }) => place.tensor)
    return { name, tensors: [...new Set(tensors)], through }
  }).filter(({ tensors }) => tensors.length > 0)
  const parents = named.map((one): ParentSide => ({ ...one, others: named.flatMap((other) => (other === one ? [] : other.tensors)) }))
  return { parents, children: childrenOf(bound, hypothesis, own) }
}

function childrenOf(bound: BoundFile, { nodes }: BoundHypothesis, own: string): ChildSide[] {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  return nodes.flatMap((node): ChildSide[] => {
    const edge = node.parents.find((parent) => parent.kind === 'node' && baseOf(parent.node) === own)
    if (!edge) return []
    return [{ name: node.name, tensor: node.place.tensor, through: edge.through, others: otherTensors(bound, byName, node, own) }]
  })
}

function otherTensors(bound: BoundFile, byName: ReadonlyMap<string, BoundNode>, { parents }: BoundNode, own: string): string[] {
  return parents.flatMap((edge) => {
    if (edge.kind === 'column') return columnsFeeding(bound).get(edge.column) ?? []
    return baseOf(edge.node) === own ? [] : byName.get(edge.node)?.place.tensor ?? []
  })
}
