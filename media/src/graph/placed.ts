/** Where the cards and links of a graph stand. */
import type { Cards } from './cards.ts'

export type Point = readonly [number, number]

/** Width and height of a card. */
export type SizeOf = (id: string) => Point

/** Between cards beside one another and between layers. */
export const GAP = [24, 44] as const

/** What a layout decides. */
export interface Columns {
  /** Layer of each card, by id, counted from the top. */
  readonly layers: ReadonlyMap<string, number>
  /** Abscissa of the middle of each card, by id. */
  readonly x: ReadonlyMap<string, number>
  /** Where each link passes the layers that it skips, in the order of the cards' links; nothing where it goes straight. */
  readonly passes: readonly (readonly number[])[]
}

/** A layout that a reader has in mind. */
export interface Earlier {
  readonly of: Cards
  readonly columns: Columns
}

export interface Placed {
  readonly width: number
  readonly height: number
  /** Centre of each card, by id. */
  readonly at: ReadonlyMap<string, Point>
  /** Bends of the links in the order of the cards' links, from the reader above down to what it reads. */
  readonly paths: readonly (readonly Point[])[]
}

/** Layers one below the other. In a layer the cards hang from one height, so that one that grows moves only what is below. */
export function settled({ cards, links }: Cards, sizeOf: SizeOf, { layers, x, passes }: Columns): Placed {
  if (cards.length === 0) return { width: 0, height: 0, at: new Map(), paths: [] }
  const heights: number[] = []
  let [left, right] = [Infinity, -Infinity]
  for (const { id } of cards) {
    const [width, height] = sizeOf(id)
    heights[layers.get(id)!] = Math.max(heights[layers.get(id)!] ?? 0, height)
    left = Math.min(left, x.get(id)! - width / 2)
    right = Math.max(right, x.get(id)! + width / 2)
  }
  for (const pass of passes.flat()) [left, right] = [Math.min(left, pass), Math.max(right, pass)]
  const tops: number[] = []
  for (const layer of heights.keys()) tops.push(layer === 0 ? 0 : tops[layer - 1]! + heights[layer - 1]! + GAP[1])
  const paths = links.map(({ child, parent }, index): Point[] => {
    const [from, to] = [layers.get(child)!, layers.get(parent)!]
    const [above, below] = [x.get(child)! - left, x.get(parent)! - left]
    const height = sizeOf(child)[1]
    return [
      [above, tops[from]! + height],
      // Beside higher cards, and past the layers that it skips, a link runs straight down.
      ...(height < heights[from]! ? [[above, tops[from]! + heights[from]!] as const] : []),
      ...passes[index]!.flatMap((pass, step): Point[] => [[pass - left, tops[from + 1 + step]!], [pass - left, tops[from + 1 + step]! + heights[from + 1 + step]!]]),
      [below, tops[to]!],
    ]
  })
  return {
    width: right - left,
    height: tops.at(-1)! + heights.at(-1)!,
    at: new Map(cards.map(({ id }) => [id, [x.get(id)! - left, tops[layers.get(id)!]! + sizeOf(id)[1] / 2]])),
    paths,
  }
}
