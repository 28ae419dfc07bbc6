/** The model's tensors as a numbered graph, for walks: who reads what, without weights. */
import type { ModelGraph } from '../model/graph.ts'

export interface TensorGraph {
  readonly id: ReadonlyMap<string, number>
  readonly names: readonly string[]
  /** For every tensor those it is computed from; a tensor's shape alone carries nothing over. */
  readonly up: readonly (readonly number[])[]
}

const graphs = new WeakMap<ModelGraph, TensorGraph>()

/** Numbered once per model. */
export function tensorGraph(graph: ModelGraph): TensorGraph {
  let made = graphs.get(graph)
  if (!made) graphs.set(graph, (made = number(graph)))
  return made
}

function number(graph: ModelGraph): TensorGraph {
  const names = [...graph.tensors.keys()]
  const id = new Map(names.map((name, i) => [name, i]))
  const sources = new Map<number, readonly number[]>()
  const up = names.map((name) => {
    const producer = graph.tensors.get(name)!.producer
    if (producer === undefined) return []
    let read = sources.get(producer)
    if (!read) {
      const op = graph.ops[producer]!
      const reads = op.domain === '' && (op.opType === 'Shape' || op.opType === 'Size') ? [] : [...op.inputs, ...op.captures]
      sources.set(producer, (read = [...new Set(reads.flatMap((input) => id.get(input) ?? []))]))
    }
    return read
  })
  return { id, names, up }
}

/** Everything met going up from `from` (itself left out) without going on above tensors that are `blocked`. */
export function upFrom({ up, names }: TensorGraph, from: number, blocked?: Uint8Array): Uint8Array {
  const seen = new Uint8Array(names.length)
  const open = [...up[from]!]
  while (open.length > 0) {
    const at = open.pop()!
    if (seen[at]) continue
    seen[at] = 1
    if (!blocked?.[at]) for (const next of up[at]!) if (!seen[next]) open.push(next)
  }
  return seen
}

/**
 * The way from `to` up to `from` that runs through the fewest tensors of `counted` and none of `forbidden`: those
 * tensors, in the order from `from` to `to`. Undefined when there is no such way.
 */
export function leastBlocked({ up, names }: TensorGraph, from: number, to: number, counted: Uint8Array, forbidden: Uint8Array): number[] | undefined {
  const cost = new Int32Array(names.length).fill(-1)
  const below = new Int32Array(names.length)
  let level: number[] = [...up[to]!]
  for (const at of level) below[at] = to
  const passed = (at: number): number[] => {
    const found: number[] = []
    for (let t = at; t !== to; t = below[t]!) if (t !== from && counted[t]) found.push(t)
    return found
  }
  for (let price = 0; level.length > 0; price++) {
    const later: number[] = []
    while (level.length > 0) {
      const at = level.pop()!
      if (cost[at] !== -1) continue
      if (at === from) return passed(at)
      if (forbidden[at]) continue
      if (counted[at] && !later.includes(at)) {
        later.push(at)
        continue
      }
      cost[at] = price
      for (const next of up[at]!) if (cost[next] === -1) { below[next] = at; level.push(next) }
    }
    for (const at of later) cost[at] = price
    for (const at of later) {
      for (const next of up[at]!) if (cost[next] === -1) { below[next] = at; level.push(next) }
    }
  }
  return undefined
}
