/** A misspelt name: changes it to one that the finding calls close. */
import { pathAt, walk, type AnyNode, type Finding, type Reference } from '@scrub/grammar'
import { closest } from '../../expr/names.ts'
import { baseOf } from '../families.ts'
import type { Snapshot } from '../snapshot.ts'
import { quickfix, type Action, type Edit, type Fix } from './action.ts'
import { placeReplacements } from './misspelt-place.ts'
import { isPlain, renamedWhole, renamedWord, wordIn } from './misspelt.ts'
import { statementAt } from './ways.ts'

/** The words that stand for a choice, where a finding lists none as close. */
const OPTIONS = ['unimportant', 'samples', 'seed']
const UNIMPORTANT = ['together', 'separate', 'shared']

const CODES = new Set(['unknown-column', 'unknown-node', 'unknown-hypothesis', 'unknown-function', 'unknown-place', 'unknown-token', 'unknown-option', 'data-mismatch', 'syntax'])

export const didYouMean: Fix = (snapshot, finding) => {
  if (!CODES.has(finding.code)) return []
  const changes = changesOf(snapshot, finding)
  return changes.map(({ name, edits }): Action => quickfix(`Change to \`${name}\``, edits, finding, changes.length === 1))
}

interface Change {
  readonly name: string
  readonly edits: readonly Edit[]
}

function changesOf(snapshot: Snapshot, finding: Finding): readonly Change[] {
  const { text, parsed, bound } = snapshot
  if (finding.code === 'syntax') return optionChanges(snapshot, finding)
  if (finding.code === 'unknown-token') return tokenChanges(snapshot, finding)
  const near = listed(finding.message)
  const wrong = /`([^`]+)`/.exec(finding.message)?.[1]
  if (wrong === undefined) return []
  const node = exactly(snapshot, finding)
  // A node is no parent of itself, and what is indexed after `from` is a family.
  const own = finding.code === 'unknown-node' ? statementAt(parsed, finding.span.start)?.name : undefined
  const families = node?.kind === 'subscript' ? bound?.hypotheses.flatMap(({ nodes }) => nodes.filter((one) => one.name.includes('[')).map((one) => baseOf(one.name))) ?? [] : undefined
  const names = near.filter((name) => finding.code !== 'unknown-node' || ((own?.span.start === finding.span.start || name !== own?.text) && (!families || families.includes(name))))
  if (finding.code === 'unknown-place' && bound && node && isReference(node) && !isArgument(parsed.file, node)) return placeReplacements(bound, node, wrong, names)
  if (names.length === 0) return []
  if (finding.code === 'unknown-hypothesis') return node ? names.map((name) => ({ name, edits: [renamedWhole(node, name)] })) : []
  if (finding.code === 'data-mismatch' && / has no column for the model input /.test(finding.message)) return inputChanges(snapshot, finding, names)
  const span = wordIn(text, finding.span, wrong)
  return span ? names.map((name) => ({ name, edits: [renamedWord(text, span, name)] })) : []
}

/** The names at the end of a message: "…; closest: `z1`, `z2`." */
function listed(message: string): readonly string[] {
  const list = /; closest: (`[^`]+`(?:, `[^`]+`)*)/.exec(message)?.[1] ?? ''
  return [...list.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)
}

/** The name that has the span of the finding. */
function exactly({ parsed }: Snapshot, { span }: Finding): AnyNode | undefined {
  return pathAt(parsed.file, span.start).find((node) => node.span.start === span.start && node.span.end === span.end && (node.kind === 'ident' || isReference(node)))
}

const isReference = (node: AnyNode): node is Reference => node.kind === 'name' || node.kind === 'member' || node.kind === 'subscript' || node.kind === 'string'

/** `weight("W")` names a weight in a string, which is no place. */
const isArgument = (file: AnyNode & { kind: 'file' }, node: AnyNode): boolean => pathAt(file, node.span.start).some(({ kind }) => kind === 'call')

/** "`option speed`", "`option unimportant` does not take this value". */
function optionChanges({ parsed }: Snapshot, { span }: Finding): readonly Change[] {
  const [option, word] = pathAt(parsed.file, span.start).slice(-2)
  if (option?.kind !== 'option' || word?.kind !== 'ident' || word.span.start !== span.start) return []
  const known = word === option.name ? OPTIONS : option.name?.text === 'unimportant' ? UNIMPORTANT : []
  return known.includes(word.text) ? [] : closest(word.text, known).map((name) => ({ name, edits: [{ span, newText: name }] }))
}

/** Strings that a vocabulary or a column does not have; the message quotes them as the language does. */
function tokenChanges({ parsed }: Snapshot, { span, message }: Finding): readonly Change[] {
  const strings = [...message.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([quoted]) => quoted)
  const [wrong, ...names] = strings
  const written = [...walk(parsed.file)].find((node) => node.kind === 'string' && span.start <= node.span.start && node.span.end <= span.end && JSON.stringify(node.value) === wrong)
  return written ? names.map((name) => ({ name, edits: [{ span: written.span, newText: name }] })) : []
}

/** A model input without a column: `as { INPUT = COLUMN }` names one. */
function inputChanges({ parsed }: Snapshot, { span, message }: Finding, names: readonly string[]): readonly Change[] {
  const data = pathAt(parsed.file, span.start).find((node) => node.kind === 'data')
  const input = / for the model input `([^`]+)`/.exec(message)?.[1]
  if (!data?.path || input === undefined) return []
  const last = data.as.at(-1)
  return names.map((name) => {
    const clause = `${isPlain(input) ? input : JSON.stringify(input)} = ${isPlain(name) ? name : `data[${JSON.stringify(name)}]`}`
    const edit = last ? { span: { start: last.span.end, end: last.span.end }, newText: `, ${clause}` } : { span: { start: data.path!.span.end, end: data.path!.span.end }, newText: ` as { ${clause} }` }
    return { name, edits: [edit] }
  })
}
