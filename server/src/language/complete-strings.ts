/** Completion inside quotes: paths, tensors, hypotheses, vocabulary entries and the few strings that functions take. */
import { hypothesisNames } from './complete-names.ts'
import { type Host, pathList } from './complete-paths.ts'
import { placeList } from './complete-places.ts'
import { placeQueryAt } from './complete-place-clause.ts'
import { clauseOf, type Cursor } from './cursor.ts'
import { boundHypothesis } from './families.ts'
import type { Snapshot } from './snapshot.ts'
import { type Candidate, type CompletionList, listOf, NOTHING } from './suggestion.ts'
import { vocabularyAt } from './vocabulary-at.ts'

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  dtype: ['bool', 'int64', 'float32', 'float64'],
  approximate: ['none', 'tanh'],
  side: ['left', 'right'],
}

/** The parameter of a string that is the second argument, where it takes one of `CHOICES`. */
const SECOND: Readonly<Record<string, string>> = { astype: 'dtype', zeros: 'dtype', ones: 'dtype', zeros_like: 'dtype', ones_like: 'dtype', gelu: 'approximate' }

export async function stringList(snapshot: Snapshot, cursor: Cursor, host: Host | undefined): Promise<CompletionList> {
  const { statement, before, typed, word, string } = cursor
  const { bound } = snapshot
  const closed = string?.type !== 'UnterminatedString'
  const quote = (text: string): string => `${JSON.stringify(text).slice(1, -1)}${closed ? '' : '"'}`
  const list = (candidates: readonly Candidate[]): CompletionList => listOf(candidates.map((one) => ({ ...one, insertText: quote(one.label) })), typed, word)
  const paths = (kind: Parameters<typeof pathList>[2]) => pathList(snapshot.file, host, kind, typed, word, quote)
  const clause = clauseOf(cursor)
  const call = clause.open.at(-1)
  const callee = call?.bracket.type === 'LeftParen' ? call.before?.image : undefined
  if (!statement) return NOTHING
  if (callee === 'load') return paths('array')
  if (callee === 'weight') return list(valueNames(bound ? bound.graph.initializers.keys() : [], 'weight of the model'))
  if (callee !== undefined) {
    const keyword = before.at(-1)?.type === 'Equals' ? before.at(-2)?.image : before.at(-1)?.type === 'Comma' ? SECOND[callee] : undefined
    if (keyword !== undefined && CHOICES[keyword]) return list(valueNames(CHOICES[keyword], keyword))
  }
  const space = call?.bracket.type === 'LeftBracket' ? call.before?.type : undefined
  if (space === 'DataRef') return list((bound?.schema.columns ?? []).map(({ name, dtype }): Candidate => ({ label: name, kind: 'column', rank: 0, detail: dtype })))
  if (space === 'ModelRef' && bound) return placeList(bound, { typed, replace: word, quotes: closed ? 'closed' : 'open' })
  switch (statement.kind) {
    case 'model': return paths('model')
    case 'data':
      if (before.length === 1) return paths('data')
      if (clause.kind === 'As' && before.at(-1)?.type !== 'Equals') return list(valueNames(bound?.graph.inputs ?? [], 'input of the model'))
      break
    case 'vocab':
      if (clause.kind === 'Equals' && clause.tokens.length === 0) return paths('vocab')
      if (clause.kind === 'start') return list((bound?.schema.columns ?? []).map(({ name, dtype }): Candidate => ({ label: name, kind: 'column', rank: dtype === 'int64' ? 0 : 1, detail: dtype })))
      return NOTHING
    case 'hypothesis':
    case 'expect': return list(hypothesisNames(snapshot, cursor))
  }
  const query = placeQueryAt(snapshot, cursor, clause)
  if (query) return bound ? placeList(bound, { ...query, typed, replace: word, quotes: closed ? 'closed' : 'open' }) : NOTHING
  const hypothesis = boundHypothesis(bound, cursor.blocks.find((block) => block.kind === 'hypothesis'))?.name
  return list(valueNames(string ? vocabularyAt(snapshot, string.span.start, hypothesis) ?? [] : [], 'vocabulary'))
}

function valueNames(names: Iterable<string>, detail: string): Candidate[] {
  return [...names].map((label) => ({ label, kind: 'value', rank: 0, detail }))
}
