/** The model beside the hypothesis: its components layer by layer along the residual stream, and which cards stand for which. */
import type { ComponentReport, NodeReport } from '../../../server/src/protocol/report.ts'
import type { Cards } from './cards.ts'
import type { Placed, Point, SizeOf } from './placed.ts'

/** What a hypothesis says of a component. */
export interface Claim {
  /** Nodes that stand there. */
  readonly nodes: readonly string[]
  /** Values of parents pass it on their way. */
  readonly passed: boolean
}

export interface Cell extends Claim {
  readonly name: string
  /** Its middle. */
  readonly at: Point
  readonly width: number
}

/** It leaves the cell to the right, and comes to the card from above, from below, or from the left where the card is beside the cell. */
export interface Joint {
  readonly from: Point
  readonly to: Point
  readonly side: 'top' | 'bottom' | 'left'
}

export interface ModelLayer {
  readonly cells: readonly Cell[]
  /** From a cell to the card that stands for it. */
  readonly joints: readonly Joint[]
  /** Abscissa of the residual stream, which all layers read and add to. */
  readonly stream: number
  readonly width: number
  readonly height: number
}

export const CELL_HEIGHT = 18
const ROW = 34
const CELL = 56
const BETWEEN = 4
/** Of a layer of many components. */
const WIDEST = 300
/** Left of the cells, for the residual stream; right of them, for the joints. */
const [STREAM, JOINTS] = [14, 56]

/** For each component what these nodes say of it. */
export function claims(nodes: readonly NodeReport[]): (one: ComponentReport) => Claim {
  const at = Map.groupBy(nodes, ({ tensor }) => tensor)
  const through = new Set(nodes.flatMap(({ edges }) => edges.flatMap((edge) => edge.through)))
  return ({ name, tensor }) => ({ nodes: (at.get(tensor) ?? []).map((node) => node.name), passed: through.has(name) || through.has('any') })
}

/** Cards drawn beside their model: all of it is moved to the right of the model's layers, and the lower of the two stands in the middle of the higher. */
export function besideModel(components: readonly ComponentReport[], nodes: readonly NodeReport[], { cards }: Cards, sizeOf: SizeOf, placed: Placed): { placed: Placed; model: ModelLayer } {
  const layers: ComponentReport[][] = []
  for (const one of components) (layers[one.layer] ??= []).push(one)
  const rows = layers.filter(Boolean).reverse()
  const most = Math.max(...rows.map(({ length }) => length))
  const cell = Math.max(3, Math.min(CELL, (WIDEST + BETWEEN) / most - BETWEEN))
  const right = STREAM + most * (cell + BETWEEN) - BETWEEN
  const height = Math.max(placed.height, rows.length * ROW)
  const [x, y] = [right + JOINTS, (height - placed.height) / 2]
  const moved = ([a, b]: Point): Point => [a + x, b + y]
  const at = new Map([...placed.at].map(([id, point]) => [id, moved(point)]))

  const claimOf = claims(nodes)
  const cardsAt = new Map<string, Set<string>>()
  for (const card of cards) {
    for (const { tensor } of card.kind === 'node' ? [card.node] : card.kind === 'family' ? card.members : []) {
      if (!cardsAt.has(tensor)) cardsAt.set(tensor, new Set())
      cardsAt.get(tensor)!.add(card.id)
    }
  }
  const cells: Cell[] = []
  const joints: Joint[] = []
  for (const [row, members] of rows.entries()) {
    const middle = ((row + 0.5) * height) / rows.length
    for (const [index, one] of members.entries()) {
      const left = STREAM + index * (cell + BETWEEN)
      cells.push({ name: one.name, at: [left + cell / 2, middle], width: cell, ...claimOf(one) })
      for (const id of cardsAt.get(one.tensor) ?? []) joints.push(jointTo([left + cell, middle], at.get(id)!, sizeOf(id)))
    }
  }
  return {
    placed: { width: placed.width + x, height, at, paths: placed.paths.map((path) => path.map(moved)) },
    model: { cells, joints, stream: STREAM / 3, width: right, height },
  }
}

/** From the side a card's middle, from above and below a little right of its corner: in the middle of its edge arrive its links. */
function jointTo(from: Point, [x, y]: Point, [width, height]: Point): Joint {
  const [left, top, bottom] = [x - width / 2, y - height / 2, y + height / 2]
  if (from[1] < top) return { from, to: [left + 12, top], side: 'top' }
  return from[1] > bottom ? { from, to: [left + 12, bottom], side: 'bottom' } : { from, to: [left, y], side: 'left' }
}
