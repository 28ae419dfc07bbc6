/** Completion after `from` and in `through`: nodes and columns that can be parents, components that block the way from one. */
import { leastBlocked, tensorGraph, upFrom } from '../hypothesis/tensor-graph.ts'
import type { BoundFile, BoundHypothesis } from '../hypothesis/bound.ts'
import type { Clause, Cursor } from './cursor.ts'
import { edgesAt, type NodeStatement } from './edges-at.ts'
import { boundHypothesis, descendantsOf, familiesOf, familyText, isFamily, nodeText } from './families.ts'
import { columnsFeeding } from './inputs.ts'
import { downFrom, idsOf, maskOf } from './place-legality.ts'
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

/** Right after `count[`: the indices of its members, and those that are bound here. */
export function membersAt(snapshot: Snapshot, cursor: Cursor, { open }: Clause): Candidate[] {
  const bracket = open.at(-1)
  if (bracket?.bracket.type !== 'LeftBracket' || bracket.bracket !== cursor.before.at(-1) || bracket.index < 2) return []
  const hypothesis = boundHypothesis(snapshot.bound, cursor.blocks.find((block) => block.kind === 'hypothesis'))
  const members = hypothesis && familiesOf(hypothesis).get(bracket.before?.image ?? '')
  if (!members || !isFamily(members)) return []
  const indices = symbolsOf(snapshot.parsed).inScope(cursor.offset).filter(({ kind }) => kind === 'index')
  return [
    ...indices.map(({ name }): Candidate => ({ label: name, kind: 'index', rank: 0, detail: 'index' })),
    ...members.map((member): Candidate => ({ label: member.name.slice(member.name.indexOf('[') + 1, -1), kind: 'value', rank: 1, detail: `node ${nodeText(member)}` })),
  ]
}

export interface Blockers {
  /** On the freest way from the parent to the node: opening them makes the edge possible. */
  readonly first: ReadonlySet<string>
  /** On some way. */
  readonly between: ReadonlySet<string>
}

/** The components, of those that are `closed`, between a statement's node and one of its parents. */
export function blockersOf(bound: BoundFile, hypothesis: BoundHypothesis, statement: NodeStatement, parent: string, closed: ReadonlySet<string>): Blockers | undefined {
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
  const blocking = [...closed].filter((tensor) => !edge.others.includes(tensor))
  const between = blocking.filter((tensor) => above[graph.id.get(tensor)!] && below[graph.id.get(tensor)!])
  const way = leastBlocked(graph, from[0]!, to, maskOf(graph, blocking), siblings) ?? []
  return { first: new Set(way.map((id) => graph.names[id]!)), between: new Set(between) }
}
