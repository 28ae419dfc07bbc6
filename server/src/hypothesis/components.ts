/** The `graph` blocks: which names stand for which tensors, and which of them block. */
import type { ComponentItem, GraphItem, GraphStatement, Reference, UseItem } from '@scrub/grammar'
import type { ModelGraph } from '../model/graph.ts'
import type { InputBinding } from './bound.ts'
import { type Env, noEnv, roundsOf, staticValue } from './env.ts'
import type { Findings } from './findings.ts'
import { type NameTable, type Named, placeOf } from './places.ts'
import { partsOf } from './reference.ts'
import { Rewrites } from './rewrites.ts'
import { withIndex, withWord } from './spelling.ts'
import { namesIn } from './walk-expr.ts'
import { fileName, type World } from './world.ts'

export interface BoundGraph {
  readonly table: NameTable
  readonly rewrites: Rewrites
}

/** By the graph that they began with, and by all that they do. */
const derived = new WeakMap<ModelGraph, Map<string, ModelGraph>>()
/** Graphs that are kept of one model. */
const MOST_DERIVED = 8

/** Bind all `graph` blocks of a file; `inputs` are the bindings of the model's inputs. Rewrites put another graph in the place of the world's. */
export function bindGraph(world: World & { graph: ModelGraph }, graphs: readonly GraphItem[], inputs: readonly InputBinding[], findings: Findings): BoundGraph {
  const from = world.graph
  const names = new Map<string, Named>()
  const broken = new Set<string>()
  const table = { names, broken, incomplete: usesTransformer(graphs) && world.transformer?.kind !== 'transformer' }
  const rewrites = new Rewrites(world, table, inputs, findings)
  const visit = (items: readonly GraphStatement[], env: Env, rounds: readonly string[]): void => {
    for (const item of items) {
      if (item.kind === 'component') declare(world, table, names, broken, item, env, rounds, findings)
      else if (item.kind === 'for') {
        const inner = [...rounds, ...item.binders.flatMap((b) => b.names.map((n) => n.text))]
        for (const round of roundsOf(item.binders, env, world.statics, findings) ?? []) visit(item.items, round.env, inner)
      } else if (item.kind === 'use') use(world, names, item, findings)
      else if (item.kind === 'rewrite') rewrites.add(item, env, rounds.map((name) => env.get(name)!))
    }
  }
  for (const graph of graphs) visit(graph.items, noEnv, [])
  if (world.graph !== from) world.graph = sameAsBefore(from, rewrites.canonical, world.graph)
  return { table, rewrites }
}

/** Equal rewrites of one graph give one graph, so that what is known of it stays known. */
function sameAsBefore(from: ModelGraph, text: string, made: ModelGraph): ModelGraph {
  const known = derived.get(from) ?? new Map<string, ModelGraph>()
  derived.set(from, known)
  const graph = known.get(text) ?? made
  known.delete(text)
  known.set(text, graph)
  for (const oldest of known.keys()) if (known.size > MOST_DERIVED) known.delete(oldest)
  return graph
}

/** Whether a file asks for the parts of its transformer. */
export const usesTransformer = (graphs: readonly GraphItem[]): boolean => transformerItem(graphs) !== undefined

/** The statement that does. */
export function transformerItem(graphs: readonly GraphItem[]): UseItem | undefined {
  const within = (items: readonly GraphStatement[]): UseItem[] => items.flatMap((item) => (item.kind === 'use' && item.name?.text === 'transformer' ? [item] : item.kind === 'for' ? within(item.items) : []))
  return graphs.flatMap(({ items }) => within(items))[0]
}

/** Gives the parts that were found their names; what the file declares itself counts before. */
function use({ graph, transformer }: World, names: Map<string, Named>, item: UseItem, findings: Findings): void {
  if (item.name && item.name.text !== 'transformer') findings.error('syntax', item.name.span, `\`${item.name.text}\` is no view of a model; write \`use transformer\`.`)
  if (item.name?.text !== 'transformer' || !transformer) return
  if (transformer.kind === 'none') {
    findings.error('no-transformer', item.span, `\`use transformer\` does not understand ${fileName(graph.path)}: ${transformer.problem}. Declare the heads and MLPs with \`component NAME = "tensor"\` and what lies between with \`point\`.`)
    return
  }
  for (const [sort, found] of [['component', transformer.components], ['point', transformer.points]] as const) {
    for (const [name, tensor] of found) if (!names.has(name)) names.set(name, { sort, place: { tensor, slice: [], text: name }, found: true })
  }
}

function declare(world: World, table: NameTable, names: Map<string, Named>, broken: Set<string>, item: ComponentItem, env: Env, rounds: readonly string[], findings: Findings): void {
  if (!item.name || !item.place) return
  // Indices that the name does not mention follow it: `m[l in range(2)]`, and those of a `for` around the item.
  const mentioned = indicesIn(item.name.reference)
  const bound = [...rounds, ...item.binders.flatMap((b) => b.names.map((n) => n.text))]
  const following = bound.filter((name) => !mentioned.has(name))
  for (const round of roundsOf(item.binders, env, world.statics, findings) ?? []) {
    const spelled = spell(world, item.name.reference, round.env, findings)
    if (spelled === undefined) return
    const name = following.length > 0 ? withIndex(spelled, following.map((index) => round.env.get(index)!)) : spelled
    const place = placeOf(world, table, item.place, round.env, findings)
    if (!place) {
      broken.add(name)
      continue
    }
    const known = names.get(name)
    if (known && !known.found) {
      findings.error('duplicate-name', item.name.span, `\`${name}\` is declared twice in the graph; give one of them another name.`)
      return
    }
    names.set(name, { sort: item.sort, place })
  }
}

/** The declared name in the table's spelling: `a[l].h[0]` with `l` = 1 is `a1.h0`. */
function spell(world: World, reference: Reference, env: Env, findings: Findings): string | undefined {
  const parts = partsOf(reference)
  if (!parts) return undefined
  let name = parts.base
  for (const accessor of parts.accessors) {
    if (accessor.kind === 'word') {
      name = withWord(name, accessor.text)
      continue
    }
    const index = accessor.args.map((arg) => (arg.kind === 'slice' ? undefined : staticValue(arg, env, world.statics, findings)))
    const known = index.filter((i) => i !== undefined)
    if (known.length < index.length) return undefined
    name = withIndex(name, known)
  }
  return name
}

/** Names that stand as indices in a declared name. */
function indicesIn(reference: Reference): Set<string> {
  const found = new Set<string>()
  for (const accessor of partsOf(reference)?.accessors ?? []) {
    if (accessor.kind === 'word') continue
    for (const arg of accessor.args) if (arg.kind !== 'slice') for (const name of namesIn(arg)) found.add(name)
  }
  return found
}
