/**
 * The samples worth looking at: the worst, the best and some random ones, each with what was drawn on every branch. Which
 * they are is a function of the samples, however they were cut into parts or shards.
 */
import type { Candidate, SampleReport } from '../protocol/report.ts'
import type { Draws } from './draws.ts'
import type { EvaluateGiven, Prepared } from './evaluate.ts'
import { drawKey, uniform } from './random.ts'
import { streamsOfRead } from './reads.ts'
import { streamKey } from './region.ts'

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

/** Of all candidates, the samples that a report tells of. */
export function chooseSamples(candidates: readonly Candidate[], seed: number, sense: Sense): SampleReport[] {
  const order = worstFirst(candidates, sense)
  const rest = order.slice(WORST)
  const random = bySeed(rest.slice(0, -BEST), seed).slice(0, RANDOM)
  const kind = (of: readonly Candidate[], kind: SampleReport['kind']): SampleReport[] => of.map(({ sample, ...one }) => ({ sample, kind, ...one }))
  return [...kind(order.slice(0, WORST), 'worst'), ...kind(rest.slice(-BEST).reverse(), 'best'), ...kind(random, 'random')]
}

/**
 * Those that could be chosen, whatever other samples there are besides. A sample that is a random one has fewer than RANDOM
 * before it by seed that are random ones too, and the worst and the best may stand before it.
 */
export function couldBeChosen<T extends Judged>(samples: readonly T[], seed: number, sense: Sense): T[] {
  const order = worstFirst(samples, sense)
  return [...new Set([...order.slice(0, WORST), ...order.slice(-BEST), ...bySeed(samples, seed).slice(0, WORST + BEST + RANDOM)])]
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

/** The candidates, once these samples are known too: the first of `draws`, as many as there are values. */
export function withSamples(candidates: readonly Candidate[], draws: Draws, scrubbed: Float64Array, model: Float64Array, telling: Telling): Candidate[] {
  const { given: { original }, p, seed, sense } = telling
  const fresh = Array.from(scrubbed, (value, i): Judged => ({ sample: draws.first + i, scrubbed: value }))
  const random = randomData(p)
  const reference = draws.reference()
  const valueOf = (node: string) => p.features.get(node)!.value
  const features = p.tree.order.length <= MOST_FEATURES
  return couldBeChosen<Judged | Candidate>([...candidates, ...fresh], seed, sense).map((one): Candidate => {
    if ('draws' in one) return one
    const s = one.sample - draws.first
    return {
      sample: one.sample,
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

/** Each once, in the order of the graph. */
function randomData({ compiled }: Prepared): RandomDatum[] {
  const found = new Map<string, RandomDatum>()
  for (const stream of compiled.reads.flatMap(streamsOfRead)) if (stream.kind === 'unimportant') found.set(streamKey(stream), stream)
  return [...found.values()]
}

/** Nodes ('' is the root) whose unimportant inputs are drawn; `place` where they are drawn one by one. */
interface RandomDatum {
  readonly of: string
  readonly place: string
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

function branchesOf(draws: Draws, random: readonly RandomDatum[], sample: number): Branch[] {
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
