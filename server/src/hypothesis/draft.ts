/** A hypothesis before names are resolved: its nodes after `extends`, families, `for` and `refine` are worked out. */
import type { Expr, LetItem, Parent, Reference, Span } from '@scrub/grammar'
import type { Static } from '../expr/types.ts'
import type { Env } from './env.ts'
import type { Locals } from './rounds.ts'
import type { World } from './world.ts'

/** The hypothesis whose text something was written in: there its lets are looked up. */
export interface Origin {
  readonly lets: ReadonlyMap<string, LocalLet>
  readonly world: World
}

/** A let of a hypothesis; `for` blocks around it give it further indices. */
export interface LocalLet {
  readonly item: LetItem
  readonly params: readonly string[]
  readonly body: Expr | undefined
  /** Inherited from two hypotheses that define it differently. */
  readonly ambiguous?: boolean
}

/** Something as written, with the indices it was written under. */
export interface Written<T> {
  readonly value: T
  readonly env: Env
  readonly origin: Origin
}

export interface Clause extends Written<Parent> {
  readonly locals: Locals
}

export interface Draft {
  /** `count[1]`. */
  readonly name: string
  readonly base: string
  readonly index: readonly Static[]
  /** Names of the indices, where each has one. */
  readonly params: readonly string[]
  /** What the node was given, then what refinements put in its place: the last one counts. */
  readonly features: readonly Written<Expr>[]
  readonly places: readonly Written<Reference>[]
  readonly from: readonly Clause[]
  readonly span: Span
}

/** Nodes of one name: one node, or the members of a family. */
export interface Family {
  readonly arity: number
  readonly members: readonly string[]
}

export interface DraftHypothesis {
  readonly name: string
  readonly nodes: ReadonlyMap<string, Draft>
  readonly families: ReadonlyMap<string, Family>
  readonly lets: ReadonlyMap<string, LocalLet>
}
