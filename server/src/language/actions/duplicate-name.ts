/** Two things of one name: renames the second, or removes it. */
import { pathAt, type AnyNode } from '@scrub/grammar'
import { nameOf } from '../../hypothesis/collect.ts'
import { statementsOf } from '../../hypothesis/items.ts'
import type { Snapshot } from '../snapshot.ts'
import { quickfix, type Action, type Edit, type Fix } from './action.ts'
import { freshName } from './fresh-name.ts'
import { without, withoutElement } from './rewriting.ts'

/** Statements of which there is one, or which are mostly repeated by mistake. */
const REMOVED = new Set<AnyNode['kind']>(['model', 'data', 'vocab', 'metric', 'let', 'option', 'component'])
const RENAMED = new Set<AnyNode['kind']>(['metric', 'let', 'node', 'component', 'hypothesis'])

export const duplicateName: Fix = (snapshot, finding) => {
  if (finding.code !== 'duplicate-name') return []
  const { parsed, text } = snapshot
  const { span } = finding
  const path = pathAt(parsed.file, span.start)
  const item = path.findLast(({ kind }) => REMOVED.has(kind) || RENAMED.has(kind))
  if (!item) return []
  if (item.kind === 'data' && span.start !== item.keyword.start) return clause(snapshot, finding, item)
  const actions: Action[] = []
  const word = text.slice(span.start, span.end)
  const family = (item.kind === 'node' || item.kind === 'component') && item.binders.length > 0
  if (RENAMED.has(item.kind) && !(family && / already; use `refine/.test(finding.message))) {
    const edit = renamed(snapshot, item, finding)
    if (edit) actions.push(quickfix(`Rename to \`${edit.newText.replace(/^"|"$/g, '')}\``, [edit], finding))
  }
  if (REMOVED.has(item.kind)) {
    const same = item.kind === 'option' || item.kind === 'model' || item.kind === 'data'
    actions.push(quickfix(`Remove this \`${'keyword' in item ? text.slice(item.keyword.start, item.keyword.end) : word}\``, [without(text, item.span)], finding, same))
  }
  return actions
}

function renamed(snapshot: Snapshot, item: AnyNode, { span }: Parameters<Fix>[1]): Edit | undefined {
  const { parsed } = snapshot
  if (item.kind === 'hypothesis') {
    if (!item.name) return undefined
    const taken = new Set(statementsOf(parsed.file).hypotheses.flatMap(({ name }) => (name ? [nameOf(name)] : [])))
    const gap = item.name.kind === 'string' ? ' ' : ''
    let i = 2
    while (taken.has(`${nameOf(item.name)}${gap}${i}`)) i++
    const name = `${nameOf(item.name)}${gap}${i}`
    return { span, newText: item.name.kind === 'string' ? JSON.stringify(name) : name }
  }
  if ((item.kind !== 'let' && item.kind !== 'node' && item.kind !== 'metric') || !item.name) return undefined
  const metrics = statementsOf(parsed.file).metrics.flatMap(({ name }) => (name ? [name.text] : []))
  return { span: item.name.span, newText: freshName(snapshot, item.name.text, undefined, metrics) }
}

/** `as { x = a, x = b }`. */
function clause({ parsed }: Snapshot, finding: Parameters<Fix>[1], data: AnyNode & { kind: 'data' }): readonly Action[] {
  const index = data.as.findIndex(({ input }) => input.span.start === finding.span.start)
  if (index < 0 || data.as.length < 2) return []
  return [quickfix('Remove this column', withoutElement(parsed, data.as.map(({ span }) => span), index), finding, true)]
}
