/** Which tensors can influence which: searches backwards over operators, captured tensors of subgraphs included. */
import type { ModelGraph } from './graph.ts'

/** Tensors as numbers, so that a search allocates nothing per tensor. */
interface Index {
  readonly ids: ReadonlyMap<string, number>
  readonly names: readonly string[]
  /** By tensor: the tensors that its operator reads; siblings share one array. */
  readonly sources: readonly Int32Array[]
}

const NONE = new Int32Array(0)
const indices = new WeakMap<ModelGraph, Index>()
const ancestorSets = new WeakMap<ModelGraph, Map<string, ReadonlySet<string>>>()

/** Every tensor that `tensor` is computed from, itself not included; weights are not counted. Remembered per graph. */
export function ancestors(graph: ModelGraph, tensor: string): ReadonlySet<string> {
  let known = ancestorSets.get(graph)
  if (known === undefined) ancestorSets.set(graph, (known = new Map()))
  let result = known.get(tensor)
  if (result === undefined) {
    const index = indexOf(graph)
    const start = index.ids.get(tensor)
    result = start === undefined ? new Set() : namesOf(index, search(index, start, -1, NONE_BLOCKED).order.subarray(1))
    known.set(tensor, result)
  }
  return result
}

/**
 * A shortest path of tensors from `from` to `to`, both included, with no tensor of `blocked` strictly between; undefined
 * where there is none or a name is unknown. A tensor has the path `[tensor]` to itself.
 */
export function path(graph: ModelGraph, from: string, to: string, blocked: ReadonlySet<string>): string[] | undefined {
  const index = indexOf(graph)
  const start = index.ids.get(to)
  const goal = index.ids.get(from)
  if (start === undefined || goal === undefined) return undefined
  const stop = new Uint8Array(index.names.length)
  for (const name of blocked) {
    const id = index.ids.get(name)
    if (id !== undefined) stop[id] = 1
  }
  const { next } = search(index, start, goal, stop)
  if (next[goal] === -1) return undefined
  const result: string[] = []
  for (let at = goal; ; at = next[at] as number) {
    result.push(index.names[at] as string)
    if (at === start) return result
  }
}

const NONE_BLOCKED = new Uint8Array(0)

/** Breadth first, against the direction of data. `next` leads from each tensor found towards the start; -1 if not found. */
function search(index: Index, start: number, goal: number, stop: Uint8Array): { next: Int32Array; order: Int32Array } {
  const next = new Int32Array(index.names.length).fill(-1)
  const order = new Int32Array(index.names.length)
  let length = 1
  order[0] = start
  next[start] = start
  for (let at = 0; at < length; at++) {
    const id = order[at] as number
    if (id === goal) break
    if (id !== start && stop[id] === 1) continue
    for (const source of index.sources[id] as Int32Array) {
      if (next[source] !== -1) continue
      next[source] = id
      order[length++] = source
    }
  }
  return { next, order: order.subarray(0, length) }
}

function indexOf(graph: ModelGraph): Index {
  const known = indices.get(graph)
  if (known !== undefined) return known
  const names = [...graph.tensors.keys()]
  const ids = new Map(names.map((name, id) => [name, id]))
  const byOp = graph.ops.map((op) => {
    const sources = new Set<number>()
    for (const name of [...op.inputs, ...op.captures]) {
      const id = ids.get(name)
      if (id !== undefined) sources.add(id)
    }
    return Int32Array.from(sources)
  })
  const sources = names.map((name) => byOp[graph.tensors.get(name)?.producer ?? -1] ?? NONE)
  const index = { ids, names, sources }
  indices.set(graph, index)
  return index
}

function namesOf(index: Index, ids: Int32Array): Set<string> {
  const names = new Set<string>()
  for (const id of ids) names.add(index.names[id] as string)
  return names
}
