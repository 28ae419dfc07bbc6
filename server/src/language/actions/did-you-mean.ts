/** A misspelt name: the names that are most like it. */
import { functionNames } from '../../expr/functions/index.ts'
import { tensorText } from '../../hypothesis/spelling.ts'
import { nameOf } from '../../hypothesis/collect.ts'
import { statementsOf } from '../../hypothesis/items.ts'
import { closest } from '../../model/closest.ts'
import { symbolsOf } from '../symbols.ts'
import type { Snapshot } from '../snapshot.ts'
import { quickfix, type Fix } from './action.ts'

const MOST = 3

/** What could stand in place of a name that a finding calls unknown; tensors come as they are written in a file. */
function candidates(code: string, snapshot: Snapshot, offset: number): readonly string[] {
  const { bound, parsed } = snapshot
  const inScope = (...kinds: readonly string[]) => symbolsOf(parsed).inScope(offset).filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name)
  const columns = bound?.schema.columns.map(({ name }) => name) ?? []
  switch (code) {
    case 'unknown-column': return [...inScope('node', 'let', 'index'), ...columns, ...(bound?.graph.outputs ?? [])]
    case 'unknown-node': return [...inScope('node'), ...columns]
    case 'unknown-hypothesis': return statementsOf(parsed.file).hypotheses.flatMap(({ name }) => (name ? [nameOf(name)] : []))
    case 'unknown-function': return [...functionNames()]
    case 'unknown-place': return bound ? [...bound.components.keys(), ...bound.points.keys(), ...bound.graph.tensors.keys()] : []
    case 'unknown-token': return [...(bound?.vocabs.values() ?? [])].flat()
    case 'data-mismatch': return [...(bound?.graph.inputs ?? []), ...columns]
    default: return []
  }
}

export const didYouMean: Fix = (snapshot, finding) => {
  const names = candidates(finding.code, snapshot, finding.span.start)
  const written = snapshot.text.slice(finding.span.start, finding.span.end)
  // The misspelt name stands in the message as it is: `x` of `data.x`, the tensor of a slice.
  const wrong = /`([^`]+)`/.exec(finding.message)?.[1]
  if (names.length === 0 || wrong === undefined) return []
  const at = written.indexOf(wrong)
  const escaped = at < 0 ? written.indexOf(JSON.stringify(wrong).slice(1, -1)) : at
  if (escaped < 0) return []
  const start = finding.span.start + escaped
  const quoted = snapshot.text[start - 1] === '"'
  const span = { start, end: start + wrong.length }
  const left = new Set(names)
  const found: string[] = []
  for (let name = closest(wrong, left); name !== undefined && found.length < MOST; name = closest(wrong, left)) {
    left.delete(name)
    found.push(name)
  }
  return found.map((name, i) => {
    const text = quoted ? JSON.stringify(name).slice(1, -1) : finding.code === 'unknown-place' && snapshot.bound?.graph.tensors.has(name) ? tensorText(name) : name
    return quickfix(`Change to \`${name}\``, [{ span, newText: text }], finding, i === 0 && found.length === 1)
  })
}
