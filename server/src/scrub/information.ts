/** How much two partitions of the data tell of each other. */
import type { Classes } from './classes.ts'

/** Work that one comparison may take: steps of the sum of the expected information. */
const MOST_STEPS = 50_000_000

/** Sizes of the classes, and those with how often each occurs; kept, for every pair asks. */
function sizesOf(classes: Classes): { readonly sizes: Int32Array; readonly times: Grouped } {
  let known = measured.get(classes)
  if (!known) {
    const { count, start } = classes
    const sizes = Int32Array.from({ length: count }, (_, c) => start[c + 1]! - start[c]!)
    measured.set(classes, (known = { sizes, times: grouped(sizes) }))
  }
  return known
}

const measured = new WeakMap<Classes, { readonly sizes: Int32Array; readonly times: Grouped }>()

/** Entropy of the class distribution, in nats. */
function entropy(sizes: Int32Array, rows: number): number {
  let sum = 0
  for (const size of sizes) if (size > 0) sum -= (size / rows) * Math.log(size / rows)
  return sum
}

export function samePartition(a: Classes, b: Classes): boolean {
  // Classes are numbered in order of first appearance, so equal partitions have equal numbers.
  return a.count === b.count && a.of.every((c, i) => c === b.of[i])
}

/** Data in each pair of classes, numbered `of a * b.count + of b`; in an array where that is not much larger than the data. */
function cellsOf(a: Classes, b: Classes): Iterable<[number, number]> {
  if (a.count * b.count <= 4 * a.rows) {
    const counts = new Int32Array(a.count * b.count)
    for (let i = 0; i < a.rows; i++) counts[a.of[i]! * b.count + b.of[i]!]!++
    return counts.entries()
  }
  const counts = new Map<number, number>()
  for (let i = 0; i < a.rows; i++) {
    const cell = a.of[i]! * b.count + b.of[i]!
    counts.set(cell, (counts.get(cell) ?? 0) + 1)
  }
  return counts
}

/** Mutual information of two partitions of the same data, in nats. */
function mutualInformation(a: Classes, b: Classes, sizesA: Int32Array, sizesB: Int32Array): number {
  const { rows } = a
  let sum = 0
  for (const [cell, n] of cellsOf(a, b)) if (n > 0) sum += (n / rows) * Math.log((n * rows) / (sizesA[Math.floor(cell / b.count)]! * sizesB[cell % b.count]!))
  return sum
}

/**
 * The adjusted mutual information (Vinh, Epps and Bailey 2010), with the arithmetic mean of the entropies: 1 for equal
 * partitions, about 0 for ones that agree by chance. Undefined below `least`, and where it would take too long to tell.
 */
export function adjustedInformation(a: Classes, b: Classes, least: number): number | undefined {
  if (samePartition(a, b)) return 1
  const { sizes: sizesA } = sizesOf(a)
  const { sizes: sizesB } = sizesOf(b)
  const [entropyA, entropyB] = [entropy(sizesA, a.rows), entropy(sizesB, a.rows)]
  const mean = (entropyA + entropyB) / 2
  // The adjusted information is never above the normalised one, and that one never above the ratio of the entropies.
  if (mean === 0 || Math.min(entropyA, entropyB) / mean < least) return undefined
  const information = mutualInformation(a, b, sizesA, sizesB)
  if (information / mean < least) return undefined
  const expected = expectedInformation(sizesA, sizesB, a.rows)
  if (expected === undefined) return undefined
  const adjusted = (information - expected) / (mean - expected)
  return adjusted >= least ? adjusted : undefined
}

/**
 * The mean mutual information of partitions with these class sizes, drawn at random: a sum over hypergeometric
 * distributions. Classes of one size are counted together. Undefined where it takes too many steps.
 */
export function expectedInformation(sizesA: Int32Array, sizesB: Int32Array, rows: number): number | undefined {
  const [left, right] = [grouped(sizesA), grouped(sizesB)]
  if (stepsOf(left, right, rows) > MOST_STEPS) return undefined
  const log = logFactorials(rows)
  let sum = 0
  for (const [a, timesA] of left) for (const [b, timesB] of right) sum += timesA * timesB * cellInformation(a, b, rows, log)
  return sum
}

/** What one cell adds to the mean mutual information: its number is hypergeometric, summed from the mode to where nothing is left. */
function cellInformation(a: number, b: number, rows: number, log: Float64Array): number {
  const least = Math.max(1, a + b - rows)
  const most = Math.min(a, b)
  const mode = Math.min(most, Math.max(least, Math.floor(((a + 1) * (b + 1)) / (rows + 2))))
  const peak = Math.exp(log[a]! + log[b]! + log[rows - a]! + log[rows - b]! - log[rows]! - log[mode]! - log[a - mode]! - log[b - mode]! - log[rows - a - b + mode]!)
  const factor = rows / (a * b)
  let part = mode * Math.log(mode * factor) * peak
  let probability = peak
  for (let n = mode + 1; n <= most && probability > NOTHING; n++) {
    probability *= ((a - n + 1) * (b - n + 1)) / (n * (rows - a - b + n))
    part += n * Math.log(n * factor) * probability
  }
  probability = peak
  for (let n = mode - 1; n >= least && probability > NOTHING; n--) {
    probability *= ((n + 1) * (rows - a - b + n + 1)) / ((a - n) * (b - n))
    part += n * Math.log(n * factor) * probability
  }
  return part / rows
}

/** Probabilities fall faster than geometrically away from the mode: what lies beyond adds up to no last digit. */
const NOTHING = 1e-30

/** Sizes with how often each occurs. */
type Grouped = readonly (readonly [size: number, times: number])[]

function grouped(sizes: Int32Array): Grouped {
  const found = new Map<number, number>()
  for (const size of sizes) found.set(size, (found.get(size) ?? 0) + 1)
  return [...found]
}

function stepsOf(left: Grouped, right: Grouped, rows: number): number {
  let steps = 0
  for (const [a] of left) for (const [b] of right) steps += Math.min(a, b) - Math.max(1, a + b - rows) + 1
  return steps
}

/** The work that the adjusted information of two partitions takes. */
export function informationSteps(a: Classes, b: Classes): number {
  return a.rows + stepsOf(sizesOf(a).times, sizesOf(b).times, a.rows)
}

/** Of 0 to n; kept, for all pairs of a dataset need the same. */
function logFactorials(n: number): Float64Array {
  if (factorials.length !== n + 1) {
    factorials = new Float64Array(n + 1)
    for (let i = 1; i <= n; i++) factorials[i] = factorials[i - 1]! + Math.log(i)
  }
  return factorials
}

let factorials = new Float64Array()
