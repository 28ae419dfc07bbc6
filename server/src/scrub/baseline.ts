/** The lines beside a hypothesis: the model's own metric, shuffled outputs, and the best constant answer. */
import type { BoundFile } from '../hypothesis/bound.ts'
import type { Mean } from '../protocol/report.ts'
import type { Cache } from './cache.ts'
import type { Compiled } from './compile.ts'
import { Executable, type ExecutableGiven } from './executable.ts'
import { drawKey, uniform } from './random.ts'
import type { Stream } from './region.ts'
import { meanOf } from './statistics.ts'
import type { Table } from './table.ts'

/** All pairs of data are enumerated up to this number. */
const ALL_PAIRS = 1_000_000
const PAIRS = 100_000
/** Outputs tried as the constant answer. */
const CANDIDATES = 256
const CONSTANT_EVALUATIONS = 2_000_000
/** Bytes of outputs gathered for pairs. */
const PAIR_BYTES = 8e9

export interface Baseline {
  /** The model's metric of each datum; undefined above the budget (then it is taken over the run's reference data). */
  readonly perDatum: Float64Array | undefined
  readonly shuffled: Mean
  readonly constant: { mean: number; method: string }
}

export interface BaselineGiven extends ExecutableGiven {
  readonly file: BoundFile
  readonly table: Table
  readonly seed: number
  readonly compiled: Compiled
}

/** Metric of data whose outputs come from `outputs` and columns from `own`. */
async function metricOf(executable: Executable, cache: Cache, outputs: Int32Array, own: Int32Array): Promise<Float64Array> {
  const data = (stream: Stream): Int32Array => (stream.kind === 'own' ? own : outputs)
  await cache.ensure(executable.needs(data))
  return executable.run(own.length, data)
}

export class Baselines {
  private readonly given: BaselineGiven
  private readonly executable: Executable

  private constructor(given: BaselineGiven, executable: Executable) {
    this.given = given
    this.executable = executable
  }

  static async make(given: BaselineGiven): Promise<Baselines> {
    return new Baselines(given, await Executable.make(given, given.compiled, undefined))
  }

  /** The model's own metric of these data. */
  async model(data: Int32Array): Promise<Float64Array> {
    return metricOf(this.executable, this.given.cache, data, data)
  }

  /** Mean over independent pairs of data, outputs from one and columns from the other; all pairs where they are few. */
  async shuffled(exact: boolean): Promise<Mean> {
    const { table, seed } = this.given
    const rows = table.rows
    if (rows * rows <= ALL_PAIRS || (exact && rows * rows <= 16 * ALL_PAIRS)) {
      const total = rows * rows
      const outputs = new Int32Array(total)
      const own = new Int32Array(total)
      for (let i = 0; i < total; i++) {
        outputs[i] = Math.floor(i / rows)
        own[i] = i % rows
      }
      return { mean: meanOf(await metricOf(this.executable, this.given.cache, outputs, own)).mean, se: 0 }
    }
    const bytes = this.executable.bytesPerSample()
    const pairs = Math.max(1000, Math.min(PAIRS, Math.floor(PAIR_BYTES / Math.max(1, bytes))))
    return meanOf(await metricOf(this.executable, this.given.cache, this.draw('shuffled outputs', pairs), this.draw('shuffled columns', pairs)))
  }

  /** The best mean metric when every datum gets the same outputs. */
  async constant(): Promise<{ mean: number; method: string }> {
    const { file, table } = this.given
    const metric = file.metric!
    const entropy = metric.crossEntropy && metric.sense === 'metric' ? labelEntropy(table, metric.crossEntropy.column, metric.crossEntropy.kind) : undefined
    if (entropy !== undefined) return { mean: entropy, method: `entropy of ${metric.crossEntropy!.column}` }
    const candidates = Math.min(CANDIDATES, table.rows)
    const per = Math.max(1, Math.min(table.rows, Math.floor(CONSTANT_EVALUATIONS / candidates)))
    const better = (a: number, b: number): boolean => (metric.sense === 'metric' ? a < b : a > b)
    const some = per < table.rows ? this.draw('constant', per) : Int32Array.from({ length: per }, (_, i) => i)
    let best: { candidate: number; mean: number } | undefined
    for (let candidate = 0; candidate < candidates; candidate++) {
      const { mean } = meanOf(await metricOf(this.executable, this.given.cache, new Int32Array(per).fill(candidate), some))
      if (Number.isFinite(mean) && (!best || better(mean, best.mean))) best = { candidate, mean }
    }
    return best
      ? { mean: best.mean, method: `best of the outputs of the first ${candidates} data${per < table.rows ? `, on ${per} data` : ''}` }
      : { mean: NaN, method: 'no constant output gives a finite metric' }
  }

  async release(): Promise<void> {
    await this.executable.release()
  }

  private draw(path: string, count: number): Int32Array {
    const numbers = new Float64Array(count)
    uniform(drawKey(this.given.seed, `~${path}`), 0, numbers)
    return Int32Array.from(numbers, (u) => Math.floor(u * this.given.table.rows))
  }
}

/** Entropy of a label in nats: the cross entropy of the best constant answer. */
function labelEntropy(table: Table, column: string, kind: 'binary' | 'categorical'): number | undefined {
  const { values, shape } = table.column(column)
  if (shape.length > 0) return undefined
  const counts = new Map<number, number>()
  for (let i = 0; i < table.rows; i++) {
    const v = Number(values[i])
    if (!Number.isFinite(v)) return undefined
    counts.set(v, (counts.get(v) ?? 0) + 1)
  }
  if (kind === 'binary') {
    // Soft labels are allowed: the best constant probability is their mean.
    let mean = 0
    for (const [v, n] of counts) mean += (v * n) / table.rows
    if (mean < 0 || mean > 1) return undefined
    return mean === 0 || mean === 1 ? 0 : -mean * Math.log(mean) - (1 - mean) * Math.log(1 - mean)
  }
  let entropy = 0
  for (const n of counts.values()) entropy -= (n / table.rows) * Math.log(n / table.rows)
  return entropy
}
