/** A hypothesis without a node at an output that the metric reads: adds one. */
import { pathAt, walk } from '@scrub/grammar'
import type { BoundFile, BoundHypothesis, BoundNode } from '../../hypothesis/bound.ts'
import { baseOf, boundHypothesis, familiesOf } from '../families.ts'
import { quickfix, type Fix } from './action.ts'
import { freshName } from './fresh-name.ts'
import { atEnd } from './rewriting.ts'
import { blockersBetween, blockerText } from './ways.ts'

const NONE = { any: false, tensors: new Set<string>() }

export const noOutputNode: Fix = (snapshot, finding) => {
  const { bound, parsed } = snapshot
  if (finding.code !== 'no-output-node' || !bound?.metric) return []
  const item = pathAt(parsed.file, finding.span.start).find((node) => node.kind === 'hypothesis')
  const hypothesis = boundHypothesis(bound, item)
  if (!item || !hypothesis) return []
  // While some of its nodes have errors, what its parents should be is not known.
  const families = familiesOf(hypothesis)
  const complete = [...walk(item)].every((node) => node.kind !== 'node' || (node.name !== undefined && families.has(node.name.text)))
  return bound.metric.outputs.flatMap((output, _, { length }) => {
    const parents = parentsFor(bound, hypothesis, output)
    const from = parents.length > 0 ? `    from ${parents.join(', ')}` : ''
    const edit = atEnd(snapshot, item, [`node ${freshName(snapshot, 'out', item)} = exact    at ${blockerText(bound, output)}${from}`])
    return edit ? [quickfix(`Add a node at ${output}`, [edit], finding, complete && length === 1)] : []
  })
}

/** The nodes that are nobody's parent, as parents of a node at an output; those that cannot reach it are left out. */
export function parentsFor(bound: BoundFile, hypothesis: BoundHypothesis, output: string): readonly string[] {
  const used = new Set(hypothesis.nodes.flatMap(({ parents }) => parents.flatMap((edge) => (edge.kind === 'node' ? [edge.node] : []))))
  const free = hypothesis.nodes.filter(({ name, place }) => !used.has(name) && place.tensor !== output)
  const way = (node: BoundNode, others: readonly BoundNode[]) => blockersBetween(bound, hypothesis, [node.place.tensor], output, NONE, others.filter((other) => other !== node).map(({ place }) => place.tensor))
  // One that stands behind another on every way would have to be its parent.
  const parents = free.filter((node) => way(node, free) !== undefined)
  const standing = new Set(parents.map(({ place }) => place.tensor))
  const families = familiesOf(hypothesis)
  const written = new Map<string, string>()
  for (const node of parents) {
    const base = baseOf(node.name)
    const family = families.get(base)!
    const name = family.every((member) => parents.includes(member)) ? base : node.name
    const members = name === base ? family : [node]
    const through = [...new Set(members.flatMap((member) => way(member, parents) ?? []))]
    if (through.some((tensor) => standing.has(tensor))) continue
    written.set(name, through.length > 0 ? `${name} through [${through.map((tensor) => blockerText(bound, tensor)).join(', ')}]` : name)
  }
  return [...written.values()]
}
