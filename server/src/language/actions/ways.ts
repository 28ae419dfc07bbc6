/** The ways of an edge through the model: what blocks it, and how a blocker is written. */
import { pathAt, type NodeItem, type Parent, type Parsed, type Span } from '@scrub/grammar'
import type { BoundFile, BoundHypothesis, BoundNode, Edge, Through } from '../../hypothesis/bound.ts'
import { partsOf } from '../../hypothesis/reference.ts'
import { tensorText } from '../../hypothesis/spelling.ts'
import { leastBlocked, tensorGraph } from '../../hypothesis/tensor-graph.ts'
import { baseOf } from '../families.ts'
import { columnsFeeding } from '../inputs.ts'
import { blockingOf, idsOf, judgeOf, maskOf, type ParentSide } from '../place-legality.ts'
import type { NodeStatement } from './rewriting.ts'

/** An edge where it is written; a statement of a family, or one that others inherit, stands for several. */
export interface EdgeHere {
  readonly hypothesis: BoundHypothesis
  readonly node: BoundNode
  readonly edge: Edge
}

/** The edges that are written at a span: an entry after `from`, or a name in a feature. */
export function edgesWritten(bound: BoundFile | undefined, span: Span): readonly EdgeHere[] {
  return (bound?.hypotheses ?? []).flatMap((hypothesis) => hypothesis.nodes.flatMap((node) => node.parents
    .filter((edge) => edge.span.start === span.start && edge.span.end === span.end)
    .map((edge) => ({ hypothesis, node, edge }))))
}

/** The edges to a parent after `from`; one that the feature names too is written there. */
export function edgesOf(bound: BoundFile | undefined, { span, feature }: NodeStatement, parent: Parent): readonly EdgeHere[] {
  const here = edgesWritten(bound, parent.span)
  const name = partsOf(parent.reference)?.base
  if (here.length > 0 || !bound || !feature) return here
  return bound.hypotheses.flatMap((hypothesis) => hypothesis.nodes.filter(({ featureSpan }) => span.start <= featureSpan.start && featureSpan.end <= span.end)
    .flatMap((node) => node.parents.filter((edge) => edge.kind === 'node' && baseOf(edge.node) === name).map((edge) => ({ hypothesis, node, edge }))))
}

/** Where a parent stands: a column at all the model inputs that it feeds. */
export function tensorsOf(bound: BoundFile, { nodes }: BoundHypothesis, edge: Pick<Edge, 'kind'> & { readonly node?: string; readonly column?: string }): readonly string[] {
  if (edge.kind === 'column') return columnsFeeding(bound).get(edge.column!) ?? []
  const tensor = nodes.find(({ name }) => name === edge.node)?.place.tensor
  return tensor === undefined ? [] : [tensor]
}

/** Where the other parents of a node stand. */
export const otherTensors = (bound: BoundFile, { hypothesis, node, edge }: EdgeHere): readonly string[] =>
  node.parents.filter((other) => other !== edge).flatMap((other) => tensorsOf(bound, hypothesis, other))

/**
 * The components on the freest way from one of some tensors to another one, nearest to the model's input first, beside those
 * that `through` allows. Undefined where every way runs through one of `others`, or there is none.
 */
export function blockersBetween(bound: BoundFile, hypothesis: BoundHypothesis, from: readonly string[], to: string, through: Through, others: readonly string[]): readonly string[] | undefined {
  const graph = tensorGraph(bound.graph)
  const [end] = idsOf(graph, [to])
  if (end === undefined) return undefined
  const counted = maskOf(graph, through.any ? [] : [...blockingOf(bound, hypothesis)].filter((tensor) => !through.tensors.has(tensor)))
  const forbidden = maskOf(graph, others)
  let best: readonly number[] | undefined
  for (const start of idsOf(graph, from)) {
    const way = leastBlocked(graph, start, end, counted, forbidden)
    if (way && (!best || way.length < best.length)) best = way
  }
  return best?.map((id) => graph.names[id]!)
}

/** What blocks an edge that is written. */
export const blockersOf = (bound: BoundFile, here: EdgeHere): readonly string[] | undefined =>
  blockersBetween(bound, here.hypothesis, tensorsOf(bound, here.hypothesis, here.edge), here.node.place.tensor, here.edge.through, otherTensors(bound, here))

/** A tensor that blocks, as one writes it in `through` and after `at`. */
export function blockerText(bound: BoundFile, tensor: string): string {
  for (const [name, at] of bound.components) if (at === tensor) return name
  const text = tensorText(tensor)
  return bound.components.has(text) || bound.points.has(text) ? JSON.stringify(tensor) : text
}

/** The `node` or `refine` at an offset. */
export function statementAt({ file }: Parsed, offset: number): NodeStatement | undefined {
  return pathAt(file, offset).findLast((node) => node.kind === 'node' || node.kind === 'refine')
}

/** A statement of one node: no family, and in no `for`. */
export function isSingle({ file }: Parsed, statement: NodeStatement): boolean {
  const indices = statement.kind === 'refine' ? statement.indices.length : 0
  return statement.binders.length === 0 && indices === 0 && !pathAt(file, statement.span.start).some(({ kind }) => kind === 'for')
}

/** The statement that declares a node, if it is a node of its own. */
export function declarationOf(parsed: Parsed, node: BoundNode): NodeItem | undefined {
  const statement = statementAt(parsed, node.span.start)
  return statement?.kind === 'node' && isSingle(parsed, statement) ? statement : undefined
}

/** Whether all edges of a node stay possible with one more parent, which stands at some tensors. */
export function fits(bound: BoundFile, hypothesis: BoundHypothesis, node: BoundNode, name: string, tensors: readonly string[], through: readonly string[]): boolean {
  const sides = [
    ...node.parents.map((edge) => ({ name: edge.kind === 'node' ? edge.node : edge.column, tensors: tensorsOf(bound, hypothesis, edge), through: edge.through })),
    { name, tensors, through: { any: false, tensors: new Set(through) } },
  ]
  if (sides.some((side) => sides.some((other) => other !== side && other.tensors.some((tensor) => side.through.tensors.has(tensor) || side.tensors.includes(tensor))))) return false
  const parents = sides.map((side): ParentSide => ({ ...side, others: sides.filter((other) => other !== side).flatMap((other) => other.tensors) }))
  return judgeOf(bound, hypothesis, { parents, children: [] })(node.place.tensor) === undefined
}
