/** A run: all hypotheses of a file on one model and dataset, sharing one cache of activations. */
import { createHash } from 'node:crypto'
import type { BoundFile, BoundHypothesis } from '../hypothesis/bound.ts'
import type { HypothesisReport, Mean, NodeReport } from '../protocol/report.ts'
import { Baselines, type Baseline } from './baseline.ts'
import { describeClasses, type Classes } from './classes.ts'
import { Clock } from './clock.ts'
import { compileBaseline, compileHypothesis, streamData, type Compiled } from './compile.ts'
import { ALL, Draws, type Urn } from './draws.ts'
import { emitModel, type EmittedModel } from './emit-model.ts'
import { enumerate, type Enumerated } from './exact.ts'
import { Executable } from './executable.ts'
import { BadInput, FailedCheck } from './failures.ts'
import { classesOfNodes } from './features.ts'
import { flopsPerDatum } from './flops.ts'
import { Cancelled } from './runtime.ts'
import { chooseSamples } from './sampled.ts'
import { cost, isDegenerate, meanOf, recovered, recoveredExactly, shifts, type Lines } from './statistics.ts'
import { treeify, type Tree } from './tree.ts'
import type { Workspace } from './workspace.ts'

/** Operations that a pass over the whole dataset may take: about 20 s of a small processor. */
const WHOLE_PASS_FLOPS = 1e12
const IDENTITY_SAMPLES = 64
const FIRST_LOOK = 4096
/** Samples drawn, cached and run at a time. */
const MOST_AT_ONCE = 65_536

export interface EvaluateOptions {
  readonly hypotheses: readonly BoundHypothesis[]
  readonly samples?: number
  readonly seed: number
  readonly precision?: number
  readonly exact: boolean
  readonly exactLimit: number
  readonly batch?: number
  /** Bytes that cached activations may take. */
  readonly memory: number
  readonly costs: boolean
  /** Take `model` over the whole dataset; decided by the arithmetic it takes when undefined. */
  readonly wholePass?: boolean
  /** Make a model of the first hypothesis. */
  readonly emit: boolean
}

export interface EvaluateGiven {
  readonly file: BoundFile
  readonly workspace: Workspace
  /** A datum's row in the file, before `filter` and `limit`. */
  readonly original: (datum: number) => number
  readonly options: EvaluateOptions
  readonly progress: (hypothesis: string, phase: string, done: number, total: number) => void
}

/** Per sample: the metric, the model's own metric of the reference datum, and that datum. */
export interface SampleValues {
  readonly scrubbed: Float64Array
  readonly model: Float64Array
  readonly reference: Int32Array
}

export interface Evaluated {
  readonly reports: HypothesisReport[]
  /** Seconds by phase, by hypothesis; '' is what they share. */
  readonly profile: Record<string, Record<string, number>>
  readonly partial: boolean
  /** Draws, metric and model's metric of every sample, by hypothesis. */
  readonly samples: ReadonlyMap<string, SampleValues>
  /** The first hypothesis as a model, where it was asked for. */
  readonly emitted?: EmittedModel
}

interface Prepared {
  readonly hypothesis: BoundHypothesis
  readonly tree: Tree
  readonly classes: ReadonlyMap<string, Classes>
  readonly compiled: Compiled
}

/** Everything that hypotheses of one run share. */
export interface Shared extends Workspace {
  readonly file: BoundFile
  readonly options: EvaluateOptions
  readonly baseline: Baseline
  readonly baselines: Baselines
}

export async function evaluate(given: EvaluateGiven): Promise<Evaluated> {
  const { file, workspace, options, progress } = given
  const { dag, model, cache, table, runtime, header, breathe } = workspace
  const clock = new Clock()
  const reports: HypothesisReport[] = []
  const samples = new Map<string, SampleValues>()
  let partial = false
  let emitted: EmittedModel | undefined
  try {
    progress('', 'features', 0, 1)
    const nodes = options.hypotheses.flatMap((h) => h.nodes)
    const classes = await clock.time('', 'features', () => classesOfNodes(runtime, table, nodes, breathe))
    const { prepared, baselineCompiled } = clock.timeNow('', 'compile', () => {
      let at = 0
      const prepared = options.hypotheses.map((hypothesis): Prepared => {
        const byName = new Map(hypothesis.nodes.map((node) => [node.name, classes[at++]!]))
        const tree = treeify(hypothesis)
        return { hypothesis, tree, classes: byName, compiled: compileHypothesis(dag, file, hypothesis, model, tree) }
      })
      return { prepared, baselineCompiled: compileBaseline(dag, file, model) }
    })
    const sources = [...new Set([baselineCompiled, ...prepared.map((p) => p.compiled)].flatMap((c) => c.reads.map((r) => r.source)))]
    cache.know(sources)
    const distinct = Math.max(...sources.map((s) => cache.distinct(s)))
    const wholePass = options.wholePass ?? flopsPerDatum(baselineCompiled.reads.map((r) => r.source)) * distinct <= WHOLE_PASS_FLOPS
    const bytes = sources.reduce((sum, s) => sum + cache.bytesPerRow(s) * cache.distinct(s), 0)
    if (wholePass && bytes <= options.memory / 2) {
      progress('', 'cache', 0, distinct)
      await clock.time('', 'cache', () => cache.ensure(sources.map((source) => ({ source, data: 'all' }))))
    }
    const lines = await clock.time('', 'baseline', () => linesFor(given, baselineCompiled, wholePass))
    const shared: Shared = { ...workspace, file, options, ...lines }
    for (const p of prepared) {
      const enumerated = options.exact ? await clock.time(p.hypothesis.name, 'enumerate', () => enumerate(shared, p, progress)) : undefined
      if (enumerated) reports.push(exactReport(shared, p, enumerated, clock))
      else {
        const result = await sample(given, shared, p, clock)
        reports.push(result.report)
        samples.set(p.hypothesis.name, result.samples)
        if (result.report.partial) {
          partial = true
          break
        }
      }
    }
    const first = prepared[0]
    if (options.emit && first && !partial) {
      await cache.ensure(first.compiled.reads.map(({ source }) => ({ source, data: 'all' })))
      emitted = emitModel(dag, header, first.hypothesis, first.tree, first.compiled, cache, table.rows)
    }
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error
    partial = true
  }
  return { reports, profile: clock.seconds, partial, samples, ...(emitted ? { emitted } : {}) }
}

/** Model, shuffled and constant: once per metric and seed. */
async function linesFor(given: EvaluateGiven, compiled: Compiled, wholePass: boolean): Promise<{ baseline: Baseline; baselines: Baselines }> {
  const { file, workspace, options, progress } = given
  const key = JSON.stringify([compiled.output.id, file.metric!.sense, file.metric!.crossEntropy ?? null, options.seed, wholePass, options.exact])
  const known = workspace.lines.get(key)
  if (known) return known
  progress('', 'baseline', 0, 1)
  const baselines = await Baselines.make({ ...workspace, file, seed: options.seed, compiled })
  const everyone = Int32Array.from({ length: workspace.table.rows }, (_, i) => i)
  let whole: Baseline['whole']
  if (wholePass) {
    const perDatum = await baselines.model(everyone)
    requireFinite(perDatum, everyone, given, 'model')
    whole = { perDatum, shuffled: await baselines.shuffled(options.exact) }
  }
  const made = { baseline: { whole, constant: await baselines.constant() }, baselines }
  workspace.lines.set(key, made)
  return made
}

/** Sample one hypothesis. */
async function sample(given: EvaluateGiven, shared: Shared, p: Prepared, clock: Clock) {
  const { hypothesis, tree, classes, compiled } = p
  const { options, cache, table, baselines, baseline } = shared
  const name = hypothesis.name
  const seed = options.seed
  const urn: Urn = { tree, classes, rows: table.rows, seed, unimportant: hypothesis.options.unimportant }
  const total = options.samples ?? hypothesis.options.samples ?? 10_000
  const executable = await clock.time(name, 'session', () => Executable.make(shared, compiled, tree, options.batch))
  const perSample = executable.bytesPerSample()
  const cached = compiled.reads.reduce((sum, r) => sum + cache.bytesPerRow(r.source) * cache.distinct(r.source), 0)
  // When the whole dataset's activations do not fit, samples are drawn, cached and run in parts that do.
  const fits = cached <= options.memory / 2
  const atOnce = fits ? MOST_AT_ONCE : Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(options.memory / 2 / perSample)))
  const scrubbed = new Float64Array(total)
  const model = new Float64Array(total)
  /** Only where shuffled is not known over the whole dataset. */
  const shuffled = new Float64Array(baseline.whole ? 0 : total)
  const reference = new Int32Array(total)
  const parts: Draws[] = []
  let done = 0
  let partial = false
  let identity = { samples: 0, largest: 0 }
  try {
    while (done < total) {
      // With a precision to reach, looks at the data are few: after every doubling.
      const step = options.precision === undefined ? atOnce : Math.min(atOnce, Math.max(FIRST_LOOK, done))
      const count = Math.min(step, total - done)
      const draws = new Draws(urn, done, count)
      const data = (stream: Parameters<typeof streamData>[1]): Int32Array => streamData(draws, stream)
      const needs = clock.timeNow(name, 'draw', () => executable.needs(data))
      if (!fits) cache.clear()
      given.progress(name, 'cache', done, total)
      const own = draws.reference()
      await clock.time(name, 'cache', () => cache.ensure(baseline.whole ? needs : [...needs, ...baselines.needs(own)]))
      reference.set(own, done)
      const modelPart = baseline.whole ? Float64Array.from(own, (x) => baseline.whole!.perDatum[x]!) : await clock.time(name, 'model', () => baselines.model(own))
      model.set(modelPart, done)
      if (!baseline.whole) {
        requireFinite(modelPart, own, given, 'model')
        shuffled.set(await clock.time(name, 'shuffled', () => baselines.shuffledSamples(own, done)), done)
      }
      if (done === 0) {
        given.progress(name, 'check', 0, 1)
        identity = await clock.time(name, 'check', () => checkIdentity(shared, executable, draws, modelPart))
      }
      const before = done
      const result = await clock.time(name, 'run', () =>
        executable.run(count, data, (soFar) => {
          scrubbed.set(soFar, before)
          done = before + soFar.length
          given.progress(name, 'run', done, total)
        }),
      )
      requireFinite(result, own, given, 'scrubbed')
      parts.push(draws)
      if (options.precision !== undefined && precise(scrubbed, model, shuffled, done, baseline, options.precision)) break
    }
  } catch (error) {
    if (!(error instanceof Cancelled) || done === 0) throw error
    partial = true
  }
  const seen = { scrubbed: scrubbed.slice(0, done), model: model.slice(0, done), reference: reference.slice(0, done) }
  const seenShuffled = shuffled.slice(0, done)
  const lines = linesOf(baseline, seen.model, seenShuffled)
  checkRange(identity, lines, hypothesis)
  const costs = new Map<string, Float64Array>()
  if (options.costs && !partial && !isDegenerate(lines)) {
    try {
      let finished = 0
      for (const { node } of tree.order) {
        given.progress(name, 'costs', finished++, tree.order.length)
        // The value is not used twice: costs are paired sample by sample with the run above.
        costs.set(node.name, await clock.time(name, 'costs', () => withoutClaim(shared, executable, parts, node.name, fits)))
      }
    } catch (error) {
      if (!(error instanceof Cancelled)) throw error
      partial = true
    }
  }
  await executable.release()
  const meanScrubbed = meanOf(seen.scrubbed)
  const report: HypothesisReport = {
    ...headOf(p),
    samples: done,
    exact: false,
    partial,
    seconds: clock.total(name, 'costs'),
    costSeconds: clock.seconds[name]?.['costs'] ?? 0,
    scrubbed: meanScrubbed,
    model: lines.model,
    shuffled: lines.shuffled,
    constant: baseline.constant,
    recovered: recovered(seen.scrubbed, lines, baseline.whole ? undefined : { model: seen.model, shuffled: seenShuffled }),
    ...shifts(seen.scrubbed, seen.model, lines, shared.file.metric!.sense),
    nodes: tree.order.map(({ node }): NodeReport => {
      const off = costs.get(node.name)
      return {
        ...nodeHead(p, node.name),
        swapRate: swapRate(parts, node.name),
        cost: off ? cost(seen.scrubbed, off, lines) : null,
      }
    }).reverse(),
    expectations: [],
    sampled: parts[0] ? chooseSamples(parts[0], seen.scrubbed.subarray(0, parts[0].count), seen.model.subarray(0, parts[0].count), shared.file.metric!.sense, given.original) : [],
    checks: { identity: relativeIdentity(identity, lines), draws: sum(parts.map((d) => d.checked)), replacements: compiled.replacements },
  }
  return { report, samples: seen }
}

/** The metric of all samples with one node's claim off. */
async function withoutClaim(shared: Shared, executable: Executable, parts: readonly Draws[], node: string, fits: boolean): Promise<Float64Array> {
  const values: Float64Array[] = []
  for (const draws of parts) {
    const off = draws.without(node)
    const data = (stream: Parameters<typeof streamData>[1]): Int32Array => streamData(off, stream)
    if (!fits) shared.cache.clear()
    await shared.cache.ensure(executable.needs(data))
    values.push(await executable.run(off.count, data))
  }
  return concatenate(values)
}

/** All claims off: the graph must give the model's own metric, row by row. */
async function checkIdentity(shared: Shared, executable: Executable, draws: Draws, model: Float64Array) {
  const few = new Draws(draws.urn, draws.first, Math.min(IDENTITY_SAMPLES, draws.count)).without(ALL)
  const data = (stream: Parameters<typeof streamData>[1]): Int32Array => streamData(few, stream)
  await shared.cache.ensure(executable.needs(data))
  const values = await executable.run(few.count, data)
  let largest = 0
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]! - model[i]!))
  return { samples: few.count, largest }
}

/** Floating-point error of regrouped sums is some 1e-6 of the values; a wrong wire is a large part of the range. */
function checkRange(identity: { samples: number; largest: number }, lines: Lines, hypothesis: BoundHypothesis): void {
  const scale = Math.abs(lines.shuffled.mean - lines.model.mean) + Math.abs(lines.model.mean)
  if (identity.largest > 1e-3 * scale + 1e-6) {
    throw new FailedCheck(
      `self-check of "${hypothesis.name}" failed: with all claims off the metric differs from the model's by ${identity.largest.toExponential(2)}; the result would be wrong, so there is none; please report this with the model and the file`,
    )
  }
}

const relativeIdentity = (identity: { samples: number; largest: number }, lines: Lines) => {
  const range = Math.abs(lines.shuffled.mean - lines.model.mean)
  return { samples: identity.samples, largest: range > 0 ? identity.largest / range : identity.largest }
}

function linesOf(baseline: Baseline, model: Float64Array, shuffled: Float64Array): Lines {
  const { whole } = baseline
  return whole ? { model: { mean: meanOf(whole.perDatum).mean, se: 0 }, shuffled: whole.shuffled } : { model: meanOf(model), shuffled: meanOf(shuffled) }
}

function precise(scrubbed: Float64Array, model: Float64Array, shuffled: Float64Array, done: number, baseline: Baseline, precision: number): boolean {
  const [sc, mo, sh] = [scrubbed.subarray(0, done), model.subarray(0, done), shuffled.subarray(0, done)]
  const { low, high } = recovered(sc, linesOf(baseline, mo, sh), baseline.whole ? undefined : { model: mo, shuffled: sh })
  return low !== null && high !== null && (high - low) / 2 <= precision
}

function requireFinite(values: Float64Array, data: Int32Array, given: EvaluateGiven, which: 'model' | 'scrubbed'): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i]!)) continue
    const metric = given.file.metric!.name
    throw new BadInput(
      `metric \`${metric}\` is ${String(values[i])} for datum ${given.original(data[i]!)} (${which === 'model' ? 'the unscrubbed model' : 'a scrubbed sample'}); it must be a finite number for every datum: check the metric's expression and that datum`,
    )
  }
}

function headOf({ hypothesis, tree }: Prepared) {
  return {
    name: hypothesis.name,
    sha256: createHash('sha256').update(hypothesis.canonical).digest('hex'),
    branches: tree.branches,
    unimportant: hypothesis.options.unimportant,
  }
}

function nodeHead({ tree, classes }: Prepared, name: string) {
  const { node, paths } = tree.byName.get(name)!
  const described = describeClasses(classes.get(name)!)
  return {
    name,
    place: node.place.text,
    tensor: node.place.tensor,
    feature: node.featureText,
    parents: node.parents.map((edge) => (edge.kind === 'node' ? edge.node : edge.column)),
    branches: paths.length,
    classes: classes.get(name)!.count,
    sizes: Array.from(described.sizes.subarray(0, 100)),
    singletons: described.singletons,
    effectiveClasses: described.effective,
  }
}

function exactReport(shared: Shared, p: Prepared, enumerated: Enumerated, clock: Clock): HypothesisReport {
  const { baseline, file } = shared
  const lines = linesOf(baseline, new Float64Array(), new Float64Array())
  const scrubbed: Mean = { mean: enumerated.mean, se: 0 }
  const all = recoveredExactly(enumerated.mean, lines)
  return {
    ...headOf(p),
    samples: enumerated.evaluations,
    exact: true,
    partial: false,
    seconds: clock.total(p.hypothesis.name),
    costSeconds: 0,
    scrubbed,
    model: lines.model,
    shuffled: lines.shuffled,
    constant: baseline.constant,
    recovered: all,
    ...shifts(enumerated.values, enumerated.model, lines, file.metric!.sense, enumerated.weights),
    nodes: p.tree.order.map(({ node }): NodeReport => {
      const off = enumerated.off.get(node.name)
      const without = off === undefined ? undefined : recoveredExactly(off, lines)
      const value = without && without.value !== null && all.value !== null ? without.value - all.value : null
      return { ...nodeHead(p, node.name), swapRate: null, cost: without ? { value, low: value, high: value } : null }
    }).reverse(),
    expectations: [],
    sampled: [],
    checks: { identity: { samples: enumerated.identity.samples, largest: enumerated.identity.largest }, draws: 0, replacements: p.compiled.replacements },
  }
}

/** How often the drawn datum differs from the one that its child must represent. */
function swapRate(parts: readonly Draws[], name: string): number {
  let swapped = 0
  let all = 0
  for (const draws of parts) {
    const drawn = draws.node(name)
    const represented = draws.represented(name)
    for (let i = 0; i < drawn.length; i++) if (drawn[i] !== represented[i]) swapped++
    all += drawn.length
  }
  return all === 0 ? 0 : swapped / all
}


const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)

function concatenate(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(sum(parts.map((p) => p.length)))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
