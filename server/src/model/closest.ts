/** "Did you mean": the name among many that is most like a misspelt one. */

/**
 * The candidate nearest to `name`, undefined when none is near. Counts typing errors (a swap of neighbours is one), and
 * takes a candidate that has the same path segments at its start or end (`blocks.5.attn` for `blocks.5.attn.z`).
 */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase()
  let best: string | undefined
  let least = Math.max(1, Math.floor(name.length / 3)) + 0.5
  for (const candidate of candidates) {
    const distance = segmentDistance(wanted, candidate.toLowerCase()) ?? editDistance(wanted, candidate.toLowerCase(), least)
    if (distance < least || (distance === least && best !== undefined && candidate.length < best.length)) {
      best = candidate
      least = distance
    }
  }
  return best
}

const SEPARATOR = /[./:]/

/** Between 1 and 2, by length, where one name is the first or last segments of the other. */
function segmentDistance(a: string, b: string): number | undefined {
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  if (short.length < 2 || short.length === long.length) return undefined
  const starts = long.startsWith(short) && SEPARATOR.test(long[short.length] as string)
  const ends = long.endsWith(short) && SEPARATOR.test(long[long.length - short.length - 1] as string)
  return starts || ends ? 2 - short.length / long.length : undefined
}

/** Damerau-Levenshtein (neighbours swapped once); gives up with infinity above `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return Number.POSITIVE_INFINITY
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let endA = a.length
  let endB = b.length
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--
    endB--
  }
  return distanceOf(a.slice(start, endA), b.slice(start, endB), limit)
}

function distanceOf(a: string, b: string, limit: number): number {
  const width = b.length + 1
  let before = new Uint16Array(width)
  let last = new Uint16Array(width)
  let row = new Uint16Array(width)
  for (let j = 0; j < width; j++) last[j] = j
  for (let i = 1; i <= a.length; i++) {
    row[0] = i
    let least = i
    for (let j = 1; j < width; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1)
      let cost = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
      if (swapped) cost = Math.min(cost, (before[j - 2] as number) + 1)
      row[j] = cost
      least = Math.min(least, cost)
    }
    if (least > limit) return Number.POSITIVE_INFINITY
    const free = before
    before = last
    last = row
    row = free
  }
  return last[b.length] as number
}
