/**
 * The null band: what hypotheses of the same shape recover whose features are permuted over the data. Their classes have
 * the same sizes and overlap in the same way, but say nothing of the data.
 */
import type { NullReport } from '../protocol/report.ts'
import { grouped, type Classes } from './classes.ts'
import { streamData } from './compile.ts'
import { Draws, type Urn } from './draws.ts'
import type { EvaluateGiven, Prepared, Shared } from './evaluate.ts'
import { Executable } from './executable.ts'
import { drawKey, uniform } from './random.ts'
import type { Stream } from './region.ts'
import { atOnce } from './room.ts'
import { seedOf } from './sample.ts'
import { rangeOf } from './shard.ts'
import { requireFinite } from './self-checks.ts'
import type { Lines } from './statistics.ts'

/** Samples of each permuted hypothesis, at most: the band is wider than their error. */
const MOST_SAMPLES = 4096

/** Of permuted hypotheses, the metric summed over samples. */
export interface NullSums {
  /** Of each hypothesis, in the whole run. */
  readonly samples: number
  /** Those that are summed: fewer in a shard. */
  readonly drawn: number
  readonly sums: readonly number[]
}

/** `count` permuted hypotheses, at `samples` samples each. Permutation k is a function of the seed and k. */
export async function nullSums(given: EvaluateGiven, shared: Shared, p: Prepared, count: number, samples: number): Promise<NullSums> {
  const { table, options, cache } = shared
  const { hypothesis, tree, compiled } = p
  const each = Math.min(samples, MOST_SAMPLES)
  const range = options.shard ? rangeOf(options.shard, each) : { first: 0, count: each }
  const end = range.first + range.count
  const seed = seedOf(hypothesis, options)
  const sums: number[] = []
  const executable = await Executable.make(shared, compiled, tree, options.batch, shared.kept)
  try {
    const most = atOnce(shared, compiled, executable)
    for (let k = 0; k < count; k++) {
      given.progress(hypothesis.name, 'null', k, count)
      const permutation = permutationOf(table.rows, seed, k)
      const classes = permutedAll(p.classes, permutation)
      const urn: Urn = { tree, classes, rows: table.rows, seed, unimportant: hypothesis.options.unimportant }
      let sum = 0
      for (let first = range.first; first < end; first += most) {
        const draws = new Draws(urn, first, Math.min(most, end - first))
        const data = (stream: Stream): Int32Array => streamData(draws, stream)
        await cache.ensure(executable.needs(data))
        const metric = await executable.run(draws.count, data)
        requireFinite(metric, draws.reference(), given, 'scrubbed')
        for (const value of metric) sum += value
      }
      sums.push(sum)
    }
  } finally {
    await executable.release()
  }
  return { samples: each, drawn: range.count, sums }
}

/** `recovered` of each of them: the lines are those of the hypothesis itself, and shuffled differs from model. */
export function nullReport({ drawn, sums }: Pick<NullSums, 'drawn' | 'sums'>, { model, shuffled }: Lines): NullReport {
  return { samples: drawn, values: sums.map((sum) => (shuffled.mean - sum / drawn) / (shuffled.mean - model.mean)).sort((a, b) => a - b) }
}

/** One permutation for all features, so that what they have to do with each other stays. Equal partitions stay equal. */
function permutedAll(all: ReadonlyMap<string, Classes>, permutation: Int32Array): Map<string, Classes> {
  const made = new Map<Classes, Classes>()
  return new Map([...all].map(([node, classes]) => {
    let own = made.get(classes)
    if (!own) made.set(classes, (own = permuted(classes, permutation)))
    return [node, own]
  }))
}

/** Datum i lies where `permutation[i]` lay. One class, and classes of one datum each, stay what they are. */
export function permuted(classes: Classes, permutation: Int32Array): Classes {
  if (classes.count === 1 || classes.count === classes.rows) return classes
  return grouped(Int32Array.from(permutation, (datum) => classes.of[datum]!), classes.count)
}

/** Of `rows` data (Fisher and Yates, in Durstenfeld's form, CACM 7, 1964). */
export function permutationOf(rows: number, seed: number, k: number): Int32Array {
  const numbers = new Float64Array(rows)
  uniform(drawKey(seed, `~null/${k}`), 0, numbers)
  const order = Int32Array.from({ length: rows }, (_, i) => i)
  for (let i = rows - 1; i > 0; i--) {
    const j = Math.floor(numbers[i]! * (i + 1))
    const kept = order[i]!
    order[i] = order[j]!
    order[j] = kept
  }
  return order
}
