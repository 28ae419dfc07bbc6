/** The samples worth looking at: the worst, the best and some random ones, each with what was drawn on every branch. */
import type { SampleReport } from '../protocol/report.ts'
import type { Draws } from './draws.ts'
import { drawKey, uniform } from './random.ts'

const WORST = 100
const BEST = 50
const RANDOM = 50
/** Branches listed per sample. */
const MOST_BRANCHES = 500

/** Of `scrubbed` and `model` per sample; `random` says which unimportant inputs are drawn, `original` maps a datum to its row in the dataset's file, `valueOf` gives a node's feature; `features` tells those of the reference, too. */
export function chooseSamples(
  draws: Draws, random: readonly RandomDatum[], scrubbed: Float64Array, model: Float64Array, sense: 'metric' | 'score',
  original: (datum: number) => number, valueOf: (node: string) => ((datum: number) => string) | undefined, features: boolean,
): SampleReport[] {
  const sign = sense === 'metric' ? 1 : -1
  const order = Array.from({ length: scrubbed.length }, (_, i) => i)
  // Ties in the order of samples, so that a report is the same every time.
  order.sort((a, b) => sign * (scrubbed[b]! - scrubbed[a]!) || a - b)
  const chosen: [number, SampleReport['kind']][] = order.slice(0, WORST).map((s) => [s, 'worst'])
  const rest = order.slice(WORST)
  chosen.push(...rest.slice(-BEST).reverse().map((s): [number, 'best'] => [s, 'best']))
  const between = rest.slice(0, -BEST).sort((a, b) => a - b)
  const numbers = new Float64Array(Math.min(RANDOM, between.length))
  uniform(drawKey(draws.urn.seed, '~samples'), 0, numbers)
  for (const u of numbers) chosen.push([between.splice(Math.floor(u * between.length), 1)[0]!, 'random'])
  const reference = draws.reference()
  return chosen.map(([s, kind]) => ({
    sample: draws.first + s,
    kind,
    reference: original(reference[s]!),
    model: model[s]!,
    scrubbed: scrubbed[s]!,
    ...branchesReport(branchesOf(draws, random, s), original, valueOf),
    ...(features ? { features: Object.fromEntries(draws.urn.tree.order.flatMap(({ node: { name } }): [string, string][] => {
      const value = valueOf(name)
      return value ? [[name, value(reference[s]!)]] : []
    })) } : {}),
  }))
}

/** Nodes ('' is the root) whose unimportant inputs are drawn; `place` where they are drawn one by one. */
export interface RandomDatum {
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
