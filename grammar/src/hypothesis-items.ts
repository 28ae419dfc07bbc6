/** The grammar of hypotheses and of the items in them. */
import type { Binder, Expr, Ident, Parent, Reference, Slice, Str } from './ast.ts'
import { asBinder } from './binders.ts'
import { GraphItemParser } from './graph-items.ts'
import { noStops, type Header } from './parts.ts'
import * as t from './tokens.ts'

interface Clauses {
  feature?: Expr
  place?: Reference
  from?: Parent[]
}

const throughStop = new Set([t.Through])

export abstract class HypothesisItemParser extends GraphItemParser {
  protected readonly hypothesis = this.RULE('hypothesis', (): Header => {
    const keyword = this.CONSUME(t.Hypothesis)
    const name = this.SUBRULE(this.nameOrText, { ARGS: ['a hypothesis', 'a name'] })
    this.rest()
    const parents: (Ident | Str)[] = []
    const read = (parent: Ident | Str | undefined) => {
      if (parent !== undefined) parents.push(parent)
      this.junk(noStops, true)
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

  protected readonly forItem = this.RULE('forItem', (): Header => {
    const keyword = this.CONSUME(t.For)
    const binders: Binder[] = []
    const read = (binder: Binder | undefined) => {
      if (binder !== undefined) binders.push(binder)
      this.junk(noStops, true)
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

  protected readonly node = this.RULE('node', (): Header => {
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

  protected readonly refine = this.RULE('refine', (): Header => {
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
  protected readonly clausesOfNode = this.RULE('clausesOfNode', (): Clauses => {
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

  protected readonly parents = this.RULE('parents', (): Parent[] => {
    const parents: Parent[] = []
    const read = (parent: Parent) => {
      if (parent.reference.kind !== 'error') parents.push(parent)
      this.junk(noStops, true)
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

  protected readonly parent = this.RULE('parent', (): Parent => {
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
  protected readonly through = this.RULE('through', (): Parent['through'] => {
    const keyword = this.CONSUME(t.Through)
    const places: Reference[] = []
    const read = (place: Reference) => {
      if (place.kind !== 'error') places.push(place)
      this.junk(noStops, true)
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

  private noSlice(slice: Slice): undefined {
    this.finding(slice.span, 'A slice cannot index a family of nodes: write `NAME in SET`.')
    return undefined
  }
}
