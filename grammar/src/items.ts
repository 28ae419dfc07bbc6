/** The grammar of items: one rule for each, from its keyword to the end of its header. Blocks are nested by `parse.ts`. */
import { EOF, type IToken, type TokenType } from 'chevrotain'
import type {
  Binder, ComponentItem, DataItem, ExpectItem, Expr, ForItem, GraphItem, HypothesisItem, Ident, LetItem, MetricItem,
  ModelItem, NodeItem, Num, OptionItem, Parent, Reference, RefineItem, RewriteItem, Slice, Span, Str, UseItem, VocabItem,
} from './ast.ts'
import { asBinder, asIdent } from './binders.ts'
import { ExpressionParser } from './expressions.ts'
import { isReserved, label, quote } from './messages.ts'
import { tokenSpan } from './recovery.ts'
import * as t from './tokens.ts'

/** An item whose block, if it has one, is still to come. */
export type Header =
  | ModelItem | DataItem | VocabItem | MetricItem | LetItem | GraphItem | UseItem | ComponentItem | RewriteItem
  | ForItem<never> | HypothesisItem | NodeItem | RefineItem | OptionItem | ExpectItem

interface Clauses {
  feature?: Expr
  place?: Reference
  from?: Parent[]
}

type Pair = { readonly name: Ident; readonly value: Expr; readonly span: Span }

/** What values each option takes. */
const options: Record<string, { readonly words?: readonly string[]; readonly example: string }> = {
  unimportant: { words: ['together', 'separate', 'shared'], example: '`together`, `separate` or `shared`' },
  samples: { example: 'a whole number such as `10000`' },
  seed: { example: 'a whole number such as `1`' },
  pool: { example: 'a whole number such as `2000`' },
}

const nodeClauses = new Set([t.Equals, t.At, t.From])
const dataClauses = new Set([t.As, t.Filter, t.Limit])
const valueClause = new Set([t.Equals])
const rewriteClauses = new Set([t.Equals, t.With])
const noClauses = new Set<never>()
const throughStop = new Set([t.Through])

/** Which words start the clauses of which item. */
const clausesOf = new Map<TokenType, ReadonlySet<TokenType>>([
  [t.Data, dataClauses],
  [t.Vocab, valueClause], [t.Metric, valueClause], [t.Score, valueClause], [t.Let, valueClause],
  [t.Component, valueClause], [t.Point, valueClause],
  [t.Rewrite, rewriteClauses],
  [t.Hypothesis, new Set([t.Extends])],
  [t.Node, nodeClauses], [t.Refine, nodeClauses],
  [t.Expect, new Set([t.Recovered, t.Greater, t.GreaterEqual, t.Less, t.LessEqual])],
])

class ItemParser extends ExpressionParser {
  private tokens: readonly IToken[] = []

  constructor() {
    super()
    this.performSelfAnalysis()
  }

  /** Reads one item from its own tokens, of which the first is its keyword. Never throws. */
  read(tokens: IToken[]): Header {
    this.tokens = tokens
    this.begin(tokens, clausesOf.get(tokens[0]!.tokenType) ?? noClauses)
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

  // ---- the file's own items ----------------------------------------------------------------------------------------

  private readonly model = this.RULE('model', (): Header => {
    const keyword = this.CONSUME(t.Model)
    const path = this.SUBRULE(this.path)
    return this.item(keyword, { kind: 'model', path })
  })

  private readonly data = this.RULE('data', (): Header => {
    const keyword = this.CONSUME(t.Data)
    const path = this.SUBRULE(this.path)
    let as: Pair[] | undefined
    let filter: Expr | undefined
    let limit: Num | undefined
    this.rest()
    this.MANY(() => {
      const word = this.LA(1)
      this.OR([
        {
          ALT: () => {
            this.CONSUME(t.As)
            const columns = this.SUBRULE(this.columns)
            if (this.once(word, as === undefined, filter === undefined && limit === undefined)) as = columns
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Filter)
            const value = this.SUBRULE(this.expression)
            if (this.once(word, filter === undefined, limit === undefined)) filter = value
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Limit)
            const value = this.OPTION(() => this.CONSUME(t.NumberLiteral))
            this.ACTION(() => {
              const count = value === undefined ? undefined : this.count(value)
              if (value === undefined) this.missing('a number of data, such as `limit 1000`')
              if (this.once(word, limit === undefined, true)) limit = count
            })
          },
        },
      ])
      this.rest()
    })
    return this.ACTION(() => {
      const inputs = (as ?? []).map(({ name, ...entry }) => ({ input: name, ...entry }))
      return this.item(keyword, { kind: 'data', path, as: inputs, filter, limit })
    })
  })

  /** The quoted file after `model` or `data`. */
  private readonly path = this.RULE('path', (): Str | undefined => {
    const keyword = this.LA(0)
    const path = this.SUBRULE(this.text)
    this.ACTION(() => {
      if (path !== undefined) return
      this.finding(tokenSpan(keyword), `\`${keyword.image}\` has no file: write it in quotes, \`${keyword.image} "…"\`.`)
      this.skip(noClauses, false)
    })
    return path
  })

  /** `{ input_ids = tokens, "a.b" = ones_like(tokens) }` after `as`. */
  private readonly columns = this.RULE('columns', (): Pair[] => {
    const as = this.LA(0)
    const open = this.OPTION(() => this.CONSUME(t.LeftBrace))
    this.ACTION(() => (open === undefined
      ? this.finding(tokenSpan(as), '`as` has no `{`: write `as { INPUT = COLUMN }`.')
      : this.enter(open)))
    const pairs: Pair[] = []
    const read = (pair: Pair | undefined) => {
      if (pair !== undefined) pairs.push(pair)
      this.junk(noClauses, true)
    }
    this.OPTION2({
      GATE: () => !this.endsList(this.LA(1)),
      DEF: () => {
        const pair = this.SUBRULE(this.pair, { ARGS: ['a model input'] })
        this.ACTION(() => read(pair))
      },
    })
    this.MANY({
      GATE: () => !this.endsList(this.LA(2)),
      DEF: () => {
        this.CONSUME(t.Comma)
        const pair = this.SUBRULE2(this.pair, { ARGS: ['a model input'] })
        this.ACTION(() => read(pair))
      },
    })
    this.OPTION3(() => this.CONSUME2(t.Comma))
    this.OPTION4({ GATE: () => open !== undefined && this.atClose(), DEF: () => this.CONSUME(t.RightBrace) })
    return pairs
  })

  private readonly vocab = this.RULE('vocab', (): Header => {
    const keyword = this.CONSUME(t.Vocab)
    const column = this.OR([
      { ALT: () => this.SUBRULE(this.columnRef) },
      { ALT: () => this.SUBRULE(this.nameOrText, { ARGS: ['a column', 'the name of a column'] }) },
    ])
    const value = this.SUBRULE(this.value, { ARGS: ['value', '= "vocab.json"'] })
    return this.item(keyword, { kind: 'vocab', column, value })
  })

  /** `data.word`: a column whose name is a reserved word. */
  private readonly columnRef = this.RULE('columnRef', (): Ident | undefined => {
    this.CONSUME(t.DataRef)
    const member = this.OPTION(() => this.CONSUME(t.MemberName))
    return this.ACTION(() => {
      if (member === undefined) return this.noName('`.` and the name of a column')
      const { start, end } = tokenSpan(member)
      return { kind: 'ident', text: member.image.slice(1), span: { start: start + 1, end } }
    })
  })

  private readonly metric = this.RULE('metric', (): Header => {
    const keyword = this.OR([{ ALT: () => this.CONSUME(t.Metric) }, { ALT: () => this.CONSUME(t.Score) }])
    const name = this.SUBRULE(this.name, { ARGS: [`a ${keyword.image}`] })
    const value = this.SUBRULE(this.value, { ARGS: ['value', '= …'] })
    return this.item(keyword, { kind: 'metric', sense: keyword.image as MetricItem['sense'], name, value })
  })

  private readonly letItem = this.RULE('letItem', (): Header => {
    const keyword = this.CONSUME(t.Let)
    const name = this.SUBRULE(this.name, { ARGS: ['a `let`'] })
    const brackets = this.OPTION(() => this.SUBRULE(this.subscripts))
    const value = this.SUBRULE(this.value, { ARGS: ['value', '= …'] })
    return this.ACTION(() => {
      const indices = (brackets ?? []).map((index) => {
        const ident = index.kind === 'slice' ? undefined : asIdent(index)
        if (ident === undefined && index.kind !== 'error') {
          this.finding(index.span, 'The indices of a `let` are bare names: write `let NAME[i, j] = …`.')
        }
        return ident
      })
      return this.item(keyword, { kind: 'let', name, indices: indices.filter((index) => index !== undefined), value })
    })
  })

  private readonly optionItem = this.RULE('optionItem', (): Header => {
    const keyword = this.CONSUME(t.Option)
    const name = this.SUBRULE(this.name, { ARGS: ['an option'] })
    const value = this.OPTION(() =>
      this.OR<any>([
        { ALT: () => this.ident(this.CONSUME(t.Identifier)) },
        { ALT: () => this.count(this.CONSUME(t.NumberLiteral)) },
      ])) as Ident | Num | undefined
    return this.ACTION(() => {
      this.checkOption(name, value)
      return this.item(keyword, { kind: 'option', name, value })
    })
  })

  private readonly expect = this.RULE('expect', (): Header => {
    const keyword = this.CONSUME(t.Expect)
    const hypothesis = this.SUBRULE(this.nameOrText, { ARGS: ['a hypothesis', 'the name of a hypothesis'] })
    this.rest()
    const recovered = this.OPTION(() => this.CONSUME(t.Recovered))
    const operator = this.OPTION2(() => this.CONSUME(t.Ordering))
    const bound = this.SUBRULE(this.bound)
    return this.ACTION(() => {
      const missing = recovered === undefined ? '`recovered`' : operator === undefined ? 'comparison' : bound === undefined ? 'bound' : undefined
      if (missing !== undefined && hypothesis !== undefined) {
        this.finding(this.nameSpan(), `${this.subject()} has no ${missing}: write \`recovered > 85%\`, or \`>=\`, \`<\`, \`<=\`, or another hypothesis.`)
      }
      return this.item(keyword, { kind: 'expect', hypothesis, op: operator?.image as ExpectItem['op'], bound })
    })
  })

  /** `85%`, `-3.5%`, or the name of a hypothesis. */
  private readonly bound = this.RULE('bound', (): ExpectItem['bound'] =>
    this.OR<any>([
      { ALT: () => this.ident(this.CONSUME(t.Identifier)) },
      { ALT: () => this.string(this.CONSUME(t.StringLiteral)) },
      { ALT: () => this.string(this.CONSUME(t.SingleQuoted)) },
      { ALT: () => this.string(this.CONSUME(t.UnterminatedString)) },
      { ALT: () => this.SUBRULE(this.percentage) },
    ]))

  private readonly percentage = this.RULE('percentage', (): ExpectItem['bound'] => {
    const { startOffset } = this.LA(1)
    const minus = this.OPTION(() => this.CONSUME(t.Minus))
    const number = this.OPTION2(() => this.CONSUME(t.NumberLiteral))
    const percent = this.OPTION3(() => this.CONSUME(t.Percent))
    return this.ACTION(() => {
      if (number === undefined) return undefined
      const span = this.from(startOffset)
      if (percent === undefined) this.finding(span, `${quote(number)} has no unit: write \`${number.image}%\`.`)
      const value = Number(number.image) / 100
      return { kind: 'percent', value: minus === undefined ? value : -value, span }
    })
  })

  // ---- the graph ---------------------------------------------------------------------------------------------------

  private readonly graph = this.RULE('graph', (): Header => {
    const keyword = this.CONSUME(t.Graph)
    return this.item(keyword, { kind: 'graph', items: [] })
  })

  private readonly use = this.RULE('use', (): Header => {
    const keyword = this.CONSUME(t.Use)
    const name = this.SUBRULE(this.name, { ARGS: ['a view'] })
    return this.item(keyword, { kind: 'use', name })
  })

  private readonly component = this.RULE('component', (): Header => {
    const keyword = this.OR([{ ALT: () => this.CONSUME(t.Component) }, { ALT: () => this.CONSUME(t.Point) }])
    const dotted = this.SUBRULE(this.reference, { ARGS: ['its name'] })
    const place = this.SUBRULE(this.placeValue)
    return this.ACTION(() => {
      const binders: Binder[] = []
      const reference = this.withoutBinders(dotted, binders)
      const name = reference.kind === 'error' ? undefined : { kind: 'dotted' as const, reference, span: dotted.span }
      if (reference.kind === 'string') this.finding(reference.span, 'A name stands here without quotes, the tensor after `=`.')
      return this.item(keyword, { kind: 'component', sort: keyword.image as ComponentItem['sort'], name, binders, place })
    })
  })

  /** `= PLACE`. */
  private readonly placeValue = this.RULE('placeValue', (): Reference | undefined => {
    this.rest()
    const place = this.OPTION(() => {
      this.CONSUME(t.Equals)
      return this.SUBRULE(this.reference, { ARGS: ['a place'] })
    })
    this.ACTION(() => {
      if (place === undefined) this.finding(this.nameSpan(), `${this.subject()} has no place: write \`= PLACE\` after the name.`)
    })
    return place
  })

  private readonly rewrite = this.RULE('rewrite', (): Header => {
    const keyword = this.CONSUME(t.Rewrite)
    const place = this.SUBRULE(this.reference, { ARGS: ['a place'] })
    const value = this.SUBRULE(this.value, { ARGS: ['value', '= …'] })
    this.rest()
    const pairs: Pair[] = []
    this.OPTION(() => {
      this.CONSUME(t.With)
      const first = this.SUBRULE(this.pair, { ARGS: ['a part'] })
      this.ACTION(() => pairs.push(...this.pairRead(first)))
      this.MANY(() => {
        this.CONSUME(t.Comma)
        const next = this.SUBRULE2(this.pair, { ARGS: ['a part'] })
        this.ACTION(() => pairs.push(...this.pairRead(next)))
      })
    })
    return this.item(keyword, { kind: 'rewrite', place, value, with: pairs })
  })

  /** `NAME = EXPR`, after `with` and in `as { … }`. */
  private readonly pair = this.RULE('pair', (what: string): any => {
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

  // ---- hypotheses --------------------------------------------------------------------------------------------------

  private readonly hypothesis = this.RULE('hypothesis', (): Header => {
    const keyword = this.CONSUME(t.Hypothesis)
    const name = this.SUBRULE(this.nameOrText, { ARGS: ['a hypothesis', 'a name'] })
    this.rest()
    const parents: (Ident | Str)[] = []
    const read = (parent: Ident | Str | undefined) => {
      if (parent !== undefined) parents.push(parent)
      this.junk(noClauses, true)
    }
    this.OPTION(() => {
      this.CONSUME(t.Extends)
      const first = this.SUBRULE2(this.nameOrText, { ARGS: ['a hypothesis', 'a hypothesis'] })
      this.ACTION(() => read(first))
      this.MANY(() => {
        this.CONSUME(t.Comma)
        const next = this.SUBRULE3(this.nameOrText, { ARGS: ['a hypothesis', 'a hypothesis'] })
        this.ACTION(() => read(next))
      })
    })
    return this.item(keyword, { kind: 'hypothesis', name, extends: parents, items: [] })
  })

  private readonly forItem = this.RULE('forItem', (): Header => {
    const keyword = this.CONSUME(t.For)
    const binders: Binder[] = []
    const read = (binder: Binder | undefined) => {
      if (binder !== undefined) binders.push(binder)
      this.junk(noClauses, true)
    }
    const first = this.SUBRULE(this.binder)
    this.ACTION(() => read(first))
    this.MANY(() => {
      this.CONSUME(t.Comma)
      const next = this.SUBRULE2(this.binder)
      this.ACTION(() => read(next))
    })
    return this.item(keyword, { kind: 'for', binders, items: [] })
  })

  private readonly node = this.RULE('node', (): Header => {
    const keyword = this.CONSUME(t.Node)
    const name = this.SUBRULE(this.name, { ARGS: ['a node'] })
    const brackets = this.OPTION(() => this.SUBRULE(this.subscripts))
    const clauses = this.SUBRULE(this.clausesOfNode)
    return this.ACTION(() => {
      const binders: Binder[] = []
      for (const index of brackets ?? []) {
        const binder = index.kind === 'slice' ? this.noSlice(index) : this.bind(index)
        if (binder !== undefined) binders.push(binder)
      }
      const { feature, place, from = [] } = clauses
      if (feature === undefined) this.finding(this.nameSpan(), `${this.subject()} has no feature: write \`= …\` after the name.`)
      if (place === undefined) this.finding(this.nameSpan(), `${this.subject()} has no place: write \`at PLACE\` after the feature.`)
      return this.item(keyword, { kind: 'node', name, binders, feature, place, from })
    })
  })

  private readonly refine = this.RULE('refine', (): Header => {
    const keyword = this.CONSUME(t.Refine)
    const name = this.SUBRULE(this.name, { ARGS: ['a node'] })
    const brackets = this.OPTION(() => this.SUBRULE(this.subscripts))
    const clauses = this.SUBRULE(this.clausesOfNode)
    return this.ACTION(() => {
      const binders: Binder[] = []
      const indices: Expr[] = []
      for (const index of brackets ?? []) {
        const binder = index.kind === 'slice' ? this.noSlice(index) : index.kind === 'compare' ? asBinder(index) : undefined
        if (binder !== undefined) binders.push(binder)
        else if (index.kind !== 'slice') indices.push(index)
      }
      if (binders.length > 0 && indices.length > 0) {
        this.finding(indices[0]!.span, 'Either all indices run over sets (`i in SET`) or none does: write one kind.')
      }
      const { feature, place, from = [] } = clauses
      if (feature === undefined && place === undefined && from.length === 0 && name !== undefined) {
        this.finding(this.nameSpan(), `${this.subject()} changes nothing: write \`= …\`, \`at PLACE\` or \`from PARENTS\` after the name.`)
      }
      return this.item(keyword, { kind: 'refine', name, binders, indices, feature, place, from })
    })
  })

  /** `= FEATURE at PLACE from PARENTS`, each where it is written; the order is checked. */
  private readonly clausesOfNode = this.RULE('clausesOfNode', (): Clauses => {
    const found: Clauses = {}
    this.rest()
    this.MANY(() => {
      const word = this.LA(1)
      this.OR([
        {
          ALT: () => {
            this.CONSUME(t.Equals)
            const feature = this.SUBRULE(this.expression)
            if (this.once(word, found.feature === undefined, found.place === undefined && found.from === undefined)) found.feature = feature
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.At)
            const place = this.SUBRULE(this.reference, { ARGS: ['a place'] })
            if (this.once(word, found.place === undefined, found.from === undefined)) found.place = place
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.From)
            const from = this.SUBRULE(this.parents)
            if (this.once(word, found.from === undefined, true)) found.from = from
          },
        },
      ])
      this.rest()
    })
    return found
  })

  private readonly parents = this.RULE('parents', (): Parent[] => {
    const parents: Parent[] = []
    const read = (parent: Parent) => {
      if (parent.reference.kind !== 'error') parents.push(parent)
      this.junk(noClauses, true)
    }
    const first = this.SUBRULE(this.parent)
    this.ACTION(() => read(first))
    this.MANY(() => {
      this.CONSUME(t.Comma)
      const next = this.SUBRULE2(this.parent)
      this.ACTION(() => read(next))
    })
    return parents
  })

  private readonly parent = this.RULE('parent', (): Parent => {
    const start = this.LA(1)
    const reference = this.SUBRULE(this.reference, { ARGS: ['a parent'] })
    this.junk(throughStop, true)
    const through = this.OPTION(() => this.SUBRULE(this.through))
    return this.ACTION(() => {
      const span = reference.kind === 'error' ? reference.span : this.from(start.startOffset)
      return { kind: 'parent', reference, through, span }
    })
  })

  /** `through any`, `through [a, b]`. */
  private readonly through = this.RULE('through', (): Parent['through'] => {
    const keyword = this.CONSUME(t.Through)
    const places: Reference[] = []
    const read = (place: Reference) => {
      if (place.kind !== 'error') places.push(place)
      this.junk(noClauses, true)
    }
    let any = false
    this.OR([
      // Ambiguous only on paper: the last alternative may be empty, and reads reserved words to report them.
      {
        IGNORE_AMBIGUITIES: true,
        ALT: () => {
          this.CONSUME(t.Any)
          any = true
        },
      },
      {
        IGNORE_AMBIGUITIES: true,
        ALT: () => {
          const open = this.CONSUME(t.LeftBracket)
          this.enter(open)
          this.OPTION({
            GATE: () => !this.endsList(this.LA(1)),
            DEF: () => {
              const first = this.SUBRULE(this.reference, { ARGS: ['a component'] })
              this.ACTION(() => read(first))
            },
          })
          this.MANY({
            GATE: () => !this.endsList(this.LA(2)),
            DEF: () => {
              this.CONSUME(t.Comma)
              const next = this.SUBRULE2(this.reference, { ARGS: ['a component'] })
              this.ACTION(() => read(next))
            },
          })
          this.OPTION2(() => this.CONSUME2(t.Comma))
          this.OPTION3({ GATE: () => this.atClose(), DEF: () => this.CONSUME(t.RightBracket) })
        },
      },
      {
        ALT: () => {
          const place = this.SUBRULE3(this.reference, { ARGS: ['`any`, or components in brackets'] })
          this.ACTION(() => {
            if (place.kind === 'error') return
            places.push(place)
            this.finding(place.span, '`through` takes `any` or components in brackets: write `through [a]`, for one as well.')
          })
        },
      },
    ])
    return this.ACTION(() => {
      const span = this.from(keyword.startOffset)
      return any ? { any: true, span } : { any: false, places, span }
    })
  })

  // ---- parts -------------------------------------------------------------------------------------------------------

  // Empty alternatives of an `OR` are invisible to the rules around it: what may be missing is an `OPTION`.

  /** The name of an item, a word. */
  private readonly name = this.RULE('name', (what: string): Ident | undefined => {
    const token = this.OPTION({
      GATE: () => this.nameIsNext(),
      DEF: () => this.OR([{ ALT: () => this.CONSUME(t.Identifier) }, { ALT: () => this.CONSUME(t.Reserved) }]),
    })
    return this.ACTION(() => (token === undefined ? this.noName('a name') : this.named(token, what)))
  })

  /** A word or a string. */
  private readonly nameOrText = this.RULE('nameOrText', (what: string, missing: string): Ident | Str | undefined => {
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

  private readonly text = this.RULE('text', (): Str | undefined =>
    this.OPTION(() =>
      this.OR<any>([
        { ALT: () => this.string(this.CONSUME(t.StringLiteral)) },
        { ALT: () => this.string(this.CONSUME(t.SingleQuoted)) },
        { ALT: () => this.string(this.CONSUME(t.UnterminatedString)) },
      ])))

  /** `= EXPR`, which the item must have. */
  private readonly value = this.RULE('value', (what: string, example: string): Expr | undefined => {
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

  // ---- actions -----------------------------------------------------------------------------------------------------

  private item<T extends object>(keyword: IToken, item: T): T & { keyword: Span; span: Span } {
    return this.ACTION(() => {
      const span = tokenSpan(keyword)
      return { ...item, keyword: span, span }
    })
  }

  /** Skips to the next clause of the item. */
  private rest(): void {
    this.junk(noClauses, false)
  }

  /** Skips whatever the item has left. */
  private finish(): void {
    this.clauses = noClauses
    this.rest()
  }

  /** The item in a sentence, and where to point. */
  private subject(): string {
    return label(this.tokens, 0)
  }

  private nameSpan(): Span {
    const name = this.tokens[1]
    const start = this.tokens[0]!.startOffset
    return { start, end: name === undefined || this.subject() === `\`${this.tokens[0]!.image}\`` ? start + this.tokens[0]!.image.length : tokenSpan(name).end }
  }

  private noName(what: string): undefined {
    const before = this.LA(0)
    if (before === this.tokens[0]) this.finding(tokenSpan(before), `${quote(before)} has no name: write ${what} after it.`)
    else this.missing(what)
    return undefined
  }

  /** Whether a name can follow: of a reserved word, whether it is meant as one and not as the start of a clause. */
  private nameIsNext(): boolean {
    if (!isReserved(this.LA(1))) return true
    const after = this.LA(2).tokenType
    return after === t.Equals || after === t.LeftBracket || after === t.Recovered || after === EOF
  }

  /** Whether a clause stands for the first time; says so if it does not, or if it stands too late. */
  private once(word: IToken, isFirst: boolean, inOrder: boolean): boolean {
    if (!isFirst) {
      const more = word.tokenType === t.Equals ? 'to compare, write `==`' : 'write it once'
      this.finding(tokenSpan(word), `${quote(word)} stands twice in one item: ${more}.`)
    } else if (!inOrder) {
      this.finding(tokenSpan(word), `${quote(word)} stands too late: the order is ${this.order()}.`)
    }
    return isFirst
  }

  private order(): string {
    return [...this.clauses].map((type) => `\`${type.PATTERN as string}\``).join(', ')
  }

  private pairRead(pair: Pair | undefined): Pair[] {
    this.junk(noClauses, true)
    return pair === undefined ? [] : [pair]
  }

  private noSlice(slice: Slice): undefined {
    this.finding(slice.span, 'A slice cannot index a family of nodes: write `NAME in SET`.')
    return undefined
  }

  /** A name without the binders in its last brackets, which are added to `binders`; further in, their names remain. */
  private withoutBinders(reference: Reference, binders: Binder[]): Reference {
    if (reference.kind === 'member') {
      const object = this.innerBinders(reference.object, binders)
      return object === reference.object ? reference : { ...reference, object }
    }
    if (reference.kind !== 'subscript') return reference
    const found = reference.args.map((arg) => (arg.kind === 'compare' ? asBinder(arg) : undefined))
    const inner = this.innerBinders(reference.object, binders) as Reference
    if (!found.some((binder) => binder !== undefined)) return inner === reference.object ? reference : { ...reference, object: inner }
    for (const binder of found) if (binder !== undefined) binders.push(binder)
    return inner
  }

  private innerBinders(expr: Expr, binders: Binder[]): Expr {
    if (expr.kind === 'member') return { ...expr, object: this.innerBinders(expr.object, binders) }
    if (expr.kind !== 'subscript') return expr
    const object = this.innerBinders(expr.object, binders)
    const args = expr.args.flatMap((arg) => {
      const binder = arg.kind === 'compare' ? asBinder(arg) : undefined
      if (binder === undefined) return [arg]
      binders.push(binder)
      return binder.names.map((name) => ({ ...name, kind: 'name' as const }))
    })
    return { ...expr, object, args }
  }

  private count(token: IToken): Num {
    const integer = /^\d+$/.test(token.image)
    if (!integer) this.finding(tokenSpan(token), `${quote(token)} is not a whole number: write it without point or exponent.`)
    return { kind: 'number', value: Number(token.image), integer, span: tokenSpan(token) }
  }

  private checkOption(name: Ident | undefined, value: Ident | Num | undefined): void {
    if (name === undefined) return
    const option = Object.hasOwn(options, name.text) ? options[name.text]! : undefined
    if (option === undefined) {
      this.finding(name.span, `\`${name.text}\` is not an option: write \`unimportant\`, \`samples\`, \`seed\` or \`pool\`.`)
    } else if (value === undefined) {
      this.finding(this.nameSpan(), `${this.subject()} has no value: write ${option.example}.`)
    } else if (option.words === undefined ? value.kind !== 'number' : value.kind !== 'ident' || !option.words.includes(value.text)) {
      this.finding(value.span, `\`option ${name.text}\` does not take this value: write ${option.example}.`)
    }
  }
}

let parser: ItemParser | undefined

/** The one parser: made when first needed, since Chevrotain analyses the grammar then. */
export function itemParser(): ItemParser {
  parser ??= new ItemParser()
  return parser
}
