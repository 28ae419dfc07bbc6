/** Parts that items share: names, values, pairs, and what is said where they are missing. */
import { EOF, type IToken } from 'chevrotain'
import type {
  ComponentItem, DataItem, ExpectItem, Expr, ForItem, GraphItem, HypothesisItem, Ident, LetItem, MetricItem, ModelItem, NodeItem,
  Num, OptionItem, RefineItem, RewriteItem, Span, Str, UseItem, VocabItem,
} from './ast.ts'
import { isReserved, label, quote } from './messages.ts'
import { tokenSpan } from './recovery.ts'
import { ReferenceParser } from './references.ts'
import * as t from './tokens.ts'

/** An item whose block, if it has one, is still to come. */
export type Header =
  | ModelItem | DataItem | VocabItem | MetricItem | LetItem | GraphItem | UseItem | ComponentItem | RewriteItem
  | ForItem<never> | HypothesisItem | NodeItem | RefineItem | OptionItem | ExpectItem

/** `NAME = EXPR`; of a model input, the name may be a string. */
export interface Pair {
  readonly name: Ident
  readonly value: Expr
  readonly span: Span
}

export const noStops = new Set<never>()

export abstract class PartsParser extends ReferenceParser {
  /** The tokens of the item being read, its keyword first. */
  protected tokens: readonly IToken[] = []

  // Empty alternatives of an `OR` are invisible to the rules around it: what may be missing is an `OPTION`.

  /** The name of an item, a word. */
  protected readonly name = this.RULE('name', (what: string): Ident | undefined => {
    const token = this.OPTION({
      GATE: () => this.nameIsNext(),
      DEF: () => this.OR([{ ALT: () => this.CONSUME(t.Identifier) }, { ALT: () => this.CONSUME(t.Reserved) }]),
    })
    return this.ACTION(() => (token === undefined ? this.noName('a name') : this.named(token, what)))
  })

  /** A word or a string. */
  protected readonly nameOrText = this.RULE('nameOrText', (what: string, missing: string): Ident | Str | undefined => {
    const found: Ident | Str | undefined = this.OPTION({
      GATE: () => this.nameIsNext(),
      DEF: () =>
        this.OR<any>([
          { ALT: () => this.named(this.CONSUME(t.Identifier), what) },
          { ALT: () => this.string(this.CONSUME(t.StringLiteral)) },
          { ALT: () => this.string(this.CONSUME(t.SingleQuoted)) },
          { ALT: () => this.string(this.CONSUME(t.UnterminatedString)) },
          { ALT: () => this.named(this.CONSUME(t.Reserved), what) },
        ]),
    })
    return this.ACTION(() => found ?? this.noName(missing))
  })

  protected readonly text = this.RULE('text', (): Str | undefined =>
    this.OPTION(() =>
      this.OR<any>([
        { ALT: () => this.string(this.CONSUME(t.StringLiteral)) },
        { ALT: () => this.string(this.CONSUME(t.SingleQuoted)) },
        { ALT: () => this.string(this.CONSUME(t.UnterminatedString)) },
      ])))

  /** `= EXPR`, which the item must have. */
  protected readonly value = this.RULE('value', (what: string, example: string): Expr | undefined => {
    this.rest()
    const value = this.OPTION(() => {
      this.CONSUME(t.Equals)
      return this.SUBRULE(this.expression)
    })
    this.ACTION(() => {
      if (value === undefined) this.finding(this.nameSpan(), `${this.subject()} has no ${what}: write \`${example}\` after the name.`)
    })
    return value
  })

  /** `NAME = EXPR`, after `with` and in `as { … }`. */
  protected readonly pair = this.RULE('pair', (what: string): any => {
    const start = this.LA(1)
    const name = this.SUBRULE(this.nameOrText, { ARGS: [what, `the name of ${what}`] })
    const value = this.OPTION(() => {
      this.CONSUME(t.Equals)
      return this.SUBRULE(this.expression)
    })
    return this.ACTION(() => {
      if (name === undefined) return undefined
      if (value === undefined) this.missing('`= …`')
      return { name, value: value ?? this.nothing(), span: this.from(start.startOffset) }
    })
  })

  // ---- actions -----------------------------------------------------------------------------------------------------

  protected item<T extends object>(keyword: IToken, item: T): T & { keyword: Span; span: Span } {
    return this.ACTION(() => {
      const span = tokenSpan(keyword)
      return { ...item, keyword: span, span }
    })
  }

  /** Skips to the next clause of the item. */
  protected rest(): void {
    this.junk(noStops, false)
  }

  /** The item in a sentence, and where to point. */
  protected subject(): string {
    return label(this.tokens, 0)
  }

  protected nameSpan(): Span {
    const name = this.tokens[1]
    const start = this.tokens[0]!.startOffset
    return { start, end: name === undefined || this.subject() === `\`${this.tokens[0]!.image}\`` ? start + this.tokens[0]!.image.length : tokenSpan(name).end }
  }

  protected noName(what: string): undefined {
    const before = this.LA(0)
    if (before === this.tokens[0]) this.finding(tokenSpan(before), `${quote(before)} has no name: write ${what} after it.`)
    else this.missing(what)
    return undefined
  }

  /** Whether a name can follow: of a reserved word, whether it is meant as one and not as the start of a clause. */
  protected nameIsNext(): boolean {
    if (!isReserved(this.LA(1))) return true
    const after = this.LA(2).tokenType
    return after === t.Equals || after === t.LeftBracket || after === t.Recovered || after === EOF
  }

  /** Whether a clause stands for the first time; says so if it does not, or if it stands too late. */
  protected once(word: IToken, isFirst: boolean, inOrder: boolean): boolean {
    if (!isFirst) {
      const more = word.tokenType === t.Equals ? 'to compare, write `==`' : 'write it once'
      this.finding(tokenSpan(word), `${quote(word)} stands twice in one item: ${more}.`)
    } else if (!inOrder) {
      this.finding(tokenSpan(word), `${quote(word)} stands too late: the order is ${this.order()}.`)
    }
    return isFirst
  }

  protected order(): string {
    return [...this.clauses].map((type) => `\`${type.PATTERN as string}\``).join(', ')
  }

  protected count(token: IToken): Num {
    const integer = /^\d+$/.test(token.image)
    if (!integer) this.finding(tokenSpan(token), `${quote(token)} is not a whole number: write it without point or exponent.`)
    return { kind: 'number', value: Number(token.image), integer, span: tokenSpan(token) }
  }
}
