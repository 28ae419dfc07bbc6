/** The names in expressions, indices and places, and what they stand for. */
import type { Binder, Expr, Ident, Reference, Slice, Span, Str } from '@scrub/grammar'
import { forEachChild } from '../hypothesis/walk-expr.ts'
import { chainOf, elementsOf, matches, type Declared, type Element, type Link } from './graph-names.ts'
import type { Free, Mention, MentionList } from './mention-list.ts'
import type { Inside, Tables } from './name-tables.ts'
import { thing, type Thing } from './things.ts'

/** Where an index can be named, or what a hypothesis holds. */
export interface Reach {
  readonly thing: Thing | Inside
  readonly start: number
  readonly end: number
}

/** Indices bound around a place of the text, innermost first. */
type Indices = { readonly name: string; readonly thing: Thing; readonly outer: Indices } | undefined

export interface Sees {
  readonly indices: Indices
  readonly lets: readonly (ReadonlyMap<string, Thing>)[]
  readonly ambiguous?: ReadonlySet<string>
  readonly nodes?: ReadonlyMap<string, Thing>
  /** Collects names that a hypothesis could declare as nodes and this one does not. */
  readonly loose?: Map<string, Span>
  readonly hypothesis?: string
  readonly free: Free
}

export class ExprMentions {
  readonly reaches: Reach[] = []
  protected readonly tables: Tables
  protected readonly list: MentionList
  private readonly matched = new Map<string, readonly Declared[]>()

  constructor(tables: Tables, list: MentionList) {
    this.tables = tables
    this.list = list
  }

  /** After `at`, in `through […]` and after `component … =`. */
  protected place(reference: Reference, sees: Sees): void {
    const { base, links } = chainOf(reference)
    let used = 0
    if (base.kind === 'string') this.quoted(base, sees)
    else if (base.kind === 'name') {
      used = this.space(base.text, links)
      if (used === 0) this.graphName(base.text, base.span, links)
    }
    this.arguments(links.slice(used), sees)
  }

  /** The longest name of the graph that a reference begins with, otherwise a tensor. */
  private graphName(base: string, span: Span, links: readonly Link[]): void {
    for (let used = links.length; used >= 0; used--) {
      const name = elementsOf(base, links.slice(0, used))
      const [first, ...others] = name ? this.declaredAs(name) : []
      if (!first) continue
      const whole = { start: span.start, end: links[used - 1]?.span.end ?? span.end }
      return this.pieces(span, links.slice(0, used), first.thing, 'reference', whole, others.map((other) => other.thing))
    }
    const { text, end, used } = wordsOf(base, span, links)
    const unsure = this.tables.open || links.slice(used).some((link) => 'word' in link)
    const tensor = this.list.outside(unsure ? 'unknown' : 'tensor', text)
    this.list.add({ start: span.start, end }, tensor)
  }

  protected pieces(base: Span, links: readonly Link[], one: Thing, role: Mention['role'], whole: Span, others: readonly Thing[] = []): void {
    this.list.add(base, one, role, whole, others)
    for (const link of links) if ('word' in link) this.list.add(link.span, one, role, whole, others)
  }

  /** The declarations that a name can stand for. */
  private declaredAs(name: readonly Element[]): readonly Declared[] {
    const key = name.map((part) => ('word' in part ? `.${part.word}` : `[${part.index.map((index) => index ?? '?').join()}]`)).join('')
    let found = this.matched.get(key)
    if (!found) {
      const [first] = name
      const group = first && 'word' in first ? this.tables.declared.get(first.word) : undefined
      this.matched.set(key, (found = group?.filter(({ pattern }) => matches(pattern, name)) ?? []))
    }
    return found
  }

  /** `model.x`, `data["x"]`: how many links name the thing, none where it is no such reference. */
  protected space(base: string, links: readonly Link[]): 0 | 1 {
    const [first] = links
    if (!first || (base !== 'data' && base !== 'model')) return 0
    const kind = base === 'data' ? 'column' : 'tensor'
    if ('word' in first) this.list.add(first.span, this.list.outside(kind, first.word))
    else if (first.args[0]?.kind === 'string') this.list.named(first.args[0], this.list.outside(kind, first.args[0].value))
    else return 0
    return 1
  }

  /** A tensor in quotes: the parts of its name between `{l}`. */
  private quoted(name: Str, { indices }: Sees): void {
    const { list } = this
    const whole = list.insideOf(name)
    const tensor = list.outside('tensor', name.value)
    let from = whole.start
    const piece = (end: number): void => { if (end > from || whole.end === whole.start) list.add({ start: from, end }, tensor, 'reference', whole) }
    for (const hole of list.rawOf(name).matchAll(/\{(\s*)([\p{L}_][\p{L}\p{N}_]*)\s*\}/gu)) {
      const index = find(indices, hole[2]!)
      if (!index) continue
      piece(whole.start + hole.index)
      const start = whole.start + hole.index + 1 + hole[1]!.length
      list.add({ start, end: start + hole[2]!.length }, index)
      from = whole.start + hole.index + hole[0].length
    }
    piece(whole.end)
  }

  protected arguments(links: readonly Link[], sees: Sees): void {
    for (const link of links) if ('args' in link) for (const arg of link.args) this.static(arg, sees)
  }

  /** What must be known without data: no nodes. */
  protected static(expr: Expr | Slice, { nodes: _, ...sees }: Sees): void {
    this.expr(expr, { ...sees, free: 'unknown' })
  }

  protected expr(expr: Expr | Slice, sees: Sees): void {
    switch (expr.kind) {
      case 'name': this.name(expr.text, expr.span, sees); break
      case 'member': case 'subscript': this.chain(expr, sees); break
      case 'call':
        this.list.add(expr.callee.span, this.list.outside('function', expr.callee.text))
        for (const arg of expr.args) this.expr(arg, sees)
        for (const { value } of expr.keywords) this.expr(value, sees)
        break
      case 'comprehension': {
        let inner = sees
        for (const { names, set } of expr.binders) {
          this.expr(set, inner)
          inner = this.indices(names, expr.span, inner, expr.span.end)
        }
        this.expr(expr.body, inner)
        if (expr.condition) this.expr(expr.condition, inner)
        break
      }
      default: forEachChild(expr, (part) => this.expr(part, sees))
    }
  }

  /** `x[1]`, `data.x`; `a.b.c` is one name, of a column. */
  private chain(expr: Expr, sees: Sees): void {
    const { base, links } = chainOf(expr)
    let skip = 0
    if (base.kind !== 'name') this.expr(base, sees)
    else if ((skip = this.space(base.text, links)) === 0) {
      const { text, end, used } = wordsOf(base.text, base.span, links)
      if (used === 0) this.name(text, base.span, sees)
      else this.list.free(text, { start: base.span.start, end }, sees.free)
    }
    for (const link of links.slice(skip)) if ('args' in link) for (const arg of link.args) this.expr(arg, sees)
  }

  /** A bare name: an index, a node, a let of the hypothesis, a let of the file, or none of these. */
  private name(text: string, span: Span, { indices, lets, ambiguous, nodes, loose, free }: Sees): void {
    const near = find(indices, text) ?? nodes?.get(text)
    if (!near && nodes) loose?.set(text, span)
    const known = near ?? (ambiguous?.has(text) ? this.list.outside('unknown', text) : lets.find((one) => one.has(text))?.get(text))
    if (known) this.list.add(span, known)
    else this.list.free(text, span, free)
  }

  /** Indices of a statement, in order: a later set sees the earlier ones. */
  protected binders(binders: readonly Binder[], item: Span, sees: Sees, end: number): Sees {
    let inner = sees
    for (const { names, set } of binders) {
      this.static(set, inner)
      inner = this.indices(names, item, inner, end)
    }
    return inner
  }

  protected indices(names: readonly Ident[], item: Span, sees: Sees, end: number): Sees {
    let { indices } = sees
    for (const { text, span } of names) {
      const index = thing('index', text, { name: span, item }, sees.hypothesis)
      this.list.add(span, index, 'definition')
      this.reaches.push({ thing: index, start: item.start, end })
      indices = { name: text, thing: index, outer: indices }
    }
    return { ...sees, indices }
  }
}

function find(indices: Indices, name: string): Thing | undefined {
  for (let at = indices; at; at = at.outer) if (at.name === name) return at.thing
  return undefined
}

/** The words that a chain begins with, `a.b.c`: as one text, and how many links they are. */
function wordsOf(base: string, span: Span, links: readonly Link[]): { text: string; end: number; used: number } {
  const words: string[] = [base]
  for (const link of links) {
    if ('args' in link) break
    words.push(link.word)
  }
  return { text: words.join('.'), end: links[words.length - 2]?.span.end ?? span.end, used: words.length - 1 }
}
