/** Places the cards in layers, the output on top, by d3-dag. */
import { coordCenter, coordSimplex, decrossDfs, decrossTwoLayer, graphStratify, layeringLongestPath, layeringSimplex, sugiyama } from 'd3-dag'
import type { Cards } from './cards.ts'

export interface Placed {
  readonly width: number
  readonly height: number
  /** Centre of each card, by id. */
  readonly at: ReadonlyMap<string, readonly [number, number]>
  /** Bends of the links in the order of the cards' links, from the reader above down to what it reads. */
  readonly paths: readonly (readonly (readonly [number, number])[])[]
}

/** Up to here the careful operators stay well under half a second. */
const CAREFUL = 120

const GAP = [24, 44] as const

/** `sizeOf` gives width and height of a card. */
export function layout({ cards, links }: Cards, sizeOf: (id: string) => readonly [number, number]): Placed {
  if (cards.length === 0) return { width: 0, height: 0, at: new Map(), paths: [] }
  const readers = new Map<string, string[]>(cards.map(({ id }) => [id, []]))
  for (const { child, parent } of links) readers.get(parent)!.push(child)
  const dag = graphStratify()([...readers].map(([id, parentIds]) => ({ id, parentIds })))
  const size = (node: { readonly data: { readonly id: string } }): [number, number] => [...sizeOf(node.data.id)]
  const base = sugiyama().nodeSize(size).gap(GAP)
  const { width, height } =
    cards.length <= CAREFUL
      ? base.layering(layeringSimplex()).decross(decrossTwoLayer()).coord(coordSimplex())(dag)
      : base.layering(layeringLongestPath()).decross(decrossDfs()).coord(coordCenter())(dag)
  const at = new Map<string, readonly [number, number]>()
  /** Half the height of a layer, by the ordinate of its middle. */
  const halves = new Map<number, number>()
  for (const node of dag.nodes()) {
    at.set(node.data.id, [node.x, node.y])
    const layer = Math.round(node.y)
    halves.set(layer, Math.max(halves.get(layer) ?? 0, sizeOf(node.data.id)[1] / 2))
  }
  const points = new Map<string, readonly (readonly [number, number])[]>()
  for (const { source, target, points: bends } of dag.links()) {
    // From the lower edge of the card above to the upper edge of the one below.
    const [above, below] = [source, target].map((node) => sizeOf(node.data.id)[1] / 2)
    // Past a layer that it skips a link runs straight down, so that it stays beside the cards.
    const inner = bends.slice(1, -1).flatMap(([x, y]): [number, number][] => {
      const half = halves.get(Math.round(y)) ?? 0
      return [[x, y - half], [x, y + half]]
    })
    points.set(`${source.data.id}\n${target.data.id}`, [[source.x, source.y + above!], ...inner, [target.x, target.y - below!]])
  }
  return { width, height, at, paths: links.map(({ child, parent }) => points.get(`${child}\n${parent}`)!) }
}
