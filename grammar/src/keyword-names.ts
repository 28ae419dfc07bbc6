/**
 * Keywords that stand where only a name can: `node score = …`, `with score = …`, and where such a name is used. They are read as
 * the names that they are meant to be, with one finding where the name is given, so that no item is torn in two by one.
 */
import type { IToken, TokenType } from 'chevrotain'
import type { Findings } from './findings.ts'
import { endOf } from './lex.ts'
import { isReserved, isWord, quote } from './messages.ts'
import * as t from './tokens.ts'

/** What the word after each names. */
const named = new Map<TokenType, string>([
  [t.Metric, 'a metric'], [t.Score, 'a score'], [t.Let, 'a `let`'], [t.Hypothesis, 'a hypothesis'], [t.Node, 'a node'],
  [t.Component, 'a component'], [t.Point, 'a point'],
])
/** Items whose block may follow them at once: no name of an item that lost its own. */
const ownBlock = new Set([t.Graph, t.Hypothesis, t.For])
/** Their own meaning, wherever a value can stand. */
const values = new Set([t.Any, t.Exact, t.True, t.False, t.Not, t.If])
const beforeValue = new Set([t.Equals, t.LeftParen, t.LeftBracket, t.Comma, t.Colon, t.If, t.Then, t.Else, t.In])
const beforeReference = new Set([t.At, t.From, t.Extends, t.Expect, t.Refine])
/** After a value, and never after the word that starts an item. */
const afterValue = new Set([t.RightParen, t.RightBracket, t.Comma, t.At, t.From, t.Then, t.Else, t.With])

const isInfix = ({ CATEGORIES }: TokenType): boolean => CATEGORIES?.includes(t.Infix) ?? false
const isOperator = (type: TokenType): boolean => isInfix(type) || (type.CATEGORIES?.includes(t.Prefix) ?? false)
/** Also the words that stand before a dot or bracket, where they are lexed apart. */
const isKeyword = (token: IToken): boolean => isReserved(token) || token.tokenType === t.ModelRef || token.tokenType === t.DataRef

/** The tokens with those that are meant as names read as names. */
export function keywordNames(tokens: readonly IToken[], findings: Findings): readonly IToken[] {
  const declared = declarations(tokens)
  const names = new Set([...declared.keys()].map((i) => tokens[i]!.image))
  const changed = new Map<number, IToken>()
  tokens.forEach((token, i) => {
    if (!isKeyword(token)) return
    const what = declared.get(i)
    if (what !== undefined) findings.add('syntax', spanOf(token), `${quote(token)} is a keyword and cannot name ${what}: give it another name.`)
    else if (!isUse(tokens, i, names)) {
      if (!isValue(tokens, i)) return
      // Read as a name from here on, so that this is all that is said.
      findings.add('syntax', spanOf(token), `${quote(token)} cannot stand here, after ${quote(tokens[i - 1]!)}: it is a keyword; a column of that name is \`data.${token.image}\`.`)
    }
    changed.set(i, { ...token, tokenType: t.Identifier, tokenTypeIdx: t.Identifier.tokenTypeIdx! })
  })
  return changed.size === 0 ? tokens : tokens.map((token, i) => changed.get(i) ?? token)
}

const spanOf = (token: IToken) => ({ start: token.startOffset, end: endOf(token) })

/** Keywords that are given as a name, by position, with what they name. */
function declarations(tokens: readonly IToken[]): ReadonlyMap<number, string> {
  const found = new Map<number, string>()
  /** In the list after `with`, and the brackets that are open in it. */
  let parts = false
  let depth = 0
  tokens.forEach((token, i) => {
    const type = token.tokenType
    const before = tokens[i - 1]
    const after = tokens[i + 1]?.tokenType
    if (type === t.With) [parts, depth] = [true, 0]
    else if (type === t.LeftParen || type === t.LeftBracket) depth++
    else if (type === t.RightParen || type === t.RightBracket) depth--
    if (!isKeyword(token) || before === undefined || after === undefined) return
    const item = found.has(i - 1) ? undefined : named.get(before.tokenType)
    if (item !== undefined && givesName(before.tokenType, type, after)) found.set(i, item)
    else if (parts && depth === 0 && after === t.Equals && (before.tokenType === t.With || before.tokenType === t.Comma)) found.set(i, 'a part')
    else if (after === t.In && type !== t.Not && (before.tokenType === t.For || before.tokenType === t.LeftBracket)) found.set(i, 'an index')
    else if (type.CATEGORIES?.includes(t.ItemWord)) parts = false
  })
  return found
}

/** Whether an item goes on like this after its name. */
function givesName(item: TokenType, word: TokenType, after: TokenType): boolean {
  if (item === t.Hypothesis) return after === t.Extends || (after === t.LeftBrace && !ownBlock.has(word))
  if (after === t.MemberName) return item === t.Component || item === t.Point
  return after === t.Equals || after === t.LeftBracket
}

/** Whether the keyword at `i` is one of these names, where one is used. */
function isUse(tokens: readonly IToken[], i: number, names: ReadonlySet<string>): boolean {
  const token = tokens[i]!
  if (!names.has(token.image) || values.has(token.tokenType) || i === 0) return false
  const { tokenType: before } = tokens[i - 1]!
  const after = tokens[i + 1]
  // A value is missing before an item.
  if (isWord(after) && after!.tokenType !== t.Recovered || after?.tokenType === t.StringLiteral || after?.tokenType === t.LeftBrace && before !== t.Extends) return false
  return beforeValue.has(before) || beforeReference.has(before) || isOperator(before)
}

/** Whether an item word stands where there is a value before and after it could be nothing else. */
function isValue(tokens: readonly IToken[], i: number): boolean {
  const { tokenType: type } = tokens[i]!
  const before = tokens[i - 1]?.tokenType
  const after = tokens[i + 1]?.tokenType
  if (!type.CATEGORIES?.includes(t.ItemWord) || type === t.For || before === undefined || after === undefined) return false
  return (beforeValue.has(before) || isOperator(before)) && (afterValue.has(after) || isInfix(after))
}
