/** Walks a file and says at every name what it stands for. */
import type { Binder, ComponentItem, Expr, File, HypothesisItem, Ident, Misplaced, NodeItem, Parent, Reference, RefineItem, Slice, Span, Str } from '@scrub/grammar'
import { nameOf } from '../hypothesis/collect.ts'
import { forEachChild } from '../hypothesis/walk-expr.ts'
import { chainOf, elementsOf, matches, type Link } from './graph-names.ts'
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

interface Sees {
  readonly indices: Indices
  readonly lets: readonly (ReadonlyMap<string, Thing>)[]
  readonly ambiguous?: ReadonlySet<string>
  readonly nodes?: ReadonlyMap<string, Thing>
  readonly hypothesis?: string
  readonly free: Free
}

export class Mentions {
  readonly reaches: Reach[] = []
  private readonly tables: Tables
  private readonly list: MentionList
  private readonly file: Sees
  /** Where the block of an item ends: at its brace, or, when that is missing, with what follows it. */
  private readonly bodyEnd: (item: Span, next: number) => number

  constructor(tables: Tables, list: MentionList, bodyEnd: (item: Span, next: number) => number) {
    this.tables = tables
    this.list = list
    this.bodyEnd = bodyEnd
    this.file = { indices: undefined, lets: [tables.lets], free: 'perhaps column' }
  }

  /** Every name of the file. */
  all({ items }: File): void {
    this.statements(items, this.file, Infinity)
    this.list.settle()
  }

  /** The names of a hypothesis as one that extends it sees them. */
  inherited(item: HypothesisItem, by: Inside): void {
    const own = this.tables.inside.get(item)
    if (own) this.statements(item.items, { ...this.seenIn(own), nodes: by.nodes }, Infinity)
    this.list.settle()
  }

  private seenIn({ lets, ambiguous, nodes, name }: Inside): Sees {
    return { indices: undefined, lets: [lets, this.tables.lets], ambiguous, nodes, free: 'column', ...(name === undefined ? {} : { hypothesis: name }) }
  }

  private statements(items: readonly Misplaced['item'][], sees: Sees, end: number): void {
    items.forEach((item, i) => this.statement(item, sees, items[i + 1]?.span.start ?? end))
  }

  /** `end`: where the next statement begins. */
  private statement(item: Misplaced['item'], sees: Sees, end: number): void {
    const { list } = this
    switch (item.kind) {
      case 'misplaced': this.statement(item.item, this.file, end); break
      case 'data':
        for (const { input, value } of item.as) {
          list.named(input, list.outside('tensor', nameOf(input)))
          this.expr(value, { ...this.file, free: 'column' })
        }
        if (item.filter) this.expr(item.filter, { ...this.file, free: 'column' })
        break
      case 'vocab': if (item.column) list.column(item.column); break
      case 'metric':
        if (item.name) list.named(item.name, thing('metric', item.name.text, { name: item.name.span, item: item.span }), 'definition')
        if (item.value) this.expr(item.value, { ...this.file, free: 'unknown' })
        break
      case 'let': {
        if (item.name) list.named(item.name, sees.lets[0]!.get(item.name.text) ?? list.outside('unknown', item.name.text), 'definition')
        const inner = this.indices(item.indices, item.span, sees, end)
        if (item.value) this.expr(item.value, inner)
        break
      }
      case 'graph': this.statements(item.items, this.file, this.bodyEnd(item.span, end)); break
      case 'component': this.component(item, sees, end); break
      case 'rewrite': {
        const parts = new Map(this.tables.declared.map(({ thing: part }) => [part.name, part]))
        if (item.place) this.place(item.place, sees)
        for (const { name, value } of item.with) {
          this.declared(name.span, [], name.span)
          this.expr(value, { ...sees, free: 'perhaps column' })
        }
        if (item.value) this.expr(item.value, { ...sees, lets: [parts, ...sees.lets], free: 'unknown' })
        break
      }
      case 'for': this.statements(item.items, this.binders(item.binders, item.span, sees, end), this.bodyEnd(item.span, end)); break
      case 'hypothesis': {
        if (item.name) list.named(item.name, this.hypothesis(item.name), 'definition')
        for (const base of item.extends) list.named(base, this.hypothesis(base))
        const own = this.tables.inside.get(item)
        const last = this.bodyEnd(item.span, end)
        if (own) this.reaches.push({ thing: own, start: item.span.start, end: last })
        this.statements(item.items, own ? this.seenIn(own) : this.file, last)
        break
      }
      case 'node': case 'refine': this.node(item, sees, end); break
      case 'expect':
        if (item.hypothesis) list.named(item.hypothesis, this.hypothesis(item.hypothesis))
        if (item.bound && item.bound.kind !== 'percent') list.named(item.bound, this.hypothesis(item.bound))
        break
    }
  }

  private node(item: NodeItem | RefineItem, sees: Sees, end: number): void {
    const nodes = sees.nodes ?? this.tables.outside.nodes
    if (item.name) this.list.named(item.name, nodes.get(item.name.text) ?? this.list.outside('unknown', item.name.text), item.kind === 'node' ? 'definition' : 'reference')
    if (item.kind === 'refine') for (const index of item.indices) this.static(index, sees)
    const inner = this.binders(item.binders, item.span, { ...sees, nodes, free: 'column' }, end)
    if (item.feature) this.expr(item.feature, inner)
    if (item.place) this.place(item.place, inner)
    for (const parent of item.from) this.parent(parent, inner, nodes)
  }

  private parent({ reference, through }: Parent, sees: Sees, nodes: ReadonlyMap<string, Thing>): void {
    const { base, links } = chainOf(reference)
    if (base.kind === 'string') this.place(reference, sees)
    else if (base.kind === 'name') {
      const used = this.space(base.text, links)
      if (used === 0) this.list.add(base.span, nodes.get(base.text) ?? this.list.outside('column', base.text))
      this.arguments(links.slice(used), sees)
    }
    if (through?.any === false) for (const place of through.places) this.place(place, sees)
  }

  private component(item: ComponentItem, sees: Sees, end: number): void {
    const inner = this.binders(item.binders, item.span, sees, end)
    if (item.name) {
      const { base, links } = chainOf(item.name.reference)
      if (base.kind === 'name') this.declared(base.span, links, item.name.span)
      const bound = new Set(item.binders.flatMap(({ names }) => names.map(({ span }) => span.start)))
      for (const link of links) if ('args' in link) for (const arg of link.args) if (!bound.has(arg.span.start)) this.static(arg, inner)
    }
    if (item.place) this.place(item.place, inner)
  }

  /** A component or point where it is declared. */
  private declared(base: Span, links: readonly Link[], whole: Span): void {
    const own = this.tables.declared.find((one) => one.thing.definitions.some(({ name }) => name.start === whole.start))
    if (own) this.pieces(base, links, own.thing, 'definition', whole)
  }

  private pieces(base: Span, links: readonly Link[], one: Thing, role: Mention['role'], whole: Span, others: readonly Thing[] = []): void {
    this.list.add(base, one, role, whole, others)
    for (const link of links) if ('word' in link) this.list.add(link.span, one, role, whole, others)
  }

  /** After `at`, in `through […]` and after `component … =`. */
  private place(reference: Reference, sees: Sees): void {
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
      const [first, ...others] = name ? this.tables.declared.filter(({ pattern }) => matches(pattern, name)) : []
      if (!first) continue
      const whole = { start: span.start, end: links[used - 1]?.span.end ?? span.end }
      return this.pieces(span, links.slice(0, used), first.thing, 'reference', whole, others.map((other) => other.thing))
    }
    const { text, end, used } = wordsOf(base, span, links)
    const unsure = this.tables.open || links.slice(used).some((link) => 'word' in link)
    this.list.add({ start: span.start, end }, this.list.outside(unsure ? 'unknown' : 'tensor', text))
  }

  /** `model.x`, `data["x"]`: how many links name the thing, none where it is no such reference. */
  private space(base: string, links: readonly Link[]): 0 | 1 {
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

  private arguments(links: readonly Link[], sees: Sees): void {
    for (const link of links) if ('args' in link) for (const arg of link.args) this.static(arg, sees)
  }

  /** What must be known without data: no nodes. */
  private static(expr: Expr | Slice, { nodes: _, ...sees }: Sees): void {
    this.expr(expr, { ...sees, free: 'unknown' })
  }

  private expr(expr: Expr | Slice, sees: Sees): void {
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
  private name(text: string, span: Span, { indices, lets, ambiguous, nodes, free }: Sees): void {
    const near = find(indices, text) ?? nodes?.get(text)
    const known = near ?? (ambiguous?.has(text) ? this.list.outside('unknown', text) : lets.find((one) => one.has(text))?.get(text))
    if (known) this.list.add(span, known)
    else this.list.free(text, span, free)
  }

  /** Indices of a statement, in order: a later set sees the earlier ones. */
  private binders(binders: readonly Binder[], item: Span, sees: Sees, end: number): Sees {
    let inner = sees
    for (const { names, set } of binders) {
      this.static(set, inner)
      inner = this.indices(names, item, inner, end)
    }
    return inner
  }

  private indices(names: readonly Ident[], item: Span, sees: Sees, end: number): Sees {
    let { indices } = sees
    for (const { text, span } of names) {
      const index = thing('index', text, { name: span, item }, sees.hypothesis)
      this.list.add(span, index, 'definition')
      this.reaches.push({ thing: index, start: item.start, end })
      indices = { name: text, thing: index, outer: indices }
    }
    return { ...sees, indices }
  }

  private hypothesis(name: Ident | Str): Thing {
    return this.tables.hypotheses.get(nameOf(name)) ?? this.list.outside('unknown', nameOf(name))
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
