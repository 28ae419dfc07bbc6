/** Colours by meaning: every name as what it stands for, and the words and signs of the language. */
import { reservedWords, walk, type File, type Span, type Token } from '@scrub/grammar'
import type { Snapshot } from './snapshot.ts'
import { symbolsOf, type Occurrence } from './symbols.ts'

/** Standard types and modifiers of the protocol, so that every theme knows them. */
export const legend = {
  types: ['class', 'variable', 'macro', 'parameter', 'struct', 'interface', 'property', 'enumMember', 'function', 'namespace', 'keyword', 'number', 'string', 'comment', 'operator'],
  modifiers: ['declaration', 'modification', 'readonly', 'defaultLibrary'],
} as const

export type TokenType = (typeof legend.types)[number]
export type TokenModifier = (typeof legend.modifiers)[number]

export interface SemanticToken {
  readonly span: Span
  readonly type: TokenType
  readonly modifiers: readonly TokenModifier[]
}

/** In the order of the text, none overlapping, each on one line; `range`: only those that touch it. */
export function semanticTokens(snapshot: Snapshot, range?: Span): SemanticToken[] {
  const { parsed } = snapshot
  const touches = ({ span }: { readonly span: Span }): boolean => !range || (span.start < range.end && range.start < span.end)
  const words = specialWords(parsed.file)
  const names = symbolsOf(parsed).occurrences.filter(touches).flatMap((one) => tokenOf(snapshot, one, words.changed))
  const lexical = parsed.tokens.filter(touches).flatMap((token) => lexicalOf(token, words))
  const comments = parsed.comments.filter(touches).map(({ span }): SemanticToken => plain(span, 'comment'))
  return merge(names, [...lexical, ...comments].sort((a, b) => a.span.start - b.span.start))
}

const plain = (span: Span, type: TokenType): SemanticToken => ({ span, type, modifiers: [] })

function tokenOf({ bound }: Snapshot, { span, role, named, whole }: Occurrence, changed: ReadonlySet<number>): SemanticToken[] {
  if (span.end === span.start) return []
  const written: TokenModifier[] = role === 'definition' ? ['declaration'] : changed.has(span.start) ? ['modification'] : []
  const token = (type: TokenType, ...modifiers: TokenModifier[]): SemanticToken[] => [{ span, type, modifiers: [...written, ...modifiers] }]
  switch (named.kind) {
    case 'hypothesis': return token('class')
    case 'node': case 'metric': return token('variable')
    case 'let': return token('macro')
    case 'index': return token('parameter')
    case 'component': return token('struct')
    case 'point': return token('interface')
    case 'column': return token('property', 'readonly')
    // In quotes: `whole` is set, and it stays the string that it is.
    case 'tensor': return token(whole ? 'string' : 'enumMember', 'readonly')
    case 'function': return token('function', 'defaultLibrary')
    case 'unknown':
      if (bound?.schema.columns.some(({ name }) => name === named.name)) return token('property', 'readonly')
      if (bound?.graph.tensors.has(named.name)) return token('enumMember', 'readonly')
      return bound?.components.has(named.name) ? token('struct') : []
  }
}

interface Words {
  /** Starts of the names after `refine`. */
  readonly changed: ReadonlySet<number>
  /** Starts of words that are part of the language only where they stand: options, `use transformer`, keyword arguments. */
  readonly here: ReadonlyMap<number, TokenType>
}

function specialWords(file: File): Words {
  const changed = new Set<number>()
  const here = new Map<number, TokenType>()
  for (const node of walk(file)) {
    if (node.kind === 'refine' && node.name) changed.add(node.name.span.start)
    else if (node.kind === 'call') for (const { name } of node.keywords) here.set(name.span.start, 'parameter')
    else if (node.kind === 'use' && node.name) here.set(node.name.span.start, 'keyword')
    else if (node.kind === 'option') {
      if (node.name) here.set(node.name.span.start, 'property')
      if (node.value?.kind === 'ident') here.set(node.value.span.start, 'enumMember')
    }
  }
  return { changed, here }
}

const CLAUSES = new Set(['As', 'Filter', 'Limit', 'Recovered'])
const PUNCTUATION = new Set(['LeftParen', 'RightParen', 'LeftBracket', 'RightBracket', 'LeftBrace', 'RightBrace', 'Comma', 'Colon', 'Dot', 'Stray', 'Ellipsis'])

/** What a token is when no name stands there. */
function lexicalOf({ type, span, image }: Token, { here }: Words): SemanticToken[] {
  const known = here.get(span.start)
  if (known) return [plain(span, known)]
  if (type === 'String' || type === 'SingleQuoted' || type === 'UnterminatedString') return [plain(span, 'string')]
  if (type === 'Number' || type === 'BadNumber') return [plain(span, 'number')]
  if (type === 'DataRef' || type === 'ModelRef') return [plain(span, 'namespace')]
  if (reservedWords.has(image) || CLAUSES.has(type)) return [plain(span, 'keyword')]
  return PUNCTUATION.has(type) || /^[.\p{L}\p{Nl}_]/u.test(image) ? [] : [plain(span, 'operator')]
}

/** Names, and between them what is left of the other tokens. Both are in order. */
function merge(names: readonly SemanticToken[], others: readonly SemanticToken[]): SemanticToken[] {
  const result: SemanticToken[] = []
  let next = 0
  for (const { span, type, modifiers } of others) {
    let from = span.start
    for (; next < names.length && names[next]!.span.start < span.end; next++) {
      const name = names[next]!
      if (from < name.span.start && name.span.end > from) result.push({ span: { start: from, end: Math.min(name.span.start, span.end) }, type, modifiers })
      result.push(name)
      from = Math.max(from, name.span.end)
    }
    if (from < span.end) result.push({ span: { start: from, end: span.end }, type, modifiers })
  }
  return [...result, ...names.slice(next)]
}
