/** Where the cards and links of a graph stand. */

export type Point = readonly [number, number]

export interface Placed {
  readonly width: number
  readonly height: number
  /** Centre of each card, by id. */
  readonly at: ReadonlyMap<string, Point>
  /** Bends of the links in the order of the cards' links, from the reader above down to what it reads. */
  readonly paths: readonly (readonly Point[])[]
}

/** Width and height of a card. */
export type SizeOf = (id: string) => Point

/** Between cards beside one another and between layers. */
export const GAP = [24, 44] as const
