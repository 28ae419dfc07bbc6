/** Walks a file and says at every name what it stands for. */
import type { ComponentItem, File, Ident, Misplaced, NodeItem, Parent, RefineItem, Span, Str } from '@scrub/grammar'
import { nameOf } from '../hypothesis/collect.ts'
import { ExprMentions, type Sees } from './expr-mentions.ts'
import { chainOf, type Link } from './graph-names.ts'
import type { MentionList } from './mention-list.ts'
import type { Inside, Tables } from './name-tables.ts'
import { thing, type Thing } from './things.ts'

export class Mentions extends ExprMentions {
  /** By hypothesis: names in features and after `from` that are no nodes of it, but would be in one that extends it and declares them. */
  readonly loose = new Map<Inside, ReadonlyMap<string, Span>>()
  private readonly file: Sees
  /** Where the block of an item ends: at its brace, or, when that is missing, with what follows it. */
  private readonly bodyEnd: (item: Span, next: number) => number

  constructor(tables: Tables, list: MentionList, bodyEnd: (item: Span, next: number) => number) {
    super(tables, list)
    this.bodyEnd = bodyEnd
    this.file = { indices: undefined, lets: [tables.lets], free: 'perhaps column' }
  }

  /** Every name of the file. */
  all({ items }: File): void {
    this.statements(items, this.file, Infinity)
    this.list.settle()
  }

  private seenIn(inside: Inside): Sees {
    const { lets, ambiguous, nodes, name } = inside
    const loose = new Map<string, Span>()
    this.loose.set(inside, loose)
    return { indices: undefined, lets: [lets, this.tables.lets], ambiguous, nodes, loose, free: 'column', ...(name === undefined ? {} : { hypothesis: name }) }
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
        const parts = new Map([...this.tables.declaredAt.values()].map((part) => [part.name, part]))
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
      const node = nodes.get(base.text)
      if (used === 0) this.list.add(base.span, node ?? this.list.outside('column', base.text))
      if (used === 0 && !node) sees.loose?.set(base.text, base.span)
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
    const own = this.tables.declaredAt.get(whole.start)
    if (own) this.pieces(base, links, own, 'definition', whole)
  }

  private hypothesis(name: Ident | Str): Thing {
    return this.tables.hypotheses.get(nameOf(name)) ?? this.list.outside('unknown', nameOf(name))
  }
}
