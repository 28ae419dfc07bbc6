/** Compiles the features of one hypothesis and notes which nodes each of them names. */
import type { Binder, Expr, Span } from '@scrub/grammar'
import { compileExpr, compileFamily } from '../expr/compile.ts'
import type { Binding, Compiled, ExprContext, Scope, Static } from '../expr/types.ts'
import { someOf } from './collect.ts'
import type { Draft, DraftHypothesis, Family as DraftFamily, LocalLet, Origin, Written } from './draft.ts'
import { type Env, indexScope, memberName, noEnv } from './env.ts'
import { getOr } from './maps.ts'
import { envKey } from './merge.ts'
import { circular, forbidden } from './scopes.ts'
import { bare, namesIn } from './walk-expr.ts'

export interface Feature {
  /** Undefined when it is broken (reported). */
  readonly value: 'exact' | 'any' | Compiled | undefined
  /** Names of the nodes it names, directly or through lets of the hypothesis, in order. */
  readonly uses: ReadonlySet<string>
}

interface Made {
  readonly compiled: Compiled | undefined
  readonly uses: ReadonlySet<string>
}

type Family = Binding & { readonly kind: 'family' }

interface Nodes {
  readonly drafts: readonly Draft[]
  readonly special?: Binding
  readonly written?: Written<Expr>
}

/** The features of one hypothesis, each compiled when it is first asked for. */
export class Features {
  private readonly hypothesis: DraftHypothesis
  private readonly context: ExprContext
  /** Lets and columns of the file. */
  private readonly outer: Scope
  private readonly done = new Map<string, Feature>()
  /** Members of a family whose feature does not mention the index share one value. */
  private readonly shared = new Map<Expr, Map<Origin, Map<string, Made>>>()
  private readonly lets = new Map<LocalLet, Made>()
  /** Lets being compiled for the node at hand. */
  private openLets = new Set<LocalLet>()
  private readonly families = new Map<string, Family>()
  private readonly nodes = new Map<string, Nodes>()
  private readonly choices = new Map<string, Expr>()
  /** Names whose features are being compiled. */
  private readonly busy = new Set<string>()

  constructor(hypothesis: DraftHypothesis, outer: Scope, context: ExprContext) {
    this.hypothesis = hypothesis
    this.outer = outer
    this.context = context
  }

  /** The feature of a node; one without a value while it is being compiled, which a cycle asks for. */
  of(draft: Draft): Feature {
    const known = this.done.get(draft.name)
    if (known) return known
    const uses = new Set<string>()
    const written = draft.features.at(-1)
    this.done.set(draft.name, { value: undefined, uses })
    if (!written) return { value: undefined, uses }
    const expr = bare(written.value)
    if (expr.kind === 'special') this.done.set(draft.name, { value: expr.which, uses })
    else if (!this.ofFamily(draft)) {
      const { openLets } = this
      const outermost = !this.busy.has(draft.base)
      this.openLets = new Set()
      this.busy.add(draft.base)
      this.done.set(draft.name, { value: this.ofMember(expr, written, uses), uses })
      if (outermost) this.busy.delete(draft.base)
      this.openLets = openLets
    }
    return this.done.get(draft.name)!
  }

  /** What an expression of the hypothesis compiles to; says nothing about its errors. */
  typed(expr: Expr): Compiled | undefined {
    try {
      return compileExpr(expr, this.scope({ lets: this.hypothesis.lets }, noEnv, new Set()), { ...this.context, report: () => {} })
    } catch (error) {
      if (error instanceof RangeError) return undefined
      throw error
    }
  }

  /** Lets that no feature uses are checked too. */
  checkLets(): void {
    for (const [name, local] of this.hypothesis.lets) {
      const binding = this.localLet(name, { lets: this.hypothesis.lets }, new Set())
      if (binding?.kind === 'value' && !this.lets.has(local)) binding.get()
    }
  }

  private ofMember(expr: Expr, { env, origin }: Written<Expr>, uses: Set<string>): Compiled | undefined {
    const byOrigin = getOr(this.shared, expr, () => new Map<Origin, Map<string, Made>>())
    const byEnv = getOr(byOrigin, origin, () => new Map<string, Made>())
    const made = getOr(byEnv, envKey(env, namesIn(expr)), () => ({ compiled: this.compile(expr, this.scope(origin, env, uses)), uses }))
    for (const name of made.uses) uses.add(name)
    return made.compiled
  }

  /** All members at once, where they are written once and name no nodes. */
  private ofFamily(draft: Draft): boolean {
    const family = this.hypothesis.families.get(draft.base)!
    if (family.members.length < 2) return false
    const { drafts, written } = this.known(draft.base, family)
    if (!written || this.reads(written, () => true)) return false
    const compiled = compileFamily(this.direct(drafts, written), this.context)
    drafts.forEach(({ name }, i) => this.done.set(name, { value: compiled?.members[i], uses: new Set() }))
    return true
  }

  private compile(expr: Expr, scope: Scope): Compiled | undefined {
    try {
      return compileExpr(expr, scope, this.context)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      const message = 'This feature names others so deeply one within another that it cannot be worked out; shorten the chain.'
      this.context.report({ code: 'too-deep', severity: 'error', span: expr.span, message })
      return undefined
    }
  }

  /** Indices, then nodes, then lets of the hypothesis, then the file. Nodes that are named are added to `uses`. */
  private scope(origin: Pick<Origin, 'lets'>, env: Env, uses: Set<string>): Scope {
    const inner: Scope = {
      lookup: (name) => this.node(name, uses) ?? this.localLet(name, origin, uses) ?? this.outer.lookup(name),
      lookupIn: (space, name) => this.outer.lookupIn(space, name),
      names: () => [...this.hypothesis.families.keys(), ...origin.lets.keys(), ...this.outer.names()],
    }
    return indexScope(env, inner)
  }

  private node(base: string, uses: Set<string>): Binding | undefined {
    const family = this.hypothesis.families.get(base)
    if (!family) return undefined
    const { drafts, special, written } = this.known(base, family)
    if (special) return special
    if (family.arity === 0) return { kind: 'value', get: () => this.member(base, uses) }
    const onUse = (index: readonly Static[]) => { uses.add(memberName(base, index)) }
    if (written) return { ...this.direct(drafts, written), onUse }
    // Members that differ, or lead back to their family, have a feature each; one is chosen by its index.
    const params = drafts[0]!.index.map((_, i) => `index ${i}`)
    const inside = this.busy.has(base)
    const scope: Scope = {
      lookup: (name) => this.hypothesis.nodes.has(name)
        ? { kind: 'value', get: () => this.member(name, inside ? uses : new Set()) }
        : forbidden('unknown-node', `\`${base}\` has no member of this index; its members are ${someOf(family.members)}.`),
      lookupIn: () => undefined,
      names: () => [],
    }
    const body = getOr(this.choices, `${base} ${inside}`, () => choice(drafts, params, inside))
    return inside ? { kind: 'family', params, body, scope } : { kind: 'family', params, body, scope, members: drafts.map((d) => d.index), onUse }
  }

  /** The nodes of a name; `written` where one text can be compiled for all of them. */
  private known(base: string, family: DraftFamily): Nodes {
    return getOr(this.nodes, base, () => {
      const drafts = family.members.map((name) => this.hypothesis.nodes.get(name)!)
      for (const draft of drafts) {
        const feature = draft.features.at(-1)?.value
        const expr = feature && bare(feature)
        if (expr?.kind === 'special') return { drafts, special: forbidden('type-mismatch', `The node \`${draft.name}\` is \`${expr.which}\` and has no value to compute with; put it after \`from\`, or give it a feature.`) }
      }
      const written = family.arity > 0 ? alike(drafts) : undefined
      return { drafts, written: written && !this.reads(written, (name) => name === base) ? written : undefined }
    })
  }

  /** A family as it is written; cached, so that the compiler knows it again. */
  private direct(drafts: readonly Draft[], written: Written<Expr>): Family {
    return getOr(this.families, drafts[0]!.base, () => ({
      kind: 'family', params: drafts[0]!.params, body: written.value,
      scope: this.scope(written.origin, noEnv, new Set()), members: drafts.map((d) => d.index),
    }))
  }

  private member(name: string, uses: Set<string>): Compiled | undefined {
    uses.add(name)
    const { value } = this.of(this.hypothesis.nodes.get(name)!)
    return typeof value === 'object' ? value : undefined
  }

  /** Does a feature name a node such as `wanted`, directly or by way of lets and other nodes? */
  private reads(written: Written<Expr>, wanted: (base: string) => boolean): boolean {
    const seen = new Set<string>()
    const open: { expr: Expr; origin: Origin }[] = [{ expr: written.value, origin: written.origin }]
    for (let at = open.pop(); at; at = open.pop()) {
      for (const name of namesIn(at.expr)) {
        const family = this.hypothesis.families.get(name)
        if (family && wanted(name)) return true
        if (seen.has(name)) continue
        seen.add(name)
        for (const member of family?.members ?? []) {
          const feature = this.hypothesis.nodes.get(member)!.features.at(-1)
          if (feature) open.push({ expr: feature.value, origin: feature.origin })
        }
        const body = at.origin.lets.get(name)?.body
        if (body) open.push({ expr: body, origin: at.origin })
      }
    }
    return false
  }

  private localLet(name: string, origin: Pick<Origin, 'lets'>, uses: Set<string>): Binding | undefined {
    const local = origin.lets.get(name)
    if (!local) return undefined
    if (local.ambiguous) return forbidden('ambiguous-name', `\`${name}\` is defined differently in two of the hypotheses that this one extends; define it here.`)
    const { body, params } = local
    if (!body) return { kind: 'value', get: () => undefined }
    if (params.length > 0) return { kind: 'family', params, body, scope: this.scope(origin, noEnv, uses) }
    if (this.openLets.has(local)) return circular(name, this.outer)
    return {
      kind: 'value',
      get: () => {
        let made = this.lets.get(local)
        if (!made) {
          const own = new Set<string>()
          this.lets.set(local, { compiled: undefined, uses: own })
          this.openLets.add(local)
          this.lets.set(local, (made = { compiled: this.compile(body, this.scope(origin, noEnv, own)), uses: own }))
          this.openLets.delete(local)
        }
        for (const node of made.uses) uses.add(node)
        return made.compiled
      },
    }
  }
}

/** What all members of a family are written as, where that is one text with the indices under the same names. */
function alike(drafts: readonly Draft[]): Written<Expr> | undefined {
  const first = drafts[0]!.features.at(-1)
  const same = drafts.every((draft) => {
    const own = draft.features.at(-1)
    return own && own.value === first!.value && own.origin === first!.origin
      && draft.params.length === draft.index.length && own.env.size === draft.params.length
      && draft.params.every((name, i) => name === drafts[0]!.params[i] && own.env.get(name) === draft.index[i])
  })
  return same ? first : undefined
}

/**
 * `if index == 0 then (the first) else if …`, under names that no text can hold. `oneByOne`: the index is also the set of
 * a comprehension, which the compiler wants to know, so that it never asks for all members.
 */
function choice(drafts: readonly Draft[], params: readonly string[], oneByOne: boolean): Expr {
  const span = drafts[0]!.features.at(-1)?.value.span ?? drafts[0]!.span
  const zero: Expr = { kind: 'number', value: 0, integer: true, span }
  const index = (param: string): Expr => {
    if (!oneByOne) return named(param, span)
    const binder: Binder = { kind: 'binder', names: [{ kind: 'ident', text: 'known', span }], set: { kind: 'list', items: [named(param, span)], span }, span }
    return { kind: 'subscript', object: { kind: 'comprehension', body: named('known', span), binders: [binder], span }, args: [zero], span }
  }
  let otherwise = named(oneByOne ? 'no member' : drafts.at(-1)!.name, span)
  for (const draft of (oneByOne ? [...drafts] : drafts.slice(0, -1)).reverse()) {
    const tests = draft.index.map((value, i): Expr => ({ kind: 'compare', first: index(params[i]!), rest: [{ op: '==', right: literal(value, span) }], span }))
    const condition = tests.reduce((left, right) => ({ kind: 'binary', op: 'and', left, right, span }))
    otherwise = { kind: 'if', condition, then: named(draft.name, span), otherwise, span }
  }
  return otherwise
}

const named = (text: string, span: Span): Expr => ({ kind: 'name', text, span })

function literal(value: Static, span: Span): Expr {
  if (typeof value === 'string') return { kind: 'string', value, span }
  if (typeof value === 'boolean') return { kind: 'bool', value, span }
  return { kind: 'number', value: Number(value), integer: Number.isInteger(value), span }
}
