/** Parents before children, and the cycles that stand in the way. */

export interface Ordered {
  readonly sorted: readonly string[]
  /** Each as `a, b, c`: `b` is a parent of `a`, `c` of `b`, and `a` of `c`. */
  readonly cycles: readonly (readonly string[])[]
}

/** Stable: apart from parents coming first, the order of `names` is kept. Walks without recursion: chains may be long. */
export function orderOf(names: Iterable<string>, parentsOf: (name: string) => readonly string[]): Ordered {
  const sorted: string[] = []
  const cycles: string[][] = []
  const state = new Map<string, 'open' | 'done'>()
  for (const root of names) {
    if (state.has(root)) continue
    const path: { name: string; next: number; parents: readonly string[] }[] = [{ name: root, next: 0, parents: parentsOf(root) }]
    state.set(root, 'open')
    while (path.length > 0) {
      const at = path.at(-1)!
      const parent = at.parents[at.next++]
      if (parent === undefined) {
        state.set(at.name, 'done')
        sorted.push(at.name)
        path.pop()
      } else if (!state.has(parent)) {
        state.set(parent, 'open')
        path.push({ name: parent, next: 0, parents: parentsOf(parent) })
      } else if (state.get(parent) === 'open') {
        const start = path.findIndex((step) => step.name === parent)
        cycles.push(path.slice(start).map((step) => step.name))
      }
    }
  }
  return { sorted, cycles }
}
