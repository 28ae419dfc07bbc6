/** Circles: of nodes, of hypotheses that extend each other, of a let that was to read a column. */
import { pathAt, type HypothesisItem } from '@scrub/grammar'
import { nameOf } from '../../hypothesis/collect.ts'
import { partsOf } from '../../hypothesis/reference.ts'
import { tensorGraph, upFrom } from '../../hypothesis/tensor-graph.ts'
import { namesIn } from '../../hypothesis/walk-expr.ts'
import { idsOf } from '../place-legality.ts'
import { placesAt } from '../places-at.ts'
import type { Snapshot } from '../snapshot.ts'
import { quickfix, type Action, type Fix } from './action.ts'
import { isPlain } from './misspelt.ts'
import { withoutElement, withoutParent, wordBefore, type NodeStatement } from './rewriting.ts'
import { isSingle, statementAt } from './ways.ts'

export const cycle: Fix = (snapshot, finding) => {
  if (finding.code !== 'cycle') return []
  const { text, parsed } = snapshot
  const path = pathAt(parsed.file, finding.span.start)
  const column = /; write `data\.([^`]+)` for the column/.exec(finding.message)?.[1]
  if (column !== undefined) {
    const newText = isPlain(column) ? `data.${column}` : `data[${JSON.stringify(column)}]`
    return text.slice(finding.span.start, finding.span.end) === column ? [quickfix(`Read the column \`${column}\``, [{ span: finding.span, newText }], finding, true)] : []
  }
  const hypothesis = path.find((node) => node.kind === 'hypothesis')
  if (!hypothesis) return []
  const index = hypothesis.extends.findIndex(({ span }) => span.start === finding.span.start)
  if (index >= 0) {
    const { span } = hypothesis.extends[index]!
    const keyword = wordBefore(parsed, 'Extends', span.start)
    const edits = hypothesis.extends.length > 1
      ? withoutElement(parsed, hypothesis.extends.map((one) => one.span), index)
      : keyword ? [{ span: { start: keyword.start - (/[ \t]*$/.exec(text.slice(0, keyword.start))?.[0].length ?? 0), end: span.end }, newText: '' }] : []
    return edits.length > 0 ? [quickfix(`Do not extend \`${nameOf(hypothesis.extends[index]!)}\``, edits, finding, hypothesis.extends.length === 1)] : []
  }
  const statement = statementAt(parsed, finding.span.start)
  return statement ? ofNodes(snapshot, hypothesis, statement, finding) : []
}

/** An edge of the text: the child's statement, and the parent's name. */
interface Written {
  readonly child: NodeStatement
  readonly parent: string
}

/** Removes the one edge of the circle that the model has not: what is left then goes downstream. */
function ofNodes(snapshot: Snapshot, { items }: HypothesisItem, child: NodeStatement, finding: Parameters<Fix>[1]): readonly Action[] {
  const { parsed, bound } = snapshot
  const nodes = new Map(items.flatMap((item) => (item.kind === 'node' && item.name && isSingle(parsed, item) ? [[item.name.text, item] as const] : [])))
  const name = child.name?.text
  if (!bound || name === undefined || nodes.get(name) !== child) return []
  const edges = circle(nodes, name)
  if (!edges) return []
  const graph = tensorGraph(bound.graph)
  const tensor = (statement: NodeStatement | undefined) => idsOf(graph, statement?.place ? placesAt(bound, statement.place.span).map((place) => place.tensor) : [])[0]
  const wrong = edges.filter((edge) => {
    const [from, to] = [tensor(nodes.get(edge.parent)), tensor(edge.child)]
    return from === undefined || to === undefined || !upFrom(graph, to)[from]
  })
  const [only] = wrong
  if (!only || wrong.length > 1 || (only.child.feature && namesIn(only.child.feature).has(only.parent))) return []
  const entry = only.child.from.find(({ reference }) => partsOf(reference)?.base === only.parent)
  return entry ? [quickfix(`Remove the parent \`${only.parent}\` of \`${only.child.name!.text}\``, withoutParent(snapshot, only.child, entry), finding)] : []
}

/** The shortest circle through a node. */
function circle(nodes: ReadonlyMap<string, NodeStatement>, name: string): readonly Written[] | undefined {
  const ways = new Map<string, readonly Written[]>([[name, []]])
  for (const [at, way] of ways) {
    const child = nodes.get(at)!
    const parents = new Set([...(child.feature ? namesIn(child.feature) : []), ...child.from.flatMap(({ reference }) => partsOf(reference)?.base ?? [])])
    for (const parent of parents) {
      if (parent === name) return [...way, { child, parent }]
      if (nodes.has(parent) && !ways.has(parent)) ways.set(parent, [...way, { child, parent }])
    }
  }
  return undefined
}
