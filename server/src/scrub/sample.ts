/** Sampling one hypothesis: draw, cache and run in parts that fit, with the self-checks and the costs of its nodes. */
import type { BoundHypothesis } from '../hypothesis/bound.ts'
import type { PoolReport, ReducedReport, SampleReport } from '../protocol/report.ts'
import type { Baseline } from './baseline.ts'
import type { Clock } from './clock.ts'
import { streamData } from './compile.ts'
import { withoutEach } from './costs.ts'
import { Control, controlsOf } from './control.ts'
import { ALL, Draws, type Urn } from './draws.ts'
import type { EvaluateGiven, EvaluateOptions, Prepared, Shared } from './evaluate.ts'
import { Executable } from './executable.ts'
import { FIRST_LOOK, halfWidth, nextLook } from './looks.ts'
import { groupOf, reducedReport, spreadUrn } from './reduced.ts'
import type { Stream } from './region.ts'
import { atOnce, fitsIn } from './room.ts'
import { Cancelled } from './runtime.ts'
import { withSamples } from './sampled.ts'
import { rangeOf, sharedOut } from './shard.ts'
import { requireFinite, requireIdentity } from './self-checks.ts'
import { isDegenerate, meanOf, ratio, recoveredAt, recoveredOf, Running, scrubbedOf, type Lines, type Outcome } from './statistics.ts'

export const IDENTITY_SAMPLES = 64

/** Per sample: the metric, the model's own metric of the reference datum, and that datum. */
export interface SampleValues {
  readonly scrubbed: Float64Array
  readonly model: Float64Array
  readonly reference: Int32Array
}

export interface Sampled extends Omit<Outcome, 'scrubbed'> {
  readonly values: SampleValues
  readonly partial: boolean
  /** Samples that the report tells of; of pools, whose samples share their draws, none. */
  readonly sampled: SampleReport[]
  /** By node: draws that differ from the datum they represent, of all draws. */
  readonly swaps: ReadonlyMap<string, { readonly swapped: number; readonly all: number }>
  /** By node: the metric with all claims minus the metric without this one, paired. */
  readonly costs: ReadonlyMap<string, Running>
  readonly identity: { readonly samples: number; readonly largest: number }
  readonly checkedDraws: number
  /** Samples of one call of the runtime. */
  readonly batch?: number
  readonly pool?: PoolReport
  readonly reduced?: ReducedReport | undefined
  /** Of control variates, for shards. */
  readonly control?: Float64Array | undefined
}

/** What its mean and `recovered` are made from. */
export const outcomeOf = ({ values, lines, paired, group, controlled }: Sampled): Outcome => ({ scrubbed: values.scrubbed, lines, paired, group, controlled })

/**
 * Throws Cancelled when nothing was done yet; later a cancelled run gives what it has. `early` is given what is known so far
 * where someone watches.
 */
export async function sample(given: EvaluateGiven, shared: Shared, p: Prepared, clock: Clock, early: (sofar: Sampled) => void): Promise<Sampled> {
  const executable = await clock.time(p.hypothesis.name, 'session', () => Executable.make(shared, p.compiled, p.tree, shared.options.batch, shared.kept))
  try {
    return await new Sampling(given, shared, p, clock, executable, early).run()
  } finally {
    await executable.release()
  }
}

class Sampling {
  private readonly given: EvaluateGiven
  private readonly shared: Shared
  private readonly p: Prepared
  private readonly clock: Clock
  private readonly executable: Executable
  private readonly early: (sofar: Sampled) => void
  private readonly name: string
  private readonly urn: Urn
  /** The first sample of this shard; vectors of values begin with it, where draws know its number. */
  private readonly start: number
  private readonly total: number
  /** Values of the first samples, from an earlier runner. */
  private readonly resume: Float64Array
  private readonly atOnce: number
  private readonly scrubbed: Float64Array
  private readonly model: Float64Array
  private readonly shuffled: Float64Array
  private readonly reference: Int32Array
  private done = 0
  private checkedDraws = 0
  /** Those that were last drawn. */
  private draws: Draws | undefined
  /** Of those drawn before. */
  private chosen: SampleReport[] = []
  private identity = { samples: 0, largest: 0 }
  private readonly parts: { first: number; count: number }[] = []
  private readonly swaps = new Map<string, { swapped: number; all: number }>()
  /** Samples that depend on each other. */
  private readonly group: number
  private readonly control: Control | undefined
  /** Samples at which it is judged whether they are enough. */
  private look: number

  constructor(given: EvaluateGiven, shared: Shared, p: Prepared, clock: Clock, executable: Executable, early: (sofar: Sampled) => void) {
    const { options, table, baseline } = shared
    const { hypothesis, tree, classes, compiled } = p
    this.given = given
    this.shared = shared
    this.p = p
    this.clock = clock
    this.executable = executable
    this.early = early
    this.name = hypothesis.name
    const { whole } = baseline
    this.urn = spreadUrn({ tree, classes, rows: table.rows, seed: seedOf(hypothesis, options), unimportant: hypothesis.options.unimportant }, options.reduce, whole?.perDatum)
    this.group = groupOf(options.reduce)
    const groups = sharedOut(hypothesis, options)
    const range = options.shard ? rangeOf(options.shard, groups) : { first: 0, count: groups }
    this.start = range.first * this.group
    this.total = range.count * this.group
    this.look = options.precision === undefined ? this.total : Math.min(this.total, FIRST_LOOK)
    const controls = options.reduce.has('control') && whole ? controlsOf(tree, compiled, groups) : []
    if (controls.length > 0) this.control = new Control({ controls, perDatum: whole!.perDatum, mean: meanOf(whole!.perDatum).mean, group: this.group, first: this.start })
    this.resume = (given.resume[hypothesis.name] ?? new Float64Array()).subarray(0, this.total)
    // Whole groups, so that none lies in two parts.
    this.atOnce = Math.max(1, Math.floor(atOnce(shared, compiled, executable, baseline.whole ? 0 : shared.baselines.bytesPerSample()) / this.group)) * this.group
    this.scrubbed = new Float64Array(this.total)
    this.model = new Float64Array(this.total)
    this.shuffled = new Float64Array(baseline.whole ? 0 : this.total)
    this.reference = new Int32Array(this.total)
  }

  async run(): Promise<Sampled> {
    const { options } = this.shared
    let partial = false
    try {
      while (this.done < this.total) {
        const draws = new Draws(this.urn, this.start + this.done, Math.min(this.atOnce, this.look - this.done))
        const isFirst = this.done === 0
        this.chosen = this.clock.timeNow(this.name, 'estimate', () => this.chosenOfAll())
        this.draws = draws
        const model = await this.prepare(draws)
        if (isFirst) this.identity = await this.clock.time(this.name, 'check', () => this.checkIdentity(draws, model))
        this.clock.timeNow(this.name, 'draw', () => this.count(draws))
        await this.part(draws)
        // At once: what fails it should not first run for hours.
        if (isFirst) requireIdentity(this.shared, this.p, this.identity.largest, this.lines())
        if (this.done >= this.look && this.isPrecise()) break
      }
    } catch (error) {
      if (!(error instanceof Cancelled) || this.done === 0) throw error
      partial = true
    }
    const lines = this.lines()
    requireIdentity(this.shared, this.p, this.identity.largest, lines)
    const costs = new Map<string, Running>()
    if (options.costs(this.name) && !partial && (!isDegenerate(lines) || this.shared.options.shard)) {
      if (this.given.watcher) this.early(this.known(lines, true, costs))
      try {
        await this.clock.time(this.name, 'costs', () => this.measureCosts(costs))
      } catch (error) {
        if (!(error instanceof Cancelled)) throw error
        partial = true
        costs.clear()
      }
    }
    return this.clock.timeNow(this.name, 'estimate', () => this.known(lines, partial, costs))
  }

  private known(lines: Lines, partial: boolean, costs: ReadonlyMap<string, Running>): Sampled {
    const values = { scrubbed: this.scrubbed.slice(0, this.done), model: this.model.slice(0, this.done), reference: this.reference.slice(0, this.done) }
    const outcome = this.outcome(lines)
    return {
      ...outcome,
      values,
      paired: outcome.paired && { model: values.model, shuffled: outcome.paired.shuffled.slice() },
      partial,
      reduced: reducedReport(this.shared.options.reduce, outcome, this.control?.count ?? 0),
      control: this.control?.sums,
      sampled: this.chosenOfAll(),
      swaps: this.swaps,
      costs,
      identity: this.identity,
      checkedDraws: this.checkedDraws,
      batch: this.executable.batch,
    }
  }

  /** Also of those that are just run, as far as they are done. */
  private chosenOfAll(): SampleReport[] {
    const { draws, given, p, urn, shared } = this
    if (!draws) return this.chosen
    const first = draws.first - this.start
    return withSamples(this.chosen, draws, this.scrubbed.subarray(first, this.done), this.model.subarray(first, this.done), { given, p, seed: urn.seed, sense: shared.file.metric!.sense })
  }

  /** Make sure that everything these samples need is cached; gives the model's metric of their reference data. */
  private async prepare(draws: Draws): Promise<Float64Array> {
    const { cache, baseline, baselines } = this.shared
    const { clock, name, done } = this
    const needs = clock.timeNow(name, 'draw', () => this.executable.needs(dataOf(draws)))
    const own = draws.reference()
    this.given.progress(name, 'cache', done, this.total)
    await clock.time(name, 'cache', () => cache.ensure(baseline.whole ? needs : [...needs, ...baselines.needs(own, this.start + done)]))
    this.reference.set(own, done)
    if (baseline.whole) {
      const { perDatum } = baseline.whole
      const model = this.model.subarray(done, done + own.length)
      for (let i = 0; i < own.length; i++) model[i] = perDatum[own[i]!]!
      return model
    }
    const model = await clock.time(name, 'model', () => baselines.model(own))
    requireFinite(model, own, this.given, 'model')
    this.model.set(model, done)
    this.shuffled.set(await clock.time(name, 'shuffled', () => baselines.shuffledSamples(own, this.start + done)), done)
    return model
  }

  /** What is told of the draws themselves. */
  private count(draws: Draws): void {
    this.parts.push({ first: draws.first, count: draws.count })
    for (const { node } of this.urn.tree.order) {
      const counts = this.swaps.get(node.name) ?? { swapped: 0, all: 0 }
      counts.all += draws.node(node.name).length
      counts.swapped += draws.swapped.get(node.name)!
      this.swaps.set(node.name, counts)
    }
    this.checkedDraws += draws.checked
  }

  /** Run some samples, but for those that an earlier runner has done. */
  private async part(draws: Draws): Promise<void> {
    const { count } = draws
    const first = draws.first - this.start
    const known = this.resume.subarray(first, first + count)
    this.scrubbed.set(known, first)
    this.done = first + known.length
    if (known.length < count) {
      const rest = known.length === 0 ? draws : new Draws(this.urn, this.start + this.done, count - known.length)
      // The self-checks may have taken the room.
      await this.clock.time(this.name, 'cache', () => this.shared.cache.ensure(this.executable.needs(dataOf(rest))))
      await this.clock.time(this.name, 'run', () =>
        this.executable.run(rest.count, dataOf(rest), (batch) => {
          this.scrubbed.set(batch, this.done)
          this.done += batch.length
          this.given.batch(this.name, batch)
          this.given.progress(this.name, 'run', this.done, this.total)
          if (this.done < this.total && this.given.watcher?.due()) this.early(this.known(this.lines(), true, new Map()))
        }),
      )
    }
    requireFinite(this.scrubbed.subarray(first, first + count), draws.reference(), this.given, 'scrubbed')
    this.addControls()
  }

  /** All claims off: the graph must give the model's own metric, row by row. */
  private async checkIdentity(draws: Draws, model: Float64Array): Promise<{ samples: number; largest: number }> {
    const few = new Draws(this.urn, draws.first, Math.min(IDENTITY_SAMPLES, draws.count)).without(ALL)
    await this.shared.cache.ensure(this.executable.needs(dataOf(few)))
    const values = await this.executable.run(few.count, dataOf(few))
    return { samples: few.count, largest: values.reduce((largest, v, i) => Math.max(largest, Math.abs(v - model[i]!)), 0) }
  }

  /** Every node's claim off in turn, on the same draws. */
  private async measureCosts(costs: Map<string, Running>): Promise<void> {
    const nodes = this.urn.tree.order.map(({ node }) => node.name)
    let finished = 0
    for (const { first, count } of this.parts) {
      const draws = new Draws(this.urn, first, count)
      this.given.progress(this.name, 'costs', finished, nodes.length * this.parts.length)
      await withoutEach({ shared: this.shared, p: this.p, executable: this.executable, fits: fitsIn(this.shared, this.p.compiled.reads.map(({ source }) => source)) }, draws, nodes, (node, values) => {
        this.given.progress(this.name, 'costs', ++finished, nodes.length * this.parts.length)
        const running = costs.get(node) ?? new Running(this.group)
        for (let i = 0; i < count; i++) running.add(this.scrubbed[first - this.start + i]! - values[i]!)
        costs.set(node, running)
        if (this.given.watcher) this.given.watcher.costs(this.name, { [node]: ratio(running.result(), this.lines()) })
      })
    }
  }

  private lines(): Lines {
    return linesOf(this.shared.baseline, this.model.subarray(0, this.done), this.shuffled.subarray(0, this.done))
  }

  /** Of what is done; views, which later samples do not change. */
  private outcome(lines: Lines): Outcome {
    const [scrubbed, model, shuffled] = [this.scrubbed, this.model, this.shuffled].map((values) => values.subarray(0, this.done)) as [Float64Array, Float64Array, Float64Array]
    this.addControls()
    return { scrubbed, lines, paired: this.shared.baseline.whole ? undefined : { model, shuffled }, group: this.group, controlled: this.control?.estimate() }
  }

  /** Of those that were last drawn, as far as they are done. */
  private addControls(): void {
    const { draws } = this
    if (draws) this.control?.add(draws, this.scrubbed.subarray(draws.first - this.start, this.done))
  }

  /** Whether the interval is as narrow as was asked for; if not, when to look again. */
  private isPrecise(): boolean {
    const { precision } = this.shared.options
    if (precision === undefined) return false
    const lines = this.lines()
    const outcome = this.outcome(lines)
    const half = halfWidth(recoveredOf(outcome))
    // Lines over the dataset have an error that does not depend on the samples.
    const fixed = outcome.paired ? 0 : halfWidth(recoveredAt({ mean: scrubbedOf(outcome).mean, se: 0 }, lines))
    this.look = Math.min(this.total, Math.ceil(nextLook(this.done, half, precision, fixed) / this.group) * this.group)
    return half <= precision
  }
}

/** The command line beats the hypothesis, which beats the file. */
export const seedOf = (hypothesis: BoundHypothesis, options: EvaluateOptions): number =>
  options.seedGiven ? options.seed : (hypothesis.options.seed ?? options.seed)

const dataOf = (draws: Draws) => (stream: Stream): Int32Array => streamData(draws, stream)

/** The lines over the whole dataset, or over the samples. */
export function linesOf({ whole }: Baseline, model: Float64Array, shuffled: Float64Array): Lines {
  return whole ? { model: { mean: meanOf(whole.perDatum).mean, se: 0 }, shuffled: whole.shuffled } : { model: meanOf(model), shuffled: meanOf(shuffled) }
}
