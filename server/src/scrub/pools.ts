/**
 * Sampling with pools: for interpretations with more paths than could be run one by one. Costs grow with the nodes and the size of
 * the pools. Samples of one repetition share members, so that errors come from the repetitions, which share nothing.
 */
import type { BoundFile, BoundHypothesis } from '../hypothesis/bound.ts'
import type { Dag } from '../onnx/dag.ts'
import type { Tensor, TypedArray } from '../onnx/types.ts'
import { Clock } from './clock.ts'
import type { CompiledHypothesis } from './compile.ts'
import { ALL } from './draws.ts'
import type { EvaluateGiven, Prepared, Shared } from './evaluate.ts'
import { GraphSession } from './graph-session.ts'
import { rowsPerCall } from './limits.ts'
import type { ModelValues } from './model-values.ts'
import { PoolDraws, type PoolUrn } from './pool-draws.ts'
import type { Stream } from './region.ts'
import { indexOfRead } from './reads.ts'
import { REPETITIONS, repetitionsOf } from './repetitions.ts'
import { fitsIn } from './room.ts'
import { Cancelled, type Placement } from './runtime.ts'
import { IDENTITY_SAMPLES, linesOf, outcomeOf, seedOf, type Sampled } from './sample.ts'
import { requireFinite, requireIdentity } from './self-checks.ts'
import { rangeOf, samplesOf } from './shard.ts'
import { recoveredOf, type Lines } from './statistics.ts'
import { takeRows } from './table.ts'
import type { Tree } from './tree.ts'
import { compileUnit, type Unit } from './unit.ts'

/** More rows in one call make it no faster. */
const MOST_ROWS = 4096

/** Every node that is no leaf by itself, and the root as ''. */
export type Units = ReadonlyMap<string, Unit>

/** As one compiled hypothesis, which tells what is read, and in parts, which are run. */
export function compilePooled(dag: Dag, file: BoundFile, hypothesis: BoundHypothesis, model: ModelValues, tree: Tree): { compiled: CompiledHypothesis; units: Units } {
  const given = { dag, file, model, hypothesis }
  const units = new Map<string, Unit>()
  for (const { node, leaf } of [...tree.order].reverse()) if (!leaf) units.set(node.name, compileUnit(given, node))
  const root = compileUnit(given, undefined)
  units.set('', root)
  const all = [...units.values()]
  return {
    units,
    compiled: {
      output: root.compiled.output,
      reads: all.flatMap(({ compiled }) => compiled.reads),
      blocks: [],
      replacements: all.reduce((sum, { compiled }) => sum + compiled.replacements, 0),
      unimportant: new Map([...units].flatMap(([name, { unimportant }]) => (name === '' ? [] : [[name, unimportant]]))),
    },
  }
}

/** As \`sample\`; costs of nodes are not measured. Throws Cancelled before there are two repetitions, without which there is no error. */
export async function samplePooled(given: EvaluateGiven, shared: Shared, p: Prepared, clock: Clock, early: (sofar: Sampled) => void): Promise<Sampled> {
  const sampling = await clock.time(p.hypothesis.name, 'session', () => PooledSampling.make(given, shared, p, clock))
  try {
    return await sampling.run(early)
  } finally {
    await sampling.release()
  }
}

/** A unit with its session. */
interface Ready {
  readonly unit: Unit
  readonly session: GraphSession
  /** Rows of a call. */
  readonly rows: number
}

export class PooledSampling {
  private readonly given: EvaluateGiven
  private readonly shared: Shared
  private readonly p: Prepared
  private readonly clock: Clock
  private readonly ready: ReadonlyMap<string, Ready>
  private readonly urn: PoolUrn

  private constructor(given: EvaluateGiven, shared: Shared, p: Prepared, clock: Clock, ready: ReadonlyMap<string, Ready>) {
    this.given = given
    this.shared = shared
    this.p = p
    this.clock = clock
    this.ready = ready
    const { options } = p.hypothesis
    // Shared unimportant inputs are refused where the option is read.
    const unimportant = options.unimportant === 'separate' ? 'separate' : 'together'
    this.urn = { tree: p.tree, classes: p.classes, rows: shared.table.rows, seed: seedOf(p.hypothesis, shared.options), unimportant, size: options.pool! }
  }

  static async make(given: EvaluateGiven, shared: Shared, p: Prepared, clock: Clock = new Clock()): Promise<PooledSampling> {
    const ready = new Map<string, Ready>()
    for (const [name, unit] of p.units!) {
      const { output, reads } = unit.compiled
      ready.set(name, { unit, session: await GraphSession.make(shared, new Map([['value', output]]), reads), rows: shared.options.batch ?? rowsPerCall([output], MOST_ROWS, undefined, shared.runtime) })
    }
    return new PooledSampling(given, shared, p, clock, ready)
  }

  async run(early: (sofar: Sampled) => void): Promise<Sampled> {
    const { given, shared, p, clock } = this
    const { options, baseline, baselines, cache } = shared
    const name = p.hypothesis.name
    const { samples, repetitions: ofAll } = repetitionsOf(samplesOf(p.hypothesis, options), this.urn.size)
    const { first, count: repetitions } = options.shard ? rangeOf(options.shard, ofAll) : { first: 0, count: ofAll }
    const all = samples * repetitions
    const resume = given.resume[name] ?? new Float64Array()
    const [scrubbed, model, reference] = [new Float64Array(all), new Float64Array(all), new Int32Array(all)]
    const shuffled = new Float64Array(baseline.whole ? 0 : all)
    const swaps = new Map<string, { swapped: number; all: number }>()
    let [identity, checkedDraws, done, partial] = [{ samples: 0, largest: 0 }, 0, 0, true]
    const lines = (): Lines => linesOf(baseline, model.subarray(0, done), shuffled.subarray(0, done))
    const known = (): Sampled => {
      const values = { scrubbed: scrubbed.slice(0, done), model: model.slice(0, done), reference: reference.slice(0, done) }
      return {
        values, lines: lines(), group: samples, partial, swaps, costs: new Map(), identity, checkedDraws, sampled: [],
        paired: baseline.whole ? undefined : { model: values.model, shuffled: shuffled.slice(0, done) },
        pool: { size: this.urn.size, repetitions: done / samples, samples },
      }
    }
    try {
      for (let repetition = 0; repetition < repetitions; repetition++) {
        given.progress(name, 'run', done, all)
        const draws = clock.timeNow(name, 'draw', () => new PoolDraws(this.urn, first + repetition, samples))
        const own = draws.reference()
        const next = done + samples
        // What an earlier runner has done.
        const before = resume.length >= next ? resume.subarray(done, next) : undefined
        const values = before ?? (await this.metric(draws))
        if (!baseline.whole) await clock.time(name, 'cache', () => cache.ensure(baselines.needs(own, done)))
        const models = baseline.whole ? Float64Array.from(own, (x) => baseline.whole!.perDatum[x]!) : await clock.time(name, 'model', () => baselines.model(own))
        requireFinite(models, own, given, 'model')
        requireFinite(values, own, given, 'scrubbed')
        if (repetition === 0) identity = await clock.time(name, 'check', () => this.checkIdentity(first, models))
        if (!baseline.whole) shuffled.set(await clock.time(name, 'shuffled', () => baselines.shuffledSamples(own, first * samples + done)), done)
        scrubbed.set(values, done)
        model.set(models, done)
        reference.set(own, done)
        done = next
        if (!before) given.batch(name, values)
        checkedDraws += draws.checked
        for (const [node, { swapped, all: of }] of draws.swaps) {
          const counts = swaps.get(node) ?? { swapped: 0, all: 0 }
          swaps.set(node, { swapped: counts.swapped + swapped, all: counts.all + of })
        }
        if (repetition === 0) requireIdentity(shared, p, identity.largest, lines())
        if (repetition + 1 < repetitions && repetition > 0 && given.watcher?.due()) early(known())
        if (options.precision !== undefined && repetition + 1 >= REPETITIONS && this.precise(known(), options.precision)) break
      }
      partial = false
    } catch (error) {
      if (!(error instanceof Cancelled) || done < 2 * samples) throw error
    }
    given.progress(name, 'run', done, all)
    return known()
  }

  async release(): Promise<void> {
    for (const { session } of this.ready.values()) await session.release()
  }

  /** The metric of the first samples, drawn from small pools. */
  async few(size: number): Promise<Float64Array> {
    return this.metric(new PoolDraws({ ...this.urn, size }, 0, size))
  }

  /** Where the operators ran, on a device other than the processor. */
  placements(): Placement[] {
    return [...this.ready.values()].flatMap(({ session }) => session.placements())
  }

  private precise(sofar: Sampled, precision: number): boolean {
    const { low, high } = recoveredOf(outcomeOf(sofar))
    return low !== null && high !== null && (high - low) / 2 <= precision
  }

  /** All claims off: the same graphs must give the model's own metric, row by row. */
  private async checkIdentity(repetition: number, model: Float64Array): Promise<{ samples: number; largest: number }> {
    const few = new PoolDraws(this.urn, repetition, Math.min(IDENTITY_SAMPLES, model.length), ALL)
    const values = await this.metric(few)
    return { samples: few.samples, largest: values.reduce((largest, v, i) => Math.max(largest, Math.abs(v - model[i]!)), 0) }
  }

  /** The metric of one repetition's samples: node by node, parents first, each member once. */
  private async metric(draws: PoolDraws): Promise<Float64Array> {
    const { shared, clock, p } = this
    const name = p.hypothesis.name
    const needs = [...this.ready].flatMap(([node, { unit }]) => unit.compiled.reads.map((read) => ({ node, source: read.source, data: dataOf(draws, node, read.pieces[0].stream) })))
    const fits = fitsIn(shared, p.compiled.reads.map(({ source }) => source))
    if (fits) await clock.time(name, 'cache', () => shared.cache.ensure(needs))
    return clock.time(name, 'run', async () => {
      const values = new Map<string, Tensor>()
      const last = new Map([...this.ready].flatMap(([node, { unit }]) => [...unit.supplied.keys()].map((parent) => [parent, node])))
      for (const [node, ready] of this.ready) {
        if (!fits) await shared.cache.ensure(needs.filter((one) => one.node === node))
        values.set(node, await this.values(draws, node, ready, values))
        // Nobody else takes of them.
        for (const parent of ready.unit.supplied.keys()) if (last.get(parent) === node) values.delete(parent)
      }
      return values.get('')!.data as Float64Array
    })
  }

  /** The values of a node's rows: shape `[rows, …]`. */
  private async values(draws: PoolDraws, node: string, { unit: { compiled, supplied }, session, rows }: Ready, parents: ReadonlyMap<string, Tensor>): Promise<Tensor> {
    const { cache, breathe } = this.shared
    const count = draws.data(node).length
    const reads = compiled.reads.map((read) => ({ ...read, index: indexOfRead(read, cache, (stream) => dataOf(draws, node, stream)) }))
    const feeds: Record<string, Tensor> = {}
    const parts: Tensor[] = []
    for (let start = 0; start < count; start += rows) {
      await breathe()
      const end = Math.min(count, start + rows)
      for (const { indexInput, index } of reads) feeds[indexInput] = { dtype: 'int32', dims: [end - start], data: index.slice(start, end) }
      for (const [parent, input] of supplied) {
        const { dtype, dims, data } = parents.get(parent)!
        const picks = draws.picks(parent, node).subarray(start, end)
        feeds[input] = { dtype, dims: [end - start, ...dims.slice(1)], data: takeRows(data as TypedArray, picks, dims[0] === 0 ? 0 : data.length / dims[0]!) }
      }
      parts.push((await session.run(feeds))['value']!)
    }
    return concatenated(parts)
  }
}

function dataOf(draws: PoolDraws, node: string, stream: Stream): Int32Array {
  switch (stream.kind) {
    case 'own': return draws.data(node)
    case 'unimportant': return draws.unimportant(node, stream.place)
    case 'parent': return draws.drawn(stream.parent, node)
  }
}

function concatenated(parts: readonly Tensor[]): Tensor {
  const [first] = parts as [Tensor]
  if (parts.length === 1) return first
  const length = parts.reduce((sum, { data }) => sum + data.length, 0)
  const data = new (first.data.constructor as new (n: number) => Float32Array)(length)
  let at = 0
  for (const part of parts) {
    data.set(part.data as Float32Array, at)
    at += part.data.length
  }
  return { dtype: first.dtype, dims: [parts.reduce((sum, { dims }) => sum + dims[0]!, 0), ...first.dims.slice(1)], data }
}
