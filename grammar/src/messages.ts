/** The words in which findings speak of tokens and items. */
import type { IToken } from 'chevrotain'
import * as t from './tokens.ts'

/** A name as far as the lexer knows: not reserved. */
export function isWord(token: IToken | undefined): boolean {
  return token !== undefined && (token.tokenType === t.Identifier || contextual.has(token.tokenType))
}
const contextual = new Set([t.As, t.Filter, t.Limit, t.Recovered])

export function isReserved(token: IToken | undefined): boolean {
  return token !== undefined && reserved.has(token.tokenType)
}
const reserved = new Set(t.vocabulary.filter((type) => type.CATEGORIES?.includes(t.Reserved)))

/** A token as written, cut where it is long. */
export function quote(token: IToken): string {
  const image = token.image.slice(0, 41).replaceAll('`', "'").replace(/[\u0000-\u001f\u007f]/g, '\ufffd')
  return image.length <= 40 ? `\`${image}\`` : `\`${image.slice(0, 37)}…\``
}

/** The item that starts at `first`, as a reader names it: `node out`, `hypothesis "claim 1"`, `graph`. */
export function label(tokens: readonly IToken[], first: number): string {
  const keyword = tokens[first]!.image
  const name = tokens[first + 1]
  const named = name !== undefined && (isWord(name) || (name.tokenType === t.StringLiteral && keyword !== 'vocab'))
  return named ? `\`${keyword} ${name.image.slice(0, 40)}\`` : `\`${keyword}\``
}

/** What to write instead of a token that the language does not have or that cannot stand where it stands. */
export function advice(token: IToken): string {
  const image = token.image
  switch (token.tokenType) {
    case t.Ellipsis:
      return 'there is no `...`: write one `:` for each axis'
    case t.Ampersand:
      return 'write `and`'
    case t.Pipe:
      return 'write `or`'
    case t.Tilde:
    case t.Bang:
      return 'write `not`'
    case t.SingleQuoted:
      return 'write strings with double quotes, `"…"`'
    case t.UnterminatedString:
      return 'the string has no end: write `"` after it, on the same line'
    case t.BadNumber:
      return 'it is neither a number nor a name: write numbers as `1`, `1.5` or `1e-3`'
    case t.Equals:
      return 'to compare, write `==`'
    case t.Percent:
      return 'percentages stand only in `expect`'
    case t.Stray:
      return /[“”‘’„]/u.test(image) ? 'write strings with straight quotes, `"…"`' : 'remove it'
    case t.MemberName:
      return 'a dot follows a name'
    case t.Through:
      return 'it follows a parent, `from p through [a]`'
    default:
      return reserved.has(token.tokenType)
        ? `it is a keyword; a column of that name is \`data.${image}\``
        : 'remove it, or write what joins it to the text before'
  }
}
