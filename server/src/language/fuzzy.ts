/** How well a few typed characters stand for a long name: `l1.z` finds `/blocks.1/attn/z`. */

const MATCH = 40
/** A match where a segment of the path begins, or a number or a word within it, or right after the last match. */
const SEGMENT = 200
const PART = 120
const NEIGHBOUR = 180
/** Taken off for a gap between two matches, and for every character of the name. */
const GAP = 40
const LENGTH = 1

/** No match. */
export const NO_SCORE = -0x8000_0000

/** A name as it is searched: lower case, all separators alike. */
export const searchable = (name: string): string => name.toLowerCase().replace(/[/_:\-\s[]/g, '.')

/**
 * Scores names that are `searchable`: the larger the better, `NO_SCORE` where the characters of the query do not stand in
 * the name in this order. Made once for many names.
 */
export function scorer(query: string): (name: string) => number {
  const wanted = searchable(query)
  const first = new Int32Array(wanted.length)
  // The best score of a match that ends at each character of the name, for one character of the query and the one before.
  let row = new Int32Array(64)
  let last = new Int32Array(64)
  return (name) => {
    if (!earliest(wanted, name, first)) return NO_SCORE
    if (row.length < name.length) {
      row = new Int32Array(2 * name.length)
      last = new Int32Array(2 * name.length)
    }
    let best = 0
    for (let i = 0; i < wanted.length; i++) {
      const c = wanted.charCodeAt(i)
      const from = first[i]!
      let before = i === 0 ? 0 : NO_SCORE
      best = NO_SCORE
      for (let j = from; j < name.length; j++) {
        const neighbour = i > 0 && j > first[i - 1]! ? last[j - 1]! : NO_SCORE
        let score = NO_SCORE
        if (name.charCodeAt(j) === c) {
          const way = Math.max(before, neighbour === NO_SCORE ? NO_SCORE : neighbour + NEIGHBOUR)
          if (way !== NO_SCORE) score = way + worth(name, j)
        }
        row[j] = score
        if (neighbour !== NO_SCORE) before = Math.max(before, neighbour - GAP)
        if (score > best) best = score
      }
      const done = last
      last = row
      row = done
    }
    return best - LENGTH * name.length
  }
}

/** Where each character of the query can stand at the earliest; false where one stands nowhere. */
function earliest(wanted: string, name: string, first: Int32Array): boolean {
  let from = 0
  for (let i = 0; i < wanted.length; i++) {
    const found = name.indexOf(wanted[i]!, from)
    if (found < 0) return false
    first[i] = found
    from = found + 1
  }
  return true
}

function worth(name: string, at: number): number {
  const c = name.charCodeAt(at)
  if (c === DOT) return MATCH
  const before = at === 0 ? DOT : name.charCodeAt(at - 1)
  return MATCH + (before === DOT ? SEGMENT : isDigit(c) !== isDigit(before) ? PART : 0)
}

const DOT = 0x2e
const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39
