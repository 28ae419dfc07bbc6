/** The nodes of a bound hypothesis by the names that a file writes: a node, or all members of a family. */
import type { HypothesisItem } from '@scrub/grammar'
import type { BoundFile, BoundHypothesis, BoundNode } from '../hypothesis/bound.ts'
import { groupBy } from '../hypothesis/maps.ts'

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

/** A node and all whose features or parents lead to it: what may not be its parent. */
export function descendantsOf({ nodes }: BoundHypothesis, base: string): Set<string> {
  const found = new Set([base])
  // Parents stand before children.
  for (const { name, parents } of nodes) {
    if (parents.some((edge) => edge.kind === 'node' && found.has(baseOf(edge.node)))) found.add(baseOf(name))
  }
  return found
}
