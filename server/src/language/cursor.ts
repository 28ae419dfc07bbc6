/** Where in the text a cursor stands, from the tokens: in a comment, in a string, or at a word of which statement and clause. */
import type { AnyNode, File, GraphItem, HypothesisItem, Parsed, Span, Token } from '@scrub/grammar'

type Block = GraphItem | HypothesisItem | Extract<AnyNode, { kind: 'for' }>
type Statement = Exclude<File['items'][number] | GraphItem['items'][number] | HypothesisItem['items'][number], { kind: 'misplaced' }>

export interface Cursor {
  readonly offset: number
  /** What is being typed, up to the end of its token: empty between words. Inside a string, what its quotes hold. */
  readonly word: Span
  /** The word up to the cursor. */
  readonly typed: string
  /** The string the cursor is in. */
  readonly string?: Token
  /** The word is one after a dot: the token before the dot. */
  readonly afterDot?: Token
  /** The statement it belongs to, whose header is not finished before the cursor; none between statements. */
  readonly statement?: Statement
  /** Tokens of that statement before the word. */
  readonly before: readonly Token[]
  /** Blocks around, outermost first. */
  readonly blocks: readonly Block[]
  readonly surroundings: 'file' | 'graph' | 'hypothesis'
}

/** Undefined inside a comment. */
export function cursorAt(parsed: Parsed, offset: number): Cursor | undefined {
  if (parsed.comments.some(({ span }) => span.start < offset && offset <= span.end)) return undefined
  const { tokens } = parsed
  const touching = tokens[firstEndingFrom(tokens, offset)]
  const string = touching && isString(touching) && touching.span.start < offset && (offset < touching.span.end || touching.type === 'UnterminatedString') ? touching : undefined
  const word = string ? insideOf(string, offset) : wordOf(touching, offset)
  const typed = textOf(tokens, word, offset, string)
  const found = standing(parsed, string ? string.span.start : word.start)
  const dot = found.before.at(-1)
  const afterDot = touching?.type === 'MemberName' && word.start === touching.span.start + 1 && touching.span.start < offset
    ? found.before.at(-1) : dot?.type === 'Dot' && dot.span.end === word.start ? found.before.at(-2) : undefined
  return { offset, word, typed, ...(string ? { string } : {}), ...(afterDot ? { afterDot } : {}), ...found }
}

/** The statement whose header reaches `from`, and the blocks that are open there. */
function standing({ file, tokens }: Parsed, from: number): Pick<Cursor, 'statement' | 'before' | 'blocks' | 'surroundings'> {
  const blocks: Block[] = []
  let surroundings: Cursor['surroundings'] = 'file'
  let items: readonly AnyNode[] = file.items
  for (;;) {
    const last = items.findLast(({ span }) => span.start < from)
    const item = (last?.kind === 'misplaced' ? last.item : last) as Statement | undefined
    if (!item || item.kind === 'error') return { before: [], blocks, surroundings }
    const first = firstEndingFrom(tokens, item.span.start + 1)
    const own = tokens.slice(first, firstEndingFrom(tokens, item.span.end + 1))
    const brace = own.findIndex(({ type }) => type === 'LeftBrace')
    if (!isBlock(item) || brace < 0 || own[brace]!.span.start >= from) {
      const before = tokens.slice(first, firstEndingFrom(tokens, from + 1)).filter(({ span }) => span.end <= from)
      return { statement: item, before, blocks, surroundings }
    }
    if (isClosed(own) && item.span.end <= from) return { before: [], blocks, surroundings }
    blocks.push(item)
    if (item.kind !== 'for') surroundings = item.kind
    items = item.items
  }
}

function isBlock(item: Statement): item is Block {
  return item.kind === 'graph' || item.kind === 'hypothesis' || item.kind === 'for'
}

function isClosed(tokens: readonly Token[]): boolean {
  return tokens.reduce((open, { type }) => open + (type === 'LeftBrace' ? 1 : type === 'RightBrace' ? -1 : 0), 0) <= 0
}

export const isString = ({ type }: Token): boolean => type === 'String' || type === 'UnterminatedString' || type === 'SingleQuoted'

/** Between the quotes; of a string that is not closed, what lies before the cursor: the rest is likely something else. */
function insideOf({ span, type }: Token, offset: number): Span {
  return { start: span.start + 1, end: type === 'UnterminatedString' ? offset : span.end - 1 }
}

function wordOf(token: Token | undefined, offset: number): Span {
  if (!token || token.span.start >= offset) return { start: offset, end: offset }
  if (token.type === 'MemberName') return { start: token.span.start + 1, end: token.span.end }
  return /^[\p{L}\p{Nl}_]/u.test(token.image) ? token.span : { start: offset, end: offset }
}

function textOf(tokens: readonly Token[], word: Span, offset: number, string: Token | undefined): string {
  const token = string ?? tokens[firstEndingFrom(tokens, word.end)]
  return token && word.start < offset ? token.image.slice(word.start - token.span.start, offset - token.span.start) : ''
}

/** Index of the first token that ends at `offset` or later. */
export function firstEndingFrom(tokens: readonly Token[], offset: number): number {
  let low = 0
  let high = tokens.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (tokens[middle]!.span.end < offset) low = middle + 1
    else high = middle
  }
  return low
}

export interface Clause {
  /** Type of the token that begins it (`Equals`, `At`, `From` …); `start` right after the keyword. */
  readonly kind: string
  /** Tokens since. */
  readonly tokens: readonly Token[]
  /** Brackets open at the cursor, outermost first, with the token before each. */
  readonly open: readonly { readonly bracket: Token; readonly before: Token | undefined; readonly index: number }[]
}

const CLAUSES = new Set(['Equals', 'At', 'From', 'Through', 'Extends', 'As', 'Filter', 'Limit', 'With', 'Recovered', 'In'])

/** The clause of a statement that its last tokens belong to. */
export function clauseOf({ before }: Cursor): Clause {
  let start = 0
  let kind = 'start'
  const open: { bracket: Token; before: Token | undefined; index: number }[] = []
  before.forEach((token, index) => {
    if (/^Left(Paren|Bracket|Brace)$/.test(token.type)) open.push({ bracket: token, before: before[index - 1], index })
    else if (/^Right(Paren|Bracket|Brace)$/.test(token.type)) open.pop()
    else if (open.length === 0 && CLAUSES.has(token.type) && !(token.type === 'In' && before[0]!.type !== 'For')) {
      start = index
      kind = token.type
    }
  })
  return { kind, tokens: before.slice(start + 1), open }
}

const OPERAND_NEXT = new Set([
  'Equals', 'EqualEqual', 'NotEqual', 'Less', 'LessEqual', 'Greater', 'GreaterEqual', 'Plus', 'Minus', 'Star', 'Slash', 'FloorSlash',
  'Percent', 'Power', 'AtSign', 'And', 'Or', 'Not', 'In', 'If', 'Then', 'Else', 'LeftParen', 'LeftBracket', 'LeftBrace', 'Comma', 'Colon',
  'Filter', 'For', 'At', 'From', 'Through', 'Extends', 'As', 'With', 'Dot', 'Ampersand', 'Pipe', 'Tilde', 'Bang',
])

/** Nothing can stand after this token but an operand. */
export const wantsOperand = (token: Token | undefined): boolean => token === undefined || OPERAND_NEXT.has(token.type)
