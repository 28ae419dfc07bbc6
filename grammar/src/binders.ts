/** Expressions that turn out to be binders: `l in [1, 2]`, `(l, h) in [(9, 6), (9, 9)]`. */
import type { Binder, Expr, Ident } from './ast.ts'

/** The binder that an expression spells, or undefined where it spells none. Only the set may be missing (`l`). */
export function asBinder(expr: Expr): Binder | undefined {
  if (expr.kind === 'name') {
    const end = expr.span.end
    return { kind: 'binder', names: [asIdent(expr)!], set: { kind: 'error', span: { start: end, end } }, span: expr.span }
  }
  if (expr.kind !== 'compare' || expr.rest[0]!.op !== 'in') return undefined
  const names = asNames(expr.first)
  if (names === undefined) return undefined
  const [first, ...others] = expr.rest
  const set: Expr = others.length === 0
    ? first!.right
    : { kind: 'compare', first: first!.right, rest: others, span: { start: first!.right.span.start, end: expr.span.end } }
  return { kind: 'binder', names, set, span: expr.span }
}

/** Whether the binder has its set. */
export function isBound(binder: Binder): boolean {
  return binder.set.span.start > binder.names.at(-1)!.span.end
}

export function asIdent(expr: Expr): Ident | undefined {
  return expr.kind === 'name' ? { kind: 'ident', text: expr.text, span: expr.span } : undefined
}

function asNames(expr: Expr): Ident[] | undefined {
  const parts = expr.kind === 'tuple' ? expr.items : [expr.kind === 'paren' ? expr.inner : expr]
  const names = parts.map(asIdent).filter((name) => name !== undefined)
  return names.length === parts.length && names.length > 0 ? names : undefined
}
