/** A feature that its parents do not determine: adds a parent that knows of what it reads. */
import type { Expr, HypothesisItem, LetItem } from '@scrub/grammar'
import { walk } from '@scrub/grammar'
import type { BoundHypothesis, BoundNode } from '../../hypothesis/bound.ts'
import { statementsOf } from '../../hypothesis/items.ts'
import { namesIn } from '../../hypothesis/walk-expr.ts'
import { boundHypothesis } from '../families.ts'
import { columnsFeeding } from '../inputs.ts'
import type { Snapshot } from '../snapshot.ts'
import { quickfix, type Fix } from './action.ts'
import { isPlain } from './misspelt.ts'
import { withParents } from './rewriting.ts'
import { fits, isSingle, statementAt } from './ways.ts'

/** Parents that are offered. */
const MOST = 4

export const undetermined: Fix = (snapshot, finding) => {
  if (finding.code !== 'not-a-function') return []
  const { bound, parsed } = snapshot
  const statement = statementAt(parsed, finding.span.start)
  if (!bound || !statement?.feature || !isSingle(parsed, statement)) return []
  const { hypotheses } = statementsOf(parsed.file)
  const spanned = (node: BoundNode) => node.featureSpan.start === finding.span.start && node.featureSpan.end === finding.span.end
  const item = hypotheses.find((one) => boundHypothesis(bound, one)?.nodes.some(spanned))
  const hypothesis = boundHypothesis(bound, item)
  const node = hypothesis?.nodes.find(spanned)
  if (!item || !hypothesis || !node || node.name.includes('[')) return []
  const reads = readerOf(snapshot, item)
  const names = reads(statement.feature)
  const nodes = new Set(hypothesis.nodes.map(({ name }) => name))
  const columns = [...columnsFeeding(bound)].filter(([column]) => names.has(column) && !node.parents.some((edge) => edge.kind === 'column' && edge.column === column))
  const wanted = new Set(columns.map(([column]) => column))
  const offers = [
    ...nodesThatRead(snapshot, hypothesis, node, wanted, reads).map((one) => ({ title: one.name, parent: one.name, tensors: [one.place.tensor] })),
    ...columns.map(([column, tensors]) => ({ title: column, parent: isPlain(column) && !nodes.has(column) ? column : isPlain(column) ? `data.${column}` : `data[${JSON.stringify(column)}]`, tensors })),
  ]
  return offers.filter(({ title, tensors }) => fits(bound, hypothesis, node, title, tensors, [])).slice(0, MOST)
    .map(({ title, parent }) => quickfix(`Add the parent \`${title}\``, withParents(statement, [parent]), finding))
}

/** Nodes that are no parents yet, and whose features read one of some columns. */
function nodesThatRead({ parsed }: Snapshot, { nodes }: BoundHypothesis, child: BoundNode, columns: ReadonlySet<string>, reads: (feature: Expr) => ReadonlySet<string>): readonly BoundNode[] {
  return nodes.filter((node) => {
    if (node === child || node.name.includes('[') || child.parents.some((edge) => edge.kind === 'node' && edge.node === node.name)) return false
    const feature = statementAt(parsed, node.featureSpan.start)?.feature
    return feature !== undefined && [...reads(feature)].some((name) => columns.has(name))
  })
}

/** The names that an expression reads, those of the lets that it names included. */
function readerOf({ parsed }: Snapshot, item: HypothesisItem): (expr: Expr) => ReadonlySet<string> {
  const all = [...statementsOf(parsed.file).lets, ...[...walk(item)].filter((node): node is LetItem => node.kind === 'let')]
  const lets = new Map(all.flatMap(({ name, value }) => (name && value ? [[name.text, value] as const] : [])))
  return (expr) => {
    const found = new Set(namesIn(expr))
    for (const name of found) for (const more of lets.has(name) ? namesIn(lets.get(name)!) : []) found.add(more)
    return found
  }
}
