/** The grammar of the items in `graph { … }`. */
import type { Binder, ComponentItem, Expr, Reference } from './ast.ts'
import { asBinder } from './binders.ts'
import { FileItemParser } from './file-items.ts'
import { noStops, type Header, type Pair } from './parts.ts'
import * as t from './tokens.ts'

export abstract class GraphItemParser extends FileItemParser {
  protected readonly graph = this.RULE('graph', (): Header => {
    const keyword = this.CONSUME(t.Graph)
    return this.item(keyword, { kind: 'graph', items: [] })
  })

  protected readonly use = this.RULE('use', (): Header => {
    const keyword = this.CONSUME(t.Use)
    const name = this.SUBRULE(this.name, { ARGS: ['a view'] })
    return this.item(keyword, { kind: 'use', name })
  })

  protected readonly component = this.RULE('component', (): Header => {
    const keyword = this.OR([{ ALT: () => this.CONSUME(t.Component) }, { ALT: () => this.CONSUME(t.Point) }])
    const dotted = this.SUBRULE(this.reference, { ARGS: ['its name'] })
    const place = this.SUBRULE(this.placeValue)
    return this.ACTION(() => {
      const binders: Binder[] = []
      const reference = this.withoutBinders(dotted, binders)
      const name = reference.kind === 'error' ? undefined : { kind: 'dotted' as const, reference, span: reference.span }
      if (reference.kind === 'string') this.finding(reference.span, 'A name stands here without quotes, the tensor after `=`.')
      return this.item(keyword, { kind: 'component', sort: keyword.image as ComponentItem['sort'], name, binders, place })
    })
  })

  /** `= PLACE`. */
  protected readonly placeValue = this.RULE('placeValue', (): Reference | undefined => {
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

  protected readonly rewrite = this.RULE('rewrite', (): Header => {
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

  private pairRead(pair: Pair | undefined): Pair[] {
    this.junk(noStops, true)
    return pair === undefined ? [] : [pair]
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
}
