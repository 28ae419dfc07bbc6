/** One hypothesis, bound: features compiled, places and parents resolved, every edge checked. */
import type { Expr } from '@scrub/grammar'
import type { Compiled, Scope } from '../expr/types.ts'
import type { BoundHypothesis, BoundMetric, BoundNode, HypothesisOptions, Place } from './bound.ts'
import { hypothesisText } from './canonical.ts'
import { asking, nameOf, type Collected } from './collect.ts'
import { checkEdges, type Ground, type Standing } from './edges.ts'
import type { Draft } from './draft.ts'
import { Features } from './features.ts'
import type { Findings } from './findings.ts'
import { groupBy } from './maps.ts'
import { bindOptions, optionsIn } from './options.ts'
import { orderOf } from './order.ts'
import { linksOf } from './parents.ts'
import { type NameTable, placeOf } from './places.ts'
import { firstOverlap } from './slice.ts'
import { contextOf, type World } from './world.ts'

/** What all hypotheses of a file share. */
export interface FileParts {
  readonly world: World
  readonly table: NameTable
  readonly metric: BoundMetric | undefined
  /** Components, model inputs and the outputs that the metric reads. */
  readonly blocking: ReadonlySet<string>
  /** What edges are checked on. */
  readonly ground: () => Ground
  readonly covered: ((column: string) => readonly string[]) | undefined
  /** Lets and columns of the file. */
  readonly scope: Scope
  readonly options: HypothesisOptions
  /** Metric, data and graph have no error. */
  readonly sound: boolean
  /** Canonical text of the metric and the data. */
  readonly text: () => string
}

export function bindHypothesis(parts: FileParts, collected: Collected): { readonly bound: BoundHypothesis; readonly typed: (expr: Expr) => Compiled | undefined } {
  const { world, table, metric } = parts
  const { draft: hypothesis, item, findings } = collected
  const drafts = [...hypothesis.nodes.values()]
  const places = new Map(drafts.map((draft) => [draft.name, placeOfNode(table, draft, findings)]))
  const outputs = new Set(world.graph.outputs)
  const blocking = new Set(parts.blocking)
  for (const place of places.values()) if (place && outputs.has(place.tensor)) blocking.add(place.tensor)

  const features = new Features(hypothesis, asking(parts.scope, collected.asked), contextOf(world, world.features, findings))
  const compiled = new Map(drafts.map((draft) => [draft.name, features.of(draft)]))
  features.checkLets()
  const standing = new Map<string, Standing>(drafts.map((draft) => {
    const links = linksOf(world, table, hypothesis, draft, compiled.get(draft.name)!.uses, blocking, findings)
    return [draft.name, { name: draft.name, place: places.get(draft.name), links }]
  }))

  const { sorted, cycles } = orderOf(standing.keys(), (name) => standing.get(name)!.links.flatMap(({ edge }) => (edge.kind === 'node' ? [edge.node] : [])))
  const cycleOf = new Map<string, readonly string[]>()
  for (const cycle of cycles) {
    for (const name of cycle) cycleOf.set(name, cycle)
    const last = standing.get(cycle.at(-1)!)!.links.find(({ edge }) => edge.kind === 'node' && edge.node === cycle[0])!
    const way = [...cycle.slice(0, 6), ...(cycle.length > 6 ? ['…'] : []), cycle[0]!].map((name) => (name === '…' ? name : `\`${name}\``)).join(' ← ')
    findings.error('cycle', last.edge.span, `The interpretation has a cycle: ${way}; remove one of these parents.`)
  }
  const cyclic = (a: string, b: string) => cycleOf.has(a) && cycleOf.has(b)
  const more = [...blocking].slice(parts.blocking.size)
  checkEdges({ world, ground: parts.ground(), more, nodes: standing, covered: parts.covered, cyclic }, findings)

  const nodes = sorted.flatMap((name): BoundNode[] => {
    const draft = hypothesis.nodes.get(name)!
    const place = places.get(name)
    const feature = compiled.get(name)!.value
    const written = draft.features.at(-1)
    const standsAt = draft.places.at(-1)
    if (!place || !feature || !written || !standsAt || cycleOf.has(name)) return []
    return [{
      name, feature, place,
      featureText: world.text.slice(written.value.span.start, written.value.span.end),
      parents: standing.get(name)!.links.map(({ edge }) => edge),
      span: draft.span,
      featureSpan: written.value.span,
      placeSpan: standsAt.value.span,
    }]
  })
  const roots = metric ? rootsOf(collected, metric, drafts, places) : []
  const options = bindOptions(optionsIn(item.items), parts.options, findings)
  let canonical: string | undefined
  const identity = {
    get canonical() {
      return (canonical ??= `${parts.text()}\n${hypothesisText(nodes, blocking, options)}`)
    },
  }
  const bound: BoundHypothesis = {
    name: hypothesis.name,
    extends: item.extends.map(nameOf),
    identity,
    nodes,
    outputs: roots,
    options,
    span: item.span,
    get canonical() {
      return identity.canonical
    },
    ok: parts.sound && !collected.broken && findings.errors === 0 && nodes.length === drafts.length,
  }
  return { bound, typed: (expr) => features.typed(expr) }
}

function placeOfNode(table: NameTable, draft: Draft, findings: Findings): Place | undefined {
  const written = draft.places.at(-1)
  return written && placeOf(written.origin.world, table, written.value, written.env, findings)
}

/** The nodes at outputs that the metric reads: the parents of the root. */
function rootsOf({ item, findings, draft: { name: hypothesis } }: Collected, metric: BoundMetric, drafts: readonly Draft[], places: ReadonlyMap<string, Place | undefined>): string[] {
  const roots = drafts.flatMap((draft) => {
    const place = places.get(draft.name)
    return place && metric.outputs.includes(place.tensor) ? [{ draft, tensor: place.tensor, slice: place.slice }] : []
  })
  for (const [tensor, group] of groupBy(roots, (root) => root.tensor)) {
    const [a, b] = firstOverlap(group) ?? []
    if (!a || !b) continue
    findings.error('overlapping-places', b.draft.places.at(-1)!.value.span, `\`${a.draft.name}\` and \`${b.draft.name}\` stand at overlapping places on the output \`${tensor}\`, which the metric reads; move one of them, or take slices that do not overlap.`)
  }
  const unknown = drafts.some((draft) => !places.get(draft.name))
  if (roots.length === 0 && !unknown && metric.outputs.length > 0) {
    const names = metric.outputs.map((o) => `\`${o}\``).join(' or ')
    findings.error('no-output-node', item.name?.span ?? item.keyword, `No node of \`${hypothesis}\` stands at ${names}, which \`${metric.name}\` reads; add \`node out = … at ${metric.outputs[0]}\`.`)
  }
  return roots.map((root) => root.draft.name)
}
