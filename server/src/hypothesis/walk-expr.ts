/** Walks over expressions: their children, and the names they leave free. */
import type { Expr, Slice } from '@scrub/grammar'

/** Call `visit` with every direct part of an expression. */
export function forEachChild(expr: Expr | Slice, visit: (child: Expr) => void): void {
  const maybe = (child: Expr | undefined) => child && visit(child)
  switch (expr.kind) {
    case 'member': visit(expr.object); break
    case 'slice': maybe(expr.lower); maybe(expr.upper); maybe(expr.step); break
    case 'subscript':
      visit(expr.object)
      for (const arg of expr.args) arg.kind === 'slice' ? forEachChild(arg, visit) : visit(arg)
      break
    case 'call':
      expr.args.forEach(visit)
      for (const keyword of expr.keywords) visit(keyword.value)
      break
    case 'unary': visit(expr.operand); break
    case 'binary': visit(expr.left); visit(expr.right); break
    case 'compare': visit(expr.first); for (const { right } of expr.rest) visit(right); break
    case 'if': visit(expr.condition); visit(expr.then); visit(expr.otherwise); break
    case 'tuple': case 'list': expr.items.forEach(visit); break
    case 'comprehension':
      for (const binder of expr.binders) visit(binder.set)
      visit(expr.body)
      maybe(expr.condition)
      break
    case 'paren': visit(expr.inner); break
  }
}

/** The expression with every direct part replaced by what `change` makes of it. */
export function mapChildren(expr: Expr, change: (child: Expr) => Expr): Expr {
  const all = (list: readonly Expr[]) => list.map(change)
  switch (expr.kind) {
    case 'member': return { ...expr, object: change(expr.object) }
    case 'subscript': return { ...expr, object: change(expr.object), args: expr.args.map((arg) => (arg.kind === 'slice' ? mapSlice(arg, change) : change(arg))) }
    case 'call': return { ...expr, args: all(expr.args), keywords: expr.keywords.map((one) => ({ ...one, value: change(one.value) })) }
    case 'unary': return { ...expr, operand: change(expr.operand) }
    case 'binary': return { ...expr, left: change(expr.left), right: change(expr.right) }
    case 'compare': return { ...expr, first: change(expr.first), rest: expr.rest.map((one) => ({ ...one, right: change(one.right) })) }
    case 'if': return { ...expr, condition: change(expr.condition), then: change(expr.then), otherwise: change(expr.otherwise) }
    case 'tuple': case 'list': return { ...expr, items: all(expr.items) }
    case 'comprehension': return { ...expr, body: change(expr.body), binders: expr.binders.map((one) => ({ ...one, set: change(one.set) })), ...(expr.condition ? { condition: change(expr.condition) } : {}) }
    case 'paren': return { ...expr, inner: change(expr.inner) }
    default: return expr
  }
}

function mapSlice(slice: Slice, change: (child: Expr) => Expr): Slice {
  const { lower, upper, step } = slice
  return { ...slice, ...(lower ? { lower: change(lower) } : {}), ...(upper ? { upper: change(upper) } : {}), ...(step ? { step: change(step) } : {}) }
}

const names = new WeakMap<object, ReadonlySet<string>>()

/** Every bare name in an expression, those bound by comprehensions included. */
export function namesIn(expr: Expr): ReadonlySet<string> {
  let found = names.get(expr)
  if (!found) {
    const all = new Set<string>()
    const visit = (e: Expr): void => {
      if (e.kind === 'name') all.add(e.text)
      else forEachChild(e, visit)
    }
    visit(expr)
    names.set(expr, (found = all))
  }
  return found
}

/** The first place where an expression names `text`. */
export function findName(expr: Expr, text: string): Expr | undefined {
  if (expr.kind === 'name') return expr.text === text ? expr : undefined
  if (!namesIn(expr).has(text)) return undefined
  let found: Expr | undefined
  forEachChild(expr, (child) => { found ??= findName(child, text) })
  return found
}

/** Without the parentheses around it. */
export function bare(expr: Expr): Expr {
  return expr.kind === 'paren' ? bare(expr.inner) : expr
}
