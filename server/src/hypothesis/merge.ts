/** `extends`: the nodes of several hypotheses taken over into one. */
import type { Expr, Reference, Span } from '@scrub/grammar'
import type { Draft, DraftHypothesis, LocalLet, Written } from './draft.ts'
import { type Env, indexText } from './env.ts'
import type { Findings } from './findings.ts'
import { bare, namesIn } from './walk-expr.ts'

export interface Base {
  readonly hypothesis: DraftHypothesis
  /** Where it is named after `extends`. */
  readonly span: Span
}

/** All nodes of the bases. A node of two of them has the parents of both; what one has changed wins over what the other inherits. */
export function mergeNodes(bases: readonly Base[], findings: Findings): Map<string, Draft> {
  const nodes = new Map<string, Draft>()
  const owner = new Map<string, string>()
  for (const { hypothesis, span } of bases) {
    const conflicts: string[] = []
    for (const draft of hypothesis.nodes.values()) {
      const other = nodes.get(draft.name)
      if (!other) {
        nodes.set(draft.name, draft)
        owner.set(draft.name, hypothesis.name)
        continue
      }
      if (other === draft) continue
      const features = newer(other.features, draft.features)
      const places = newer(other.places, draft.places)
      if (!features || !places) conflicts.push(`\`${draft.name}\` has ${features ? 'different places' : 'different features'} in \`${owner.get(draft.name)}\` and \`${hypothesis.name}\``)
      nodes.set(draft.name, { ...other, features: features ?? other.features, places: places ?? other.places, from: [...new Set([...other.from, ...draft.from])] })
    }
    if (conflicts.length > 0) {
      const more = conflicts.length > 1 ? ` (and ${conflicts.length - 1} more)` : ''
      findings.error('extends-conflict', span, `${conflicts[0]}${more}; make them agree, or extend only one of the two.`)
    }
  }
  return nodes
}

/** Lets of the bases; one that two of them define differently may not be used. */
export function mergeLets(bases: readonly Base[]): Map<string, LocalLet> {
  const lets = new Map<string, LocalLet>()
  for (const { hypothesis } of bases) {
    for (const [name, found] of hypothesis.lets) {
      const other = lets.get(name)
      lets.set(name, other && other.item !== found.item ? { ...found, ambiguous: true } : found)
    }
  }
  return lets
}

/** The history that continues the other; either where both end in the same text; undefined where they part. */
function newer<T extends Expr | Reference>(a: readonly Written<T>[], b: readonly Written<T>[]): readonly Written<T>[] | undefined {
  const lastA = a.at(-1)
  const lastB = b.at(-1)
  if (!lastB || a.includes(lastB)) return a
  if (!lastA || b.includes(lastA)) return b
  return sameText(lastA, lastB) ? a : undefined
}

function sameText(a: Written<Expr | Reference>, b: Written<Expr | Reference>): boolean {
  const names = namesIn(a.value)
  for (const name of names) if (a.origin.lets.get(name)?.item !== b.origin.lets.get(name)?.item) return false
  return exprKey(a.value) === exprKey(b.value) && envKey(a.env, names) === envKey(b.env, names)
}

/** The indices that matter to an expression, as text. */
export function envKey(env: Env, names: ReadonlySet<string>): string {
  let key = ''
  for (const [name, value] of env) if (names.has(name)) key += `${name}=${indexText([value])};`
  return key
}

/** An expression without its layout: equal for texts that differ only in spaces, comments and parentheses. */
function exprKey(expr: Expr): string {
  return JSON.stringify(expr, (key, value: unknown) => {
    if (key === 'span') return undefined
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
    return isParen(value) ? bare(value) : value
  })
}

function isParen(value: unknown): value is Expr {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'paren'
}
