/** Resolves what stands after `at`, in `through [..]` and after `component … =`: a name of the graph or a tensor, with slices. */
import type { Expr, Reference, Slice, Span } from '@scrub/grammar'
import { hint } from '../expr/names.ts'
import { BATCH } from '../onnx/types.ts'
import type { Static } from '../expr/types.ts'
import type { Place } from './bound.ts'
import { evalStatic } from '../expr/static.ts'
import { datumIndex } from './datum-index.ts'
import { type Env, indexScope, staticValue } from './env.ts'
import type { Findings } from './findings.ts'
import { type Accessor, type Parts, partsOf } from './reference.ts'
import { type Selector, SliceError, sliceText, take } from './slice.ts'
import { fill, tensorText, withIndex, withWord } from './spelling.ts'
import { fileName, lengthOf, type World } from './world.ts'

/** A declared component or point. */
export interface Named {
  readonly sort: 'component' | 'point'
  readonly place: Place
  /** The tensor that blocks in the place of its own, where a slice of it was rewritten: the rest of it. */
  readonly blocks?: string
  /** Found by `use transformer`: a declaration of the file counts before it. */
  readonly found?: boolean
}

/** The names that `graph` blocks declare, in one spelling. */
export interface NameTable {
  readonly names: ReadonlyMap<string, Named>
  /** Declared names whose place was reported: what uses them is not reported again. */
  readonly broken: ReadonlySet<string>
  /** True when statements not supported yet would declare more: a name not found may be one of theirs. */
  readonly incomplete: boolean
}

interface Asking {
  readonly world: World
  readonly table: NameTable
  readonly env: Env
  readonly findings: Findings
}

/** The place a reference names; undefined after reporting. */
export function placeOf(world: World, table: NameTable, reference: Reference, env: Env, findings: Findings): Place | undefined {
  const place = resolved(world, table, reference, env, findings)
  if (place) findings.note(reference, place)
  return place
}

function resolved(world: World, table: NameTable, reference: Reference, env: Env, findings: Findings): Place | undefined {
  const parts = partsOf(reference)
  if (!parts) return undefined
  const asking: Asking = { world, table, env, findings }
  if (parts.space === 'name') return byName(asking, parts)
  if (parts.space !== 'data') return byTensor(asking, parts)
  return unknown(asking, parts.span, `\`data.${parts.base}\` is a column, and a place is a tensor of the model; write \`model.${parts.base}\` or a name from the graph.`)
}

/** The longest prefix that is a declared name or, spelled exactly so, a tensor; slices are what follows it. */
function byName(asking: Asking, parts: Parts): Place | undefined {
  const { world, table, findings } = asking
  let name = parts.base
  let spelled: string | undefined = parts.base
  let found: { place: Place; used: number } | undefined
  for (let used = 0; ; used++) {
    if (table.broken.has(name)) return undefined
    const named = table.names.get(name)
    const tensor = spelled !== undefined && world.graph.tensors.has(spelled) ? spelled : undefined
    if (named && tensor !== undefined && (named.place.tensor !== tensor || named.place.slice.length > 0)) {
      findings.error('ambiguous-name', parts.span, `\`${name}\` is a ${named.sort} and also another tensor of the model; write \`model.${name}\` for the tensor, or rename the ${named.sort}.`)
      return undefined
    }
    if (named) found = { place: { ...named.place, text: name }, used }
    else if (tensor !== undefined) found = { place: { tensor, slice: [], text: tensor }, used }
    // `a[l].h[0]` is the tensor `a1.h0` where it can be nothing else.
    else if (!found && spelled === undefined && world.graph.tensors.has(name)) found = { place: { tensor: name, slice: [], text: tensorText(name) }, used }
    const accessor = parts.accessors[used]
    if (!accessor) break
    if (accessor.kind === 'word') {
      name = withWord(name, accessor.text)
      spelled &&= withWord(spelled, accessor.text)
    } else {
      const errors = findings.errors
      const index = indexOf(asking, accessor.args)
      if (findings.errors > errors) return undefined
      if (!index) break
      name = withIndex(name, index)
      spelled = undefined
    }
  }
  const rest = parts.accessors.slice(found?.used)
  if (found && rest.every((a) => a.kind === 'args')) return sliced(asking, found.place, rest, parts.span)
  if (table.incomplete) return undefined
  const full = spell(asking, parts)
  return unknown(asking, parts.span, `\`${full}\` is no component, point or tensor of ${fileName(world.graph.path)}${nearest(asking, full, [...table.names.keys(), ...world.graph.tensors.keys()])}.`)
}

function byTensor(asking: Asking, parts: Parts): Place | undefined {
  const { graph } = asking.world
  const tensor = parts.space === 'quoted' && !graph.tensors.has(parts.base) ? fill(parts.base, asking.env) : parts.base
  if (graph.initializers.has(tensor)) {
    return unknown(asking, parts.span, `\`${tensor}\` is a weight of the model, the same for every datum; a place is a tensor that is computed from the data.`)
  }
  if (!graph.tensors.has(tensor) && asking.world.given.graph.tensors.has(tensor)) {
    return unknown(asking, parts.span, `\`${tensor}\` is taken apart by \`use transformer\`, so nothing computes it any more; name the heads that it is made of, or the residual stream that they are added to.`)
  }
  if (!graph.tensors.has(tensor)) {
    const hole = /\{[^}]*\}/.exec(tensor)?.[0]
    return unknown(asking, parts.span, `\`${tensor}\` is no tensor of ${fileName(graph.path)}${hole ? `: \`${hole}\` is no index here; braces hold the name of one, as in \`{l}\`` : nearest(asking, tensor, graph.tensors.keys())}.`)
  }
  const text = tensorText(tensor)
  if (parts.accessors.every((a) => a.kind === 'args')) return sliced(asking, { tensor, slice: [], text }, parts.accessors, parts.span)
  return unknown(asking, parts.span, `After a tensor only slices can follow, as in \`${text}[1]\`.`)
}

function sliced(asking: Asking, place: Place, rest: readonly Accessor[], span: Span): Place | undefined {
  const { world, findings } = asking
  const shape = world.graph.tensors.get(place.tensor)?.type.shape
  if (!shape || shape[0] !== BATCH) {
    const why = !shape ? 'its shape is not known' : shape.length === 0 ? 'it is a single number' : `its shape is [${shape.join(', ')}]`
    findings.error('shape-mismatch', span, `${place.text} cannot be a place: ${why}, and the first axis of a place must be the batch; choose a tensor that has one value per datum.`)
    return undefined
  }
  const lengths = shape.slice(1).map((dim) => lengthOf(dim, world.lengths))
  let slice = place.slice
  for (const accessor of rest) {
    if (accessor.kind !== 'args') return undefined
    const selectors = accessor.args.map((arg) => selectorOf(asking, arg))
    if (selectors.includes(undefined)) return undefined
    try {
      slice = take(slice, selectors as Selector[], lengths)
    } catch (error) {
      if (!(error instanceof SliceError)) throw error
      findings.error('shape-mismatch', accessor.span, `${place.text} ${error.message}.`)
      return undefined
    }
  }
  if (rest.length === 0) return place
  const base = place.slice.length === 0 ? place.text : tensorText(place.tensor)
  return { tensor: place.tensor, slice, text: `${base}${sliceText(slice, lengths)}` }
}

function selectorOf(asking: Asking, arg: Expr | Slice): Selector | undefined {
  if (arg.kind !== 'slice') {
    const own = ofDatum(asking, arg)
    return own === 'broken' ? undefined : (own ?? integer(asking, arg))
  }
  const selector: { lower?: number; upper?: number; step?: number } = {}
  for (const bound of ['lower', 'upper', 'step'] as const) {
    const expr = arg[bound]
    if (expr && (selector[bound] = integer(asking, expr)) === undefined) return undefined
  }
  return selector
}

/** An index that is an expression of the datum. */
function ofDatum({ world, env, findings }: Asking, expr: Expr): Selector | 'broken' | undefined {
  if (isStatic(world, env, expr)) return undefined
  const index = datumIndex(world, expr, env)
  if (typeof index !== 'string') return index
  findings.error('type-mismatch', expr.span, `${index}; compare and count with it, as in \`sum(tokens != 0) - 1\`.`)
  return 'broken'
}

/** Known without data; found out without a word. */
const isStatic = (world: World, env: Env, expr: Expr): boolean => evalStatic(expr, indexScope(env, world.statics), () => {}) !== undefined

function integer({ world, env, findings }: Asking, expr: Expr): number | undefined {
  const value = staticValue(expr, env, world.statics, findings)
  if (value === undefined || (typeof value === 'number' && Number.isInteger(value))) return value as number | undefined
  findings.error('type-mismatch', expr.span, `A place is indexed by integers and slices like \`2:5\`, not by \`${world.text.slice(expr.span.start, expr.span.end)}\`.`)
  return undefined
}

/** The indices of a subscript that can be part of a name; undefined for slices. */
function indexOf({ world, env, findings }: Asking, args: readonly (Expr | Slice)[]): Static[] | undefined {
  const index: Static[] = []
  for (const arg of args) {
    if (arg.kind !== 'slice' && !isStatic(world, env, arg) && datumIndex(world, arg, env) !== undefined) return undefined
    const value = arg.kind === 'slice' ? undefined : staticValue(arg, env, world.statics, findings)
    if (value === undefined) return undefined
    index.push(value)
  }
  return index
}

function spell(asking: Asking, parts: Parts): string {
  let name = parts.base
  for (const accessor of parts.accessors) {
    if (accessor.kind === 'word') name = withWord(name, accessor.text)
    else {
      const index = indexOf(asking, accessor.args)
      if (!index) break
      name = withIndex(name, index)
    }
  }
  return name
}

/** Names that were perhaps meant, or where all names are. */
function nearest({ world }: Asking, name: string, names: Iterable<string>): string {
  return hint(name, names) || `; \`scrub graph ${fileName(world.graph.path)}\` lists its tensors`
}

function unknown({ findings }: Asking, span: Span, message: string): undefined {
  findings.error('unknown-place', span, message)
}
