/** `x[…]`: slices, indices, members of families, parts of tuples, and `data["x"]`. */
import type { Expr, Slice, Span, Subscript } from '@scrub/grammar'
import { compile, compileParts } from './compile.ts'
import type { Compiler } from './compiler.ts'
import { member } from './family.ts'
import { gather, slice, stretch, type Stretch } from './gather.ts'
import { constant } from './constant.ts'
import { foldElements } from './layout.ts'
import { bindingOf, fromStatic, inSpace } from './resolve.ts'
import { evaluate, NotStatic } from './static.ts'
import type { Scope } from './types.ts'
import { count, describe, KNOWN_LIMIT, NeedsUnrolling, Problem, unionMaps, type Val } from './value.ts'

/** The parts of a chain of subscripts `x[0][1, :]…`. */
export function subscript(c: Compiler, expr: Subscript, scope: Scope): readonly Val[] | undefined {
  const links: Subscript[] = []
  let base: Expr = expr
  for (; base.kind === 'subscript'; base = base.object) links.unshift(base)
  const [first, ...rest] = links
  let parts = start(c, base, first!, scope)
  for (const link of rest) parts = parts && at(c, parts, link, scope)
  return parts
}

/** The innermost subscript: of a family, a table of names, or a value. */
function start(c: Compiler, base: Expr, link: Subscript, scope: Scope): readonly Val[] | undefined {
  const [arg] = link.args
  if (base.kind === 'name' && (base.text === 'data' || base.text === 'model') && arg?.kind === 'string' && link.args.length === 1) {
    return inSpace(c, base.text, arg.value, arg.span, scope)
  }
  const named = bindingOf(base, scope)
  if (named?.binding?.kind === 'family' && !wantsAll(link)) return member(c, named.binding, named.text, link, scope)
  const parts = compileParts(c, base, scope)
  return parts && at(c, parts, link, scope)
}

/** `pos[:]` is the whole family. */
const wantsAll = (link: Subscript): boolean =>
  link.args.length > 0 && link.args[0]!.kind === 'slice' && !link.args[0]!.lower && !link.args[0]!.upper && !link.args[0]!.step

function at(c: Compiler, parts: readonly Val[], link: Subscript, scope: Scope): readonly Val[] | undefined {
  if (parts.length !== 1) {
    const [arg] = link.args
    const index = link.args.length === 1 && arg!.kind !== 'slice' ? evaluateIndex(arg as Expr, scope) : undefined
    const part = index === undefined ? undefined : parts.at(index)
    if (!part) throw new Problem('shape-mismatch', `this is a tuple of ${parts.length}; take one part with an index from 0 to ${parts.length - 1}`, link.span)
    return [part]
  }
  const value = cut(c, parts[0]!, link, scope)
  return value && [value]
}

function cut(c: Compiler, v: Val, link: Subscript, scope: Scope): Val | undefined {
  // `x[(1, 2)]` is `x[1, 2]`.
  const [only] = link.args
  const args = link.args.length === 1 && only!.kind === 'tuple' ? only!.items : link.args
  if (args.length > v.shape.length) {
    const has = v.shape.length === 0 ? 'a scalar has no axes' : `${describe(v)} has ${v.shape.length}`
    throw new Problem('shape-mismatch', `${args.length} ${args.length === 1 ? 'index' : 'indices'} for too few axes: ${has}`, link.span)
  }
  const stretches = new Map<number, Stretch>()
  const indices: { axis: number; index: Val; span: Span }[] = []
  let arrays = 0
  for (const [axis, arg] of args.entries()) {
    if (arg.kind !== 'slice') {
      const index = compile(c, arg, scope)
      if (!index) return undefined
      if (index.shape.length > 0 && ++arrays > 1) {
        throw new Problem('shape-mismatch', 'only one axis at a time can be indexed by an array; index the others in a further pair of brackets', arg.span)
      }
      indices.push({ axis, index, span: arg.span })
      continue
    }
    const part = window(c, arg, v.shape[axis]!, scope)
    if (!part) return undefined
    if ('step' in part) stretches.set(axis, part)
    else indices.push({ axis, index: part, span: arg.span })
  }
  // From the last axis on, so that the numbers of the others stay.
  let result = slice(c.dag, v, stretches)
  for (const { axis, index, span } of indices.reverse()) result = within(span, () => gather(c.dag, result, axis, index))
  return result
}

/** What a slice takes: a stretch, or indices where a mapped axis moves a window of constant length. */
function window(c: Compiler, expr: Slice, dim: number, scope: Scope): Stretch | Val | undefined {
  const ends = [expr.lower, expr.upper, expr.step]
  try {
    const [lower, upper, step] = ends.map((end) => end && evaluateIndex(end, scope))
    return within(expr.span, () => stretch(dim, lower, upper, step))
  } catch (error) {
    if (!(error instanceof NeedsUnrolling)) throw error
  }
  const vals = ends.map((end) => (end ? compile(c, end, scope) : fromStatic(c, 0)))
  if (vals.includes(undefined)) return undefined
  return movingWindow(c, vals as Val[], ends.map((end) => end !== undefined), dim)
}

function movingWindow(c: Compiler, ends: readonly Val[], present: readonly boolean[], dim: number): Val {
  const maps = unionMaps(ends)
  const columns = ends.map((end) => (end.known && end.dtype === 'int64' && end.shape.length === 0 ? foldElements(c.dag, [end], 'int64', [], maps, (x) => x).known : undefined))
  if (columns.includes(undefined)) throw new NeedsUnrolling()
  const windows = Array.from({ length: count(maps.map((m) => m.length)) }, (_, k) => {
    const [lower, upper, step] = columns.map((column, i) => (present[i] ? column![k] : undefined))
    return stretch(dim, lower, upper, step)
  })
  const { length } = windows[0]!
  if (length === 0 || windows.some((w) => w.length !== length)) throw new NeedsUnrolling()
  const positions = windows.flatMap((w) => Array.from({ length }, (_, i) => w.start + i * w.step))
  if (positions.length > KNOWN_LIMIT) throw new NeedsUnrolling()
  return constant(c.dag, 'int64', [length], positions, { maps })
}

/** A whole number known without data. */
function evaluateIndex(expr: Expr, scope: Scope): number {
  try {
    const value = evaluate(expr, scope)
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value
    throw new Problem('type-mismatch', 'a whole number is needed here', expr.span)
  } catch (error) {
    if (!(error instanceof NotStatic)) throw error
    const message = 'the ends of a slice must be known without the data, because its length would depend on the datum; index with an array, or use where'
    throw new Problem('type-mismatch', message, error.expr.span)
  }
}

/** Problems without a place get this one. */
function within<T>(span: Span, body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (error instanceof Problem && !error.span) throw new Problem(error.code, error.message, span)
    throw error
  }
}
