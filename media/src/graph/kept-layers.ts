/** Layers after an edit: among equally good ones those that the cards have already. */
import type { Cards } from './cards.ts'
import type { Earlier } from './placed.ts'
import { topological } from './topological.ts'

/** Undefined where what is new does not fit between what was there. */
export function keptLayers(cards: Cards, { of, columns }: Earlier): Map<string, number> | undefined {
  const { order, reads } = topological(cards)
  const [readers, before] = [readersOf(cards), readersOf(of)]
  const layers = new Map<string, number>()
  for (const id of order) {
    const here = readers.get(id) ?? []
    const stays = columns.layers.has(id) && here.join('\n') === (before.get(id) ?? []).join('\n')
    if (stays) layers.set(id, columns.layers.get(id)!)
    else if (here.length > 0) layers.set(id, 1 + Math.max(...here.map((reader) => layers.get(reader)!)))
    else {
      // Nothing reads it: right above what it reads.
      const below = reads.get(id)!.flatMap((read) => columns.layers.get(read) ?? [])
      layers.set(id, below.length > 0 ? Math.max(0, Math.min(...below) - 1) : 0)
    }
  }
  const used = new Set(layers.values())
  const fits = cards.links.every(({ child, parent }) => layers.get(child)! < layers.get(parent)!) && [...used].every((layer) => layer === 0 || used.has(layer - 1))
  return fits ? layers : undefined
}

function readersOf({ links }: Cards): Map<string, string[]> {
  const readers = new Map<string, string[]>()
  for (const { child, parent } of links.toSorted((a, b) => (a.child < b.child ? -1 : 1))) {
    if (readers.has(parent)) readers.get(parent)!.push(child)
    else readers.set(parent, [child])
  }
  return readers
}
