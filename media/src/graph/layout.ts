/** Places the cards in layers, the output on top: small graphs by d3-dag, large ones quickly. */
import { coordSimplex, decrossTwoLayer, graphStratify, layeringSimplex, sugiyama } from 'd3-dag'
import { linkKey, type Cards } from './cards.ts'
import { layered } from './layered.ts'
import { GAP, type Placed, type Point, type SizeOf } from './placed.ts'

/** Up to here the careful operators stay well under half a second. */
const CAREFUL = 120

export function layout(cards: Cards, sizeOf: SizeOf): Placed {
  if (cards.cards.length === 0) return { width: 0, height: 0, at: new Map(), paths: [] }
  return cards.cards.length <= CAREFUL ? careful(cards, sizeOf) : layered(cards, sizeOf)
}

function careful({ cards, links }: Cards, sizeOf: SizeOf): Placed {
  const readers = new Map<string, string[]>(cards.map(({ id }) => [id, []]))
  for (const { child, parent } of links) readers.get(parent)!.push(child)
  const dag = graphStratify()([...readers].map(([id, parentIds]) => ({ id, parentIds })))
  const size = (node: { readonly data: { readonly id: string } }): [number, number] => [...sizeOf(node.data.id)]
  const { width, height } = sugiyama().nodeSize(size).gap(GAP).layering(layeringSimplex()).decross(decrossTwoLayer()).coord(coordSimplex())(dag)
  const at = new Map<string, Point>()
  /** Half the height of a layer, by the ordinate of its middle. */
  const halves = new Map<number, number>()
  for (const node of dag.nodes()) {
    at.set(node.data.id, [node.x, node.y])
    const layer = Math.round(node.y)
    halves.set(layer, Math.max(halves.get(layer) ?? 0, sizeOf(node.data.id)[1] / 2))
  }
  const points = new Map<string, readonly Point[]>()
  for (const { source, target, points: bends } of dag.links()) {
    // From the lower edge of the card above to the upper edge of the one below.
    const [above, below] = [source, target].map((node) => sizeOf(node.data.id)[1] / 2)
    // Past a layer that it skips a link runs straight down, so that it stays beside the cards.
    const inner = bends.slice(1, -1).flatMap(([x, y]): Point[] => {
      const half = halves.get(Math.round(y)) ?? 0
      return [[x, y - half], [x, y + half]]
    })
    points.set(linkKey({ child: source.data.id, parent: target.data.id }), [[source.x, source.y + above!], ...inner, [target.x, target.y - below!]])
  }
  return { width, height, at, paths: links.map((link) => points.get(linkKey(link))!) }
}
