/** The grammar of expressions. */
import type { IToken } from 'chevrotain'
import type { BinaryOp, Binder, Call, CompareOp, ErrorExpr, Expr, Ident, Reference, Slice, Span, Unary } from './ast.ts'
import { asBinder, isBound } from './binders.ts'
import { advice, quote } from './messages.ts'
import { deepestNesting } from './outline.ts'
import { highestTree, Operands } from './precedence.ts'
import { RecoveringParser, tokenSpan } from './recovery.ts'
import * as t from './tokens.ts'

/** What may stand between two commas in brackets; who reads the brackets decides which of them it takes. */
type Element = Expr | Slice | { readonly kind: 'keyword'; readonly name: Ident; readonly value: Expr; readonly span: Span }

interface Elements {
  readonly items: Element[]
  readonly trailingComma: boolean
}

const afterElement = new Set([t.For, t.If])
const noStops = new Set<never>()

export abstract class ExpressionParser extends RecoveringParser {
  /** Levels of the tree of the expression read last. */
  private height = 0

  /** One expression. Never fails: where there is none, an error of no width, with a finding. */
  protected readonly expression = this.RULE('expression', (): Expr => {
    if (this.nesting >= deepestNesting) return this.ACTION(() => this.skipDeep())
    this.nesting++
    const operands = new Operands()
    this.SUBRULE(this.operand, { ARGS: [operands] })
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            const token = this.CONSUME(t.Infix)
            this.ACTION(() => operands.between(this.operatorOf(token), token.startOffset))
          },
        },
        {
          ALT: () => {
            const token = this.CONSUME(t.Not)
            const hasIn = this.OPTION(() => this.CONSUME(t.In)) !== undefined
            if (!hasIn) this.finding(tokenSpan(token), '`not` stands between two values: write `not in`, or `and not`.')
            this.ACTION(() => operands.between('not in', token.startOffset))
          },
        },
      ])
      this.SUBRULE2(this.operand, { ARGS: [operands] })
    })
    this.nesting--
    return this.ACTION(() => {
      const { expr, height } = operands.finish()
      this.height = height
      if (operands.tooHigh !== undefined) this.reportHeight(operands.tooHigh)
      return expr
    })
  })

  /** Operators before an operand, and the operand. */
  private readonly operand = this.RULE('operand', (operands: Operands): void => {
    let start = 0
    let fits = true
    let first = true
    this.MANY(() => {
      const token = this.CONSUME(t.Prefix)
      this.ACTION(() => {
        if (first) start = token.startOffset
        first = false
        fits = operands.prefixed(this.prefixOf(token), token.startOffset) && fits
      })
    })
    const expr = this.OPTION(() => this.SUBRULE(this.postfix))
    this.ACTION(() => {
      if (expr === undefined) this.height = 1
      operands.operand({ expr: expr ?? this.missing('an expression'), height: this.height })
      const alone = !operands.hasOperators
      if (expr?.kind === 'if' && !alone) this.wantsParentheses(expr.span, 'if … then … else')
      if (!fits) this.wantsParentheses(this.from(start), 'not')
    })
  })

  /** An operand with what follows it directly: `.name`, `[…]`, `(…)`. */
  private readonly postfix = this.RULE('postfix', (): Expr => {
    let expr = this.SUBRULE(this.atom)
    let height = this.height
    const grow = (next: Expr, inner: number) => {
      height = Math.max(height, inner) + 1
      expr = height <= highestTree ? next : this.cut(next.span)
      if (expr.kind === 'error') height = 1
    }
    this.MANY(() => {
      this.OR([
        {
          ALT: () => {
            const name = this.SUBRULE(this.member)
            this.ACTION(() => grow({ kind: 'member', object: expr, name, span: { start: expr.span.start, end: name.span.end } }, 0))
          },
        },
        {
          ALT: () => {
            const args = this.SUBRULE(this.subscripts)
            this.ACTION(() => grow({ kind: 'subscript', object: expr, args, span: this.from(expr.span.start) }, this.height))
          },
        },
        {
          ALT: () => {
            const args = this.SUBRULE(this.callArguments)
            this.ACTION(() => grow(this.call(expr, args), this.height))
          },
        },
      ])
    })
    this.height = height
    return expr
  })

  private readonly atom = this.RULE('atom', (): Expr => {
    this.height = 1
    return this.OR<any>([
      { ALT: () => this.nameOf(this.CONSUME(t.Identifier)) },
      { ALT: () => this.number(this.CONSUME(t.NumberLiteral)) },
      { ALT: () => this.string(this.CONSUME(t.StringLiteral)) },
      { ALT: () => this.SUBRULE(this.parenthesised) },
      { ALT: () => this.SUBRULE(this.list) },
      { ALT: () => this.SUBRULE(this.conditional) },
      { ALT: () => ({ kind: 'bool', value: true, span: tokenSpan(this.CONSUME(t.True)) }) },
      { ALT: () => ({ kind: 'bool', value: false, span: tokenSpan(this.CONSUME(t.False)) }) },
      { ALT: () => this.special(this.CONSUME(t.Any)) },
      { ALT: () => this.special(this.CONSUME(t.Exact)) },
      { ALT: () => this.plainName(this.CONSUME(t.DataRef)) },
      { ALT: () => this.plainName(this.CONSUME(t.ModelRef)) },
      { ALT: () => this.string(this.CONSUME(t.SingleQuoted)) },
      { ALT: () => this.string(this.CONSUME(t.UnterminatedString)) },
      { ALT: () => this.garbage(this.CONSUME(t.Garbage)) },
    ])
  })

  /** `if c then a else b`. */
  private readonly conditional = this.RULE('conditional', (): Expr => {
    const keyword = this.CONSUME(t.If)
    const condition = this.SUBRULE(this.expression)
    let height = this.height
    const then = this.OPTION(() => {
      this.CONSUME(t.Then)
      const expr = this.SUBRULE2(this.expression)
      height = Math.max(height, this.height)
      return expr
    })
    const otherwise = this.OPTION2(() => {
      this.CONSUME(t.Else)
      const expr = this.SUBRULE3(this.expression)
      height = Math.max(height, this.height)
      return expr
    })
    return this.ACTION(() => {
      if (then === undefined) this.finding(tokenSpan(keyword), '`if` has no `then`: write `if … then … else …`.')
      else if (otherwise === undefined) this.finding(tokenSpan(keyword), '`if` has no `else`: write `if … then … else …`.')
      this.height = height + 1
      const span = this.from(keyword.startOffset)
      return { kind: 'if', condition, then: then ?? this.nothing(), otherwise: otherwise ?? this.nothing(), span }
    })
  })

  /** `(a)`, `(a, b)`, `(a,)`. */
  private readonly parenthesised = this.RULE('parenthesised', (): Expr => {
    const open = this.CONSUME(t.LeftParen)
    this.enter(open)
    const elements = this.SUBRULE(this.elements)
    this.OPTION({ GATE: () => this.atClose(), DEF: () => this.CONSUME(t.RightParen) })
    return this.ACTION(() => {
      const span = this.from(open.startOffset)
      this.height++
      if (elements.items.length === 0) {
        this.finding(span, '`()` holds nothing: write a value between the parentheses.')
        return { kind: 'tuple', items: [], span }
      }
      const items = this.values(elements, 'parentheses')
      return items.length === 1 && !elements.trailingComma
        ? { kind: 'paren', inner: items[0]!, span }
        : { kind: 'tuple', items, span }
    })
  })

  /** `[a, b]`, `[body for i in set if condition]`. */
  private readonly list = this.RULE('list', (): Expr => {
    const open = this.CONSUME(t.LeftBracket)
    this.enter(open)
    const elements = this.SUBRULE(this.elements)
    let height = this.height
    const binders: Binder[] = []
    this.MANY(() => {
      this.CONSUME(t.For)
      const binder = this.SUBRULE(this.binder)
      height = Math.max(height, this.height)
      this.ACTION(() => binder !== undefined && binders.push(binder))
    })
    const condition = this.OPTION(() => {
      this.CONSUME(t.If)
      const expr = this.SUBRULE2(this.expression)
      height = Math.max(height, this.height)
      return expr
    })
    this.OPTION2({ GATE: () => this.atClose(), DEF: () => this.CONSUME(t.RightBracket) })
    return this.ACTION(() => {
      const span = this.from(open.startOffset)
      this.height = height + 1
      const items = this.values(elements, 'a list')
      if (binders.length === 0) {
        if (condition !== undefined) this.finding(condition.span, 'A condition follows a `for`: write `[x for x in SET if …]`.')
        return { kind: 'list', items, span }
      }
      const [body] = items
      if (body === undefined || items.length > 1) {
        this.finding(span, '`for` repeats one element: write `[x for i in SET]`, or put the elements in parentheses.')
      }
      return { kind: 'comprehension', body: body ?? this.nothing(), binders, condition, span }
    })
  })

  /** `[a, b:c]` after an operand. */
  protected readonly subscripts = this.RULE('subscripts', (): (Expr | Slice)[] => {
    const open = this.CONSUME(t.LeftBracket)
    this.enter(open)
    const elements = this.SUBRULE(this.elements)
    this.OPTION({ GATE: () => this.atClose(), DEF: () => this.CONSUME(t.RightBracket) })
    return this.ACTION(() => {
      if (elements.items.length === 0) this.finding(this.from(open.startOffset), '`[]` holds no index: write one, or `:` for all.')
      return elements.items.map((item) => (item.kind === 'keyword' ? this.notHere(item.span, 'an index') : item))
    })
  })

  /** `(x, axis=1)` after a name. */
  private readonly callArguments = this.RULE('callArguments', (): Pick<Call, 'args' | 'keywords'> => {
    const open = this.CONSUME(t.LeftParen)
    this.enter(open)
    const elements = this.SUBRULE(this.elements)
    this.OPTION({ GATE: () => this.atClose(), DEF: () => this.CONSUME(t.RightParen) })
    return this.ACTION(() => {
      const args: Expr[] = []
      const keywords: { name: Ident; value: Expr; span: Span }[] = []
      for (const item of elements.items) {
        if (item.kind === 'keyword') keywords.push({ name: item.name, value: item.value, span: item.span })
        else if (item.kind === 'slice') args.push(this.notHere(item.span, 'an argument'))
        else {
          if (keywords.length > 0) this.finding(item.span, 'An argument without a name stands before those with one: move it to the front.')
          args.push(item)
        }
      }
      return { args, keywords }
    })
  })

  /** What stands between brackets, separated by commas; each element is read whatever became of the one before. */
  protected readonly elements = this.RULE('elements', (): Elements => {
    const items: Element[] = []
    let height = 0
    const read = (item: Element) => {
      items.push(item)
      height = Math.max(height, this.height)
      this.junk(afterElement, true)
    }
    this.OPTION({
      GATE: () => !this.endsList(this.LA(1)),
      DEF: () => {
        const item = this.SUBRULE(this.element)
        this.ACTION(() => read(item))
      },
    })
    this.MANY({
      GATE: () => items.length > 0 && !this.endsList(this.LA(2)),
      DEF: () => {
        this.CONSUME(t.Comma)
        const item = this.SUBRULE2(this.element)
        this.ACTION(() => read(item))
      },
    })
    const trailingComma = this.OPTION2(() => this.CONSUME2(t.Comma)) !== undefined
    this.height = height
    return { items, trailingComma }
  })

  private readonly element = this.RULE('element', (): Element =>
    this.OR<any>([
      // Ambiguous only on paper: the other alternative may be empty.
      { IGNORE_AMBIGUITIES: true, ALT: () => this.SUBRULE(this.sliceEnd, { ARGS: [undefined] }) },
      {
        ALT: () => {
          const expr = this.SUBRULE(this.expression)
          const height = this.height
          const longer = this.OPTION({
            GATE: () => !this.startsClause(this.LA(1)),
            DEF: () =>
              this.OR2<any>([
                { ALT: () => this.SUBRULE2(this.sliceEnd, { ARGS: [expr] }) },
                { ALT: () => this.SUBRULE(this.keywordValue, { ARGS: [expr] }) },
              ]),
          })
          this.height = Math.max(height, this.height)
          return longer ?? expr
        },
      },
    ]))

  /** `: upper : step` after the lower end, if there is one. */
  private readonly sliceEnd = this.RULE('sliceEnd', (lower: Expr | undefined): Slice => {
    const colon = this.CONSUME(t.Colon)
    const bound = () => !this.next(t.Colon) && !this.next(t.Comma) && !this.endsList(this.LA(1))
    const upper = this.OPTION({ GATE: bound, DEF: () => this.SUBRULE(this.expression) })
    const step = this.OPTION2(() => {
      this.CONSUME2(t.Colon)
      return this.OPTION3({ GATE: bound, DEF: () => this.SUBRULE2(this.expression) })
    })
    return this.ACTION(() => ({ kind: 'slice', lower, upper, step, span: this.from(lower?.span.start ?? colon.startOffset) }))
  })

  /** `= value` after the name of an argument. */
  private readonly keywordValue = this.RULE('keywordValue', (before: Expr): Element => {
    this.CONSUME(t.Equals)
    const value = this.SUBRULE(this.expression)
    return this.ACTION(() => {
      const span = this.from(before.span.start)
      if (before.kind === 'name') return { kind: 'keyword', name: { ...before, kind: 'ident' as const }, value, span }
      this.finding(before.span, 'The name of an argument is one word: write `name=value`, or `==` to compare.')
      return { kind: 'error', span }
    })
  })

  /** `i in SET` after `for`. */
  protected readonly binder = this.RULE('binder', (): Binder | undefined => {
    const expr = this.SUBRULE(this.expression)
    return this.ACTION(() => (expr.kind === 'error' && expr.span.start === expr.span.end ? undefined : this.bind(expr)))
  })

  /** The name after a dot. */
  protected readonly member = this.RULE('member', (): Ident => {
    const before = this.LA(0)
    return this.OR([
      {
        ALT: () => {
          const token = this.CONSUME(t.MemberName)
          return this.ACTION(() => {
            const span = { start: token.startOffset + 1, end: token.startOffset + token.image.length }
            if (tokenSpan(before).end !== token.startOffset) {
              this.finding(tokenSpan(token), `${quote(token)} has space before its dot: write \`${before.image}${token.image}\`.`)
            }
            return { kind: 'ident' as const, text: token.image.slice(1), span }
          })
        },
      },
      {
        ALT: () => {
          const dot = this.CONSUME(t.Dot)
          const word = this.OPTION(() => this.CONSUME(t.Identifier))
          return this.ACTION(() => {
            const message = word === undefined
              ? '`.` has nothing after it: write a name right after the dot.'
              : `\`.\` has space after it: write \`.${word.image}\`.`
            this.finding(tokenSpan(dot), message)
            return word === undefined ? { kind: 'ident' as const, text: '', span: this.nothing().span } : this.ident(word)
          })
        },
      },
    ])
  })

  // ---- actions -----------------------------------------------------------------------------------------------------

  /** The binder that an expression spells. */
  protected bind(expr: Expr): Binder | undefined {
    const binder = asBinder(expr)
    if (binder === undefined) {
      if (expr.kind !== 'error') this.finding(expr.span, 'An index runs over a set here: write `NAME in SET`, the set in parentheses if it has operators.')
      return undefined
    }
    if (!isBound(binder)) {
      const name = binder.names[0]!
      this.finding(name.span, `\`${name.text}\` runs over nothing: write \`${name.text} in SET\`.`)
    }
    return binder
  }

  private operatorOf(token: IToken): BinaryOp | CompareOp {
    const isAnd = token.tokenType === t.Ampersand
    if (!isAnd && token.tokenType !== t.Pipe) return token.image as BinaryOp | CompareOp
    this.finding(tokenSpan(token), `${quote(token)} is not an operator: ${advice(token)}.`)
    return isAnd ? 'and' : 'or'
  }

  private prefixOf(token: IToken): Unary['op'] {
    if (token.tokenType !== t.Tilde && token.tokenType !== t.Bang) return token.image as Unary['op']
    this.finding(tokenSpan(token), `${quote(token)} is not an operator: ${advice(token)}.`)
    return 'not'
  }

  protected plainName(token: IToken): Expr & Reference {
    return { kind: 'name', text: token.image, span: tokenSpan(token) }
  }

  private nameOf(token: IToken): Expr {
    const span = tokenSpan(token)
    switch (token.image) {
      case 'inf':
        return { kind: 'number', value: Infinity, integer: false, span }
      case 'nan':
        return { kind: 'number', value: NaN, integer: false, span }
      case 'None':
        this.finding(span, 'There is no `None`: write `expand_dims` to add an axis, or leave the argument out.')
        break
      case 'True':
      case 'False':
        this.finding(span, `\`${token.image}\` is written in lower case: write \`${token.image.toLowerCase()}\`.`)
    }
    return { kind: 'name', text: token.image, span }
  }

  private number(token: IToken): Expr {
    const integer = /^\d+$/.test(token.image)
    return { kind: 'number', value: Number(token.image), integer, span: tokenSpan(token) }
  }

  /** `exact`, `any`; but `any(…)` is the function. */
  private special(token: IToken): Expr {
    if (token.tokenType === t.Any && this.next(t.LeftParen)) return this.plainName(token)
    return { kind: 'special', which: token.tokenType === t.Any ? 'any' : 'exact', span: tokenSpan(token) }
  }

  private garbage(token: IToken): ErrorExpr {
    this.finding(tokenSpan(token), `${quote(token)} is not an expression: ${advice(token)}.`)
    return { kind: 'error', span: tokenSpan(token) }
  }

  private call(callee: Expr, args: Pick<Call, 'args' | 'keywords'>): Expr {
    const span = this.from(callee.span.start)
    if (callee.kind === 'name' && callee.text !== 'data' && callee.text !== 'model') return { kind: 'call', callee, ...args, span }
    if (callee.kind !== 'error') {
      this.finding(callee.span, 'Only a function can be called, by its name: write an operator before `(`, or remove the parentheses.')
    }
    return { kind: 'error', span }
  }

  /** Elements of a list or of parentheses: neither slices nor named arguments stand there. */
  private values(elements: Elements, where: string): Expr[] {
    return elements.items.map((item) =>
      item.kind === 'slice' || item.kind === 'keyword' ? this.notHere(item.span, `an element of ${where}`) : item)
  }

  private notHere(span: Span, what: string): ErrorExpr {
    const colon = 'Neither `a:b` nor `a=b`'
    this.finding(span, `${colon} is ${what}: write one expression, \`==\` to compare.`)
    return { kind: 'error', span }
  }

  private wantsParentheses(span: Span, what: string): void {
    this.finding(span, `\`${what}\` binds less than the operator before it: put parentheses around it.`)
  }

  private reportHeight(span: Span): void {
    this.tooDeep(span, `This expression has more than ${highestTree} operators on one path: name parts of it with \`let\`.`)
  }

  protected cut(span: Span): ErrorExpr {
    this.reportHeight(span)
    return { kind: 'error', span }
  }

  /** In place of an expression nested too deeply: everything up to the end of the bracket or clause around it. */
  private skipDeep(): Expr {
    const start = this.LA(1).startOffset
    this.tooDeep(tokenSpan(this.LA(1)), `Expressions are nested more than ${deepestNesting} deep here: name parts of this one with \`let\`.`)
    this.junk(noStops, true)
    this.height = 1
    return { kind: 'error', span: this.from(start) }
  }
}

