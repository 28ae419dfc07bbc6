/** The nodes of a bound hypothesis by the names that a file writes: a node, or all members of a family. */
import { type HypothesisItem, walk } from '@scrub/grammar'
import type { BoundFile, BoundHypothesis, BoundNode } from '../hypothesis/bound.ts'
import { groupBy } from '../hypothesis/maps.ts'
import { partsOf } from '../hypothesis/reference.ts'
import { namesIn } from '../hypothesis/walk-expr.ts'
import { typeText } from './type-text.ts'

/** `count` of `count[1]`. */
export function baseOf(member: string): string {
  const bracket = member.indexOf('[')
  return bracket < 0 ? member : member.slice(0, bracket)
}

/** Members in the order of the file. */
export function familiesOf({ nodes }: BoundHypothesis): ReadonlyMap<string, readonly BoundNode[]> {
  return groupBy(nodes, ({ name }) => baseOf(name))
}

export const isFamily = ([first]: readonly BoundNode[]): boolean => first !== undefined && first.name.includes('[')

export function boundHypothesis(bound: BoundFile | undefined, item: HypothesisItem | undefined): BoundHypothesis | undefined {
  return item && bound?.hypotheses.find(({ span }) => span.start === item.span.start)
}

/**
 * A node, and the nodes and lets whose features or parents lead to it: what may not be its parent. From the text too, for a
 * node that is half typed is not bound, nor is what names it.
 */
export function descendantsOf(item: HypothesisItem, hypothesis: BoundHypothesis | undefined, base: string): Set<string> {
  const links: { readonly name: string; readonly reads: ReadonlySet<string> }[] = (hypothesis?.nodes ?? []).map(({ name, parents }) => (
    { name: baseOf(name), reads: new Set(parents.flatMap((edge) => (edge.kind === 'node' ? baseOf(edge.node) : []))) }
  ))
  for (const node of walk(item)) {
    if (node.kind === 'let' && node.name && node.value) links.push({ name: node.name.text, reads: namesIn(node.value) })
    if ((node.kind !== 'node' && node.kind !== 'refine') || !node.name) continue
    const after = node.from.flatMap(({ reference }) => partsOf(reference)?.base ?? [])
    links.push({ name: node.name.text, reads: new Set([...(node.feature ? namesIn(node.feature) : []), ...after]) })
  }
  const found = new Set([base])
  for (let size = 0; size < found.size;) {
    size = found.size
    for (const { name, reads } of links) if (!found.has(name) && [...found].some((one) => reads.has(one))) found.add(name)
  }
  return found
}

/** `bool at a1.h0`. */
export function nodeText({ feature, place }: BoundNode): string {
  return `${typeof feature === 'string' ? feature : typeText(feature)} at ${place.text}`
}

/** `node bool at /A`, `family of 2, bool at a1.h0 …`. */
export function familyText(members: readonly BoundNode[]): string {
  const first = nodeText(members[0]!)
  return isFamily(members) ? `family of ${members.length}, ${first}${members.length > 1 ? ' …' : ''}` : `node ${first}`
}
