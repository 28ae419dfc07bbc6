/** Families: one member, some along a mapped axis, or all. Members of a node family are compiled together. */
import type { Expr, Span, Subscript } from '@scrub/grammar'
import { stackAll } from './combine.ts'
import { compile, compileParts } from './compile.ts'
import type { Compiler } from './compiler.ts'
import { constant } from './constant.ts'
import { Frame, type Argument } from './frame.ts'
import { gather } from './gather.ts'
import { closeMap, foldElements } from './layout.ts'
import { evaluate, NotStatic, same, show } from './static.ts'
import type { Binding, Scope, Static } from './types.ts'
import { count, describe, misshapen, mismatch, NeedsUnrolling, Problem, unionMaps, type MapAxis, type Val } from './value.ts'

export type Family = Binding & { readonly kind: 'family' }

/** All members of a family; `stacked` where each is one array of one shape. */
export interface Whole {
  readonly members: readonly (readonly Val[])[]
  readonly stacked?: Val
}

/** `NAME[i, j]`: the parts of a member, or of the members along mapped axes. */
export function member(c: Compiler, family: Family, name: string, expr: Subscript, scope: Scope): readonly Val[] | undefined {
  const args = expr.args.flatMap((arg) => (arg.kind === 'slice' ? [undefined] : argument(c, arg, scope)))
  if (expr.args.some((arg) => arg.kind === 'slice')) {
    throw mismatch(`\`${name}\` is a family; to take some of its members write [${name}[i] for i in range(…)]`)
  }
  if (args.includes(undefined)) return undefined
  if (args.length !== family.params.length) {
    const plural = family.params.length === 1 ? 'one index' : `${family.params.length} indices`
    throw misshapen(`\`${name}\` has ${plural} (${family.params.join(', ')}), not ${args.length}`)
  }
  return pick(c, family, name, args as Argument[], expr.span)
}

/** A family named bare: the stacked array of a node family. */
export function bare(c: Compiler, family: Family, name: string, span: Span): readonly Val[] | undefined {
  if (!family.members) throw misshapen(`\`${name}\` is a family: say which member, as in ${name}[${family.params.join(', ')}]`)
  useAll(c, family)
  return stack(c, family, name, span)
}

/** Compile every member at once, with the index along a mapped axis; one by one where the index must be known. */
export function whole(c: Compiler, family: Family, name: string, span: Span): Whole | undefined {
  const members = family.members ?? []
  return c.memo(family.body, `whole ${scopeKey(family.scope)} ${members.length}`, () => {
    const single = () => separately(c, family, name, members, span)
    return members.length < 2 ? single() : c.attempt(() => together(c, family, name, members, span), single)
  })
}

/** A variable that takes `values` along a mapped axis. Throws NeedsUnrolling for values of several sorts, and tuples. */
export function mappedVariable(c: Compiler, map: MapAxis, values: readonly Static[]): Val {
  const options = { weak: true, maps: [map] }
  if (values.every((v) => typeof v === 'number')) {
    return constant(c.dag, values.every(Number.isSafeInteger) ? 'int64' : 'float64', [], values, options)
  }
  if (values.every((v) => typeof v === 'boolean')) return constant(c.dag, 'bool', [], values.map(Number), { maps: [map] })
  if (values.every((v) => typeof v === 'string')) {
    const dictionary = [...new Set(values)]
    return constant(c.dag, 'string', [], values.map((v) => dictionary.indexOf(v)), { maps: [map], dictionary })
  }
  throw new NeedsUnrolling()
}

function together(c: Compiler, family: Family, name: string, members: readonly (readonly Static[])[], span: Span): Whole | undefined {
  const map = c.newMap(members.length)
  const args = family.params.map((_, p): Argument => ({ known: false, value: mappedVariable(c, map, members.map((m) => m[p]!)) }))
  const parts = body(c, family, name, args, span)
  if (!parts) return undefined
  const at = (k: number) => constant(c.dag, 'int64', [], [k])
  const closed = parts.map((part) => closeMap(c.dag, part, map))
  const taken = members.map((_, k) => parts.map((part, p) => (part.maps.includes(map) ? gather(c.dag, closed[p]!, 0, at(k)) : part)))
  return { members: taken, ...(parts.length === 1 ? { stacked: closed[0]! } : {}) }
}

function separately(c: Compiler, family: Family, name: string, members: readonly (readonly Static[])[], span: Span): Whole | undefined {
  const parts: (readonly Val[])[] = []
  for (const tuple of members) {
    const one = body(c, family, name, tuple.map((value): Argument => ({ known: true, value })), span)
    if (one) parts.push(one)
  }
  if (parts.length < members.length) return undefined
  const shapes = new Set(parts.map((one) => (one.length === 1 ? one[0]!.shape.join() : 'tuple')))
  const strings = new Set(parts.map((one) => one[0]?.dtype === 'string'))
  if (shapes.size !== 1 || shapes.has('tuple') || strings.size > 1) return { members: parts }
  return { members: parts, stacked: stackAll(c.dag, parts.map((one) => one[0]!)) }
}

/** One index of a family: known if it can be, otherwise compiled. A tuple counts as several. */
function argument(c: Compiler, arg: Expr, scope: Scope): (Argument | undefined)[] {
  if (arg.kind === 'tuple') return arg.items.flatMap((item) => argument(c, item, scope))
  if (arg.kind === 'paren') return argument(c, arg.inner, scope)
  try {
    const value = evaluate(arg, scope)
    const items = Array.isArray(value) ? (value as readonly Static[]) : [value]
    return items.map((item): Argument => ({ known: true, value: item }))
  } catch (error) {
    // What is a problem without data (arithmetic with lists) may be none when compiled.
    if (!(error instanceof NotStatic || error instanceof NeedsUnrolling || error instanceof Problem)) throw error
  }
  const value = compile(c, arg, scope)
  if (!value) return [undefined]
  if (value.shape.length > 0) throw new Problem('shape-mismatch', `an index of a family is one number, not ${describe(value)}`, arg.span)
  if (value.dtype !== 'int64' && !value.known) throw new Problem('type-mismatch', `an index of a family is an int64, not ${describe(value)}`, arg.span)
  return [value.known && value.maps.length === 0 ? { known: true, value: elementAt(value, 0) } : { known: false, value }]
}

/** One element of a known value. */
function elementAt({ known, dictionary, dtype }: Val, k: number): Static {
  const element = known![k]!
  return dictionary ? dictionary[element]! : dtype === 'bool' ? element !== 0 : element
}

function pick(c: Compiler, family: Family, name: string, args: readonly Argument[], span: Span): readonly Val[] | undefined {
  const { members, onUse } = family
  if (!members) return body(c, family, name, args, span)
  if (args.every((arg) => arg.known)) {
    const tuple = args.map((arg) => arg.value as Static)
    const position = members.findIndex((m) => same(m, tuple))
    if (position < 0) throw misshapen(`\`${name}\` has no member ${tuple.map(show).join(', ')}; it has ${list(members)}`)
    if (onUse) c.used(onUse, members[position]!)
    return whole(c, family, name, span)?.members[position]
  }
  const used = mappedMembers(c, args)
  if (!used) return dataIndexed(c, family, name, args, span)
  if (used.some((tuple) => !members.some((m) => same(m, tuple)))) throw new NeedsUnrolling()
  if (onUse) for (const tuple of used) c.used(onUse, tuple)
  return body(c, family, name, args, span)
}

/** The members that indices along mapped axes stand for; undefined when an index depends on the datum. */
function mappedMembers(c: Compiler, args: readonly Argument[]): readonly (readonly Static[])[] | undefined {
  const vals = args.flatMap((arg) => (arg.known ? [] : [arg.value]))
  if (vals.some((v) => !v.known)) return undefined
  const maps = unionMaps(vals)
  const total = count(maps.map((m) => m.length))
  const columns = args.map((arg): readonly Static[] => {
    if (arg.known) return new Array<Static>(total).fill(arg.value)
    const spread = foldElements(c.dag, [arg.value], arg.value.dtype, [], maps, (x) => x)
    if (!spread.known) throw new NeedsUnrolling()
    return spread.known.map((_, k) => elementAt(spread, k))
  })
  return Array.from({ length: total }, (_, k) => columns.map((column) => column[k]!))
}

/** `pos[length]` with an index from the data: all members are used, and each datum takes its own. */
function dataIndexed(c: Compiler, family: Family, name: string, args: readonly Argument[], span: Span): readonly Val[] | undefined {
  const [arg] = args
  const counted = args.length === 1 && family.members!.every((m, k) => m[0] === k)
  if (!counted || arg!.known) throw mismatch(`\`${name}\` can be indexed by data only where its members are 0, 1, 2 …; it has ${list(family.members!)}`)
  useAll(c, family)
  const stacked = stack(c, family, name, span)
  return stacked && [gather(c.dag, stacked[0]!, 0, arg!.value)]
}

function stack(c: Compiler, family: Family, name: string, span: Span): readonly Val[] | undefined {
  const all = whole(c, family, name, span)
  if (!all) return undefined
  if (!all.stacked) throw misshapen(`the members of \`${name}\` have several shapes or are tuples, so they make no array; name them one by one`)
  return [all.stacked]
}

function useAll(c: Compiler, family: Family): void {
  if (family.onUse) for (const tuple of family.members ?? []) c.used(family.onUse, tuple)
}

/** The body with its indices bound. */
function body(c: Compiler, family: Family, name: string, args: readonly Argument[], span: Span): readonly Val[] | undefined {
  const key = (arg: Argument) =>
    arg.known ? JSON.stringify(arg.value) : `#${arg.value.value.id} ${arg.value.maps.map((m) => m.id).join()} ${arg.value.weak}`
  return c.memo(family.body, `${scopeKey(family.scope)} ${args.map(key).join(';')}`, () =>
    c.inline(args.some((arg) => !arg.known && arg.value.maps.length > 0), name, span, () =>
      compileParts(c, family.body, new Frame(family.scope, new Map(family.params.map((param, i) => [param, args[i]!])))),
    ),
  )
}

const scopeKeys = new WeakMap<Scope, number>()
let scopes = 0

/** A number for every scope object. */
function scopeKey(scope: Scope): number {
  const key = scopeKeys.get(scope) ?? scopes++
  scopeKeys.set(scope, key)
  return key
}

function list(members: readonly (readonly Static[])[]): string {
  const shown = members.slice(0, 6).map((m) => m.map(show).join(', '))
  return members.length <= 6 ? shown.join('; ') : `${shown.slice(0, 3).join('; ')} … ${members[members.length - 1]!.map(show).join(', ')}`
}
