/**
 * What every rule of the grammar shares: positions, findings, and skipping what cannot be read.
 *
 * The grammar is total: a rule accepts every sequence of tokens, and what is missing is an optional part with a finding.
 * So Chevrotain never has to raise an error, and its own recovery stays off.
 */
import { EmbeddedActionsParser, EOF, type IToken, type TokenType } from 'chevrotain'
import type { ErrorExpr, Ident, Span, Str } from './ast.ts'
import { Findings } from './findings.ts'
import { endOf } from './lex.ts'
import { advice, isWord, quote } from './messages.ts'
import * as t from './tokens.ts'

const closerOf = new Map([
  [t.LeftParen, t.RightParen],
  [t.LeftBracket, t.RightBracket],
  [t.LeftBrace, t.RightBrace],
])
const closers = new Set(closerOf.values())
const noStops = new Set<never>()

export function tokenSpan(token: IToken): Span {
  return { start: token.startOffset, end: endOf(token) }
}

export abstract class RecoveringParser extends EmbeddedActionsParser {
  /** Findings of the whole file; set before the first item. */
  findings = new Findings()
  /** Where the clauses of the item being read start: no skipping goes past one. */
  protected clauses: ReadonlySet<TokenType> = new Set()
  /** The brackets that are open around the next token. */
  private readonly open: IToken[] = []
  /** Which bracket closes which; made when first asked for, since most items have no errors. */
  private pairs: Map<IToken, IToken> | undefined
  /** After a finding that makes the rest of the item unreadable. */
  private muted = false
  /** Expressions inside each other around the next token. */
  protected nesting = 0

  constructor() {
    super(t.vocabulary, { maxLookahead: 1, recoveryEnabled: false })
  }

  /** Makes ready for the tokens of one item. */
  protected begin(tokens: IToken[], clauses: ReadonlySet<TokenType>): void {
    this.input = tokens
    this.clauses = clauses
    this.open.length = 0
    this.pairs = undefined
    this.muted = false
    this.nesting = 0
  }

  // ---- positions ---------------------------------------------------------------------------------------------------

  /** End of the last token read. */
  protected get here(): number {
    return endOf(this.LA(0))
  }

  protected next(type: TokenType): boolean {
    return this.LA(1).tokenType === type
  }

  protected get atEnd(): boolean {
    return this.LA(1).tokenType === EOF
  }

  protected from(start: number): Span {
    return { start, end: Math.max(start, this.here) }
  }

  // ---- findings ----------------------------------------------------------------------------------------------------

  protected finding(span: Span, message: string): void {
    if (!this.muted) this.findings.add('syntax', span, message)
  }

  protected tooDeep(span: Span, message: string): void {
    if (!this.muted) this.findings.add('too-deep', span, message)
    this.muted = true
  }

  /** An expression that is not there: nothing wide, after the last token. */
  protected nothing(): ErrorExpr {
    return { kind: 'error', span: { start: this.here, end: this.here } }
  }

  /** Reports that the last token wants something after it. */
  protected missing(what: string): ErrorExpr {
    const token = this.LA(0)
    const instead = token.tokenType === t.Percent ? `${what}, or a fraction: ${advice(token)}` : what
    this.finding(tokenSpan(token), `${quote(token)} has nothing after it: write ${instead}.`)
    return this.nothing()
  }

  /** Reports the next token as out of place. */
  private unexpected(): void {
    const token = this.LA(1)
    this.finding(tokenSpan(token), `${quote(token)} cannot stand here, after ${quote(this.LA(0))}: ${advice(token)}.`)
  }

  // ---- brackets and skipping ---------------------------------------------------------------------------------------

  protected enter(bracket: IToken): void {
    this.open.push(bracket)
  }

  /** After the elements of a bracket: skips to its end. True where the closing bracket is next. */
  protected atClose(): boolean {
    const bracket = this.open.at(-1)!
    const closer = closerOf.get(bracket.tokenType)!
    if (!this.next(closer) && this.bracketPairs().has(bracket)) this.junk(noStops, false)
    this.open.pop()
    if (this.next(closer)) return true
    this.finding(tokenSpan(bracket), `${quote(bracket)} is not closed: write \`${closer.PATTERN as string}\` after its last element.`)
    return false
  }

  /** Whether nothing more can follow in the list being read. */
  protected endsList(token: IToken): boolean {
    return closers.has(token.tokenType) || token.tokenType === EOF || this.startsClause(token)
  }

  /**
   * Skips what cannot be read, with a finding: to one of `stops`, to the end of a bracket that is open, or to the next
   * clause of the item (where the bracket around is closed further on, a clause word inside it stops nothing).
   */
  protected junk(stops: ReadonlySet<TokenType>, commaStops: boolean): void {
    if (this.atEnd || this.stopsAt(this.LA(1), stops, commaStops)) return
    this.unexpected()
    this.skip(stops, commaStops)
  }

  /** As `junk`, where something has been said already. */
  protected skip(stops: ReadonlySet<TokenType>, commaStops: boolean): void {
    while (!this.atEnd && !this.stopsAt(this.LA(1), stops, commaStops)) {
      const end = this.bracketPairs().get(this.LA(1))
      if (end !== undefined) {
        while (this.LA(1) !== end) this.SKIP_TOKEN()
      }
      this.SKIP_TOKEN()
    }
  }

  private stopsAt(token: IToken, stops: ReadonlySet<TokenType>, commaStops: boolean): boolean {
    const type = token.tokenType
    if (stops.has(type) && !closers.has(type)) return true
    if (type === t.Comma) return commaStops
    if (closers.has(type)) return this.open.some((bracket) => this.bracketPairs().get(bracket) === token)
    return this.startsClause(token)
  }

  /** Whether the next clause of the item starts here; not inside brackets that are closed further on. */
  protected startsClause(token: IToken): boolean {
    if (!this.clauses.has(token.tokenType)) return false
    const around = this.open.at(-1)
    return around === undefined || !this.bracketPairs().has(around)
  }

  private bracketPairs(): Map<IToken, IToken> {
    this.pairs ??= pairBrackets(this.input)
    return this.pairs
  }

  // ---- words and strings -------------------------------------------------------------------------------------------

  protected ident(token: IToken): Ident {
    return { kind: 'ident', text: token.image, span: tokenSpan(token) }
  }

  /** The name in a token that is one: a reserved word is taken as one, with a finding. */
  protected named(token: IToken, what: string): Ident {
    if (!isWord(token)) {
      this.finding(tokenSpan(token), `${quote(token)} is a keyword and cannot name ${what}: give it another name.`)
    } else if (token.image === 'inf' || token.image === 'nan') {
      this.finding(tokenSpan(token), `${quote(token)} is a number and cannot name ${what}: give it another name.`)
    }
    return this.ident(token)
  }

  /** The value of a string token of whatever kind. */
  protected string(token: IToken): Str {
    const span = tokenSpan(token)
    if (token.tokenType !== t.StringLiteral) {
      this.finding(span, `${quote(token)} is not a string: ${advice(token)}.`)
      const inner = token.tokenType === t.SingleQuoted ? token.image.slice(1, -1) : token.image.slice(1).trimEnd()
      return { kind: 'string', value: inner, span }
    }
    // Tabs and the like may stand in a string; JSON wants them escaped.
    const json = token.image.replace(/[\u0000-\u001f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    try {
      return { kind: 'string', value: JSON.parse(json) as string, span }
    } catch {
      this.finding(span, `${quote(token)} holds an unknown escape: write \`\\\\\` for a backslash.`)
      return { kind: 'string', value: token.image.slice(1, -1), span }
    }
  }
}

/** Pairs of brackets; a closing one that does not fit drops the unclosed ones inside, or is left alone. */
function pairBrackets(tokens: readonly IToken[]): Map<IToken, IToken> {
  const pairs = new Map<IToken, IToken>()
  const open: IToken[] = []
  const waiting = new Map<TokenType, number>()
  const count = (type: TokenType, by: number) => waiting.set(type, (waiting.get(type) ?? 0) + by)
  for (const token of tokens) {
    const closer = closerOf.get(token.tokenType)
    if (closer !== undefined) {
      open.push(token)
      count(closer, 1)
    } else if (closers.has(token.tokenType) && (waiting.get(token.tokenType) ?? 0) > 0) {
      for (;;) {
        const bracket = open.pop()!
        const fits = closerOf.get(bracket.tokenType)!
        count(fits, -1)
        if (fits !== token.tokenType) continue
        pairs.set(bracket, token)
        break
      }
    }
  }
  return pairs
}
