/** The lines beside a hypothesis: the model's own metric, shuffled outputs, and the best constant answer. */
import type { BoundFile } from '../hypothesis/bound.ts'
import type { Mean } from '../protocol/report.ts'
import type { Cache } from './cache.ts'
import { compileConstant, constantInput, ZEROS, type Compiled } from './compile.ts'
import { Executable, type ExecutableGiven } from './executable.ts'
import { drawKey, uniform } from './random.ts'
import type { Stream } from './region.ts'
import { meanOf, quantiles } from './statistics.ts'
import { distinctRows, sliceColumn, type Table } from './table.ts'
import type { ModelValues } from './model-values.ts'
import { attr, emit } from '../onnx/dag.ts'
import type { Tensor } from '../onnx/types.ts'

/** Pairs of data are enumerated up to this number, */
const ALL_PAIRS = 200_000
/** or this, where everything is. */
const EXACT_PAIRS = 4_000_000
const PAIRS = 100_000
/** Outputs tried as the constant answer. */
const CANDIDATES = 256
const CONSTANT_EVALUATIONS = 2_000_000
/** Bytes of outputs gathered for them. */
const CONSTANT_BYTES = 4e9
/** Data whose outputs are averaged at a time. */
const MEAN_ROWS = 32
/** Bytes of outputs gathered for pairs. */
const PAIR_BYTES = 4e9

export interface Baseline {
  /** Over the whole dataset; undefined above the budget: then both are taken over the run's reference data. */
  readonly whole: { readonly perDatum: Float64Array; readonly shuffled: Mean; readonly shuffledQuantiles: readonly number[] } | undefined
  readonly constant: { mean: number; method: string }
}

export interface BaselineGiven extends ExecutableGiven {
  readonly file: BoundFile
  readonly table: Table
  readonly model: ModelValues
  readonly seed: number
  readonly compiled: Compiled
}

/** Metric of data whose outputs come from `outputs` and columns from `own`: in parts, where what they need does not fit into the memory. */
async function metricOf(executable: Executable, cache: Cache, outputs: Int32Array, own: Int32Array): Promise<Float64Array> {
  const all = new Float64Array(own.length)
  const most = cache.bytesOf(executable.needs(dataOf(outputs, own))) <= cache.budget ? own.length : Math.max(1, Math.floor(cache.budget / executable.bytesPerSample()))
  for (let start = 0; start < own.length; start += most) {
    const part = dataOf(outputs.subarray(start, start + most), own.subarray(start, start + most))
    await cache.ensure(executable.needs(part))
    all.set(await executable.run(Math.min(most, own.length - start), part), start)
  }
  return all
}

const dataOf = (outputs: Int32Array, own: Int32Array) => (stream: Stream): Int32Array => (stream.kind === 'own' ? own : outputs)

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

  /**
   * Mean and quantiles over independent pairs of data, outputs from one and columns from the other. Data with equal columns count once,
   * weighted, so all pairs are often few enough; else pairs are drawn.
   */
  async shuffled(exact: boolean): Promise<{ mean: Mean; quantiles: number[] }> {
    const { table, file, cache } = this.given
    const rows = table.rows
    const metric = file.metric!
    const kinds = metric.unscrubbed.length > 0 ? undefined : distinctRows(table, metric.columns)
    const examples: number[] = []
    const weights: number[] = []
    for (let i = 0; i < rows; i++) {
      const kind = kinds ? kinds[i]! : i
      if (kind === examples.length) {
        examples.push(i)
        weights.push(0)
      }
      weights[kind]!++
    }
    const total = rows * examples.length
    const bytes = this.executable.bytesPerSample()
    const few = total <= ALL_PAIRS && total * bytes <= PAIR_BYTES
    if (few || (exact && total <= EXACT_PAIRS)) {
      const outputs = Int32Array.from({ length: total }, (_, i) => Math.floor(i / examples.length))
      const own = Int32Array.from({ length: total }, (_, i) => examples[i % examples.length]!)
      const values = await metricOf(this.executable, cache, outputs, own)
      const weight = Float64Array.from(values, (_, i) => weights[i % examples.length]! / (rows * rows))
      let mean = 0
      for (let i = 0; i < total; i++) mean += (values[i]! * weights[i % examples.length]!) / (rows * rows)
      return { mean: { mean, se: 0 }, quantiles: quantiles(values, examples.length === rows ? undefined : weight) }
    }
    const pairs = Math.max(1000, Math.min(PAIRS, Math.floor(PAIR_BYTES / Math.max(1, bytes))))
    const values = await metricOf(this.executable, cache, this.draw('shuffled outputs', 0, pairs), this.draw('shuffled columns', 0, pairs))
    return { mean: meanOf(values), quantiles: quantiles(values) }
  }

  /** What `model` and `shuffledSamples` need of the reference data of some samples, to be computed in one pass with everything else. */
  needs(reference: Int32Array, first: number): ReturnType<Executable['needs']> {
    return [...this.executable.needs(() => reference), ...this.executable.needs(dataOf(reference, this.columnsOf(first, reference.length)))]
  }

  /** Shuffled metric of some samples: the outputs of their reference data, the columns of other data. */
  async shuffledSamples(reference: Int32Array, first: number): Promise<Float64Array> {
    return metricOf(this.executable, this.given.cache, reference, this.columnsOf(first, reference.length))
  }

  /** The best mean metric when every datum gets the same outputs. */
  async constant(): Promise<{ mean: number; method: string }> {
    const { file, table } = this.given
    const metric = file.metric!
    const entropy = metric.crossEntropy && metric.sense === 'metric' ? labelEntropy(table, metric.crossEntropy.column, metric.crossEntropy.kind) : undefined
    if (entropy !== undefined) return { mean: entropy, method: `entropy of ${metric.crossEntropy!.column}` }
    const candidates = Math.min(CANDIDATES, table.rows)
    const evaluations = Math.min(CONSTANT_EVALUATIONS, CONSTANT_BYTES / Math.max(1, this.executable.bytesPerSample()))
    const per = Math.max(1, Math.min(table.rows, Math.floor(evaluations / candidates)))
    const some = per < table.rows ? this.draw('constant', 0, per) : Int32Array.from({ length: per }, (_, i) => i)
    const means = [await this.meanOutput(candidates, some)]
    for (let candidate = 0; candidate < candidates; candidate++) {
      means.push(meanOf(await metricOf(this.executable, this.given.cache, new Int32Array(per).fill(candidate), some)).mean)
    }
    const finite = means.filter(Number.isFinite)
    if (finite.length === 0) return { mean: NaN, method: 'no constant output gives a finite metric' }
    return {
      mean: metric.sense === 'metric' ? Math.min(...finite) : Math.max(...finite),
      method: `best of the outputs of the first ${candidates} data and their mean${per < table.rows ? `, on ${per} data` : ''}`,
    }
  }

  /** The mean metric of some data when all of them get the mean of the outputs of the first data. */
  private async meanOutput(first: number, some: Int32Array): Promise<number> {
    const { dag, file, model, header, folder, runtime, table, cache } = this.given
    const outputs = file.metric!.outputs
    if (outputs.some((name) => !/^float/.test(model.tensor(name).type.dtype))) return NaN
    const means = new Map(outputs.map((name) => [name, dag.op('ReduceMean', [model.tensor(name), dag.ints([0])], { keepdims: attr.int(1) })]))
    const emitted = emit(means, header, folder, table.stored)
    const session = await runtime.load(emitted.bytes, folder)
    const sums: Record<string, Tensor> = {}
    try {
      for (let start = 0; start < first; start += MEAN_ROWS) {
        await this.given.breathe()
        const end = Math.min(first, start + MEAN_ROWS)
        const part = await session.run(Object.fromEntries(emitted.inputs.map(({ name }) => [name, sliceColumn(table.behind(name)!, start, end)])))
        for (const name of outputs) {
          const values = part[name]!.data as Float32Array
          const sum = (sums[name] ??= { ...part[name]!, data: new (values.constructor as typeof Float32Array)(values.length) })
          values.forEach((v, i) => ((sum.data as Float32Array)[i]! += (v * (end - start)) / first))
        }
      }
    } finally {
      await session.release()
    }
    const compiled = compileConstant(dag, file, model)
    cache.know(compiled.reads.map((read) => read.source))
    const executable = await Executable.make(this.given, compiled, undefined)
    try {
      await cache.ensure(executable.needs(() => some))
      const values = await executable.run(some.length, () => some, undefined, (n) => ({
        ...Object.fromEntries(outputs.map((name) => [constantInput(name), sums[name]!])),
        [ZEROS]: { dtype: 'int32', dims: [n], data: new Int32Array(n) },
      }))
      return meanOf(values).mean
    } finally {
      await executable.release()
    }
  }

  async release(): Promise<void> {
    await this.executable.release()
  }

  /** Bytes of cache that `needs` takes for one sample at most. */
  bytesPerSample(): number {
    return 2 * this.executable.bytesPerSample()
  }

  private columnsOf(first: number, count: number): Int32Array {
    return this.draw('shuffled columns', first, count)
  }

  private draw(path: string, first: number, count: number): Int32Array {
    const numbers = new Float64Array(count)
    uniform(drawKey(this.given.seed, `~${path}`), first, numbers)
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
