/** Where a node may stand: which tensors keep all of its edges possible, and of the others why they do not. */
import type { BoundFile, BoundHypothesis, Through } from '../hypothesis/bound.ts'
import { type TensorGraph, tensorGraph, upFrom } from '../hypothesis/tensor-graph.ts'

/** One parent, as all its members: one of them has to reach the node. */
export interface ParentSide {
  readonly name: string
  readonly tensors: readonly string[]
  readonly through: Through
  /** Where the other parents of the node stand. */
  readonly others: readonly string[]
}

export interface ChildSide {
  readonly name: string
  readonly tensor: string
  readonly through: Through
  /** Where the other parents of the child stand. */
  readonly others: readonly string[]
}

export interface Edges {
  readonly parents: readonly ParentSide[]
  readonly children: readonly ChildSide[]
}

/** Why a node cannot stand at a tensor, in a few words; undefined where it can. */
export type Judge = (tensor: string) => string | undefined

/** Children whose ways are walked: members of a family mostly share theirs. */
const MOST_CHILDREN = 8

export function judgeOf(bound: BoundFile, hypothesis: BoundHypothesis | undefined, { parents, children }: Edges): Judge {
  const graph = tensorGraph(bound.graph)
  const blocking = blockingOf(bound, hypothesis)
  const mask = (through: Through, others: readonly string[]): Uint8Array => maskOf(graph, through.any ? others : [...[...blocking].filter((tensor) => !through.tensors.has(tensor)), ...others])
  const above = parents.map(({ name, tensors, through, others }) => {
    const ids = idsOf(graph, tensors)
    const seen = downFrom(graph, ids, mask(through, others))
    let all: Uint8Array | undefined
    const [same, blocked, unrelated] = [`the place of ${name}`, `every path from ${name} is blocked`, `not computed from ${name}`]
    return (id: number) => (ids.includes(id) ? same : seen[id] ? undefined : (all ??= downFrom(graph, ids))[id] ? blocked : unrelated)
  })
  const below = children.slice(0, MOST_CHILDREN).map(({ name, tensor, through, others }) => {
    const own = graph.id.get(tensor)
    if (own === undefined) return () => undefined
    const siblings = new Set(idsOf(graph, others))
    const seen = upFrom(graph, own, mask(through, others))
    let all: Uint8Array | undefined
    const [same, sibling, blocked, unrelated] = [`the place of ${name}`, `the place of another parent of ${name}`, `every path to ${name} is blocked`, `does not reach ${name}`]
    return (id: number) => (id === own ? same : siblings.has(id) ? sibling : seen[id] ? undefined : (all ??= upFrom(graph, own))[id] ? blocked : unrelated)
  })
  const sides = [...above, ...below]
  return (tensor) => {
    const id = graph.id.get(tensor)
    if (id === undefined) return undefined
    for (const why of sides) {
      const reason = why(id)
      if (reason !== undefined) return reason
    }
    return undefined
  }
}

/** Tensors that block in a hypothesis: those of the file, and outputs where one of its nodes stands. */
export function blockingOf(bound: BoundFile, hypothesis: BoundHypothesis | undefined): Set<string> {
  const outputs = new Set(bound.graph.outputs)
  return new Set([...bound.blocking, ...(hypothesis?.nodes ?? []).map(({ place }) => place.tensor).filter((tensor) => outputs.has(tensor))])
}

export function maskOf(graph: TensorGraph, tensors: Iterable<string>): Uint8Array {
  const mask = new Uint8Array(graph.names.length)
  for (const id of idsOf(graph, tensors)) mask[id] = 1
  return mask
}

export const idsOf = ({ id }: TensorGraph, tensors: Iterable<string>): number[] => [...tensors].flatMap((tensor) => id.get(tensor) ?? [])

const turned = new WeakMap<TensorGraph, readonly (readonly number[])[]>()

/** For every tensor those that are computed from it. */
function downOf(graph: TensorGraph): readonly (readonly number[])[] {
  let down = turned.get(graph)
  if (!down) {
    const made: number[][] = graph.up.map(() => [])
    graph.up.forEach((sources, id) => { for (const source of sources) made[source]!.push(id) })
    turned.set(graph, (down = made))
  }
  return down
}

/** Everything met going down from some tensors without going on below tensors that are `blocked`. */
export function downFrom(graph: TensorGraph, from: readonly number[], blocked?: Uint8Array): Uint8Array {
  const down = downOf(graph)
  const seen = new Uint8Array(down.length)
  const open = from.flatMap((id) => down[id]!)
  while (open.length > 0) {
    const at = open.pop()!
    if (seen[at]) continue
    seen[at] = 1
    if (!blocked?.[at]) for (const next of down[at]!) if (!seen[next]) open.push(next)
  }
  return seen
}
