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

const varying = new WeakMap<ModelGraph, Uint8Array>()

/** Whether data can have different values of a tensor: it is computed from an input of the model, and not from its shape alone. */
export function varies(graph: ModelGraph, tensor: string): boolean {
  const { id, up } = tensorGraph(graph)
  let known = varying.get(graph)
  if (!known) {
    varying.set(graph, (known = new Uint8Array(up.length)))
    for (const input of graph.inputs) known[id.get(input)!] = 1
    // Operators are in topological order.
    for (const { outputs } of graph.ops) {
      for (const output of outputs) {
        const at = id.get(output)
        if (at !== undefined && up[at]!.some((source) => known![source])) known[at] = 1
      }
    }
  }
  return known[id.get(tensor) ?? -1] !== 0
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
  const below = new Int32Array(names.length).fill(-1)
  const done = new Uint8Array(names.length)
  // Tensors met at the present price, and counted ones that cost one more to run through.
  let level: number[] = []
  let later = new Set<number>()
  const climb = (at: number) => {
    for (const next of up[at]!) {
      if (done[next] || later.has(next)) continue
      below[next] = at
      level.push(next)
    }
  }
  climb(to)
  while (level.length > 0) {
    while (level.length > 0) {
      const at = level.pop()!
      if (at === from) return between(below, at, to).filter((t) => counted[t])
      if (done[at] || forbidden[at]) continue
      if (counted[at]) later.add(at)
      else {
        done[at] = 1
        climb(at)
      }
    }
    const opened = later
    later = new Set()
    for (const at of opened) done[at] = 1
    for (const at of opened) climb(at)
  }
  return undefined
}

function between(below: Int32Array, from: number, to: number): number[] {
  const found: number[] = []
  for (let t = below[from]!; t !== to; t = below[t]!) found.push(t)
  return found
}
