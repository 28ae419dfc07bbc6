/** Places the cards in layers, the output on top: small graphs by d3-dag, large ones quickly. */
import { coordSimplex, decrossTwoLayer, graphStratify, layeringSimplex, sugiyama } from 'd3-dag'
import { linkKey, type Cards } from './cards.ts'
import { keptLayers } from './kept-layers.ts'
import { layered, layersOf } from './layered.ts'
import { GAP, type Columns, type Earlier, type SizeOf } from './placed.ts'

/** Up to here the careful operators stay well under half a second. */
const CAREFUL = 120

/** With fewer of its cards known from an earlier layout a graph is another one. */
const KNOWN = 0.5

/** After an `earlier` layout of nearly the same graph, what was there stays where it was. */
export function layout(cards: Cards, sizeOf: SizeOf, earlier?: Earlier): Columns {
  if (earlier && alike(cards, earlier.of)) return earlier.columns
  const few = cards.cards.length <= CAREFUL
  const known = cards.cards.filter(({ id }) => earlier?.columns.x.has(id)).length
  if (!earlier || known < KNOWN * cards.cards.length) return few ? careful(cards, sizeOf) : layered(cards, sizeOf, layersOf(cards))
  return layered(cards, sizeOf, few ? (keptLayers(cards, earlier) ?? careful(cards, sizeOf).layers) : layersOf(cards), earlier)
}

const alike = (a: Cards, b: Cards): boolean =>
  a.cards.length === b.cards.length && a.links.length === b.links.length && a.cards.every(({ id }, index) => id === b.cards[index]!.id) && a.links.every(({ child, parent }, index) => child === b.links[index]!.child && parent === b.links[index]!.parent)

function careful({ cards, links }: Cards, sizeOf: SizeOf): Columns {
  if (cards.length === 0) return { layers: new Map(), x: new Map(), passes: [] }
  const readers = new Map<string, string[]>(cards.map(({ id }) => [id, []]))
  for (const { child, parent } of links) readers.get(parent)!.push(child)
  const dag = graphStratify()([...readers].map(([id, parentIds]) => ({ id, parentIds })))
  const size = (node: { readonly data: { readonly id: string } }): [number, number] => [...sizeOf(node.data.id)]
  sugiyama().nodeSize(size).gap(GAP).layering(layeringSimplex()).decross(decrossTwoLayer()).coord(coordSimplex())(dag)
  const all = [...dag.nodes()]
  // The cards of a layer have their middles at one height.
  const layers = new Map<string, number>()
  let [layer, last] = [-1, -Infinity]
  for (const { data, y } of all.toSorted((a, b) => a.y - b.y)) {
    if (y - last > 1) [layer, last] = [layer + 1, y]
    layers.set(data.id, layer)
  }
  const passes = new Map([...dag.links()].map(({ source, target, points }) => [linkKey({ child: source.data.id, parent: target.data.id }), points.slice(1, -1).map(([x]) => x)]))
  return {
    layers,
    x: new Map(all.map(({ data, x }) => [data.id, x])),
    passes: links.map((link) => passes.get(linkKey(link))!),
  }
}
