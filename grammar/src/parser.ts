/** The parser of items: picks the rule by the keyword, and gives it the item's own tokens. */
import type { IToken, TokenType } from 'chevrotain'
import { HypothesisItemParser } from './hypothesis-items.ts'
import { noStops, type Header } from './parts.ts'
import * as t from './tokens.ts'

const nodeClauses = new Set([t.Equals, t.At, t.From])
const valueClause = new Set([t.Equals])

/** Which words start the clauses of which item. */
const clausesOf = new Map<TokenType, ReadonlySet<TokenType>>([
  [t.Data, new Set([t.As, t.Filter, t.Limit])],
  [t.Vocab, valueClause], [t.Metric, valueClause], [t.Score, valueClause], [t.Let, valueClause],
  [t.Component, valueClause], [t.Point, valueClause],
  [t.Rewrite, new Set([t.Equals, t.With])],
  [t.Hypothesis, new Set([t.Extends])],
  [t.Node, nodeClauses], [t.Refine, nodeClauses],
  [t.Expect, new Set([t.Recovered, t.Greater, t.GreaterEqual, t.Less, t.LessEqual])],
])

class ItemParser extends HypothesisItemParser {
  constructor() {
    super()
    this.performSelfAnalysis()
  }

  /** Reads one item from its own tokens, of which the first is its keyword. Never throws. */
  read(tokens: IToken[]): Header {
    this.tokens = tokens
    this.begin(tokens, clausesOf.get(tokens[0]!.tokenType) ?? noStops)
    return this.header()
  }

  /** Any item's header. What it leaves unread gets a finding. */
  private readonly header = this.RULE('header', (): Header => {
    const header = this.OR<any>([
      { ALT: () => this.SUBRULE(this.model) },
      { ALT: () => this.SUBRULE(this.data) },
      { ALT: () => this.SUBRULE(this.vocab) },
      { ALT: () => this.SUBRULE(this.metric) },
      { ALT: () => this.SUBRULE(this.letItem) },
      { ALT: () => this.SUBRULE(this.graph) },
      { ALT: () => this.SUBRULE(this.use) },
      { ALT: () => this.SUBRULE(this.component) },
      { ALT: () => this.SUBRULE(this.rewrite) },
      { ALT: () => this.SUBRULE(this.forItem) },
      { ALT: () => this.SUBRULE(this.hypothesis) },
      { ALT: () => this.SUBRULE(this.node) },
      { ALT: () => this.SUBRULE(this.refine) },
      { ALT: () => this.SUBRULE(this.optionItem) },
      { ALT: () => this.SUBRULE(this.expect) },
    ])
    return this.ACTION(() => {
      this.finish()
      return { ...header, span: this.from(this.tokens[0]!.startOffset) }
    })
  })

  /** Skips whatever the item has left. */
  private finish(): void {
    this.clauses = noStops
    this.rest()
  }
}

let parser: ItemParser | undefined

/** The one parser: made when first needed, since Chevrotain analyses the grammar then. */
export function itemParser(): ItemParser {
  parser ??= new ItemParser()
  return parser
}
