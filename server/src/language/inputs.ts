/** Which columns feed which inputs of the model. */
import type { BoundFile } from '../hypothesis/bound.ts'

const known = new WeakMap<BoundFile, ReadonlyMap<string, readonly string[]>>()

/** Model inputs by the columns that they are computed from. */
export function columnsFeeding(bound: BoundFile): ReadonlyMap<string, readonly string[]> {
  let made = known.get(bound)
  if (!made) {
    const found = new Map<string, string[]>()
    for (const { input, columns } of bound.inputs) for (const column of columns) found.set(column, [...(found.get(column) ?? []), input])
    known.set(bound, (made = found))
  }
  return made
}
