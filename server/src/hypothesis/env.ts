/** Indices: the values that `[i in SET]` and `for i in SET` give to names, and the sets themselves. */
import type { Binder, Expr } from '@scrub/grammar'
import { evalStatic, SET_LIMIT } from '../expr/static.ts'
import type { Binding, Scope, Static } from '../expr/types.ts'
import type { Findings } from './findings.ts'
import { namesIn } from './walk-expr.ts'

export type Env = ReadonlyMap<string, Static>

export const noEnv: Env = new Map()

/** One round of a family: its indices in order, and all names bound so far. */
export interface Round {
  readonly index: readonly Static[]
  readonly env: Env
}

/** A scope in which nothing is bound but indices; other names are looked up in `outer`. */
export function indexScope(env: Env, outer?: Scope): Scope {
  return {
    lookup: (name): Binding | undefined => {
      const value = env.get(name)
      return value === undefined ? outer?.lookup(name) : { kind: 'index', value }
    },
    lookupIn: (space, name) => outer?.lookupIn(space, name),
    names: () => [...env.keys(), ...(outer?.names() ?? [])],
  }
}

/** A value known without data. */
export function staticValue(expr: Expr, env: Env, outer: Scope, findings: Findings): Static | undefined {
  return evalStatic(expr, indexScope(env, outer), findings.add)
}

/** All rounds of `[i in A, (j, k) in B]`, first binder outermost. Undefined when a set is broken (reported). */
export function roundsOf(binders: readonly Binder[], env: Env, outer: Scope, findings: Findings): Round[] | undefined {
  let rounds: Round[] = [{ index: [], env }]
  const earlier = new Set<string>()
  for (const binder of binders) {
    const next: Round[] = []
    // A set that names no earlier index is the same in every round.
    const names = namesIn(binder.set)
    const fixed = [...earlier].some((name) => names.has(name)) ? undefined : setOf(binder, env, outer, findings)
    for (const round of rounds) {
      const set = fixed ?? setOf(binder, round.env, outer, findings)
      if (!set) return undefined
      for (const value of set) {
        const bound = bind(binder, value, round.env, findings)
        if (!bound) return undefined
        next.push({ index: [...round.index, ...flat([value])], env: bound })
        if (!findings.spend(SET_LIMIT)) {
          findings.error('too-large', binder.set.span, `The families up to here have more than ${SET_LIMIT} members; leave indices out, or name slices: one node at \`x[:, 3]\` stands for all of the axis.`)
          return undefined
        }
      }
    }
    for (const { text } of binder.names) earlier.add(text)
    rounds = next
  }
  return rounds
}

function setOf(binder: Binder, env: Env, outer: Scope, findings: Findings): readonly Static[] | undefined {
  const value = staticValue(binder.set, env, outer, findings)
  if (value === undefined) return undefined
  if (Array.isArray(value)) return value as readonly Static[]
  findings.error('type-mismatch', binder.set.span, `An index runs over a set: write \`range(12)\`, a list, or a list of tuples instead of \`${indexText([value])}\`.`)
  return undefined
}

function bind(binder: Binder, value: Static, env: Env, findings: Findings): Env | undefined {
  const names = binder.names
  const values: Static = names.length === 1 ? [value] : value
  if (!Array.isArray(values) || values.length !== names.length) {
    findings.error('type-mismatch', binder.set.span, `\`(${names.map((n) => n.text).join(', ')})\` are ${names.length} indices, but the set holds \`${indexText([value])}\`; write tuples of ${names.length}.`)
    return undefined
  }
  const bound = new Map(env)
  names.forEach((name, i) => bound.set(name.text, values[i] as Static))
  return bound
}

/** Tuples count as several indices: `x[(9, 6)]` is `x[9, 6]`. */
export function flat(values: readonly Static[]): Static[] {
  return values.flatMap((v) => (Array.isArray(v) ? flat(v) : [v as Static]))
}

/** `9,6` of `x[9,6]`. */
export function indexText(index: readonly Static[]): string {
  return index.map((v) => (Array.isArray(v) ? `(${indexText(v)})` : typeof v === 'string' ? JSON.stringify(v) : String(v))).join(',')
}

/** `count[1]`, or the bare name when there are no indices. */
export function memberName(base: string, index: readonly Static[]): string {
  return index.length === 0 ? base : `${base}[${indexText(index)}]`
}
