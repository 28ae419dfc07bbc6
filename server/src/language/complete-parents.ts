/** Completion after `from` and in `through`: nodes and columns that can be parents, components that block the way from one. */
import { leastBlocked, tensorGraph, upFrom } from '../hypothesis/tensor-graph.ts'
import type { BoundFile, BoundHypothesis, BoundNode } from '../hypothesis/bound.ts'
import type { Cursor } from './cursor.ts'
import { edgesAt, type NodeStatement } from './edges-at.ts'
import { boundHypothesis, descendantsOf, familiesOf, isFamily } from './families.ts'
import { columnsFeeding } from './inputs.ts'
import { blockingOf, downFrom, idsOf, maskOf } from './place-legality.ts'
import type { Snapshot } from './snapshot.ts'
import type { Candidate } from './suggestion.ts'
import { symbolsOf } from './symbols.ts'
import { typeText } from './type-text.ts'

export function parentCandidates(snapshot: Snapshot, cursor: Cursor, statement: NodeStatement): Candidate[] {
  const { bound } = snapshot
  const hypothesis = boundHypothesis(bound, cursor.blocks.find((block) => block.kind === 'hypothesis'))
  const own = statement.name?.text
  const barred = new Set(own === undefined ? [] : hypothesis ? descendantsOf(hypothesis, own) : [own])
  const families = hypothesis && familiesOf(hypothesis)
  const nodes = symbolsOf(snapshot.parsed).inScope(cursor.offset).filter(({ kind, name }) => kind === 'node' && !barred.has(name))
  return [
    ...nodes.map(({ name }): Candidate => {
      const members = families?.get(name)
      return { label: name, kind: 'node', rank: 0, detail: members ? familyText(members) : 'node' }
    }),
    ...(bound ? [...columnsFeeding(bound)] : []).map(([column, inputs]): Candidate => ({ label: column, kind: 'column', rank: 1, detail: `column, feeds ${inputs.join(', ')}` })),
  ]
}

/** `node bool at /A`, `family of 2, bool at a1.h0 …`. */
export function familyText(members: readonly BoundNode[]): string {
  const { feature, place } = members[0]!
  const type = typeof feature === 'string' ? feature : typeText(feature)
  return isFamily(members) ? `family of ${members.length}, ${type} at ${place.text}${members.length > 1 ? ' …' : ''}` : `node ${type} at ${place.text}`
}

export interface Blockers {
  /** On the freest way from the parent to the node: opening them makes the edge possible. */
  readonly first: ReadonlySet<string>
  /** On some way. */
  readonly between: ReadonlySet<string>
}

/** The components between a statement's node and one of its parents. */
export function blockersOf(bound: BoundFile, hypothesis: BoundHypothesis, statement: NodeStatement, parent: string): Blockers | undefined {
  const own = statement.name?.text ?? ''
  const place = familiesOf(hypothesis).get(own)?.[0]?.place
  const edge = edgesAt(bound, hypothesis, statement).parents.find(({ name }) => name === parent || name === `data.${parent}`)
  if (!place || !edge) return undefined
  const graph = tensorGraph(bound.graph)
  const to = graph.id.get(place.tensor)
  const from = idsOf(graph, edge.tensors)
  if (to === undefined || from.length === 0) return undefined
  const siblings = maskOf(graph, edge.others)
  const above = upFrom(graph, to, siblings)
  const below = downFrom(graph, from, siblings)
  const blocking = [...blockingOf(bound, hypothesis)].filter((tensor) => !edge.through.tensors.has(tensor) && !edge.others.includes(tensor))
  const between = blocking.filter((tensor) => above[graph.id.get(tensor)!] && below[graph.id.get(tensor)!])
  const way = leastBlocked(graph, from[0]!, to, maskOf(graph, blocking), siblings) ?? []
  return { first: new Set(way.map((id) => graph.names[id]!)), between: new Set(between) }
}
