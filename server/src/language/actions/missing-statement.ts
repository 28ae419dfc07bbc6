/** A statement that every file needs: inserted where it belongs, with names to be changed where the file cannot tell. */
import type { File } from '@scrub/grammar'
import { statementsOf } from '../../hypothesis/items.ts'
import type { Snapshot } from '../snapshot.ts'
import { quickfix, type Edit, type Fix } from './action.ts'
import { indentOf } from './rewriting.ts'
import { blockerText } from './ways.ts'

export const missingStatement: Fix = (snapshot, finding) => {
  if (finding.code !== 'missing-statement') return []
  const kind = /no `(\w+)` statement/.exec(finding.message)?.[1]
  const { models, data, vocabs } = statementsOf(snapshot.parsed.file)
  switch (kind) {
    case 'model': return [quickfix('Add a model', [atTop(snapshot, 'model "model.onnx"')], finding)]
    case 'data': return [quickfix('Add data', [below(snapshot, models, 'data "data.jsonl"')], finding)]
    case 'metric': return [quickfix('Add a metric', [below(snapshot, [...models, ...data, ...vocabs], `metric loss = ${metric(snapshot)}`)], finding)]
    case 'hypothesis': return [quickfix('Add a hypothesis', [atBottom(snapshot, `hypothesis "name" {\n  node out = exact    at ${output(snapshot)}\n}`)], finding)]
    default: return []
  }
}

/** One number per datum that is never wrong: an output, or its mean. */
function metric({ bound }: Snapshot): string {
  const name = bound?.graph.outputs[0]
  if (!bound || name === undefined) return 'mean(logits)'
  const shape = bound.graph.tensors.get(name)?.type.shape
  const text = blockerText(bound, name)
  // A column of the same name stands above the output.
  const plain = text === name && !bound.schema.columns.some((column) => column.name === name) ? name : `model[${JSON.stringify(name)}]`
  return shape?.length === 1 ? plain : `mean(${plain})`
}

function output({ bound }: Snapshot): string {
  const name = bound?.metric?.outputs[0] ?? bound?.graph.outputs[0]
  return bound && name !== undefined ? blockerText(bound, name) : 'logits'
}

/** Before the first statement, below the comments that open the file. */
function atTop({ parsed: { file }, text }: Snapshot, statement: string): Edit {
  const at = file.items[0]?.span.start ?? text.length
  const begun = text.slice(0, at) === '' || text[at - 1] === '\n' || indentOf(text, at) !== undefined ? '' : '\n'
  return { span: { start: at, end: at }, newText: `${begun}${statement}\n` }
}

/** Below the last of some statements; without any, at the top. */
function below(snapshot: Snapshot, items: readonly File['items'][number][], statement: string): Edit {
  const last = items.reduce((end, { span }) => Math.max(end, span.end), -1)
  if (last < 0) return atTop(snapshot, statement)
  const { text } = snapshot
  const line = text.slice(last, text.indexOf('\n', last) < 0 ? text.length : text.indexOf('\n', last)).trimEnd()
  if (/^\s*(#|$)/.test(line)) return { span: { start: last + line.length, end: last + line.length }, newText: `\n${statement}` }
  return { span: { start: last, end: last + line.length - line.trimStart().length }, newText: `\n${statement}\n` }
}

function atBottom({ text }: Snapshot, statement: string): Edit {
  const newText = text.trim() === '' || text.endsWith('\n\n') ? statement : text.endsWith('\n') ? `\n${statement}` : `\n\n${statement}`
  return { span: { start: text.length, end: text.length }, newText: `${newText}\n` }
}
