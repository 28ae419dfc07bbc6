/** The last result of a hypothesis becomes what is expected of it. */
import { pathAt } from '@scrub/grammar'
import { nameOf } from '../../hypothesis/collect.ts'
import { statementsOf } from '../../hypothesis/items.ts'
import type { Refactoring } from './action.ts'

export const addExpect: Refactoring = (snapshot, { start }) => {
  const { parsed, text } = snapshot
  const item = pathAt(parsed.file, start).find((node) => node.kind === 'hypothesis')
  const name = item?.name && nameOf(item.name)
  const result = name === undefined ? undefined : snapshot.result(name)
  const { value, low } = result?.report.recovered ?? { value: null, low: null }
  const { expects } = statementsOf(parsed.file)
  if (!item?.name || !result || result.stale || result.live || value === null || expects.some(({ hypothesis }) => hypothesis && nameOf(hypothesis) === name)) return []
  const statement = `expect ${text.slice(item.name.span.start, item.name.span.end)} recovered >= ${percentBelow(low ?? value)}`
  const last = expects.at(-1)
  const end = text.trimEnd().length
  const edit = last
    ? { span: { start: last.span.end, end: last.span.end }, newText: `\n${statement}` }
    : { span: { start: end, end: text.length }, newText: `\n\n${statement}\n` }
  return [{ title: `Expect what was recovered: ${statement.slice(statement.indexOf('recovered'))}`, kind: 'refactor.rewrite', edits: [edit] }]
}

/** A round number below: whole per cent, tenths near 100. */
function percentBelow(fraction: number): string {
  const percent = fraction * 100
  const tenths = percent >= 99 ? 10 : 1
  // What was enumerated may lie a rounding error below a round number.
  return `${Math.floor(percent * tenths + 1e-6) / tenths}%`
}
