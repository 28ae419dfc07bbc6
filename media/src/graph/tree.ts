/** The treeified graph: every path from the output its own branch. */
import { hierarchy, tree } from 'd3-hierarchy'
import { linkKey, type Card, type Cards, type Link } from './cards.ts'
import { GAP, type Columns, type SizeOf } from './placed.ts'
import { topological } from './topological.ts'

/** How many branches the tree has: paths from a card that nothing reads to any card. */
export function branchesOf(cards: Cards): number {
  const { order, reads } = topological(cards)
  const paths = new Map<string, number>()
  let all = 0
  for (const id of order) {
    const here = paths.get(id) ?? 1
    all += here
    for (const parent of reads.get(id)!) paths.set(parent, (paths.get(parent) ?? 0) + here)
  }
  return all
}

/** A card for each branch; its id says the path. As large as `branchesOf` says. */
export function treeOf(graph: Cards): Cards {
  const { reads } = topological(graph)
  const byId = new Map(graph.cards.map((card) => [card.id, card]))
  const read = new Set(graph.links.map(({ parent }) => parent))
  const linkOf = new Map(graph.links.map((link) => [linkKey(link), link]))
  const links: Link[] = []
  const cards: Card[] = graph.cards.filter(({ id }) => !read.has(id))
  const origin = new Map(cards.map(({ id }) => [id, id]))
  // It grows while it is gone through.
  for (const { id } of cards) {
    for (const name of reads.get(origin.get(id)!)!) {
      const branch = `${id}\n${name}`
      origin.set(branch, name)
      cards.push({ ...byId.get(name)!, id: branch })
      links.push({ child: id, parent: branch, through: linkOf.get(linkKey({ child: origin.get(id)!, parent: name }))!.through })
    }
  }
  return { cards, links }
}

/** Every card in the middle above its branches. */
export function treeColumns({ cards, links }: Cards, sizeOf: SizeOf): Columns {
  const below = new Map<string, string[]>(cards.map(({ id }) => [id, []]))
  const read = new Set(links.map(({ parent }) => parent))
  for (const { child, parent } of links) below.get(child)!.push(parent)
  const tops = cards.map(({ id }) => id).filter((id) => !read.has(id))
  const root = hierarchy<string | undefined>(undefined, (id) => (id === undefined ? tops : below.get(id)))
  const width = (id: string | undefined) => (id === undefined ? 0 : sizeOf(id)[0])
  const placed = tree<string | undefined>().nodeSize([1, 1]).separation((a, b) => (width(a.data) + width(b.data)) / 2 + GAP[0])(root).descendants().slice(1)
  return {
    layers: new Map(placed.map(({ data, depth }) => [data!, depth - 1])),
    x: new Map(placed.map(({ data, x }) => [data!, x])),
    passes: links.map(() => []),
  }
}
