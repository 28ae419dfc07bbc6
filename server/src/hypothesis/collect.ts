/** Reads the statements of hypotheses into drafts: `extends`, families, `for`, `refine`, lets. */
import type { Expr, HypothesisItem, HypothesisStatement, Ident, LetItem, NodeItem, Parent, RefineItem, Str } from '@scrub/grammar'
import type { Scope, Static } from '../expr/types.ts'
import { hint } from '../expr/names.ts'
import type { Draft, DraftHypothesis, Family, LocalLet, Origin, Written } from './draft.ts'
import { type Env, flat, memberName, noEnv, roundsOf, staticValue } from './env.ts'
import { Findings } from './findings.ts'
import { type Base, mergeLets, mergeNodes } from './merge.ts'
import { inRound, type Locals } from './rounds.ts'
import { contextOf, type World } from './world.ts'
import { letScope } from './scopes.ts'

export const nameOf = (name: Ident | Str): string => (name.kind === 'ident' ? name.text : name.value)

/** One hypothesis, drafted, with its own findings. */
export interface Collected {
  readonly draft: DraftHypothesis
  readonly item: HypothesisItem
  readonly findings: Findings
  /** Some statement of it, or of one that it extends, could not be taken in. */
  readonly broken: boolean
  /** Names of the file's lets and columns that it asked for, found or not. */
  readonly asked: Set<string>
  /** The hypotheses that it extends, directly or not. */
  readonly bases: readonly Collected[]
}

/** The hypotheses of a file by name, the first of each; a second one of the same name is reported. */
export function hypothesesByName(items: readonly HypothesisItem[], findings: Findings): Map<string, HypothesisItem> {
  const byName = new Map<string, HypothesisItem>()
  for (const item of items) {
    if (!item.name) continue
    const name = nameOf(item.name)
    const other = byName.get(name)
    if (other) findings.error('duplicate-name', item.name.span, `There are two hypotheses \`${name}\`; give this one another name.`, [{ span: other.name!.span, message: 'the first' }])
    else byName.set(name, item)
  }
  return byName
}

/** Collects hypotheses when they are asked for, each once. */
export function collectorOf(world: World, byName: ReadonlyMap<string, HypothesisItem>): (name: string) => Collected {
  const done = new Map<string, Collected | 'busy'>()
  const collect = (name: string): Collected => {
    const known = done.get(name)
    if (known && known !== 'busy') return known
    done.set(name, 'busy')
    const item = byName.get(name)!
    const own = new Findings()
    const asked = new Set<string>()
    const bases: Base[] = []
    const inherited: Collected[] = []
    for (const ref of item.extends) {
      const base = nameOf(ref)
      if (!byName.has(base)) own.error('unknown-hypothesis', ref.span, `There is no hypothesis \`${base}\`${hint(base, byName.keys())}.`)
      else if (done.get(base) === 'busy') own.error('cycle', ref.span, `\`${name}\` extends itself${base === name ? '' : ` by way of \`${base}\``}; remove one of these \`extends\`.`)
      else {
        const collected = collect(base)
        inherited.push(collected)
        bases.push({ hypothesis: collected.draft, span: ref.span })
      }
    }
    const draft = new Collector({ ...world, statics: asking(world.statics, asked) }, item, name, bases, own).draft()
    const collected: Collected = {
      draft, item, findings: own, asked,
      broken: own.errors > 0 || inherited.some((c) => c.broken),
      bases: [...new Set(inherited.flatMap((c) => [c, ...c.bases]))],
    }
    done.set(name, collected)
    return collected
  }
  return collect
}

/** The same scope, noting every name that is looked up in it. */
export function asking(scope: Scope, asked: Set<string>): Scope {
  return {
    lookup: (name) => {
      asked.add(name)
      return scope.lookup(name)
    },
    lookupIn: (space, name) => scope.lookupIn(space, name),
    names: () => scope.names(),
  }
}

/** Works through the statements of one hypothesis in order. */
class Collector {
  private readonly world: World
  private readonly item: HypothesisItem
  private readonly name: string
  private readonly findings: Findings
  private readonly nodes: Map<string, Draft>
  private readonly families = new Map<string, { arity: number; members: string[] }>()
  private readonly lets: Map<string, LocalLet>
  private readonly ownLets = new Set<string>()
  private readonly origin: Origin

  constructor(world: World, item: HypothesisItem, name: string, bases: readonly Base[], findings: Findings) {
    this.item = item
    this.name = name
    this.findings = findings
    this.nodes = mergeNodes(bases, findings)
    this.lets = mergeLets(bases)
    for (const draft of this.nodes.values()) this.enlist(draft)
    // Sets and slices may use the plain lets of the hypothesis too.
    const context = contextOf(world, world.features, findings)
    const plain = () => new Map([...this.lets].filter(([, l]) => l.params.length === 0 && !l.ambiguous).map(([n, l]) => [n, l.item]))
    this.world = { ...world, statics: { ...world.statics, lookup: (n) => letScope(plain(), world.statics, context).lookup(n) } }
    this.origin = { lets: this.lets, world: this.world }
  }

  draft(): DraftHypothesis {
    this.collectLets(this.item.items, [])
    this.statements(this.item.items, noEnv, [], new Map())
    return { name: this.name, nodes: this.nodes, families: this.families as ReadonlyMap<string, Family>, lets: this.lets }
  }

  private collectLets(items: readonly HypothesisStatement[], around: readonly string[]): void {
    const locals = localsOf(items, around)
    for (const item of items) {
      if (item.kind === 'let') this.declareLet(item, around, locals)
      else if (item.kind === 'for') this.collectLets(item.items, [...around, ...item.binders.flatMap((b) => b.names.map((n) => n.text))])
    }
  }

  private declareLet(item: LetItem, around: readonly string[], locals: Locals): void {
    if (!item.name) return
    const name = item.name.text
    if (this.ownLets.has(name)) {
      this.findings.error('duplicate-name', item.name.span, `\`${name}\` is defined twice in this hypothesis; give one of them another name.`)
      return
    }
    this.ownLets.add(name)
    this.lets.set(name, { item, params: [...around, ...item.indices.map((i) => i.text)], body: item.value && inRound(item.value, locals) })
  }

  private statements(items: readonly HypothesisStatement[], env: Env, around: readonly string[], outer: Locals): void {
    const locals = new Map([...outer, ...localsOf(items, around)])
    for (const item of items) {
      if (item.kind === 'node') this.declared(item, env, around, locals)
      else if (item.kind === 'refine') this.refine(item, env, around, locals)
      else if (item.kind === 'for') {
        const names = [...around, ...item.binders.flatMap((b) => b.names.map((n) => n.text))]
        for (const round of roundsOf(item.binders, env, this.world.statics, this.findings) ?? []) this.statements(item.items, round.env, names, locals)
      }
    }
  }

  private declared(item: NodeItem, env: Env, around: readonly string[], locals: Locals): void {
    if (!item.name) return
    const base = item.name.text
    const params = [...around, ...item.binders.flatMap((b) => b.names.map((n) => n.text))]
    const feature = item.feature && memo(item.feature, locals)
    const outer = flat(around.map((name) => env.get(name)!))
    for (const round of roundsOf(item.binders, env, this.world.statics, this.findings) ?? []) {
      const index = [...outer, ...flat(round.index)]
      const name = memberName(base, index)
      const existing = this.families.get(base)
      if (this.nodes.has(name)) {
        const inherited = this.nodes.get(name)!.span
        this.findings.error('duplicate-name', item.name.span, `There is a node \`${name}\` already; use \`refine ${name}\` to change it, or another name.`, [{ span: inherited, message: 'the first' }])
        return
      }
      if (existing && existing.arity !== index.length) {
        this.findings.error('duplicate-name', item.name.span, `\`${base}\` is already the name of ${existing.arity === 0 ? 'a node' : `a family with ${existing.arity === 1 ? 'one index' : `${existing.arity} indices`}`}; use another name.`)
        return
      }
      const draft: Draft = {
        name, base, index, params,
        features: feature ? [this.written(feature, round.env)] : [],
        places: item.place ? [this.written(item.place, round.env)] : [],
        from: item.from.map((parent) => ({ ...this.written(parent, round.env), locals })),
        span: item.span,
      }
      this.nodes.set(name, draft)
      this.enlist(draft)
    }
  }

  private refine(item: RefineItem, env: Env, around: readonly string[], locals: Locals): void {
    if (!item.name) return
    const base = item.name.text
    const feature = item.feature && memo(item.feature, locals)
    for (const { names, env: bound } of this.targets(item, base, env, around)) {
      // Written once for all members, so that they stay one family.
      const newFeature = feature && this.written(feature, bound)
      const newPlace = item.place && this.written(item.place, bound)
      const added = item.from.map((parent: Parent) => ({ ...this.written(parent, bound), locals }))
      for (const name of names) {
        const draft = this.nodes.get(name)!
        this.nodes.set(name, {
          ...draft,
          features: newFeature ? [...draft.features, newFeature] : draft.features,
          places: newPlace ? [...draft.places, newPlace] : draft.places,
          from: [...draft.from, ...added],
        })
      }
    }
  }

  /** The nodes that a `refine` changes, with the indices bound for each. */
  private targets(item: RefineItem, base: string, env: Env, around: readonly string[]): { names: readonly string[]; env: Env }[] {
    const family = this.families.get(base)
    const span = item.name!.span
    if (!family) {
      this.findings.error('unknown-node', span, `There is no node \`${base}\` to refine${hint(base, this.families.keys())}; it must stand before this line or in a hypothesis that this one extends.`)
      return []
    }
    const whole = item.binders.length === 0 && item.indices.length === 0
    if (whole && (around.length === 0 || family.arity === 0)) return [{ names: family.members, env }]
    const outer = flat(around.map((name) => env.get(name)!))
    const rounds = item.binders.length > 0
      ? roundsOf(item.binders, env, this.world.statics, this.findings) ?? []
      : this.constant(item.indices, env)
    return rounds.flatMap((round) => {
      // In a `for` block its indices are the first ones of a name, unless all are written.
      const own = flat(round.index)
      const name = memberName(base, own.length + outer.length === family.arity ? [...outer, ...own] : own)
      if (this.nodes.has(name)) return [{ names: [name], env: round.env }]
      this.findings.error('unknown-node', span, family.arity === 0 ? `\`${base}\` is one node, not a family; write \`refine ${base}\`.` : `There is no node \`${name}\`; the members of \`${base}\` are ${someOf(family.members)}.`)
      return []
    })
  }

  private constant(indices: readonly Expr[], env: Env): { index: readonly Static[]; env: Env }[] {
    const index: Static[] = []
    for (const expr of indices) {
      const value = staticValue(expr, env, this.world.statics, this.findings)
      if (value === undefined) return []
      index.push(value)
    }
    return [{ index, env }]
  }

  private written<T>(value: T, env: Env): Written<T> {
    return { value, env, origin: this.origin }
  }

  private enlist(draft: Draft): void {
    const family = this.families.get(draft.base)
    if (family) family.members.push(draft.name)
    else this.families.set(draft.base, { arity: draft.index.length, members: [draft.name] })
  }
}

/** What a `for` block declares without indices of its own. */
function localsOf(items: readonly HypothesisStatement[], around: readonly string[]): Locals {
  const locals = new Map<string, readonly string[]>()
  if (around.length === 0) return locals
  for (const item of items) {
    const own = item.kind === 'node' ? item.binders.length : item.kind === 'let' ? item.indices.length : 1
    if ((item.kind === 'node' || item.kind === 'let') && item.name && own === 0) locals.set(item.name.text, around)
  }
  return locals
}

const rewritten = new WeakMap<Expr, Expr>()

/** A feature with its round's indices written out: one object per text, whatever the round. */
function memo(feature: Expr, locals: Locals): Expr {
  let expr = rewritten.get(feature)
  if (!expr) rewritten.set(feature, (expr = inRound(feature, locals)))
  return expr
}

/** `a`, `b`, `c` … and how many more. */
export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 4).map((n) => `\`${n}\``).join(', ')
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown
}
