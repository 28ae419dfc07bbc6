/**
 * The samples worth looking at: the worst, the best and some random ones, each with what was drawn on every branch. Which
 * they are is a function of the samples, however they were cut into parts or shards.
 */
import type { SampleReport } from '../protocol/report.ts'
import { leastOf } from './ascending.ts'
import type { Draws } from './draws.ts'
import type { EvaluateGiven, Prepared } from './evaluate.ts'
import { drawKey, uniform } from './random.ts'
import { randomStreams, type UnimportantStream } from './reads.ts'

const WORST = 100
const BEST = 50
const RANDOM = 50
/** Branches listed per sample. */
const MOST_BRANCHES = 500
/** Nodes of a hypothesis whose samples tell which classes they lie in. */
const MOST_FEATURES = 100

export type Sense = 'metric' | 'score'

/** What decides about a sample. */
interface Judged {
  readonly sample: number
  readonly scrubbed: number
}

type Kind = SampleReport['kind']

/**
 * Those that are told of, each with the reason. It is enough to keep those that are chosen of each part, and to choose among
 * these again. The worst of all are among the worst of their part, and so are the best. A random one of all is among the worst
 * or the best of its part, or a random one there: what remains there remains in all, so no more stand before it by seed.
 */
export function chooseSamples<T extends Judged>(samples: readonly T[], seed: number, sense: Sense): [T, Kind][] {
  const order = worstFirst(samples, sense)
  const rest = order.slice(WORST)
  const as = (of: readonly T[], kind: Kind): [T, Kind][] => of.map((one) => [one, kind])
  return [...as(order.slice(0, WORST), 'worst'), ...as(rest.slice(-BEST).reverse(), 'best'), ...as(bySeed(rest.slice(0, -BEST), seed).slice(0, RANDOM), 'random')]
}

/** Of the samples that were chosen in several parts, those of all. */
export const chooseAgain = (chosen: readonly SampleReport[], seed: number, sense: Sense): SampleReport[] => chooseSamples(chosen, seed, sense).map(([one, kind]) => ({ ...one, kind }))

/**
 * Few samples of a part, by their place in it, among which all are that would be chosen of it: sorting lists of all would take
 * longer than to evaluate small models.
 */
export function likelySamples(scrubbed: Float64Array, first: number, seed: number, sense: Sense): number[] {
  const sign = sense === 'metric' ? 1 : -1
  if (scrubbed.length === 0) return []
  const values = new Float64Array(scrubbed.length)
  const losses = new Float64Array(scrubbed.length)
  for (let i = 0; i < values.length; i++) losses[i] = -(values[i] = sign * round(scrubbed[i]!))
  const found = new Set<number>()
  // Ties are taken as `worstFirst` has them: the worst from the first on, the best from the last on.
  const worst = -leastOf(losses, Math.min(losses.length, WORST))
  let [ties, worse] = [0, 0]
  for (let i = 0; i < values.length; i++) if (values[i]! > worst) worse++
  for (let i = 0; i < values.length; i++) if (values[i]! > worst || (values[i] === worst && worse + ties++ < WORST)) found.add(i)
  const best = leastOf(values, Math.min(values.length, BEST))
  let better = 0
  for (let i = 0; i < values.length; i++) if (values[i]! < best) better++
  for (let i = values.length - 1; i >= 0; i--) if (values[i]! < best || (values[i] === best && better++ < BEST)) found.add(i)
  // Before a random one there may stand all of the others.
  const numbers = new Float64Array(values.length)
  uniform(drawKey(seed, '~samples'), first, numbers)
  const least = leastOf(numbers, Math.min(numbers.length, WORST + BEST + RANDOM))
  for (let i = 0; i < numbers.length; i++) if (numbers[i]! <= least) found.add(i)
  return [...found].sort((a, b) => a - b)
}

/** Ties in the order of samples, so that a report is the same every time. */
function worstFirst<T extends Judged>(samples: readonly T[], sense: Sense): T[] {
  const sign = sense === 'metric' ? 1 : -1
  const rounded = samples.map((one): [number, T] => [round(one.scrubbed), one])
  return rounded.sort(([a, x], [b, y]) => sign * (b - a) || x.sample - y.sample).map(([, one]) => one)
}

/**
 * To 12 binary digits (the splitting of Dekker, Numerische Mathematik 18, 1971): equal draws give equal values but for the
 * last digits of single precision, which the number of rows in a call may change.
 */
function round(value: number): number {
  const large = value * (2 ** 41 + 1)
  return Number.isFinite(large) ? large - (large - value) : value
}

/** In an order that depends on nothing but the seed and the numbers of the samples. */
function bySeed<T extends Judged>(samples: readonly T[], seed: number): T[] {
  const key = drawKey(seed, '~samples')
  const number = new Float64Array(1)
  const keyed = samples.map((one): [number, T] => {
    uniform(key, one.sample, number)
    return [number[0]!, one]
  })
  return keyed.sort(([a, x], [b, y]) => a - b || x.sample - y.sample).map(([, one]) => one)
}

/** What is needed to tell of a sample. */
export interface Telling {
  readonly given: Pick<EvaluateGiven, 'original'>
  readonly p: Prepared
  readonly seed: number
  readonly sense: Sense
}

/** Those chosen, once these samples are known too: the first of `draws`, as many as there are values. */
export function withSamples(chosen: readonly SampleReport[], draws: Draws, scrubbed: Float64Array, model: Float64Array, telling: Telling): SampleReport[] {
  const { given: { original }, p, seed, sense } = telling
  const fresh = likelySamples(scrubbed, draws.first, seed, sense).map((i): Judged => ({ sample: draws.first + i, scrubbed: scrubbed[i]! }))
  const random = randomStreams(p.compiled.reads)
  const reference = draws.reference()
  const valueOf = (node: string) => p.features.get(node)!.value
  const features = p.tree.order.length <= MOST_FEATURES
  return chooseSamples<Judged | SampleReport>([...chosen, ...fresh], seed, sense).map(([one, kind]): SampleReport => {
    if ('draws' in one) return { ...one, kind }
    const s = one.sample - draws.first
    return {
      sample: one.sample,
      kind,
      reference: original(reference[s]!),
      model: model[s]!,
      scrubbed: one.scrubbed,
      ...branchesReport(branchesOf(draws, random, s), original, valueOf),
      ...(features ? { features: Object.fromEntries(p.tree.order.flatMap(({ node: { name } }): [string, string][] => {
        const value = valueOf(name)
        return value ? [[name, value(reference[s]!)]] : []
      })) } : {}),
    }
  })
}

function branchesReport(branches: readonly Branch[], original: (datum: number) => number, valueOf: (node: string) => ((datum: number) => string) | undefined): Pick<SampleReport, 'draws' | 'values'> {
  const values = branches.flatMap(({ path, node, datum }): [string, string][] => {
    const value = node === undefined ? undefined : valueOf(node)
    return value ? [[path, value(datum)]] : []
  })
  return { draws: Object.fromEntries(branches.map(({ path, datum }) => [path, original(datum)])), values: Object.fromEntries(values) }
}

/** `node` is undefined for a random datum. */
interface Branch {
  readonly path: string
  readonly node: string | undefined
  readonly datum: number
}

function branchesOf(draws: Draws, random: readonly UnimportantStream[], sample: number): Branch[] {
  const found: Branch[] = []
  const add = (paths: readonly string[], vector: Int32Array, suffix: string, node?: string): void => {
    for (let b = 0; b < paths.length && found.length < MOST_BRANCHES; b++) found.push({ path: `${paths[b]!}${suffix}`, node, datum: vector[b * draws.count + sample]! })
  }
  for (const { node, paths } of draws.urn.tree.order) add(paths, draws.node(node.name), '', node.name)
  for (const { of, place } of random) {
    const suffix = `~${place === '' ? '' : `/${place}`}`
    add(of === '' ? [''] : draws.urn.tree.byName.get(of)!.paths, draws.unimportant(of, place), of === '' ? suffix : `/${suffix}`)
  }
  return found
}
