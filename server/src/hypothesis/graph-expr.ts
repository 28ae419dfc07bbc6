/** Expressions of rewrites: they read tensors by the names of the graph, weights, columns and the lets of the file. */
import type { Expr, Slice } from '@scrub/grammar'
import type { Binding, ExprContext, Scope, Static } from '../expr/types.ts'
import { evalStatic } from '../expr/static.ts'
import { BATCH } from '../onnx/types.ts'
import { asColumn, cast, columnOf } from './column-value.ts'
import { type Env, flat, indexScope } from './env.ts'
import { knownType } from './metric.ts'
import type { NameTable } from './places.ts'
import { partsOf } from './reference.ts'
import { forbidden, letScope, valueOf } from './scopes.ts'
import { selectPlace } from './slice-values.ts'
import { fill, withIndex, withWord } from './spelling.ts'
import { mapChildren } from './walk-expr.ts'
import { fileName, type World } from './world.ts'

/** The input of a dag that stands for a tensor of the graph. */
export const tensorInput = (tensor: string): string => `tensor ${tensor}`

/** What names mean in a rewrite: its own first, then names of the graph, lets, columns, and tensors by their own name. */
export function graphScope(world: World, table: NameTable, context: ExprContext, env: Env, own: ReadonlyMap<string, Binding>): Scope {
  const { columns } = world
  const column = (name: string): Binding | undefined => {
    const schema = columns.get(name)
    return schema && valueOf(() => asColumn(world, context.dag, schema, columnOf(context.dag, schema)))
  }
  const tensor = (name: string, slice: Parameters<typeof selectPlace>[2] = []): Binding | undefined => {
    const info = world.graph.tensors.get(name)
    if (!info) return undefined
    const known = knownType(world, info.type)
    if (typeof known === 'string') return forbidden('shape-mismatch', `\`${name}\` cannot be read: ${known}.`)
    return valueOf(() => {
      const taken = selectPlace(context.dag, context.dag.input(tensorInput(name), { dtype: info.type.dtype, shape: [BATCH, ...known.shape] }), slice)
      const value = cast(context.dag, taken, known.dtype)!
      return { dtype: known.dtype, shape: value.type.shape!.slice(1) as number[], batched: true, value }
    })
  }
  const named = (name: string): Binding | undefined => {
    const found = table.names.get(name)
    return found && tensor(found.place.tensor, found.place.slice)
  }
  const files = letScope(world.lets, {
    lookup: (name) => column(name) ?? tensor(name),
    lookupIn: (space, name) => (space === 'data' ? column(name) : (tensor(name) ?? forbidden('unknown-place', `\`${name}\` is no tensor of ${fileName(world.graph.path)}.`))),
    names: () => [...columns.keys(), ...table.names.keys()],
  }, context, world.usedLets)
  const scope: Scope = {
    lookup: (name) => own.get(name) ?? named(name) ?? files.lookup(name),
    lookupIn: (space, name) => files.lookupIn(space, name),
    names: () => [...own.keys(), ...table.names.keys(), ...files.names()],
  }
  return indexScope(env, scope)
}

/** The expression with `a[l].h[0]` and `weight("W{l}")` written as the names that they are. */
export function withGraphNames(expr: Expr, table: NameTable, env: Env, own: ReadonlySet<string>): Expr {
  const change = (one: Expr): Expr => {
    // Names of weights and files hold indices as those of tensors do.
    if (one.kind === 'call' && (one.callee.text === 'weight' || one.callee.text === 'load')) return { ...one, args: one.args.map((arg) => (arg.kind === 'string' ? { ...arg, value: fill(arg.value, env) } : change(arg))) }
    const depth = one.kind === 'member' || one.kind === 'subscript' ? namedDepth(one, table, env, own) : undefined
    return depth === undefined ? mapChildren(one, change) : replaced(one, depth.outer, depth.name, change)
  }
  return change(expr)
}

/** How many links stand after the longest name of the graph that a chain begins with. */
function namedDepth(chain: Expr, table: NameTable, env: Env, own: ReadonlySet<string>): { readonly outer: number; readonly name: string } | undefined {
  const parts = partsOf(chain as Parameters<typeof partsOf>[0])
  if (parts?.space !== 'name' || own.has(parts.base)) return undefined
  let name = parts.base
  let found: { outer: number; name: string } | undefined
  for (const [used, accessor] of parts.accessors.entries()) {
    if (accessor.kind === 'word') name = withWord(name, accessor.text)
    else {
      const index = indexOf(accessor.args, env)
      if (!index) break
      name = withIndex(name, index)
    }
    if (table.names.has(name)) found = { outer: parts.accessors.length - used - 1, name }
  }
  return found
}

function indexOf(args: readonly (Expr | Slice)[], env: Env): Static[] | undefined {
  const index = args.map((arg) => (arg.kind === 'slice' ? undefined : evalStatic(arg, indexScope(env), () => {})))
  return index.includes(undefined) ? undefined : flat(index as Static[])
}

/** `outer` links of the chain stay, with what stands in them; what is inside becomes the name. */
function replaced(chain: Expr, outer: number, text: string, change: (expr: Expr) => Expr): Expr {
  if (outer === 0) return { kind: 'name', text, span: chain.span }
  const link = chain as Extract<Expr, { kind: 'member' | 'subscript' }>
  return mapChildren(link, (child) => (child === link.object ? replaced(child, outer - 1, text, change) : change(child)))
}
