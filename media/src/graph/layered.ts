/** A layout in time that grows with the number of links: every card one layer below the lowest that reads it, beside what it is read by. */
import type { Cards } from './cards.ts'
import { GAP, type Columns, type SizeOf } from './placed.ts'
import { spread } from './spread.ts'
import { topological } from './topological.ts'

/** A card, or the place where a link passes a layer. */
interface Item {
  readonly layer: number
  readonly width: number
  readonly above: Item[]
  readonly below: Item[]
  /** Its rank in its layer, counted from the middle. */
  rank: number
  x: number
}

/** Places where links pass layers, for each card: with more of them the links go straight. */
const MOST_PASSES = 4
const SWEEPS = 4

export function layered({ cards, links }: Cards, sizeOf: SizeOf): Columns {
  const layerOf = layersOf({ cards, links })
  const layers: Item[][] = Array.from({ length: Math.max(...layerOf.values()) + 1 }, () => [])
  const add = (layer: number, width: number): Item => {
    const item = { layer, width, above: [], below: [], rank: 0, x: 0 }
    layers[layer]!.push(item)
    return item
  }
  const items = new Map(cards.map(({ id }) => [id, add(layerOf.get(id)!, sizeOf(id)[0])]))
  const passes = links.reduce((all, { child, parent }) => all + layerOf.get(parent)! - layerOf.get(child)! - 1, 0)
  const bent = passes <= MOST_PASSES * cards.length
  const chains = links.map(({ child, parent }) => {
    const [from, to] = [items.get(child)!, items.get(parent)!]
    const between = bent ? Array.from({ length: to.layer - from.layer - 1 }, (_, index) => add(from.layer + 1 + index, 0)) : []
    const chain = [from, ...between, to]
    for (const [index, item] of chain.slice(1).entries()) {
      item.above.push(chain[index]!)
      chain[index]!.below.push(item)
    }
    return chain
  })

  rank(layers)
  for (let sweep = 0; sweep < SWEEPS; sweep++) order(sweep % 2 === 0 ? layers : layers.toReversed(), sweep % 2 === 0 ? 'above' : 'below')
  for (const layer of layers) {
    const places = spread(layer.map(({ above, rank, width }) => ({ width, at: above.length > 0 ? mean(above.map(({ x }) => x)) : rank * (width + GAP[0]), weight: 1 })), GAP[0])
    for (const [index, item] of layer.entries()) item.x = places[index]!
  }

  return {
    layers: layerOf,
    x: new Map([...items].map(([id, { x }]) => [id, x])),
    passes: chains.map((chain) => chain.slice(1, -1).map(({ x }) => x)),
  }
}

/** The longest way from a card that nothing reads. */
function layersOf(cards: Cards): Map<string, number> {
  const { order, reads } = topological(cards)
  const layers = new Map<string, number>(order.map((id) => [id, 0]))
  for (const id of order) for (const parent of reads.get(id)!) layers.set(parent, Math.max(layers.get(parent)!, layers.get(id)! + 1))
  return layers
}

/** Each layer by the mean rank of what its items are linked to on one side; without such links they keep their rank. */
function order(layers: readonly Item[][], side: 'above' | 'below'): void {
  for (const layer of layers) {
    const wish = new Map(layer.map((item) => [item, item[side].length > 0 ? mean(item[side].map(({ rank }) => rank)) : item.rank]))
    layer.sort((a, b) => wish.get(a)! - wish.get(b)!)
    rank([layer])
  }
}

function rank(layers: readonly Item[][]): void {
  for (const layer of layers) for (const [index, item] of layer.entries()) item.rank = index - (layer.length - 1) / 2
}

const mean = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0) / values.length
