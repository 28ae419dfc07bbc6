/** Discrete distributions over numbered values. */
import type { Classes } from './classes.ts'

/** Identifiers of values with their probabilities. */
export type Distribution = ReadonlyMap<number, number>

/** The mixture of the distributions of a class's data. */
export function mix(partition: Classes, c: number, ofDatum: (x: number) => Distribution): Distribution {
  const mixture = new Map<number, number>()
  const begin = partition.start[c]!
  const end = partition.start[c + 1]!
  for (let i = begin; i < end; i++) {
    for (const [id, p] of ofDatum(partition.order[i]!)) mixture.set(id, (mixture.get(id) ?? 0) + p / (end - begin))
  }
  return mixture
}

/** Every combination of one item from each list, with the product of the weights. */
export function product(lists: readonly (readonly (readonly [number, number])[])[], visit: (ids: number[], weight: number) => void): void {
  const ids: number[] = new Array<number>(lists.length)
  const walk = (k: number, weight: number): void => {
    if (k === lists.length) {
      visit([...ids], weight)
      return
    }
    for (const [id, p] of lists[k]!) {
      ids[k] = id
      walk(k + 1, weight * p)
    }
  }
  walk(0, 1)
}
