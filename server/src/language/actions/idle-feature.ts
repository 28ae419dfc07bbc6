/** A feature with one value, or with nearly as many as there are data: says in one word what it claims. */
import { quickfix, type Fix } from './action.ts'
import { partsOf } from '../../hypothesis/reference.ts'
import { withParents } from './rewriting.ts'
import { statementAt } from './ways.ts'

const WORDS: Readonly<Record<string, string>> = { vacuous: 'any', untestable: 'exact' }

export const idleFeature: Fix = (snapshot, finding) => {
  const { bound, parsed } = snapshot
  const word = WORDS[finding.code]
  const { span } = finding
  const statement = word === undefined ? undefined : statementAt(parsed, span.start)
  if (word === undefined || !bound || !statement) return []
  const all = bound.hypotheses.flatMap(({ nodes }) => nodes)
  const nodes = all.filter(({ featureSpan }) => featureSpan.start === span.start && featureSpan.end === span.end)
  const name = nodes[0]?.name
  // Members of a family differ; and what other features compute with needs a value.
  if (name === undefined || nodes.some((node) => node.name !== name) || name.includes('[')) return []
  const read = all.some(({ featureSpan, parents }) => parents.some((edge) => edge.kind === 'node' && edge.node === name && featureSpan.start <= edge.span.start && edge.span.end <= featureSpan.end))
  if (read) return []
  const written = new Set(statement.from.flatMap(({ reference }) => partsOf(reference)?.base ?? []))
  // Parents that only the feature names stay parents.
  const named = nodes.flatMap(({ parents }) => parents.flatMap((edge) => (edge.kind === 'node' && span.start <= edge.span.start && edge.span.end <= span.end && !written.has(edge.node) ? [edge.node] : [])))
  const parents = [...new Set(named)]
  return [quickfix(`Write \`${word}\` instead`, [{ span, newText: word }, ...(parents.length > 0 ? withParents(statement, parents) : [])], finding)]
}
