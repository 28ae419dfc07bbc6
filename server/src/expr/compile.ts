/** Typed expressions -> ONNX operators. The entry points, and one rule for every kind of expression. */
import type { Binary, Compare, Expr, If } from '@scrub/grammar'
import { add, divide, floorDivide, matmul, modulo, multiply, negate, power, subtract } from './arithmetic.ts'
import { call } from './call.ts'
import { choose, stackAll } from './combine.ts'
import { compare } from './compare.ts'
import { Compiler } from './compiler.ts'
import { comprehension } from './comprehension.ts'
import { constant, stringConstant } from './constant.ts'
import { logical, not } from './elementwise.ts'
import { whole } from './family.ts'
import { cast } from './layout.ts'
import { dotted, inSpace, name, spaceOf } from './resolve.ts'
import { evaluate, NotStatic } from './static.ts'
import { subscript } from './subscript.ts'
import type { Binding, Compiled, ExprContext, ExprValue, Scope } from './types.ts'
import { describe, mismatch, NeedsUnrolling, Problem, toExprValue, type Val } from './value.ts'

/**
 * Type-check an expression and compile it into `ctx.dag`. A tuple gives several parts. Undefined after an error, which is
 * reported to `ctx`; nothing is thrown for any tree.
 */
export function compileExpr(expr: Expr, scope: Scope, ctx: ExprContext): Compiled | undefined {
  const c = new Compiler(ctx)
  const parts = c.top(expr.span, () => compileParts(c, expr, scope))
  return parts && { parts: parts.map(toExprValue) }
}

/**
 * All members of a node family at once: a few operators for the whole, and one more for each member. `stacked` is the
 * array of the members, where each is one value of one shape.
 */
export function compileFamily(
  family: Binding & { readonly kind: 'family' }, ctx: ExprContext,
): { readonly members: readonly Compiled[]; readonly stacked?: ExprValue } | undefined {
  const c = new Compiler(ctx)
  const all = c.top(family.body.span, () => whole(c, family, 'this family', family.body.span))
  if (!all) return undefined
  const members = all.members.map((parts) => ({ parts: parts.map(toExprValue) }))
  return all.stacked ? { members, stacked: toExprValue(all.stacked) } : { members }
}

/** The parts of a tuple (nested ones flattened), or the one value that an expression has. Undefined after reporting. */
export function compileParts(c: Compiler, expr: Expr, scope: Scope): readonly Val[] | undefined {
  c.step(expr.span)
  try {
    switch (expr.kind) {
      case 'paren': return compileParts(c, expr.inner, scope)
      case 'tuple': {
        if (expr.items.length === 0) throw mismatch('an empty tuple has no value')
        const parts = expr.items.map((item) => compileParts(c, item, scope))
        return parts.includes(undefined) ? undefined : (parts as (readonly Val[])[]).flat()
      }
      case 'name': return name(c, expr.text, expr.span, scope)
      case 'member': return memberName(c, expr, scope)
      case 'subscript': return subscript(c, expr, scope)
      default: {
        const value = single(c, expr, scope)
        return value && [value]
      }
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    c.report(error, expr.span)
    return undefined
  }
}

/** The one value of an expression; a tuple is the array of its items. Undefined after reporting. */
export function compile(c: Compiler, expr: Expr, scope: Scope): Val | undefined {
  const parts = compileParts(c, expr, scope)
  if (!parts || parts.length === 1) return parts?.[0]
  try {
    return stackAll(c.dag, parts)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    c.report(error, expr.span)
    return undefined
  }
}

function single(c: Compiler, expr: Expr, scope: Scope): Val | undefined {
  switch (expr.kind) {
    case 'number': return constant(c.dag, expr.integer && Number.isSafeInteger(expr.value) ? 'int64' : 'float64', [], [expr.value], { weak: true })
    case 'bool': return constant(c.dag, 'bool', [], [Number(expr.value)])
    case 'string': return stringConstant(c.dag, expr.value)
    case 'list': return list(c, expr.items, scope)
    case 'unary': {
      const operand = compile(c, expr.operand, scope)
      if (!operand) return undefined
      if (expr.op === 'not') return not(c.dag, operand)
      if (expr.op === '-') return negate(c.dag, operand)
      return operand.dtype === 'bool' ? cast(c.dag, operand, 'int64') : numberOnly(operand)
    }
    case 'binary': return chain(c, expr, scope)
    case 'compare': return comparison(c, expr, scope)
    case 'if': return conditional(c, expr, scope)
    case 'comprehension': return comprehension(c, expr, scope)
    case 'call': return call(c, expr, scope)
    case 'special': throw mismatch(`\`${expr.which}\` stands only as a whole feature${expr.which === 'any' ? '; the function is any(…)' : ''}`)
    default: return undefined
  }
}

function memberName(c: Compiler, expr: Expr & { kind: 'member' }, scope: Scope): readonly Val[] | undefined {
  const space = spaceOf(expr)
  if (space) return inSpace(c, space.space, space.name, expr.span, scope)
  const text = dotted(expr)
  if (text !== undefined) return name(c, text, expr.span, scope)
  if (compileParts(c, expr.object, scope)) throw new Problem('unknown-column', `values have no members; \`.${expr.name.text}\` means nothing here`, expr.name.span)
  return undefined
}

function list(c: Compiler, items: readonly Expr[], scope: Scope): Val | undefined {
  const vals = items.map((item) => compile(c, item, scope))
  return vals.includes(undefined) ? undefined : stackAll(c.dag, vals as Val[])
}

const numberOnly = (v: Val): Val => {
  if (v.dtype === 'string') throw mismatch(`a sign needs a number, not ${describe(v)}`)
  return v
}

/** A chain of left-associative operators is walked, so that its length does not matter. */
function chain(c: Compiler, expr: Binary, scope: Scope): Val | undefined {
  const links: Binary[] = []
  let first: Expr = expr
  for (; first.kind === 'binary'; first = first.left) links.push(first)
  let value = compile(c, first, scope)
  for (const link of links.reverse()) {
    c.step(link.span)
    const right = compile(c, link.right, scope)
    const fit = [operand(c, link, link.left, value), operand(c, link, link.right, right)]
    value = fit.every(Boolean) ? at(c, link.span, () => binary(c, link.op, value!, right!)) : undefined
  }
  return value
}

/** Whether an operand has a type that the operator takes; if not, that is reported at the operand. */
function operand(c: Compiler, { op }: Binary, expr: Expr, v: Val | undefined): boolean {
  if (!v) return false
  const wrong = op === 'and' || op === 'or'
    ? v.dtype !== 'bool' && `\`${op}\` takes bool, not ${describe(v)}; compare it first, as in x != 0`
    : v.dtype === 'string' && `\`${op}\` takes numbers, not strings; strings have only ==, != and in`
  if (wrong) c.report(mismatch(wrong), expr.span)
  return !wrong
}

function binary(c: Compiler, op: Binary['op'], a: Val, b: Val): Val {
  switch (op) {
    case '+': return add(c.dag, a, b)
    case '-': return subtract(c.dag, a, b)
    case '*': return multiply(c.dag, a, b)
    case '/': return divide(c.dag, a, b)
    case '//': return floorDivide(c.dag, a, b)
    case '%': return modulo(c.dag, a, b)
    case '**': return power(c.dag, a, b)
    case '@': return matmul(c.dag, a, b)
    case 'and': return logical(c.dag, 'And', 'and', a, b)
    case 'or': return logical(c.dag, 'Or', 'or', a, b)
  }
}

/** `a < b <= c` is `a < b and b <= c`. */
function comparison(c: Compiler, expr: Compare, scope: Scope): Val | undefined {
  let left = compile(c, expr.first, scope)
  let leftExpr = expr.first
  let result: Val | undefined
  let complete = true
  for (const { op, right: rightExpr } of expr.rest) {
    const right = compile(c, rightExpr, scope)
    const literal = right?.dtype === 'string' && right.known ? rightExpr : leftExpr
    const warn = (code: string, message: string) => c.report({ code, message }, literal.span, 'warning')
    const span = { start: leftExpr.span.start, end: rightExpr.span.end }
    const link = left && right && at(c, span, () => compare(c.dag, op, left!, right, warn), { code: 'unknown-token', span: literal.span })
    if (!link) complete = false
    else result = result ? at(c, expr.span, () => logical(c.dag, 'And', 'and', result!, link)) : link
    left = right
    leftExpr = rightExpr
  }
  return complete ? result : undefined
}

/** `if c then a else if d then b else e`: conditions known without data choose, the others become Where, last first. */
function conditional(c: Compiler, expr: If, scope: Scope): Val | undefined {
  const links: If[] = []
  let tail: Expr = expr
  while (tail.kind === 'if') {
    const known = knownCondition(tail.condition, scope)
    if (known === undefined) links.push(tail)
    if (known === true) {
      tail = tail.then
      break
    }
    tail = tail.otherwise
  }
  const conditions = links.map((link) => compile(c, link.condition, scope))
  const compileBranches = () => [...links.map((link) => compile(c, link.then, scope)), compile(c, tail, scope)]
  const onIndex = conditions.some((condition) => condition?.known && condition.maps.length > 0)
  const branches = onIndex ? c.withoutUses(compileBranches) : compileBranches()
  let result = branches.pop()
  for (const [k, link] of [...links.entries()].reverse()) {
    const [condition, branch] = [conditions[k], branches[k]]
    if (condition && condition.dtype !== 'bool') {
      c.report(mismatch(`a condition is a bool, not ${describe(condition)}; compare it, as in x != 0`), link.condition.span)
      result = undefined
    }
    const rest = result
    result = condition && branch && rest && at(c, link.span, () => choose(c.dag, condition, branch, rest))
  }
  return result
}

function knownCondition(expr: Expr, scope: Scope): boolean | undefined {
  try {
    const value = evaluate(expr, scope)
    return typeof value === 'boolean' ? value : undefined
  } catch (error) {
    // What is wrong with it is found again, and reported, when it is compiled.
    if (error instanceof NotStatic || error instanceof NeedsUnrolling || error instanceof Problem) return undefined
    throw error
  }
}

/** Report a problem at `span`, or at `other.span` if it has that code. */
function at(c: Compiler, span: Expr['span'], body: () => Val, other?: { readonly code: string; readonly span: Expr['span'] }): Val | undefined {
  try {
    return body()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    c.report(error, error.code === other?.code ? other.span : span)
    return undefined
  }
}
