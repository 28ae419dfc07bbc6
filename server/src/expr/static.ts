/** Evaluation without data: sets of families, indices, axes, shapes. */
import type { Binary, Call, Compare, Comprehension, Expr, Finding } from '@scrub/grammar'
import { floorDivideFloats, moduloFloats } from './arithmetic.ts'
import { Frame, type Argument } from './frame.ts'
import { sentence } from './sentence.ts'
import type { Scope, Static } from './types.ts'
import { KNOWN_LIMIT, mismatch, NeedsUnrolling, Problem } from './value.ts'

/** Elements of a set or a list known without data: index variables are known constants. */
export const SET_LIMIT = KNOWN_LIMIT

/** Thrown where an expression reads data. */
export class NotStatic extends Error {
  readonly expr: Expr
  constructor(expr: Expr) {
    super('not known without data')
    this.expr = expr
  }
}

/** The value of an expression that reads no data; undefined, after reporting, when it does or when it is wrong. */
export function evalStatic(expr: Expr, scope: Scope, report?: (finding: Finding) => void): Static | undefined {
  const tell = (code: string, message: string, span: Expr['span']) => {
    report?.({ code, severity: 'error', message: sentence(message), span })
    return undefined
  }
  try {
    return evaluate(expr, scope)
  } catch (error) {
    if (error instanceof Problem) return tell(error.code, error.message, error.span ?? expr.span)
    if (error instanceof RangeError) return tell('too-deep', 'this is nested too deeply; give parts of it names with let', expr.span)
    if (!(error instanceof NotStatic)) throw error
    if (error.expr.kind === 'error') return undefined
    return tell('type-mismatch', 'this must be known without the data: numbers, strings, lists, range(…) and index variables', error.expr.span)
  }
}

/** As `evalStatic`, throwing a Problem, NotStatic, or NeedsUnrolling where an index variable stands for many values. */
export function evaluate(expr: Expr, scope: Scope): Static {
  switch (expr.kind) {
    case 'number': case 'string': case 'bool': return expr.value
    case 'paren': return evaluate(expr.inner, scope)
    case 'list': case 'tuple': return expr.items.map((item) => evaluate(item, scope))
    case 'name': return named(expr, scope)
    case 'unary': {
      const value = evaluate(expr.operand, scope)
      if (expr.op === 'not') return !truth(value, expr.operand)
      return expr.op === '-' ? -number(value, expr.operand) + 0 : number(value, expr.operand)
    }
    case 'binary': return chain(expr, scope)
    case 'compare': return comparison(expr, scope)
    case 'if': return truth(evaluate(expr.condition, scope), expr.condition) ? evaluate(expr.then, scope) : evaluate(expr.otherwise, scope)
    case 'comprehension': return assignments(expr, scope).map((frame) => evaluate(expr.body, frame))
    case 'subscript': {
      const list = evaluate(expr.object, scope)
      const [arg] = expr.args
      if (!Array.isArray(list) || expr.args.length !== 1 || arg!.kind === 'slice') throw new NotStatic(expr)
      const index = number(evaluate(arg as Expr, scope), arg as Expr)
      const item = list.at(index) as Static | undefined
      if (!Number.isInteger(index) || item === undefined) throw new Problem('shape-mismatch', `index ${index} is outside a list of ${list.length}`, arg!.span)
      return item
    }
    case 'call': return call(expr, scope)
    case 'member': case 'special': case 'error': throw new NotStatic(expr)
  }
}

/**
 * The scopes of a comprehension's elements, in order: one for every combination of its sets that meets the condition.
 * Later sets may depend on earlier variables.
 */
export function assignments(expr: Pick<Comprehension, 'binders' | 'condition'>, scope: Scope): readonly Frame[] {
  let frames: Frame[] = [new Frame(scope, new Map())]
  for (const binder of expr.binders) {
    const next: Frame[] = []
    for (const frame of frames) {
      for (const value of elements(evaluate(binder.set, frame), binder.set)) {
        next.push(new Frame(frame, bind(binder.names, value, binder.set)))
        if (next.length > SET_LIMIT) throw tooMany(next.length, binder.set)
      }
    }
    frames = next
  }
  const { condition } = expr
  return condition ? frames.filter((frame) => truth(evaluate(condition, frame), condition)) : frames
}

/** Names of one binder bound to one element: a tuple is taken apart. */
export function bind(names: readonly { readonly text: string }[], value: Static, set: Expr): ReadonlyMap<string, Argument> {
  if (names.length === 1) return new Map([[names[0]!.text, { known: true, value }]])
  const items = Array.isArray(value) ? (value as readonly Static[]) : [value]
  if (items.length !== names.length) {
    throw new Problem('shape-mismatch', `${names.length} variables need elements of ${names.length} parts, but one is ${show(value)}`, set.span)
  }
  return new Map(names.map((name, i) => [name.text, { known: true, value: items[i]! }]))
}

export function show(value: Static): string {
  return Array.isArray(value) ? `(${value.map((item) => show(item as Static)).join(', ')})` : typeof value === 'string' ? JSON.stringify(value) : String(value)
}

function elements(value: Static, at: Expr): readonly Static[] {
  if (Array.isArray(value)) return value as readonly Static[]
  throw new Problem('type-mismatch', `a set is a range, a list or a list of tuples, not ${show(value)}`, at.span)
}

function named(expr: Expr & { kind: 'name' }, scope: Scope): Static {
  const local = Frame.value(scope, expr.text)
  // Along a mapped axis the members can be told apart; an index from the data is not known in any of them.
  if (local) throw local.known && local.maps.length > 0 ? new NeedsUnrolling() : new NotStatic(expr)
  const binding = scope.lookup(expr.text)
  if (binding?.kind === 'index') return binding.value
  if (binding?.kind !== 'value') throw new NotStatic(expr)
  // `let n = 42`: a constant of the dag.
  const parts = binding.get()?.parts ?? []
  const [part] = parts
  const tensor = part?.value.known
  if (parts.length !== 1 || !part || !tensor || part.batched || part.shape.length > 1 || part.dtype === 'string') throw new NotStatic(expr)
  const items = Array.from(tensor.data as ArrayLike<number | bigint>, (v) => (part.dtype === 'bool' ? Boolean(v) : Number(v)))
  return part.shape.length === 0 ? items[0]! : items
}

/** Long chains of left-associative operators are walked, not descended into. */
function chain(expr: Binary, scope: Scope): Static {
  const links: Binary[] = []
  let first: Expr = expr
  for (; first.kind === 'binary'; first = first.left) links.push(first)
  let value = evaluate(first, scope)
  for (const link of links.reverse()) {
    if (link.op === 'and' || link.op === 'or') {
      const left = truth(value, link.left)
      value = left === (link.op === 'or') ? left : truth(evaluate(link.right, scope), link.right)
    } else {
      value = arithmetic(link, value, evaluate(link.right, scope))
    }
  }
  return value
}

function arithmetic(expr: Binary, left: Static, right: Static): Static {
  if (expr.op === '+' && Array.isArray(left) && Array.isArray(right)) return [...left, ...right] as Static[]
  if (expr.op === '+' && typeof left === 'string' && typeof right === 'string') return left + right
  const [x, y] = [number(left, expr.left), number(right, expr.right)]
  // Whole numbers by zero give 0, as in the data.
  if ((expr.op === '//' || expr.op === '%') && y === 0 && Number.isInteger(x)) return 0
  switch (expr.op) {
    case '+': return x + y
    case '-': return x - y
    case '*': return x * y
    case '/': return x / y
    case '//': return floorDivideFloats(x, y)
    case '%': return moduloFloats(x, y)
    case '**': return x ** y
    default: throw new NotStatic(expr)
  }
}

function comparison(expr: Compare, scope: Scope): boolean {
  let left = evaluate(expr.first, scope)
  let leftExpr = expr.first
  let result = true
  for (const { op, right: rightExpr } of expr.rest) {
    const right = evaluate(rightExpr, scope)
    if (op === '==' || op === '!=') result &&= same(left, right) === (op === '==')
    else if (op === 'in' || op === 'not in') result &&= elements(right, rightExpr).some((item) => same(item, left)) === (op === 'in')
    else {
      const [x, y] = [number(left, leftExpr), number(right, rightExpr)]
      result &&= op === '<' ? x < y : op === '<=' ? x <= y : op === '>' ? x > y : x >= y
    }
    left = right
    leftExpr = rightExpr
  }
  return result
}

export function same(a: Static, b: Static): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item as Static, b[i] as Static))
  return a === b
}

function call(expr: Call, scope: Scope): Static {
  const name = expr.callee.text
  if (name === 'len' && expr.args.length === 1 && expr.keywords.length === 0) return length(expr.args[0]!, scope)
  if (expr.keywords.length > 0 || !['range', 'min', 'max', 'abs'].includes(name)) throw new NotStatic(expr)
  const args = expr.args.map((arg) => evaluate(arg, scope))
  if (name === 'range') return range(args.map((arg, i) => number(arg, expr.args[i]!)), expr)
  if (name === 'abs' && args.length === 1) return Math.abs(number(args[0]!, expr.args[0]!))
  if ((name === 'min' || name === 'max') && args.length === 1) {
    const items = elements(args[0]!, expr.args[0]!).map((item) => number(item, expr.args[0]!))
    if (items.length > 0) return items.reduce((a, b) => (name === 'min' ? Math.min(a, b) : Math.max(a, b)))
  }
  throw new NotStatic(expr)
}

/** The first axis of a column or let has a length that is known without its values: `range(len(tokens))`. */
function length(arg: Expr, scope: Scope): number {
  const binding = arg.kind === 'name' && !Frame.value(scope, arg.text) ? scope.lookup(arg.text)
    : arg.kind === 'member' && arg.object.kind === 'name' && (arg.object.text === 'data' || arg.object.text === 'model') ? scope.lookupIn(arg.object.text, arg.name.text)
    : undefined
  const parts = binding?.kind === 'value' ? binding.get()?.parts : undefined
  if (parts?.length === 1 && parts[0]!.shape.length > 0) return parts[0]!.shape[0]!
  return elements(evaluate(arg, scope), arg).length
}

function range(args: readonly number[], expr: Call): readonly number[] {
  if (args.length < 1 || args.length > 3) throw new Problem('type-mismatch', 'range takes range(stop), range(start, stop) or range(start, stop, step)', expr.span)
  const [start, stop, step] = args.length === 1 ? [0, args[0]!, 1] : [args[0]!, args[1]!, args[2] ?? 1]
  if (![start, stop, step].every(Number.isSafeInteger) || step === 0) {
    throw new Problem('type-mismatch', 'range takes whole numbers, and a step other than 0', expr.span)
  }
  const length = Math.max(0, Math.ceil((stop - start) / step))
  if (length > SET_LIMIT) throw tooMany(length, expr)
  return Array.from({ length }, (_, i) => start + i * step)
}

const tooMany = (length: number, at: Expr): Problem =>
  new Problem('too-large', `this set has ${length === SET_LIMIT + 1 ? `more than ${SET_LIMIT}` : length} elements; the limit is ${SET_LIMIT}`, at.span)

function number(value: Static, at: Expr): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return Number(value)
  throw Object.assign(mismatch(`a number is needed here, not ${show(value)}`), { span: at.span })
}

function truth(value: Static, at: Expr): boolean {
  if (typeof value === 'boolean') return value
  throw Object.assign(mismatch(`a condition is true or false, not ${show(value)}`), { span: at.span })
}
