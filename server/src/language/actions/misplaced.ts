/** A statement where it cannot stand: moves it to where it can. */
import { pathAt, type AnyNode, type HypothesisItem, type GraphItem, type Item, type Misplaced } from '@scrub/grammar'
import { statementsOf } from '../../hypothesis/items.ts'
import type { Snapshot } from '../snapshot.ts'
import { quickfix, type Edit, type Fix } from './action.ts'
import { after, indentOf, without } from './rewriting.ts'

const IN_GRAPH = new Set<AnyNode['kind']>(['use', 'component', 'rewrite'])
const IN_HYPOTHESIS = new Set<AnyNode['kind']>(['node', 'refine', 'for'])

export const misplaced: Fix = (snapshot, finding) => {
  if (finding.code !== 'syntax' || !/ cannot stand (outside of a block|in `graph \{ … \}`|in a `hypothesis`): move it /.test(finding.message)) return []
  const { parsed, text } = snapshot
  const path = pathAt(parsed.file, finding.span.start)
  const at = path.findIndex((node) => node.kind === 'misplaced' && node.span.start === finding.span.start)
  const node = path[at]
  if (node?.kind !== 'misplaced') return []
  const { item } = node
  const block = path.slice(0, at).find((one): one is HypothesisItem | GraphItem => one.kind === 'hypothesis' || one.kind === 'graph')
  const written = text.slice(item.span.start, item.span.end)
  const { hypotheses, graphs } = statementsOf(parsed.file)
  const offer = (title: string, edits: readonly Edit[]) => (edits.length > 0 ? [quickfix(title, edits, finding)] : [])
  const away = (statement: string) => (block ? outside(text, block, item.span, statement) : [])
  if (IN_HYPOTHESIS.has(item.kind)) {
    const whole = hypotheses.filter(({ items }) => items.length > 0)
    const home = whole.findLast(({ span }) => span.end <= item.span.start) ?? whole.find(({ span }) => span.start >= item.span.end)
    if (home) return offer('Move it into the hypothesis', moved(snapshot, node, home))
    return block ? [] : offer('Put a hypothesis around it', around(snapshot, node, 'hypothesis "name"'))
  }
  if (IN_GRAPH.has(item.kind)) {
    const home = graphs.find((graph) => graph !== block && graph.items.length > 0)
    if (home) return offer('Move it into the graph', moved(snapshot, node, home))
    return block ? offer('Move it into a graph', away(`graph {\n  ${written}\n}`)) : offer('Put a graph around it', around(snapshot, node, 'graph'))
  }
  return offer('Move it out of the block', away(written))
}

/** To the end of a block. */
function moved({ text }: Snapshot, { span }: { readonly span: Item['span'] }, { items }: HypothesisItem | GraphItem): readonly Edit[] {
  const last = items.at(-1)
  return last ? [without(text, span), after(text, last.span, [text.slice(span.start, span.end)])] : []
}

/** Above a block that it stood in. */
function outside(text: string, { span }: HypothesisItem | GraphItem, from: Item['span'], statement: string): readonly Edit[] {
  const indent = indentOf(text, span.start)
  return [without(text, from), { span: { start: span.start, end: span.start }, newText: `${statement}${indent === undefined ? ' ' : `\n${indent}`}` }]
}

/** Makes a block of a statement and those of its sort that follow it. */
function around({ text, parsed }: Snapshot, node: Misplaced, header: string): readonly Edit[] {
  const { items } = parsed.file
  const belongs = (one: Item): boolean => one.kind === 'misplaced' && IN_GRAPH.has(one.item.kind) === IN_GRAPH.has(node.item.kind) && (IN_GRAPH.has(one.item.kind) || IN_HYPOTHESIS.has(one.item.kind))
  const first = items.indexOf(node)
  if (first < 0) return []
  let last = first
  while (last + 1 < items.length && belongs(items[last + 1]!)) last++
  const [start, end] = [node.span.start, items[last]!.span.end]
  const indent = indentOf(text, start) ?? ''
  const body = text.slice(start, end).replace(/\n(?=[^\n])/g, '\n  ')
  return [{ span: { start, end }, newText: `${header} {\n${indent}  ${body}\n${indent}}` }]
}
