/** Names of components and points: `a[l].h[0]`, `a[1].h[0]` and `a1.h0` are one name, and a declaration with indices is a pattern. */
import type { Binder, ComponentItem, Expr, Misplaced, Reference, Slice, Span } from '@scrub/grammar'
import { thing, unite, type Thing } from './things.ts'

/** A name taken apart. An index is one or several constants; `undefined` stands for what only binding knows. */
export type Element = { readonly word: string } | { readonly index: readonly (string | undefined)[] }

/** `.name` or `[…]` after what a reference begins with. */
export type Link = { readonly word: string; readonly span: Span } | { readonly args: readonly (Expr | Slice)[]; readonly span: Span }

export interface Chain {
  readonly base: Expr
  readonly links: readonly Link[]
}

export interface Declared {
  readonly pattern: readonly Element[]
  readonly thing: Thing
}

export function chainOf(expr: Expr): Chain {
  const links: Link[] = []
  let base = expr
  while (base.kind === 'member' || base.kind === 'subscript') {
    links.push(base.kind === 'member' ? { word: base.name.text, span: base.name.span } : { args: base.args, span: { start: base.object.span.end, end: base.span.end } })
    base = base.object
  }
  return { base, links: links.reverse() }
}

/** The elements of a name that ends after `count` links; undefined where a slice is among them. */
export function elementsOf(base: string, links: readonly Link[]): Element[] | undefined {
  const found = elementsOfWord(base)
  for (const link of links) {
    if ('word' in link) found.push(...elementsOfWord(link.word))
    else if (link.args.some((arg) => arg.kind === 'slice')) return undefined
    else found.push({ index: link.args.flatMap((arg) => constants(arg as Expr)) })
  }
  return found
}

/** `h10` is `h[10]`; `h01` and `10` are words. */
function elementsOfWord(word: string): Element[] {
  const [, stem, digits] = /^(.*[^\d])(0|[1-9]\d*)$/su.exec(word) ?? []
  return stem === undefined ? [{ word }] : [{ word: stem }, { index: [digits] }]
}

/** The word of a name without the index that is written into it: `a` of `a10`. */
export function stemOf(word: string): string {
  const [first] = elementsOfWord(word)
  return first && 'word' in first ? first.word : word
}

function constants(arg: Expr): (string | undefined)[] {
  if (arg.kind === 'paren') return constants(arg.inner)
  if (arg.kind === 'tuple') return arg.items.flatMap(constants)
  if (arg.kind === 'number' && arg.integer) return [String(arg.value)]
  return [arg.kind === 'string' ? JSON.stringify(arg.value) : undefined]
}

/** Whether a name can stand for the one declared. A single unknown index may be a tuple of several. */
export function matches(pattern: readonly Element[], name: readonly Element[]): boolean {
  return pattern.length === name.length && pattern.every((wanted, i) => {
    const given = name[i]!
    if ('word' in wanted || 'word' in given) return 'word' in wanted && 'word' in given && wanted.word === given.word
    if (given.index.length < wanted.index.length) return given.index.includes(undefined)
    return given.index.length === wanted.index.length && wanted.index.every((index, k) => index === undefined || given.index[k] === undefined || index === given.index[k])
  })
}

/** All components and points of a file, and the parts that rewrites make. */
export function declaredIn(items: readonly Misplaced['item'][]): Declared[] {
  const found = new Map<string, Declared>()
  const add = (pattern: readonly Element[], one: Thing): void => {
    const key = JSON.stringify(pattern, (_, value: unknown) => value ?? null)
    const other = found.get(key)
    if (other) unite(other.thing, one)
    else found.set(key, { pattern, thing: one })
  }
  const visit = (list: readonly Misplaced['item'][], around: readonly string[]): void => {
    for (const item of list) {
      switch (item.kind) {
        case 'misplaced': visit([item.item], around); break
        case 'graph': case 'hypothesis': visit(item.items, []); break
        case 'for': visit(item.items, [...around, ...namesOf(item.binders)]); break
        case 'component': declareComponent(item, around, add); break
        case 'rewrite': for (const { name, span } of item.with) add([{ word: name.text }], thing('component', name.text, { name: name.span, item: span }))
      }
    }
  }
  visit(items, [])
  return [...found.values()]
}

const namesOf = (binders: readonly Binder[]): string[] => binders.flatMap(({ names }) => names.map(({ text }) => text))

function declareComponent(item: ComponentItem, around: readonly string[], add: (pattern: readonly Element[], one: Thing) => void): void {
  if (!item.name) return
  const { base, links } = chainOf(item.name.reference)
  if (base.kind !== 'name') return
  const elements = elementsOf(base.text, links)
  if (!elements) return
  const mentioned = new Set(links.flatMap((link) => ('args' in link ? link.args.flatMap((arg) => (arg.kind === 'name' ? [arg.text] : [])) : [])))
  const following = [...around, ...namesOf(item.binders)].filter((name) => !mentioned.has(name))
  const pattern = following.length > 0 ? [...elements, { index: following.map(() => undefined) }] : elements
  add(pattern, thing(item.sort, textOf(item.name.reference, following), { name: item.name.span, item: item.span }))
}

/** `a[l].h[h]`: the name with its indices. */
function textOf(reference: Reference, following: readonly string[]): string {
  const { base, links } = chainOf(reference)
  const words = links.map((link) => ('word' in link ? `.${link.word}` : `[${link.args.map((arg) => shown(arg)).join(', ')}]`))
  return `${base.kind === 'name' ? base.text : ''}${words.join('')}${following.length > 0 ? `[${following.join(', ')}]` : ''}`
}

function shown(arg: Expr | Slice): string {
  if (arg.kind === 'name') return arg.text
  if (arg.kind === 'number') return String(arg.value)
  return arg.kind === 'string' ? JSON.stringify(arg.value) : '…'
}
