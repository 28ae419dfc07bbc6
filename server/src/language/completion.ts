/** Completion: finds out what can stand at the cursor, and asks the file for that subject. */
import { stringList } from './complete-strings.ts'
import { columns, expressionCandidates, operatorCandidates, type Reads, wordCandidate } from './complete-expressions.ts'
import { hypothesisNames, hypothesisText, inheritedNodes, optionNames, optionValues } from './complete-names.ts'
import { membersAt, parentCandidates } from './complete-parents.ts'
import { type Host, pathList } from './complete-paths.ts'
import { placeQueryAt } from './complete-place-clause.ts'
import { memberList, placeList } from './complete-places.ts'
import { statementCandidates } from './complete-statements.ts'
import { type Clause, clauseOf, type Cursor, cursorAt, wantsOperand } from './cursor.ts'
import type { Snapshot } from './snapshot.ts'
import { type Candidate, type CompletionList, listOf, NOTHING } from './suggestion.ts'

export type { CompletionItem, CompletionList, SuggestionKind } from './suggestion.ts'
export type { Host } from './complete-paths.ts'

/** What could stand at an offset. Without a host, no files are suggested. Nothing in comments. */
export async function completion(snapshot: Snapshot, offset: number, host?: Host): Promise<CompletionList> {
  const cursor = cursorAt(snapshot.parsed, offset)
  if (!cursor) return NOTHING
  if (cursor.string) return stringList(snapshot, cursor, host)
  const clause = clauseOf(cursor)
  const path = pathKindAt(cursor, clause)
  if (path) {
    const files = await pathList(snapshot.file, host, path, '', cursor.word, (name) => JSON.stringify(name))
    const list = path === 'vocab' ? listOf([{ label: '["…"]', kind: 'value', rank: 0, insertText: '["$0"]', snippet: true }], '', cursor.word) : NOTHING
    return { items: [...list.items, ...files.items], isIncomplete: files.isIncomplete }
  }
  return placesAt(snapshot, cursor, clause) ?? listOf(candidatesAt(snapshot, cursor, clause), cursor.typed, cursor.word)
}

function pathKindAt({ statement, before }: Cursor, { kind, tokens }: Clause): 'model' | 'data' | 'vocab' | undefined {
  if (statement?.kind === 'vocab') return kind === 'Equals' && tokens.length === 0 ? 'vocab' : undefined
  return (statement?.kind === 'model' || statement?.kind === 'data') && before.length === 1 ? statement.kind : undefined
}

/** A place outside of quotes may hold characters that are no words (`/blocks.1/z`): all that was typed since the keyword counts. */
function placesAt(snapshot: Snapshot, cursor: Cursor, clause: Clause): CompletionList | undefined {
  const { before, offset, afterDot } = cursor
  const through = clause.kind === 'Through'
  const from = through ? clause.open[0] && before.findLast(({ type }) => type === 'LeftBracket' || type === 'Comma')
    : clause.kind === 'start' ? before[0] : before[before.length - clause.tokens.length - 1]
  if (!from || clause.open.length > (through ? 1 : 0)) return undefined
  const query = placeQueryAt(snapshot, cursor, clause)
  if (!query) return undefined
  const whole = snapshot.text.slice(from.span.end, offset)
  const typed = whole.trimStart()
  if (afterDot && typed.includes(']') && snapshot.bound && !/\s/.test(typed)) return memberList(snapshot.bound, typed, cursor.typed, cursor.word)
  if (/[\s\])"]/.test(typed)) return undefined
  if (!snapshot.bound) return NOTHING
  if (afterDot?.type === 'ModelRef') return placeList(snapshot.bound, { ...query, typed: cursor.typed, replace: cursor.word, quotes: 'none', plain: true })
  const rest = /^[\p{L}\p{N}_./:-]*/u.exec(snapshot.text.slice(offset))![0]
  return placeList(snapshot.bound, { ...query, typed, replace: { start: offset - typed.length, end: offset + rest.length }, quotes: 'none' })
}

function candidatesAt(snapshot: Snapshot, cursor: Cursor, clause: Clause): Candidate[] {
  const { statement, before } = cursor
  if (!statement) return statementCandidates(snapshot, cursor)
  const last = before.at(-1)
  const members = membersAt(snapshot, cursor, clause)
  if (members.length > 0) return members
  const expression = readsAt(cursor, clause)
  if (expression) {
    if (wantsOperand(last) || cursor.afterDot) return expressionCandidates(snapshot, cursor, clause, expression)
    return [...operatorCandidates(clause, onNewLine(snapshot, cursor) ? 9 : 5), ...(clause.open.length === 0 ? following(snapshot, cursor, clause) : [])]
  }
  if (before.length > 1 && last?.type === 'In') return expressionCandidates(snapshot, cursor, clause, 'set')
  switch (statement.kind) {
    case 'data': return dataCandidates(snapshot, cursor, clause)
    case 'vocab': return before.length === 1 ? columns(snapshot) : following(snapshot, cursor, clause)
    case 'hypothesis':
      if (clause.kind === 'Extends' && wantsOperand(last)) return quoted(hypothesisNames(snapshot, cursor))
      return before.length > 1 ? following(snapshot, cursor, clause) : []
    case 'node':
    case 'refine':
      if (before.length === 1) return statement.kind === 'refine' ? inheritedNodes(snapshot, cursor) : []
      if (clause.kind === 'From' || (clause.kind === 'Through' && clause.open.length === 0 && clause.tokens.length > 0)) {
        return wantsOperand(last) ? parentCandidates(snapshot, cursor, statement) : following(snapshot, cursor, clause)
      }
      if (clause.kind === 'Through' && clause.tokens.length === 0) return [wordCandidate('any', 1), { label: '[…]', kind: 'keyword', rank: 0, insertText: '[$0]', snippet: true, detail: 'the components that this edge may run through' }]
      return clause.open.length === 0 ? following(snapshot, cursor, clause) : []
    case 'option': return before.length === 1 ? optionNames() : before.length === 2 ? optionValues(last!.image) : following(snapshot, cursor, clause)
    case 'expect': return expectCandidates(snapshot, cursor, clause)
    case 'use': return before.length === 1 ? [wordCandidate('transformer', 0)] : following(snapshot, cursor, clause)
    default: return before.length === 1 ? [] : following(snapshot, cursor, clause)
  }
}

/** What the expression at the cursor may read; undefined outside of expressions. */
function readsAt({ statement, before }: Cursor, { kind, open, tokens }: Clause): Reads | undefined {
  switch (statement?.kind) {
    case 'data':
      if (kind === 'Filter') return 'columns'
      // Past the `=` of an entry, before the comma that ends it.
      return kind === 'As' && open.length > 0 && entryOf(before) ? 'columns' : undefined
    case 'metric': return kind === 'Equals' ? 'metric' : undefined
    case 'let': return kind === 'Equals' ? 'let' : undefined
    case 'rewrite': return kind === 'Equals' || (kind === 'With' && entryOf(before)) ? 'rewrite' : undefined
    case 'for': return kind === 'In' ? 'set' : undefined
    case 'node':
    case 'refine':
      if (kind === 'Equals') return 'feature'
      // Inside the brackets of a family, of a place or of a parent.
      return open.length > (kind === 'Through' ? 1 : 0) && (kind !== 'start' || tokens.some(({ type }) => type === 'In')) ? 'set' : undefined
    case 'component': return open.length > 0 && (kind === 'Equals' || tokens.some(({ type }) => type === 'In')) ? 'set' : undefined
    default: return undefined
  }
}

function entryOf(before: Cursor['before']): boolean {
  let depth = 0
  for (const { type } of [...before].reverse()) {
    if (/^Right(Paren|Bracket)$/.test(type)) depth++
    else if (/^Left(Paren|Bracket)$/.test(type)) depth--
    else if (depth <= 0 && type === 'Equals') return true
    else if (depth === 0 && (type === 'Comma' || type === 'LeftBrace')) return false
  }
  return false
}

function dataCandidates(snapshot: Snapshot, cursor: Cursor, clause: Clause): Candidate[] {
  const { bound } = snapshot
  if (clause.kind !== 'As' || clause.tokens.at(-1)?.type === 'RightBrace') return following(snapshot, cursor, clause)
  if (clause.open.length === 0) return [{ label: '{ … }', kind: 'keyword', rank: 0, insertText: '{ $1 = $0 }', snippet: true, detail: 'inputs of the model, and what they are' }]
  const given = new Set(clause.tokens.filter((_, i) => clause.tokens[i + 1]?.type === 'Equals').map(({ image }) => image))
  return (bound?.graph.inputs ?? []).filter((name) => !given.has(name)).map((name): Candidate => ({ label: name, kind: 'value', rank: 0, detail: 'input of the model', insertText: `${hypothesisText(name)} = ` }))
}

function expectCandidates(snapshot: Snapshot, cursor: Cursor, clause: Clause): Candidate[] {
  if (clause.kind !== 'Recovered') return cursor.before.length === 1 ? quoted(hypothesisNames(snapshot, cursor)) : [wordCandidate('recovered', 0)]
  if (clause.tokens.length === 0) return ['>=', '>', '<', '<='].map((label): Candidate => ({ label, kind: 'operator', rank: 0, insertText: `${label} ` }))
  if (clause.tokens.length > 1) return following(snapshot, cursor, clause)
  return [{ label: '90%', kind: 'value', rank: 0, insertText: '${1:90}%', snippet: true }, ...quoted(hypothesisNames(snapshot, cursor))]
}

const quoted = (names: readonly Candidate[]): Candidate[] => names.map((one) => ({ ...one, insertText: hypothesisText(one.label) }))

/** After a finished clause: the clauses that may follow it, then new statements. */
function following(snapshot: Snapshot, cursor: Cursor, clause: Clause): Candidate[] {
  const { statement, before } = cursor
  const has = (type: string) => before.some((token) => token.type === type)
  const words: string[] = []
  if (statement?.kind === 'node' || statement?.kind === 'refine') {
    if (!has('At') && !has('From') && (has('Equals') || statement.kind === 'refine')) words.push('at')
    if (!has('From') && (has('At') || statement.kind === 'refine')) words.push('from')
    if (clause.kind === 'From') words.push('through')
  } else if (statement?.kind === 'data') words.push(...[['As', 'as'], ['Filter', 'filter'], ['Limit', 'limit']].flatMap(([type, word]) => (has(type!) ? [] : [word!])))
  else if (statement?.kind === 'hypothesis') return has('Extends') ? [] : [wordCandidate('extends', 0)]
  else if (statement?.kind === 'for') return has('In') ? [] : [wordCandidate('in', 0)]
  else if (statement?.kind === 'rewrite' && has('Equals') && !has('With')) words.push('with')
  // On a new line something new is likelier, unless the statement cannot do without.
  const later = onNewLine(snapshot, cursor)
  return [...words.map((word) => wordCandidate(word, later && word !== 'at' ? 8 : 0)), ...statementCandidates(snapshot, cursor, 6)]
}

/** A finished line is more often followed by a new statement than by more of it. */
function onNewLine({ text }: Snapshot, { before, word }: Cursor): boolean {
  return text.slice(before.at(-1)?.span.end ?? word.start, word.start).includes('\n')
}
