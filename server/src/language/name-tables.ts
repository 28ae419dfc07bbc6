/** What the statements of a file declare: hypotheses with their nodes and lets, inherited ones included, and the lets of the file. */
import { walk, type File, type HypothesisItem, type HypothesisStatement, type Ident, type Span } from '@scrub/grammar'
import { nameOf } from '../hypothesis/collect.ts'
import { statementsOf } from '../hypothesis/items.ts'
import { declaredIn, type Declared } from './graph-names.ts'
import type { SymbolKind } from './symbols.ts'
import { thing, unite, type Thing } from './things.ts'

/** What can be named inside a hypothesis. */
export interface Inside {
  readonly name?: string
  readonly bases: readonly Inside[]
  readonly nodes: ReadonlyMap<string, Thing>
  readonly lets: ReadonlyMap<string, Thing>
  /** Lets that two bases define differently. */
  readonly ambiguous: ReadonlySet<string>
}

export interface Tables {
  readonly hypotheses: ReadonlyMap<string, Thing>
  readonly inside: ReadonlyMap<HypothesisItem, Inside>
  /** Of nodes that stand in no hypothesis. */
  readonly outside: Inside
  readonly lets: ReadonlyMap<string, Thing>
  /** Components and points by the first word of their names. */
  readonly declared: ReadonlyMap<string, readonly Declared[]>
  /** The same by where they are declared. */
  readonly declaredAt: ReadonlyMap<number, Thing>
  /** `use transformer` and `rewrite` name more things than the text shows. */
  readonly open: boolean
}

export function tablesOf(file: File): Tables {
  const statements = statementsOf(file)
  const hypotheses = new Map<string, Thing>()
  const byName = new Map<string, HypothesisItem>()
  for (const item of statements.hypotheses) {
    if (!item.name) continue
    const name = nameOf(item.name)
    declare(hypotheses, thing('hypothesis', name, { name: item.name.span, item: item.span }))
    if (!byName.has(name)) byName.set(name, item)
  }
  const lets = new Map<string, Thing>()
  for (const item of statements.lets) if (item.name) declare(lets, thing('let', item.name.text, { name: item.name.span, item: item.span }))

  const inside = new Map<HypothesisItem, Inside>()
  const open = new Set<HypothesisItem>()
  const insideOf = (item: HypothesisItem): Inside => {
    const known = inside.get(item)
    if (known) return known
    open.add(item)
    const bases = item.extends.map((ref) => byName.get(nameOf(ref))).filter((base) => base !== undefined && !open.has(base)).map((base) => insideOf(base!))
    open.delete(item)
    const made = take(item.items, [...new Set(bases)], item.name && nameOf(item.name))
    inside.set(item, made)
    return made
  }
  for (const item of statements.hypotheses) insideOf(item)
  const misplaced = file.items.flatMap((item) => (item.kind === 'misplaced' ? [item.item] : [])).filter((item): item is HypothesisStatement => item.kind === 'node' || item.kind === 'for')
  return { hypotheses, inside, outside: take(misplaced, [], undefined), lets, ...graphTables(declaredIn(file.items)), open: statements.graphs.some((graph) => [...walk(graph)].some(({ kind }) => kind === 'use' || kind === 'rewrite')) }
}

function graphTables(all: readonly Declared[]): Pick<Tables, 'declared' | 'declaredAt'> {
  const declared = new Map<string, Declared[]>()
  for (const one of all) {
    const [first] = one.pattern
    const word = first && 'word' in first ? first.word : ''
    const known = declared.get(word)
    if (known) known.push(one)
    else declared.set(word, [one])
  }
  return { declared, declaredAt: new Map(all.flatMap((one) => one.thing.definitions.map(({ name }) => [name.start, one.thing]))) }
}

/** The bases' names, then those of the statements. A node of several bases is one; of lets the nearest counts. */
function take(items: readonly HypothesisStatement[], bases: readonly Inside[], name: string | undefined): Inside {
  const nodes = new Map<string, Thing>()
  const lets = new Map<string, Thing>()
  const ambiguous = new Set<string>()
  for (const base of bases) {
    for (const [key, node] of base.nodes) {
      const other = nodes.get(key)
      if (other) unite(other, node)
      else nodes.set(key, node)
    }
    for (const [key, local] of base.lets) {
      if (base.ambiguous.has(key) || (lets.has(key) && lets.get(key) !== local)) ambiguous.add(key)
      if (!lets.has(key)) lets.set(key, local)
    }
  }
  const own = new Map<string, Thing>()
  const visit = (statements: readonly HypothesisStatement[]): void => {
    for (const item of statements) {
      if (item.kind === 'for') visit(item.items)
      else if (item.kind === 'node' && item.name) {
        const node = defined('node', item.name, item.span, name)
        const other = nodes.get(item.name.text)
        if (other) unite(other, node)
        else nodes.set(item.name.text, node)
      } else if (item.kind === 'let' && item.name) declare(own, defined('let', item.name, item.span, name))
    }
  }
  visit(items)
  for (const [key, local] of own) {
    lets.set(key, local)
    ambiguous.delete(key)
  }
  return { bases, nodes, lets, ambiguous, ...(name === undefined ? {} : { name }) }
}

const defined = (kind: SymbolKind, name: Ident, item: Span, hypothesis: string | undefined): Thing => thing(kind, name.text, { name: name.span, item }, hypothesis)

/** A second declaration of a name is a mistake (reported elsewhere) and counts as the same thing. */
function declare(table: Map<string, Thing>, one: Thing): void {
  const other = table.get(one.name)
  if (other) unite(other, one)
  else table.set(one.name, one)
}
