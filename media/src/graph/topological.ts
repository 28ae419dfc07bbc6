/** The cards from the top: each after all that read it. */
import type { Cards } from './cards.ts'

export interface Topological {
  readonly order: readonly string[]
  /** What each card reads, by id, in the order of the links. */
  readonly reads: ReadonlyMap<string, readonly string[]>
}

export function topological({ cards, links }: Cards): Topological {
  const reads = new Map<string, string[]>(cards.map(({ id }) => [id, []]))
  const readers = new Map<string, number>(cards.map(({ id }) => [id, 0]))
  for (const { child, parent } of links) {
    reads.get(child)!.push(parent)
    readers.set(parent, readers.get(parent)! + 1)
  }
  const order = cards.map(({ id }) => id).filter((id) => readers.get(id) === 0)
  for (const id of order) {
    for (const parent of reads.get(id)!) {
      readers.set(parent, readers.get(parent)! - 1)
      if (readers.get(parent) === 0) order.push(parent)
    }
  }
  return { order, reads }
}
