/** A layout in time that grows with the number of links: every card beside what it is read by, or where it stood before. */
import { linkKey, type Cards } from './cards.ts'
import { GAP, type Columns, type Earlier, type SizeOf } from './placed.ts'
import { spread } from './spread.ts'
import { topological } from './topological.ts'

/** A card, or the place where a link passes a layer. */
interface Item {
  readonly layer: number
  readonly width: number
  readonly above: Item[]
  readonly below: Item[]
  /** Where it stood before. */
  readonly before: number | undefined
  /** Its rank in its layer, counted from the middle. */
  rank: number
  x: number
}

/** Places where links pass layers, for each card: with more of them the links go straight. */
const MOST_PASSES = 4
/** Width of such a place: with the gaps on both sides as much as links need to be told apart. */
const PASS = 6 - GAP[0]
const SWEEPS = 4
/** How much the wish of what is new counts against that of what stays where it stood. */
const NEW = 1e-9

export function layered({ cards, links }: Cards, sizeOf: SizeOf, layerOf: ReadonlyMap<string, number>, earlier?: Earlier): Columns {
  const layers: Item[][] = Array.from({ length: Math.max(...layerOf.values()) + 1 }, () => [])
  const add = (layer: number, width: number, before: number | undefined): Item => {
    const item = { layer, width, above: [], below: [], before, rank: 0, x: 0 }
    layers[layer]!.push(item)
    return item
  }
  const items = new Map(cards.map(({ id }) => [id, add(layerOf.get(id)!, sizeOf(id)[0], earlier?.columns.x.get(id))]))
  const passed = new Map(earlier?.of.links.map((link, index) => [linkKey(link), earlier.columns.passes[index]!]))
  const passes = links.reduce((all, { child, parent }) => all + layerOf.get(parent)! - layerOf.get(child)! - 1, 0)
  const bent = passes <= MOST_PASSES * cards.length
  const chains = links.map(({ child, parent }) => {
    const before = passed.get(linkKey({ child, parent }))
    const [from, to] = [items.get(child)!, items.get(parent)!]
    const skipped = to.layer - from.layer - 1
    const between = bent ? Array.from({ length: skipped }, (_, index) => add(from.layer + 1 + index, PASS, before?.length === skipped ? before[index] : undefined)) : []
    const chain = [from, ...between, to]
    for (const [index, item] of chain.slice(1).entries()) {
      item.above.push(chain[index]!)
      chain[index]!.below.push(item)
    }
    return chain
  })

  rank(layers)
  for (let sweep = 0; !earlier && sweep < SWEEPS; sweep++) order(sweep % 2 === 0 ? layers : layers.toReversed(), sweep % 2 === 0 ? 'above' : 'below')
  for (const layer of layers) {
    const wishes = layer.map((item) => ({ item, width: item.width, at: wish(item), weight: item.before === undefined ? NEW : 1 }))
    // Without an earlier layout the order is made already.
    if (earlier) wishes.sort((a, b) => a.at - b.at)
    for (const [index, x] of spread(wishes, GAP[0]).entries()) wishes[index]!.item.x = x
  }

  return {
    layers: layerOf,
    x: new Map([...items].map(([id, { x }]) => [id, x])),
    passes: chains.map((chain) => chain.slice(1, -1).map(({ x }) => x)),
  }
}

/** Where it stood; otherwise in the middle of what it is linked to, as far as that has a place. */
function wish({ before, above, below, rank, width }: Item): number {
  if (before !== undefined) return before
  const linked = [...above.map(({ x }) => x), ...below.flatMap((item) => item.before ?? [])]
  return linked.length > 0 ? mean(linked) : rank * (width + GAP[0])
}

/** Each card one layer below the lowest that reads it. */
export function layersOf(cards: Cards): Map<string, number> {
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
