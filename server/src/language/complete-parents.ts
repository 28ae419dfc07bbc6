/** Completion after `from` and in `through`: nodes and columns that can be parents, components that block the way from one. */
import { leastBlocked, tensorGraph, upFrom } from '../hypothesis/tensor-graph.ts'
import type { BoundFile, BoundHypothesis } from '../hypothesis/bound.ts'
import type { Cursor } from './cursor.ts'
import { edgesAt, type NodeStatement } from './edges-at.ts'
import { boundHypothesis, descendantsOf, familiesOf, familyText } from './families.ts'
import { columnsFeeding } from './inputs.ts'
import { blockingOf, downFrom, idsOf, maskOf } from './place-legality.ts'
import type { Snapshot } from './snapshot.ts'
import type { Candidate } from './suggestion.ts'
import { symbolsOf } from './symbols.ts'

export function parentCandidates(snapshot: Snapshot, cursor: Cursor, statement: NodeStatement): Candidate[] {
  const { bound } = snapshot
  const item = cursor.blocks.find((block) => block.kind === 'hypothesis')
  const hypothesis = boundHypothesis(bound, item)
  const own = statement.name?.text
  const barred = item && own !== undefined ? descendantsOf(item, hypothesis, own) : new Set()
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
