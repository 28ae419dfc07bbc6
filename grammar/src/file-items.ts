/** The grammar of the items that stand outside of blocks; `let` and `option` stand in hypotheses too. */
import type { ExpectItem, Expr, Ident, MetricItem, Num, Str } from './ast.ts'
import { asIdent } from './binders.ts'
import { quote } from './messages.ts'
import { noStops, PartsParser, type Header, type Pair } from './parts.ts'
import { tokenSpan } from './recovery.ts'
import * as t from './tokens.ts'

/** What values each option takes. */
const options: Record<string, { readonly words?: readonly string[]; readonly example: string }> = {
  unimportant: { words: ['together', 'separate', 'shared'], example: '`together`, `separate` or `shared`' },
  samples: { example: 'a whole number such as `10000`' },
  seed: { example: 'a whole number such as `1`' },
  pool: { example: 'a whole number such as `2000`' },
}

export abstract class FileItemParser extends PartsParser {
  protected readonly model = this.RULE('model', (): Header => {
    const keyword = this.CONSUME(t.Model)
    const path = this.SUBRULE(this.path)
    return this.item(keyword, { kind: 'model', path })
  })

  protected readonly data = this.RULE('data', (): Header => {
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
  protected readonly path = this.RULE('path', (): Str | undefined => {
    const keyword = this.LA(0)
    const path = this.SUBRULE(this.text)
    this.ACTION(() => {
      if (path !== undefined) return
      this.finding(tokenSpan(keyword), `\`${keyword.image}\` has no file: write it in quotes, \`${keyword.image} "…"\`.`)
      this.skip(noStops, false)
    })
    return path
  })

  /** `{ input_ids = tokens, "a.b" = ones_like(tokens) }` after `as`. */
  protected readonly columns = this.RULE('columns', (): Pair[] => {
    const as = this.LA(0)
    const open = this.OPTION(() => this.CONSUME(t.LeftBrace))
    this.ACTION(() => (open === undefined
      ? this.finding(tokenSpan(as), '`as` has no `{`: write `as { INPUT = COLUMN }`.')
      : this.enter(open)))
    const pairs: Pair[] = []
    const read = (pair: Pair | undefined) => {
      if (pair !== undefined) pairs.push(pair)
      this.junk(noStops, true)
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

  protected readonly vocab = this.RULE('vocab', (): Header => {
    const keyword = this.CONSUME(t.Vocab)
    const column = this.OR([
      { ALT: () => this.SUBRULE(this.columnRef) },
      { ALT: () => this.SUBRULE(this.nameOrText, { ARGS: ['a column', 'the name of a column'] }) },
    ])
    const value = this.SUBRULE(this.value, { ARGS: ['value', '= "vocab.json"'] })
    return this.item(keyword, { kind: 'vocab', column, value })
  })

  /** `data.word`: a column whose name is a reserved word. */
  protected readonly columnRef = this.RULE('columnRef', (): Ident | undefined => {
    this.CONSUME(t.DataRef)
    const member = this.OPTION(() => this.CONSUME(t.MemberName))
    return this.ACTION(() => {
      if (member === undefined) return this.noName('`.` and the name of a column')
      const { start, end } = tokenSpan(member)
      return { kind: 'ident', text: member.image.slice(1), span: { start: start + 1, end } }
    })
  })

  protected readonly metric = this.RULE('metric', (): Header => {
    const keyword = this.OR([{ ALT: () => this.CONSUME(t.Metric) }, { ALT: () => this.CONSUME(t.Score) }])
    const name = this.SUBRULE(this.name, { ARGS: [`a ${keyword.image}`] })
    const value = this.SUBRULE(this.value, { ARGS: ['value', '= …'] })
    return this.item(keyword, { kind: 'metric', sense: keyword.image as MetricItem['sense'], name, value })
  })

  protected readonly letItem = this.RULE('letItem', (): Header => {
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

  protected readonly optionItem = this.RULE('optionItem', (): Header => {
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

  protected readonly expect = this.RULE('expect', (): Header => {
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
  protected readonly bound = this.RULE('bound', (): ExpectItem['bound'] =>
    this.OR<any>([
      { ALT: () => this.ident(this.CONSUME(t.Identifier)) },
      { ALT: () => this.string(this.CONSUME(t.StringLiteral)) },
      { ALT: () => this.string(this.CONSUME(t.SingleQuoted)) },
      { ALT: () => this.string(this.CONSUME(t.UnterminatedString)) },
      { ALT: () => this.SUBRULE(this.percentage) },
    ]))

  protected readonly percentage = this.RULE('percentage', (): ExpectItem['bound'] => {
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
