/** An edge that components block: let it run through them, or put a node at each. */
import { pathAt, type Parent } from '@scrub/grammar'
import type { BoundFile } from '../../hypothesis/bound.ts'
import { partsOf } from '../../hypothesis/reference.ts'
import type { Snapshot } from '../snapshot.ts'
import { symbolsOf } from '../symbols.ts'
import { quickfix, type Action, type Edit, type Fix } from './action.ts'
import { freshName } from './fresh-name.ts'
import { before, withParents, withThrough, withThroughAny, type NodeStatement } from './rewriting.ts'
import { blockersOf, blockerText, edgesWritten, isSingle, otherTensors, statementAt, type EdgeHere } from './ways.ts'

export const blockedEdge: Fix = (snapshot, finding) => {
  const { bound, parsed } = snapshot
  const statement = finding.code === 'blocked-edge' ? statementAt(parsed, finding.span.start) : undefined
  const edges = edgesWritten(bound, finding.span)
  if (!bound || !statement || edges.length === 0) return []
  const ways = edges.map((here) => blockersOf(bound, here))
  if (ways.some((way) => way === undefined)) return []
  // One text for all members of a family: what blocks any of them.
  const blockers = [...new Set(ways.flatMap((way) => way!))]
  const names = blockers.map((tensor) => blockerText(bound, tensor))
  const list = names.join(', ')
  const actions: Action[] = []
  const offer = (title: string, edits: readonly Edit[]) => { if (edits.length > 0) actions.push(quickfix(title, edits, finding)) }
  const allowed = edges.every((here) => otherTensors(bound, here).every((tensor) => !blockers.includes(tensor)))
  if (allowed && blockers.length > 0) offer(`Run through ${list}`, through(snapshot, statement, edges, (parent) => withThrough(parent, names), `[${list}]`))
  offer('Run through any component', through(snapshot, statement, edges, withThroughAny, 'any'))
  if (isSingle(parsed, statement) && ways.every((way) => way!.length === blockers.length)) {
    const nodes = names.length === 1 ? 'a node' : 'nodes'
    offer(`Insert ${nodes} at ${list}`, inserted(snapshot, bound, statement, edges, blockers))
  }
  return actions
}

/** The entry after `from` that names the parent of some edges; a parent that only the feature names has none. */
function entryOf({ from }: NodeStatement, { edge }: EdgeHere): Parent | undefined {
  const written = from.find(({ span }) => span.start === edge.span.start && span.end === edge.span.end)
  return written ?? from.find(({ reference }) => {
    const parts = partsOf(reference)
    return parts?.accessors.length === 0 && parts.base === (edge.kind === 'node' ? edge.node : edge.column)
  })
}

function through({ parsed }: Snapshot, statement: NodeStatement, edges: readonly EdgeHere[], changed: (parent: Parent) => readonly Edit[], what: string): readonly Edit[] {
  const entry = entryOf(statement, edges[0]!)
  if (entry) return changed(entry)
  const parents = [...new Set(edges.flatMap(({ edge }) => (edge.kind === 'node' ? [edge.node] : [])))]
  // The members of a family have parents of their own, which no constant names.
  if (!isSingle(parsed, statement) && (parents.length > 1 || parents[0]!.includes('['))) return []
  return withParents(statement, parents.map((name) => `${name} through ${what}`))
}

/** A node at each blocker, every one a parent of the next, and the last one in place of the parent. */
function inserted(snapshot: Snapshot, bound: BoundFile, statement: NodeStatement, edges: readonly EdgeHere[], blockers: readonly string[]): readonly Edit[] {
  const { text, parsed } = snapshot
  const { edge } = edges[0]!
  const targets = new Set(edges.map((here) => (here.edge.kind === 'node' ? here.edge.node : `data.${here.edge.column}`)))
  // Two nodes at an output that the metric reads would overlap.
  const standing = new Set(edges.flatMap(({ hypothesis }) => hypothesis.nodes.map(({ place }) => place.tensor)))
  if (targets.size !== 1 || blockers.length === 0 || blockers.some((tensor) => bound.metric?.outputs.includes(tensor) && standing.has(tensor))) return []
  const entry = entryOf(statement, edges[0]!)
  const allowed = entry?.through ? ` ${text.slice(entry.through.span.start, entry.through.span.end)}` : ''
  const named = edge.kind === 'node' ? mentions(snapshot, statement, edge.node) : []
  if (!entry && named.length === 0) return []
  let parent = entry ? text.slice(entry.reference.span.start, entry.reference.span.end) : text.slice(named[0]!.start, named[0]!.end)
  const around = pathAt(parsed.file, statement.span.start).find((node) => node.kind === 'hypothesis')
  const names: string[] = []
  const lines = blockers.map((tensor) => {
    const place = blockerText(bound, tensor)
    const name = freshName(snapshot, place, around, names)
    names.push(name)
    // What the feature reads the new nodes claim; otherwise they claim nothing new.
    const feature = named.length > 0 ? parent : 'exact'
    const from = named.length === 0 || allowed !== '' ? `    from ${parent}${allowed}` : ''
    parent = name
    return `node ${name} = ${feature}    at ${place}${from}`
  })
  return [
    before(text, statement.span, lines),
    ...named.map((span) => ({ span, newText: parent })),
    ...(entry ? [{ span: entry.reference.span, newText: parent }] : []),
  ]
}

/** Where the feature of a statement names a node. */
function mentions({ parsed }: Snapshot, { feature }: NodeStatement, node: string) {
  if (!feature) return []
  return symbolsOf(parsed).occurrences
    .filter(({ span, named }) => named.kind === 'node' && named.name === node && feature.span.start <= span.start && span.end <= feature.span.end)
    .map(({ span }) => span)
}
