/** An output node that has no parents gets those that nobody else has. */
import { pathAt } from '@scrub/grammar'
import { boundHypothesis } from '../families.ts'
import type { Refactoring } from './action.ts'
import { parentsFor } from './no-output-node.ts'
import { withParents } from './rewriting.ts'
import { isSingle, statementAt } from './ways.ts'

export const addFrom: Refactoring = (snapshot, { start }) => {
  const { bound, parsed } = snapshot
  const statement = statementAt(parsed, start)
  const item = pathAt(parsed.file, start).find((node) => node.kind === 'hypothesis')
  const hypothesis = bound && boundHypothesis(bound, item)
  if (!bound?.metric || !hypothesis || statement?.kind !== 'node' || statement.from.length > 0 || !isSingle(parsed, statement)) return []
  const node = hypothesis.nodes.find(({ name }) => name === statement.name?.text)
  if (!node || node.parents.length > 0 || !bound.metric.outputs.includes(node.place.tensor) || node.place.slice.length > 0) return []
  const parents = parentsFor(bound, hypothesis, node.place.tensor)
  return parents.length === 0 ? [] : [{ title: `Add \`from ${parents.join(', ')}\``, kind: 'refactor.rewrite', edits: withParents(statement, parents) }]
}
