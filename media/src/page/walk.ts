/** Where the arrow keys lead in the graph: up and down along edges, left and right within a layer. */
import type { Card, Cards } from '../graph/cards.ts'
import type { Placed } from '../graph/placed.ts'

/** Inputs and what is left out have nothing to select. */
export const walkable = ({ kind }: Card): boolean => kind === 'node' || kind === 'family'

/** The id of the card reached from another one, or undefined where the way ends. */
export function neighbour({ cards, links }: Cards, at: Placed['at'], id: string, key: string): string | undefined {
  const [x, y] = at.get(id)!
  const side = key === 'ArrowLeft' ? -1 : 1
  const linked =
    key === 'ArrowUp' ? new Set(links.filter(({ parent }) => parent === id).map(({ child }) => child))
    : key === 'ArrowDown' ? new Set(links.filter(({ child }) => child === id).map(({ parent }) => parent))
    : undefined
  const reached = cards.filter((card) => {
    const [ax, ay] = at.get(card.id)!
    return walkable(card) && (linked ? linked.has(card.id) : (ax - x) * side > 0 && Math.abs(ay - y) < 1)
  })
  return reached.map((card) => ({ id: card.id, far: Math.abs(at.get(card.id)![0] - x) })).toSorted((a, b) => a.far - b.far)[0]?.id
}
