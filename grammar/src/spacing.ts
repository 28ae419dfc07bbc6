/** Which tokens of a line stand apart, and where a line that is too long may be broken. */
import type { IToken, TokenType } from 'chevrotain'
import { isWord } from './messages.ts'
import * as t from './tokens.ts'

/** A token on its way into a line. */
export interface Piece {
  readonly token: IToken
  readonly text: string
  readonly space: boolean
  /** How readily a line breaks before it: the smaller the better; undefined: never. */
  readonly breakRank?: number
  /** It starts a clause that lines of the same kind align. */
  readonly column?: 'value' | 'place' | 'parents' | 'bound'
}

const openers = new Set([t.LeftParen, t.LeftBracket, t.LeftBrace])
const closers = new Set([t.RightParen, t.RightBracket, t.RightBrace])
const operandEnds = new Set([
  t.NumberLiteral, t.StringLiteral, t.True, t.False, t.Any, t.Exact, t.DataRef, t.ModelRef, t.MemberName, t.RightParen,
  t.RightBracket,
])
/** Never a space before these. */
const tight = new Set([t.Comma, t.RightParen, t.RightBracket, t.MemberName])
const breakBefore = new Set<TokenType>([t.Then, t.Else, t.For, t.If])
const columns = new Map<TokenType, Piece['column']>([
  [t.Equals, 'value'], [t.At, 'place'], [t.From, 'parents'], [t.Recovered, 'bound'],
])
const clauseWords = new Set([t.Equals, t.At, t.From, t.Recovered, t.Extends, t.With, t.As, t.Filter, t.Limit])

/** The pieces of one item: its tokens from the keyword on, a block's opening brace included. */
export function piecesOf(tokens: readonly IToken[]): Piece[] {
  const around: TokenType[] = []
  let prefix = false
  let clause = true
  const isExpect = tokens[0]?.tokenType === t.Expect
  return tokens.map((token, i) => {
    const type = token.tokenType
    const before = tokens[i - 1]
    const afterOperand = before !== undefined && !clause && (isWord(before) || operandEnds.has(before.tokenType))
    if (closers.has(type)) around.pop()
    const startsClause = around.length === 0 && clauseWords.has(type)
      && (!isWord(token) || i > 1 && (afterOperand || before?.tokenType === t.RightBrace))
    const isPrefix = !afterOperand && (type === t.Minus || type === t.Plus)
    const isUnit = isExpect && type === t.Percent
    const space = before !== undefined && !prefix && !isUnit && spaced(token, before, afterOperand, around.at(-1))
    const afterComma = before?.tokenType === t.Comma
    const splits = startsClause ? type !== t.Equals : afterComma || breakBefore.has(type) || (afterOperand && type.CATEGORIES?.includes(t.Infix))
    const depth = around.length * 2
    if (openers.has(type)) around.push(type)
    prefix = isPrefix
    clause = startsClause || i === 0
    return {
      token,
      text: token.image,
      space,
      breakRank: splits === true ? depth + (startsClause || afterComma ? 0 : 1) : undefined,
      column: startsClause ? columns.get(type) : undefined,
    }
  })
}

function spaced(token: IToken, before: IToken, afterOperand: boolean, around: TokenType | undefined): boolean {
  const type = token.tokenType
  const previous = before.tokenType
  if (tight.has(type) || previous === t.LeftParen || previous === t.LeftBracket) return false
  if (type === t.Power || previous === t.Power) return false
  if (previous === t.LeftBrace) return type !== t.RightBrace
  if (type === t.Colon) return previous === t.Comma
  if (previous === t.Colon) return false
  if (type === t.LeftBracket) return !afterOperand
  if (type === t.LeftParen) return !(afterOperand && (isWord(before) || previous === t.Any))
  // Named arguments: `axis=1`.
  if (around === t.LeftParen || around === t.LeftBracket) return type !== t.Equals && previous !== t.Equals
  return true
}
