/** The grammar of references: where a place, a parent or a component is named. */
import type { IToken } from 'chevrotain'
import type { Reference } from './ast.ts'
import { ExpressionParser } from './expressions.ts'
import { quote } from './messages.ts'
import { highestTree } from './precedence.ts'
import { tokenSpan } from './recovery.ts'
import * as t from './tokens.ts'

export abstract class ReferenceParser extends ExpressionParser {
  /** A place, parent or component: a name or a quoted tensor with members and subscripts. */
  protected readonly reference = this.RULE('reference', (what: string): Reference => {
    const start = this.OPTION({
      GATE: () => !this.clauses.has(this.LA(1).tokenType),
      DEF: () =>
        this.OR<any>([
          { ALT: () => this.plainName(this.CONSUME(t.Identifier)) },
          { ALT: () => this.string(this.CONSUME(t.StringLiteral)) },
          { ALT: () => this.plainName(this.CONSUME(t.DataRef)) },
          { ALT: () => this.plainName(this.CONSUME(t.ModelRef)) },
          { ALT: () => this.string(this.CONSUME(t.SingleQuoted)) },
          { ALT: () => this.string(this.CONSUME(t.UnterminatedString)) },
          { ALT: () => this.reservedReference(this.CONSUME(t.Reserved)) },
        ]),
    })
    let reference: Reference = this.ACTION(() => (start as Reference | undefined) ?? this.missing(what))
    let height = 1
    const grow = (next: Reference) => {
      reference = height++ < highestTree ? next : this.cut(next.span)
    }
    this.MANY({
      GATE: () => start !== undefined,
      DEF: () =>
        this.OR2([
          {
            ALT: () => {
              const name = this.SUBRULE(this.member)
              this.ACTION(() => grow({ kind: 'member', object: reference, name, span: { start: reference.span.start, end: name.span.end } }))
            },
          },
          {
            ALT: () => {
              const args = this.SUBRULE(this.subscripts)
              this.ACTION(() => grow({ kind: 'subscript', object: reference, args, span: this.from(reference.span.start) }))
            },
          },
        ]),
    })
    return reference
  })

  private reservedReference(token: IToken): Reference {
    this.finding(tokenSpan(token),
      `${quote(token)} is a keyword: write \`model.${token.image}\` or \`data.${token.image}\` for a tensor or column of that name.`)
    return this.plainName(token)
  }
}
