/** Which edges of a hypothesis the graph of the model allows: one walk up from each node answers all its parents. */
import type { AxisSelector, Place, Through } from './bound.ts'
import type { Findings } from './findings.ts'
import { groupBy } from './maps.ts'
import type { Link } from './parents.ts'
import type { ModelGraph } from '../model/graph.ts'
import type { NameTable } from './places.ts'
import { firstOverlap } from './slice.ts'
import { tensorText } from './spelling.ts'
import { leastBlocked, type TensorGraph, tensorGraph, upFrom } from './tensor-graph.ts'
import { fileName, type World } from './world.ts'

/** A node where it stands, with its edges. `place` is undefined when it is unknown: nothing follows from that here. */
export interface Standing {
  readonly name: string
  readonly place: Place | undefined
  readonly links: readonly Link[]
}

/** A parent: where it stands, a column at all the model inputs that it feeds. */
interface Source {
  readonly link: Link
  /** For messages: `A`, the column `z1`. */
  readonly label: string
  /** The same with its place. */
  readonly full: string
  readonly spots: readonly Spot[]
}

interface Spot {
  readonly tensor: string
  readonly slice: readonly AxisSelector[]
}

export interface EdgeWorld {
  readonly world: World
  readonly ground: Ground
  /** Tensors that block in this hypothesis besides those of the ground. */
  readonly more: readonly string[]
  readonly nodes: ReadonlyMap<string, Standing>
  /** The model inputs computed from each column; undefined when some model input has no binding. */
  readonly covered: ((column: string) => readonly string[]) | undefined
  /** True where both nodes lie on a cycle, which is reported elsewhere. */
  readonly cyclic: (a: string, b: string) => boolean
}

/** Reports every edge that has no meaning. */
export function checkEdges(given: EdgeWorld, findings: Findings): void {
  const checker = new EdgeChecker(given, findings)
  for (const node of given.nodes.values()) checker.check(node)
}

/** What the edges of all hypotheses of a file are checked on. */
export interface Ground {
  readonly graph: TensorGraph
  /** Tensors that block in every hypothesis. */
  readonly blocking: Uint8Array
  /** The name of a tensor in the file. */
  readonly labels: ReadonlyMap<string, string>
  /** Walks made so far: nodes of a family, hypotheses of a file and versions of a text mostly share theirs. */
  readonly walks: Map<string, Uint8Array>
}

const grounds = new WeakMap<ModelGraph, { readonly key: string; readonly ground: Ground }>()

/** Bytes of walks that are kept. */
const MOST_WALKED = 32 * 2 ** 20

/** The ground of a file; kept while the names and what blocks are the same. */
export function groundOf(model: ModelGraph, table: NameTable, blocking: ReadonlySet<string>): Ground {
  const labels = new Map<string, string>()
  for (const [name, { place }] of table.names) if (!labels.has(place.tensor)) labels.set(place.tensor, name)
  const key = [...blocking, '', ...labels.keys(), '', ...labels.values()].join('\n')
  const known = grounds.get(model)
  if (known?.key === key) return known.ground
  const graph = tensorGraph(model)
  const ground = { graph, blocking: maskOf(graph, blocking), labels, walks: new Map<string, Uint8Array>() }
  grounds.set(model, { key, ground })
  return ground
}

function maskOf(graph: TensorGraph, tensors: Iterable<string>): Uint8Array {
  const mask = new Uint8Array(graph.names.length)
  for (const tensor of tensors) mask[graph.id.get(tensor)!] = 1
  return mask
}

class EdgeChecker {
  private readonly given: EdgeWorld
  private readonly findings: Findings
  private readonly graph: TensorGraph
  private readonly blocking: Uint8Array
  private readonly explained = new Set<string>()

  constructor(given: EdgeWorld, findings: Findings) {
    this.given = given
    this.findings = findings
    this.graph = given.ground.graph
    this.blocking = given.ground.blocking.slice()
    for (const tensor of given.more) this.blocking[this.id(tensor)] = 1
  }

  check(node: Standing): void {
    const { place } = node
    if (!place || node.links.length === 0) return
    const sources = node.links.flatMap((link) => {
      const onCycle = link.edge.kind === 'node' && this.given.cyclic(node.name, link.edge.node)
      return onCycle ? [] : this.source(link, node) ?? []
    })
    const clashing = this.overlaps(node, place, sources)
    const tensors = [...new Set(sources.flatMap((s) => s.spots.map((spot) => spot.tensor)))].sort()
    for (const source of sources) {
      if (clashing.has(source)) continue
      if (this.badThrough(node, source, sources)) continue
      const seen = this.walk(place.tensor, source.link, tensors)
      if (!source.spots.some((spot) => seen[this.id(spot.tensor)])) this.explain(node, place, source, sources)
    }
  }

  private source(link: Link, node: Standing): Source | undefined {
    const { edge } = link
    if (edge.kind === 'node') {
      const place = this.given.nodes.get(edge.node)?.place
      const label = `\`${edge.node}\``
      return place && { link, label, full: `${label} (at ${place.text})`, spots: [place] }
    }
    const inputs = this.given.covered?.(edge.column)
    if (!inputs) return undefined
    if (inputs.length === 0) {
      this.findings.error('unknown-node', edge.span, `No model input is computed from the column \`${edge.column}\`, so it cannot be a parent of \`${node.name}\`; name a node, or one of the columns that feed the model.`)
      return undefined
    }
    const label = `the column \`${edge.column}\``
    return { link, label, full: label, spots: inputs.map((tensor) => ({ tensor, slice: [] })) }
  }

  /** Reports the first overlap on each tensor; about the paths of the parents there nothing more is said. */
  private overlaps(node: Standing, place: Place, sources: readonly Source[]): Set<Source> {
    const clashing = new Set<Source>()
    const spots: (Spot & { source?: Source })[] = [place]
    for (const source of sources) for (const spot of source.spots) spots.push({ ...spot, source })
    for (const [tensor, group] of groupBy(spots, (spot) => spot.tensor)) {
      const [a, b] = firstOverlap(group) ?? []
      if (!b?.source) continue
      const what = a!.source ? `${a!.source.label} and ${b.source.label}, both parents of \`${node.name}\`,` : `\`${node.name}\` and its parent ${b.source.label}`
      this.findings.error('overlapping-places', b.source.link.edge.span, `${upper(what)} stand at overlapping places on ${this.label(tensor)}; move one of them, or take slices that do not overlap.`)
      for (const { source } of group) if (source) clashing.add(source)
    }
    return clashing
  }

  private badThrough(node: Standing, source: Source, sources: readonly Source[]): boolean {
    let bad = false
    for (const { tensor, span } of source.link.passages) {
      const sibling = sources.find((other) => other !== source && other.spots.some((spot) => spot.tensor === tensor))
      if (!sibling) continue
      bad = true
      this.findings.error('bad-through', span, `${this.label(tensor)} is the place of ${sibling.label}, another parent of \`${node.name}\`; what it holds is drawn, not recomputed, so leave it out of \`through\`.`)
    }
    return bad
  }

  private walk(from: string, { edge: { through } }: Link, tensors: readonly string[]): Uint8Array {
    const mode = through.any ? 'any' : [...through.tensors].sort().join('\n')
    const key = `${from}\n\n${mode}\n\n${tensors.join('\n')}\n\n${through.any ? '' : this.given.more.join('\n')}`
    const { walks } = this.given.ground
    let seen = walks.get(key)
    if (!seen) {
      const blocked = this.components(through)
      for (const tensor of tensors) blocked[this.id(tensor)] = 1
      if (walks.size * blocked.length > MOST_WALKED) walks.clear()
      walks.set(key, (seen = upFrom(this.graph, this.id(from), blocked)))
    }
    return seen
  }

  /** Why there is no path: none at all, the other way round, or only blocked ones. */
  private explain(node: Standing, place: Place, source: Source, sources: readonly Source[]): void {
    const { edge } = source.link
    // Members of a family mostly fail alike: the first speaks for all.
    const key = `${edge.span.start} ${place.tensor} ${source.spots.map((s) => s.tensor).join(' ')}`
    if (this.explained.has(key)) return
    this.explained.add(key)
    const { world } = this.given
    const above = upFrom(this.graph, this.id(place.tensor))
    const spot = source.spots.find((s) => above[this.id(s.tensor)])
    const from = source.full
    const to = `\`${node.name}\` (at ${place.text})`
    if (spot) {
      this.blocked(node, source, spot, sources, from, to, place)
    } else if (source.spots.some((s) => s.tensor === place.tensor)) {
      this.findings.error('missing-edge', edge.span, `${upper(from)} and ${to} are parts of one tensor, so neither is computed from the other; remove this parent, or move one of them.`)
    } else if (source.spots.some((s) => upFrom(this.graph, this.id(s.tensor))[this.id(place.tensor)])) {
      this.findings.error('reversed-edge', edge.span, `${upper(from)} lies downstream of ${to}; a parent is nearer the model's input, so make \`${node.name}\` a parent of ${source.label} instead.`)
    } else {
      this.findings.error('missing-edge', edge.span, `In ${fileName(world.graph.path)} nothing leads from ${from} to ${to}; remove this parent, or move one of the two.`)
    }
  }

  private blocked(node: Standing, source: Source, spot: Spot, sources: readonly Source[], from: string, to: string, place: Place): void {
    const { edge } = source.link
    const { through } = edge
    const others = sources.filter((s) => s !== source)
    const counted = this.components(through)
    const forbidden = this.mask(others.flatMap((s) => s.spots.map((o) => o.tensor)))
    const way = leastBlocked(this.graph, this.id(spot.tensor), this.id(place.tensor), counted, forbidden)
    if (way) {
      const names = way.map((id) => this.label(this.graph.names[id]!))
      const list = [...through.tensors].map((t) => this.label(t)).concat(names)
      this.findings.error('blocked-edge', edge.span, `Every path from ${from} to ${to} is blocked by components, the freest by ${names.join(' and ')}; write \`through [${list.join(', ')}]\`, or put a node there.`)
      return
    }
    const between = others.filter((s) => s.spots.some((o) => upFrom(this.graph, this.id(o.tensor))[this.id(spot.tensor)]))
    const names = between.slice(0, 3).map((s) => s.label).join(' and ')
    this.findings.error('blocked-edge', edge.span, `Every path from ${from} to ${to} runs through the place of ${names}, another parent of \`${node.name}\`; make ${source.label} a parent of ${between[0]?.label ?? names} instead, or remove one of them.`)
  }

  /** The components that an edge does not run through. */
  private components(through: Through): Uint8Array {
    if (through.any) return this.mask([])
    const mask = this.blocking.slice()
    for (const tensor of through.tensors) mask[this.id(tensor)] = 0
    return mask
  }

  private mask(tensors: Iterable<string>): Uint8Array {
    return maskOf(this.graph, tensors)
  }

  private id(tensor: string): number {
    return this.graph.id.get(tensor)!
  }

  private label(tensor: string): string {
    return this.given.ground.labels.get(tensor) ?? tensorText(tensor)
  }
}

const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
