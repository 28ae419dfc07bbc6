/** A run: all hypotheses of a file on one model and dataset, sharing one cache of activations. */
import type { BoundFile, BoundHypothesis } from '../hypothesis/bound.ts'
import type { Checks, HypothesisReport, Interval, Shard, Structure } from '../protocol/report.ts'
import type { Plan } from '../protocol/plan.ts'
import type { Reduction } from '../protocol/reductions.ts'
import { Baselines, type Baseline } from './baseline.ts'
import { tellBesides } from './besides.ts'
import type { Classes } from './classes.ts'
import { Clock } from './clock.ts'
import { budgetOf, compileFitting, ensureWhole } from './room.ts'
import { compileBaseline, type Compiled, type CompiledHypothesis } from './compile.ts'
import { checkDevice } from './device-check.ts'
import { Differences } from './differences.ts'
import { emitModel, type EmittedModel } from './emit-model.ts'
import { enumerate } from './exact.ts'
import { BadInput } from './failures.ts'
import { requireFinite } from './self-checks.ts'
import { featuresOfNodes, type Feature } from './features.ts'
import { flopsPerDatum } from './flops.ts'
import { checkHalf, requireWholeNumbers, tooWide } from './half-check.ts'
import { checkIndices } from './index-check.ts'
import { exactReport, sampledReport, structureOf } from './hypothesis-report.ts'
import { Cancelled } from './runtime.ts'
import { linesOf, sample, type SampleValues } from './sample.ts'
import { requireShare } from './shard.ts'
import { shardOf } from './shard-report.ts'
import { halfWidth } from './looks.ts'
import { planOf } from './plan.ts'
import { compilePooled, samplePooled, type Units } from './pools.ts'
import { treeify, untreed, type Tree } from './tree.ts'
import type { Compilation, Workspace } from './workspace.ts'

/** Operations that a pass over the whole dataset may take: about 20 s of a small processor. */
export const WHOLE_PASS_FLOPS = 1e12

export interface EvaluateOptions {
  readonly hypotheses: readonly BoundHypothesis[]
  readonly samples?: number
  /** Of `model`, `shuffled` and `constant`, and of hypotheses that have none of their own. */
  readonly seed: number
  /** The seed was asked for, and stands above those in the file. */
  readonly seedGiven: boolean
  readonly precision?: number
  /** Ways to a smaller error; none where empty. Pools know none of them. */
  readonly reduce: ReadonlySet<Reduction>
  readonly exact: boolean
  readonly exactLimit: number
  readonly batch?: number
  /** Bytes that cached activations may take. */
  readonly memory: number
  /** Activations are kept as float16. */
  readonly half?: boolean
  /** Only this part of the samples. */
  readonly shard?: Shard
  /** Whether the costs of a hypothesis' nodes are wanted. */
  readonly costs: (hypothesis: string) => boolean
  /** Take `model` over the whole dataset; decided by the arithmetic it takes when undefined. */
  readonly wholePass?: boolean
  /** Permuted hypotheses beside each; none where 0. */
  readonly nulls: number
  /** Whether each is wanted under every way to draw unimportant inputs. */
  readonly sensitivity: boolean
  /** Only tell what would be done. */
  readonly explain?: boolean
  /** Make a model of the first hypothesis. */
  readonly emit: boolean
}

export interface EvaluateGiven {
  readonly file: BoundFile
  readonly workspace: Workspace
  /** A datum's row in the file, before `filter` and `limit`. */
  readonly original: (datum: number) => number
  /** The self-check of what `use transformer` found, where the file asks for it. */
  readonly parts?: Checks['parts']
  /** What the check of the rewrites found. */
  readonly rewrites?: Checks['rewrites']
  readonly options: EvaluateOptions
  readonly progress: (hypothesis: string, phase: string, done: number, total: number) => void
  /** Given the metric of the samples that follow those given before. */
  readonly batch: (hypothesis: string, values: Float64Array) => void
  readonly watcher?: Watcher
  /** Values of the first samples by hypothesis, from a runner that died. */
  readonly resume: Readonly<Record<string, Float64Array>>
}

/** Told what is known of the hypothesis that is being sampled. */
export interface Watcher {
  /** Whether it wants to know now; making a report takes tens of milliseconds. */
  readonly due: () => boolean
  /** Before anything is evaluated. */
  readonly structure: (hypothesis: string, structure: Structure) => void
  /** Without the costs that are not known yet. */
  readonly early: (report: HypothesisReport) => void
  /** Of nodes, by name, as far as they are known. */
  readonly costs: (hypothesis: string, costs: Readonly<Record<string, Interval>>) => void
}

export interface Evaluated {
  readonly reports: HypothesisReport[]
  /** Seconds by phase, by hypothesis; '' is what they share. */
  readonly profile: Record<string, Record<string, number>>
  /** Of these, what calls of the runtime took. */
  readonly inside: Clock['inside']
  /** Bytes of activations that are in memory at the end. */
  readonly cached: number
  /** Samples of a call of the runtime, by hypothesis. */
  readonly batch: Readonly<Record<string, number>>
  readonly partial: boolean
  /** What else is to be told of how it was computed, in sentences. */
  readonly notes: readonly string[]
  /** Where only these were asked for. */
  readonly plans?: readonly Plan[]
  /** Draws, metric and model's metric of every sample, by hypothesis. */
  readonly samples: ReadonlyMap<string, SampleValues>
  /** The first hypothesis as a model, where it was asked for. */
  readonly emitted?: EmittedModel
}

/** A hypothesis ready to run. */
export interface Prepared {
  readonly hypothesis: BoundHypothesis
  readonly tree: Tree
  /** Those of `features`. */
  readonly classes: ReadonlyMap<string, Classes>
  readonly features: ReadonlyMap<string, Feature>
  readonly compiled: CompiledHypothesis
  /** Node by node, where scrubbed values are kept in pools. */
  readonly units?: Units
  /** How it fared on a device other than the processor. */
  readonly device?: Checks['device']
  /** What keeping activations as float16 changes, as differences of the metric. */
  readonly half?: Checks['cache']
}

/** Everything that hypotheses of one run share. */
export interface Shared extends Workspace {
  readonly file: BoundFile
  readonly options: EvaluateOptions
  readonly baseline: Baseline
  readonly baselines: Baselines
  /** A datum for people. */
  readonly text: (datum: number) => string
}

export async function evaluate(given: EvaluateGiven): Promise<Evaluated> {
  const { file, workspace, options, progress } = given
  const { dag, model, cache, table, runtime, header, breathe } = workspace
  const clock = new Clock(() => cache.spill?.seconds ?? 0, () => runtime.spent?.() ?? 0)
  const batch: Record<string, number> = {}
  const forgotten = cache.spill?.forgotten ?? 0
  const reports: HypothesisReport[] = []
  const samples = new Map<string, SampleValues>()
  const differ = new Differences()
  let partial = false
  let emitted: EmittedModel | undefined
  const [first] = options.hypotheses
  if (options.emit && first?.options.pool !== undefined) throw new BadInput(`"${first.name}" is sampled with pools, node by node: there is no one model of it to write. Leave \`option pool\` out, or --emit.`)
  cache.budget = budgetOf(options)
  requireShare(options.hypotheses, options)
  requireWholeNumbers(options, runtime.accelerator !== undefined)
  try {
    progress('', 'features', 0, 1)
    await checkIndices(workspace, options.hypotheses, given.original)
    const nodes = options.hypotheses.flatMap((h) => h.nodes)
    const features = await clock.time('', 'features', () => featuresOfNodes(runtime, table, nodes, breathe, workspace.features))
    const { prepared, baselineCompiled } = clock.timeNow('', 'compile', () => {
      let at = 0
      const prepared = options.hypotheses.map((hypothesis) => prepare({ ...workspace, file, options }, hypothesis, features.slice(at, (at += hypothesis.nodes.length))))
      return { prepared, baselineCompiled: compileBaseline(dag, file, model) }
    })
    if (given.watcher) for (const p of prepared) given.watcher.structure(p.hypothesis.name, structureOf(given, p))
    const sources = [...new Set([baselineCompiled, ...prepared.map((p) => p.compiled)].flatMap((c) => c.reads.map((r) => r.source)))]
    cache.know(sources)
    const distinct = Math.max(...sources.map((s) => cache.distinct(s)))
    const wholePass = options.wholePass ?? flopsPerDatum(baselineCompiled.reads.map((r) => r.source)) * distinct <= WHOLE_PASS_FLOPS
    if (options.explain) {
      const plans: Plan[] = []
      for (const p of prepared) plans.push(await planOf(file, workspace, options, p, wholePass))
      return { reports, profile: clock.seconds, inside: clock.inside, batch, cached: cache.resident, partial, notes: [], samples, plans }
    }
    if (wholePass) {
      progress('', 'cache', 0, distinct)
      await clock.time('', 'cache', () => ensureWhole({ cache, table, options, runtime }, sources, (done, total) => progress('', 'cache', done, total)))
    }
    const lines = await clock.time('', 'baseline', () => linesFor(given, baselineCompiled, wholePass))
    const shared: Shared = { ...workspace, file, options, ...lines, text: workspace.texts(file) }
    for (const one of prepared) {
      const device = await clock.time(one.hypothesis.name, 'device', () => checkDevice(given, shared, one))
      const half = await clock.time(one.hypothesis.name, 'check', () => checkHalf(given, shared, one))
      const p = { ...one, ...(device ? { device } : {}), ...(half ? { half } : {}) }
      const enumerated = options.exact && !p.units ? await clock.time(p.hypothesis.name, 'enumerate', () => enumerate(shared, p, progress)) : undefined
      if (enumerated) {
        const lines = linesOf(shared.baseline, new Float64Array(), new Float64Array())
        reports.push(clock.timeNow(p.hypothesis.name, 'estimate', () => exactReport(given, shared, p, enumerated, lines, clock)))
        differ.add(p.hypothesis, { mean: enumerated.mean, lines })
        await tellBesides(given, shared, p, reports.at(-1)!, lines, clock)
      } else {
        const result = await (p.units ? samplePooled : sample)(given, shared, p, clock, (sofar) => given.watcher?.early(sampledReport(given, shared, p, sofar, clock)))
        const report = clock.timeNow(p.hypothesis.name, 'estimate', () => sampledReport(given, shared, p, result, clock))
        if (result.batch !== undefined) batch[p.hypothesis.name] = result.batch
        reports.push(report)
        samples.set(p.hypothesis.name, result.values)
        if (options.shard) report.shard = shardOf(p, result, options)
        if (!p.units) differ.add(p.hypothesis, { seed: report.seed, values: result.values.scrubbed, lines: result.lines, paired: result.paired, group: result.group })
        if (report.partial) {
          partial = true
          break
        }
        await tellBesides(given, shared, p, report, result.lines, clock)
      }
    }
    const whole = prepared[0]
    if (options.emit && whole && !partial) {
      await cache.ensure(whole.compiled.reads.map(({ source }) => ({ source, data: 'all' })))
      emitted = emitModel(dag, header, whole.hypothesis, whole.tree, whole.compiled, cache, table.rows)
    }
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error
    partial = true
  }
  differ.tell(reports)
  const spilled = cache.spill?.problem !== undefined && cache.spill.forgotten > forgotten ? [computedAgain(cache.spill.problem)] : []
  const notes = [...spilled, ...(cache.wide > 0 ? [tooWide(cache.wide)] : []), ...notReached(reports, options)]
  return { reports, profile: clock.seconds, inside: clock.inside, batch, cached: cache.resident, partial, notes, samples, ...(emitted ? { emitted } : {}) }
}

/** A hypothesis treeified and compiled; `features` are those of its nodes. Throws TreeTooLarge and NotBatched for what cannot be run. */
export function prepare(shared: Parameters<typeof compileFitting>[0] & Pick<Workspace, 'compilations'>, hypothesis: BoundHypothesis, features: readonly Feature[]): Prepared {
  const byName = new Map(hypothesis.nodes.map((node, i) => [node.name, features[i]!]))
  const classes = new Map([...byName].map(([name, feature]) => [name, feature.classes]))
  return { hypothesis, classes, features: byName, ...compilation(shared, hypothesis) }
}

/** The tree and the graph of a hypothesis; those of the last run where nothing has changed. */
function compilation(shared: Parameters<typeof prepare>[0], hypothesis: BoundHypothesis): Compilation['made'] {
  const { compilations, dag, file, model, options } = shared
  const key = JSON.stringify([options.memory, options.emit])
  const known = compilations.get(hypothesis)
  if (known?.key === key && known.metric === file.metric) return known.made
  const pooled = hypothesis.options.pool !== undefined
  const tree = pooled ? untreed(hypothesis) : treeify(hypothesis)
  const made = { tree, ...(pooled ? compilePooled(dag, file, hypothesis, model, tree) : { compiled: compileFitting(shared, hypothesis, tree) }) }
  compilations.set(hypothesis, { key, metric: file.metric, made })
  return made
}

/** What was asked of the errors, and could not be had. */
function notReached(reports: readonly HypothesisReport[], { reduce, precision }: EvaluateOptions): string[] {
  const sampled = reports.filter(({ exact }) => !exact)
  const named = (of: readonly HypothesisReport[]): string => of.map(({ name }) => `"${name}"`).join(', ')
  const wide = precision === undefined ? [] : sampled.filter(({ partial, recovered }) => !partial && recovered.value !== null && halfWidth(recovered) > precision)
  const pooled = reduce.size === 0 ? [] : sampled.filter(({ pool }) => pool)
  const uncontrolled = reduce.has('control') ? sampled.filter(({ pool, model }) => !pool && model.over === 'samples') : []
  return [
    ...(wide.length > 0 ? [`The intervals of ${named(wide)} are wider than the ± ${+(precision! * 100).toPrecision(6)} % asked for, after as many samples as the run may take: give more (-n), or a precision that can be had.`] : []),
    ...(pooled.length > 0 ? [`--reduce-variance says nothing of ${named(pooled)}: values in pools are drawn as always.`] : []),
    ...(uncontrolled.length > 0 ? [`There were no control variates for ${named(uncontrolled)}: they need the model's own metric of all data, which would take too long here.`] : []),
  ]
}

const computedAgain = (problem: string): string => `Activations that did not fit into the memory were computed again, because ${problem}: raise the limit of the memory, free some of the disk, or name another folder in the environment variable SCRUB_SPILL.`

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
    const shuffled = await baselines.shuffled(options.exact)
    whole = { perDatum, shuffled: shuffled.mean, shuffledQuantiles: shuffled.quantiles }
  }
  const made = { baseline: { whole, constant: await baselines.constant() }, baselines }
  workspace.lines.set(key, made)
  return made
}
