/** Completion inside expressions: indices, nodes, lets, columns, outputs, functions with their arguments, and words. */
import type { Expr } from '@scrub/grammar'
import { functionDocs, functionNamed } from '../expr/functions/index.ts'
import type { BoundHypothesis } from '../hypothesis/bound.ts'
import type { Clause, Cursor } from './cursor.ts'
import { boundHypothesis, descendantsOf, familiesOf, familyText } from './families.ts'
import { functionMarkdown } from './function-docs.ts'
import { keywordDoc, keywordMarkdown } from './keyword-docs.ts'
import type { Snapshot } from './snapshot.ts'
import type { Candidate } from './suggestion.ts'
import { symbolsOf } from './symbols.ts'
import { placeType } from '../hypothesis/place-type.ts'
import { typeText } from './type-text.ts'

/** What an expression may read: features nodes and columns, metrics outputs too, rewrites every tensor, sets of indices none of these. */
export type Reads = 'feature' | 'columns' | 'metric' | 'let' | 'set' | 'rewrite'

export function expressionCandidates(snapshot: Snapshot, cursor: Cursor, clause: Clause, reads: Reads): Candidate[] {
  const { afterDot } = cursor
  if (afterDot && reads === 'rewrite' && afterDot.type !== 'DataRef' && afterDot.type !== 'ModelRef') return wordsAfter(snapshot, cursor)
  if (afterDot) return afterDot.type === 'DataRef' ? columns(snapshot) : afterDot.type === 'ModelRef' ? outputs(snapshot, '') : []
  const whole = clause.kind === 'Equals' && clause.tokens.length === 0 && (cursor.statement?.kind === 'node' || cursor.statement?.kind === 'refine')
  return [
    ...keywordArguments(cursor, clause),
    ...named(snapshot, cursor, clause, reads),
    ...(reads === 'set' ? [] : columns(snapshot)),
    ...(reads === 'rewrite' ? [...parts(cursor), ...graphNames(snapshot)] : []),
    ...(reads === 'metric' || reads === 'let' ? outputs(snapshot, reads === 'metric' ? 'model.' : undefined) : []),
    ...(whole ? ['exact', 'any'].map((word): Candidate => ({ ...wordCandidate(word, 3), detail: word === 'exact' ? 'every datum a class of its own' : 'one class of all data' })) : []),
    ...functions(snapshot, cursor, whole).filter(({ label }) => reads !== 'set' || IN_SETS.has(label)),
    ...(reads === 'set' ? [] : words()),
  ]
}

/** Functions whose values are known without data. */
const IN_SETS: ReadonlySet<string | undefined> = new Set(['range', 'len'])

const words = (): Candidate[] => [
  ...['not', 'true', 'false', 'inf', 'nan'].map((word) => wordCandidate(word, 6)),
  { ...wordCandidate('if', 6), insertText: 'if ${1:condition} then ${2:value} else ${0:value}', snippet: true, detail: 'if … then … else …' },
]

/** What may follow a finished operand inside an expression. */
export function operatorCandidates(clause: Clause, rank: number): Candidate[] {
  const since = clause.open.length > 0 ? clause.tokens.slice(clause.open.at(-1)!.index - (clause.open[0]?.index ?? 0)) : clause.tokens
  const count = (type: string) => since.filter((token) => token.type === type).length
  const words = ['and', 'or', 'in']
  if (count('If') > count('Then')) words.unshift('then')
  else if (count('Then') > count('Else')) words.unshift('else')
  return [
    ...words.map((word): Candidate => ({ ...wordCandidate(word, rank), kind: 'operator' })),
    { label: 'not in', kind: 'operator', rank, documentation: documentationOf('not') },
  ]
}

function documentationOf(word: string): string {
  const doc = keywordDoc(word)
  return doc ? keywordMarkdown(doc) : ''
}

export function wordCandidate(word: string, rank: number): Candidate {
  return { label: word, kind: 'keyword', rank, documentation: () => documentationOf(word) }
}

/** Indices, nodes and lets. */
function named(snapshot: Snapshot, cursor: Cursor, clause: Clause, reads: Reads): Candidate[] {
  const item = cursor.blocks.find((block) => block.kind === 'hypothesis')
  const hypothesis = boundHypothesis(snapshot.bound, item)
  const own = cursor.statement && 'name' in cursor.statement && cursor.statement.name?.kind === 'ident' ? cursor.statement.name.text : undefined
  const families = hypothesis && familiesOf(hypothesis)
  // What is computed from the node itself cannot be its parent.
  const barred = own === undefined ? new Set<string>() : item && cursor.statement?.kind !== 'metric' ? descendantsOf(item, hypothesis, own) : new Set([own])
  const binder = reads === 'set' ? binderStart(cursor, clause) : Number.POSITIVE_INFINITY
  return symbolsOf(snapshot.parsed).inScope(cursor.offset).flatMap(({ kind, name, definitions }): Candidate[] => {
    // An index does not exist in its own set.
    if (kind === 'index' && definitions.some((one) => one.name.start > binder)) return []
    if (kind === 'index') return [{ label: name, kind, rank: 0, detail: 'index' }]
    if (barred.has(name) || reads === 'columns' && kind === 'node') return []
    if (kind === 'let') return [{ label: name, kind, rank: 2, detail: () => typeOf(snapshot, name, hypothesis) ?? 'let' }]
    if (kind !== 'node' || reads === 'metric' || reads === 'set' || reads === 'rewrite') return []
    const members = families?.get(name)
    return [{ label: name, kind, rank: 1, detail: members ? familyText(members) : 'node' }]
  })
}

/** Where the names of `i in` or `(l, h) in` before the cursor begin; infinite elsewhere. */
function binderStart({ before }: Cursor, { open }: Clause): number {
  let at = before.findLastIndex(({ type }) => type === 'In')
  if (at < (open[0]?.index ?? 0)) return Number.POSITIVE_INFINITY
  for (let depth = 0; at > 0; at--) {
    const { type } = before[at - 1]!
    if (type === 'RightParen') depth++
    else if (type === 'LeftParen') depth--
    else if (type === 'LeftBracket' || type === 'For' || (type === 'Comma' && depth === 0)) break
  }
  return before[at]!.span.start - 1
}

function typeOf({ bound }: Snapshot, text: string, hypothesis: BoundHypothesis | undefined): string | undefined {
  const name: Expr = { kind: 'name', text, span: { start: 0, end: 0 } }
  const type = bound?.typed(name, hypothesis?.name)
  return type && `let ${typeText(type)}`
}

/** The names after `with`, and the rest. */
function parts({ statement }: Cursor): Candidate[] {
  if (statement?.kind !== 'rewrite') return []
  return [...statement.with.map(({ name }): Candidate => ({ label: name.text, kind: 'component', rank: 0, detail: 'made by this rewrite' })), { ...wordCandidate('rest', 1), detail: 'what the other terms leave' }]
}

/** Components and points, which rewrites read. */
function graphNames({ bound }: Snapshot): Candidate[] {
  return ([['component', bound?.components], ['point', bound?.points]] as const).flatMap(([kind, names]) => [...(names ?? [])].map(([label, tensor]): Candidate => (
    { label, kind, rank: kind === 'component' ? 1 : 2, detail: () => `${kind} ${placeType(bound!.graph, { tensor, slice: [] })}` }
  )))
}

/** After a dot: the words that follow in names of the graph. */
function wordsAfter({ text, bound }: Snapshot, { word }: Cursor): Candidate[] {
  const before = /[\p{L}\p{N}_.]*$/u.exec(text.slice(0, word.start))![0]
  const names = [...(bound?.components.keys() ?? []), ...(bound?.points.keys() ?? [])].filter((name) => name.startsWith(before))
  return [...new Set(names.map((name) => name.slice(before.length).split('.')[0]!))].map((label): Candidate => ({ label, kind: 'component', rank: 0 }))
}

export function columns({ bound }: Snapshot): Candidate[] {
  return (bound?.schema.columns ?? []).map(({ name, dtype, shape }): Candidate => (
    { label: name, kind: 'column', rank: 3, detail: `column ${dtype}${shape.length === 0 ? '' : `[${shape.join(', ')}]`}`, ...inserted(name, 'data') }
  ))
}

/** `prefix` is `model.` for what the unscrubbed model gives; undefined leaves that out. */
function outputs({ bound }: Snapshot, prefix: string | undefined): Candidate[] {
  return (bound?.graph.outputs ?? []).flatMap((name): Candidate[] => {
    const type = placeType(bound!.graph, { tensor: name, slice: [] })
    const scrubbed: Candidate = { label: name, kind: 'output', rank: 3, detail: `output ${type}`, ...inserted(name, 'model') }
    const unscrubbed: Candidate = { label: `model.${name}`, kind: 'output', rank: 4, detail: `unscrubbed output ${type}`, insertText: inserted(name, 'model').insertText ?? `model.${name}` }
    return prefix === undefined || prefix === '' ? [scrubbed] : [scrubbed, unscrubbed]
  })
}

/** Names that are no words are written `data["my col"]`. */
function inserted(name: string, space: 'data' | 'model'): { insertText?: string } {
  return /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{M}_]*$/u.test(name) ? {} : { insertText: `${space}[${JSON.stringify(name)}]` }
}

function functions({ text }: Snapshot, { word }: Cursor, whole: boolean): Candidate[] {
  const called = text[word.end] === '('
  return functionDocs.map((doc): Candidate => {
    const none = functionNamed(doc.name)!.parameters.length === 0
    return {
      // Bare, `any` is a feature: the function must not hide it.
      label: whole && doc.name === 'any' ? 'any(x)' : doc.name, kind: 'function', rank: 5, detail: doc.signature, documentation: () => functionMarkdown(doc),
      insertText: called ? doc.name : none ? `${doc.name}()` : `${doc.name}($1)$0`, snippet: !called && !none,
    }
  })
}

/** `axis=` and the like, at the start of an argument: those with a default that are not given yet. */
function keywordArguments({ before }: Cursor, { open }: Clause): Candidate[] {
  const call = open.at(-1)
  const last = before.at(-1)
  const called = call?.bracket.type === 'LeftParen' ? functionNamed(call.before?.image ?? '') : undefined
  if (!call || !called || last?.type !== 'Comma') return []
  const given = new Set(before.slice(call.index).flatMap((token, i, all) => (all[i + 1]?.type === 'Equals' ? [token.image] : [])))
  return called.parameters.filter(({ name, fallback }) => fallback !== undefined && !given.has(name)).map(({ name, fallback }): Candidate => (
    { label: `${name}=`, kind: 'parameter', rank: 0, detail: `${called.name}: ${name}=${fallback}` }
  ))
}
