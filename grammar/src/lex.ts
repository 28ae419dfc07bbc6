/** Text to tokens and comments. Never fails: what begins nothing is a `Stray` token. */
import { Lexer, type IToken } from 'chevrotain'
import { Stray, vocabulary } from './tokens.ts'

const lexer = new Lexer(vocabulary, { positionTracking: 'onlyOffset', ensureOptimizations: true })

/**
 * Characters that are read; a file of a hundred thousand nodes is shorter. What follows is one `Stray` token, so that
 * a dropped-in binary costs a second and not the memory of the machine.
 */
export const longestText = 2_000_000

export interface Lexed {
  readonly tokens: readonly IToken[]
  readonly comments: readonly IToken[]
  /** Where reading stopped, if the text is longer than `longestText`. */
  readonly cutAt?: number
}

export function lex(text: string): Lexed {
  const { tokens, groups } = lexer.tokenize(text.length > longestText ? text.slice(0, longestText) : text)
  const comments = groups['comments'] ?? []
  if (text.length <= longestText) return { tokens, comments }
  const rest: IToken = {
    image: text.slice(longestText),
    startOffset: longestText,
    tokenType: Stray,
    tokenTypeIdx: Stray.tokenTypeIdx!,
  }
  return { tokens: [...tokens, rest], comments, cutAt: longestText }
}

/** End of a token, exclusive. */
export function endOf(token: IToken): number {
  return token.startOffset + token.image.length
}
