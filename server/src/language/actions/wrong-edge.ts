/** Edges that do not exist, or run the wrong way: remove them, turn them round, or lead them over another parent. */
import type { Finding, Parent } from '@scrub/grammar'
import type { BoundFile } from '../../hypothesis/bound.ts'
import { partsOf } from '../../hypothesis/reference.ts'
import { placesAt } from '../places-at.ts'
import type { Snapshot } from '../snapshot.ts'
import { quickfix, type Action, type Edit, type Fix } from './action.ts'
import { withoutElement, withoutParent, withParents, wordBefore, type NodeStatement } from './rewriting.ts'
import { blockersBetween, blockersOf, blockerText, declarationOf, edgesOf, edgesWritten, fits, isSingle, otherTensors, statementAt, tensorsOf, type EdgeHere } from './ways.ts'

const REMOVABLE = new Set(['missing-edge', 'reversed-edge', 'blocked-edge', 'unknown-node'])

export const wrongEdge: Fix = (snapshot, finding) => {
  const { bound, parsed } = snapshot
  if (!bound || (!REMOVABLE.has(finding.code) && finding.code !== 'bad-through')) return []
  const statement = statementAt(parsed, finding.span.start)
  if (!statement) return []
  if (finding.code === 'bad-through') return passage(snapshot, finding, statement)
  const parent = statement.from.find(({ span }) => span.start === finding.span.start && span.end === finding.span.end)
  const edges = edgesWritten(bound, finding.span)
  if (!parent || (edges.length === 0 && !/^No model input is computed from/.test(finding.message))) return []
  // Where components block, there is better to do than to remove.
  if (finding.code === 'blocked-edge' && edges.some((here) => blockersOf(bound, here) !== undefined)) return []
  const name = nameOf(snapshot, parent)
  const others = edges.length > 0 && isSingle(parsed, statement)
    ? finding.code === 'reversed-edge' ? turned(snapshot, bound, finding, statement, parent, edges)
      : finding.code === 'blocked-edge' ? moved(snapshot, bound, finding, statement, parent, edges) : []
    : []
  return [...others, quickfix(`Remove the parent \`${name}\``, withoutParent(snapshot, statement, parent), finding)]
}

const nameOf = ({ text }: Snapshot, { reference: { span } }: Parent): string => text.slice(span.start, span.end)

/** An entry of `through` that cannot stand there; of another parent's place only where a way remains without it. */
function passage({ parsed, text, bound }: Snapshot, finding: Finding, statement: NodeStatement): readonly Action[] {
  for (const entry of statement.from) {
    const { through, reference } = entry
    if (!through || through.any) continue
    const index = through.places.findIndex(({ span }) => span.start === finding.span.start && span.end === finding.span.end)
    if (index < 0) continue
    const places = placesAt(bound, finding.span).map(({ tensor }) => tensor)
    const needed = edgesOf(bound, statement, entry).some((here) => otherTensors(bound!, here).some((tensor) => places.includes(tensor)) && blockersOf(bound!, here)?.length !== 0)
    if (needed) return []
    const name = text.slice(finding.span.start, finding.span.end)
    const edits: readonly Edit[] = through.places.length > 1
      ? withoutElement(parsed, through.places.map(({ span }) => span), index)
      : wordBefore(parsed, 'Through', finding.span.start) ? [{ span: { start: reference.span.end, end: through.span.end }, newText: '' }] : []
    return edits.length > 0 ? [quickfix(`Leave \`${name}\` out of \`through\``, edits, finding, true)] : []
  }
  return []
}

/** The nodes at both ends of one edge, each declared by a statement of its own. */
function ends({ parsed }: Snapshot, edges: readonly EdgeHere[]) {
  const [here] = edges
  if (!here || here.edge.kind !== 'node' || edges.some(({ node, edge }) => node.name !== here.node.name || edge.kind !== 'node' || edge.node !== (here.edge as { node: string }).node)) return undefined
  const parentName = here.edge.node
  const parent = here.hypothesis.nodes.find(({ name }) => name === parentName)
  const statement = parent && declarationOf(parsed, parent)
  return parent && statement && statement.name ? { here, parent, statement } : undefined
}

/** The parent of the child becomes its child. */
function turned(snapshot: Snapshot, bound: BoundFile, finding: Finding, statement: NodeStatement, entry: Parent, edges: readonly EdgeHere[]): readonly Action[] {
  const pair = ends(snapshot, edges)
  const child = statement.name?.text
  if (!pair || child === undefined || pair.here.node.name !== child) return []
  const { here: { hypothesis, node }, parent } = pair
  const others = parent.parents.flatMap((edge) => tensorsOf(bound, hypothesis, edge))
  const blockers = blockersBetween(bound, hypothesis, [node.place.tensor], parent.place.tensor, { any: false, tensors: new Set() }, others)
  const names = blockers?.map((tensor) => blockerText(bound, tensor))
  if (!names || blockers!.some((tensor) => others.includes(tensor)) || !fits(bound, hypothesis, parent, child, [node.place.tensor], blockers!)) return []
  const through = names.length > 0 ? ` through [${names.join(', ')}]` : ''
  return [quickfix(`Make \`${child}\` a parent of \`${parent.name}\` instead`, [...withoutParent(snapshot, statement, entry), ...withParents(pair.statement, [`${child}${through}`])], finding)]
}

/** The parent becomes one of the parent that stands on its way. */
function moved(snapshot: Snapshot, bound: BoundFile, finding: Finding, statement: NodeStatement, entry: Parent, edges: readonly EdgeHere[]): readonly Action[] {
  const { parsed } = snapshot
  const [here] = edges
  const name = partsOf(entry.reference)
  if (!here || edges.length > 1 || !name || name.accessors.length > 0) return []
  const from = tensorsOf(bound, here.hypothesis, here.edge)
  for (const other of here.node.parents) {
    const sibling = other !== here.edge && other.kind === 'node' ? here.hypothesis.nodes.find((node) => node.name === other.node) : undefined
    const target = sibling && declarationOf(parsed, sibling)
    if (!sibling || !target || !from[0]) continue
    const others = sibling.parents.flatMap((edge) => tensorsOf(bound, here.hypothesis, edge))
    const free = blockersBetween(bound, here.hypothesis, from, sibling.place.tensor, here.edge.through, others)?.length === 0
    if (!free || !fits(bound, here.hypothesis, sibling, nameOf(snapshot, entry), from, [...here.edge.through.tensors])) continue
    const parent = snapshot.text.slice(entry.span.start, entry.span.end)
    return [quickfix(`Make \`${nameOf(snapshot, entry)}\` a parent of \`${sibling.name}\` instead`, [...withoutParent(snapshot, statement, entry), ...withParents(target, [parent])], finding)]
  }
  return []
}
