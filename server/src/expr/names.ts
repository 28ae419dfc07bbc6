/** Did you mean: the names closest to one that does not exist. */

/** Up to three of `names`, nearest first; only those near enough to be a slip. */
export function closest(name: string, names: Iterable<string>): readonly string[] {
  const limit = Math.max(1, Math.floor(name.length / 3))
  const near: { text: string; distance: number }[] = []
  for (const text of new Set(names)) {
    if (Math.abs(text.length - name.length) > limit) continue
    const distance = editDistance(name.toLowerCase(), text.toLowerCase())
    if (distance <= limit) near.push({ text, distance })
  }
  return near.sort((a, b) => a.distance - b.distance || (a.text < b.text ? -1 : 1)).slice(0, 3).map((n) => n.text)
}

/** "; closest: `a`, `b`", or nothing. */
export function hint(name: string, names: Iterable<string>): string {
  const near = closest(name, names)
  return near.length === 0 ? '' : `; closest: ${near.map((n) => `\`${n}\``).join(', ')}`
}

/** Insertions, deletions, substitutions and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2]! + 1)
      next.push(best)
    }
    before = row
    row = next
  }
  return row[b.length]!
}
