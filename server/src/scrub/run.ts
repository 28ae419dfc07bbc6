/** One request to run a file: from its text to the report. */
import type { Finding, Span } from '@scrub/grammar'
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { sha256File } from '../data/hash.ts'
import { closest } from '../model/closest.ts'
import type { BoundFile, BoundHypothesis } from '../hypothesis/bound.ts'
import type { FileFinding } from '../protocol/findings.ts'
import type { Plan } from '../protocol/plan.ts'
import { REPORT_SCHEMA, type HypothesisReport, type Report } from '../protocol/report.ts'
import { REDUCTIONS } from '../protocol/reductions.ts'
import type { Begun, Profile, RunRequest, Spent } from '../protocol/runner.ts'
import { analyse, type Analysis } from './analyse.ts'
import { evaluate, type Evaluated, type Watcher } from './evaluate.ts'
import { judge } from './expectations.ts'
import { BadInput } from './failures.ts'
import { Inputs } from './inputs.ts'
import { componentsOf } from './model-layers.ts'
import { Cancelled, type Breathe, type OpenRuntime } from './runtime.ts'
import { DEFAULT_SAMPLES } from './shard.ts'
import { fileFindings } from './positions.ts'
import { rewriteNotEqual } from './rewrite-check.ts'
import { WorkspaceStore } from './store.ts'
import { notEqual } from './transformer-check.ts'

export const DEFAULT_SEED = 0
/** Bytes that cached activations may take where nothing is said. */
export const DEFAULT_MEMORY = 4 * 2 ** 30
export const DEFAULT_EXACT_LIMIT = 1_000_000
/** Samples of a run that stops at a precision. */
const PRECISION_SAMPLES = 1_000_000

export interface RunHooks {
  readonly breathe: Breathe
  readonly progress: (hypothesis: string, phase: string, done: number, total: number) => void
  /** Given the metric of the samples that follow those given before. */
  readonly batch?: (hypothesis: string, values: Float64Array) => void
  /** Given what is known while it runs, where someone watches. */
  readonly watcher?: {
    readonly structure: Watcher['structure']
    readonly early: (report: Report) => void
    readonly costs: Watcher['costs']
  }
  /** Findings are known before anything runs. */
  readonly findings: (findings: FileFinding[]) => void
  /** Told when everything is open, for a runner that may have to go on from here. */
  readonly began?: (begun: Begun) => void
}

export type RunResult =
  | { readonly kind: 'report'; readonly report: Report; readonly evaluated: Evaluated; readonly profile: Profile; readonly partial: boolean }
  /** Only asked for. */
  | { readonly kind: 'plan'; readonly plans: readonly Plan[]; readonly findings: FileFinding[] }
  /** Errors in the file: nothing was run. */
  | { readonly kind: 'findings'; readonly findings: FileFinding[] }

/** `version` is that of Scrub; `kept` keeps activations for the next run. Throws BadInput for mistakes that only show when the model runs. */
export async function run(request: RunRequest, openRuntime: OpenRuntime, version: string, hooks: RunHooks, kept?: WorkspaceStore): Promise<RunResult> {
  const store = kept ?? new WorkspaceStore()
  try {
    return await runIn(store, request, openRuntime, version, hooks)
  } finally {
    if (!kept) await store.close()
  }
}

async function runIn(store: WorkspaceStore, request: RunRequest, openRuntime: OpenRuntime, version: string, hooks: RunHooks): Promise<RunResult> {
  const begun = performance.now()
  const analysis = await analyse(request.file, request.text, {
    ...(request.root === undefined ? {} : { root: request.root }),
    ...(request.metric === undefined ? {} : { metric: request.metric }),
  }, store.analysis)
  const inputs = new Inputs(analysis.stamps)
  inputs.requireSame(request.inputs)
  hooks.findings(analysis.findings)
  try {
    const result = await reported(store, request, analysis, inputs, begun, openRuntime, version, { ...hooks, breathe: inputs.watched(hooks.breathe) })
    inputs.requireUnchanged()
    return result
  } catch (error) {
    const problem = inputs.problem()
    if (!problem) throw error
    // What is kept may be of two versions; and a file that is being written looks damaged, or like another one.
    await store.close()
    throw error instanceof Cancelled ? error : problem
  }
}

async function reported(store: WorkspaceStore, request: RunRequest, analysis: Analysis, inputs: Inputs, begun: number, openRuntime: OpenRuntime, version: string, hooks: RunHooks): Promise<RunResult> {
  const file = analysis.bound
  if (!file || !file.metric) return { kind: 'findings', findings: analysis.findings }
  const hypotheses = chosen(file, request)
  // An error in a hypothesis that is not asked for does not stop the others.
  if (hypotheses.length === 0 || areBroken(hypotheses, file, analysis)) return { kind: 'findings', findings: analysis.findings }
  const opened = await store.open(analysis, file, hypotheses, request.text, request.device, openRuntime, hooks.breathe, ((request.samples ?? DEFAULT_SAMPLES) * hypotheses.length) / (request.shard?.of ?? 1), request.cache === 'float16')
  const { runtime } = opened.workspace
  const deviceReason = request.deviceReason ?? runtime.reason
  hooks.began?.({ inputs: inputs.key, device: runtime.device, ...(deviceReason === undefined ? {} : { reason: deviceReason }) })
  const refused = (found: Finding): RunResult => ({ kind: 'findings', findings: [...analysis.findings, ...fileFindings([found], request.file, request.text)] })
  const parts = await opened.workspace.transformer()
  if (parts && !parts.fine) return refused(notEqual(file, { ...parts, row: opened.original(parts.datum) }))
  const rewritten = await opened.workspace.rewrites()
  if (rewritten && !rewritten.fine) return refused(rewriteNotEqual({ ...rewritten, row: opened.original(rewritten.datum) }))
  const opening = (performance.now() - begun) / 1000
  const seed = request.seed ?? file.options.seed ?? DEFAULT_SEED
  const report = (hypotheses: HypothesisReport[], [model, data]: Sums, sharedSeconds: number, { notes, partial }: Pick<Evaluated, 'notes' | 'partial'> = { notes: [], partial: true }): Report => ({
    schema: REPORT_SCHEMA,
    scrub: version,
    seed,
    device: opened.workspace.runtime.device,
    ...(deviceReason === undefined ? {} : { deviceReason }),
    versions: { scrub: version, onnxruntime: opened.workspace.runtime.version, node: process.version },
    file: { path: resolve(request.file), sha256: createHash('sha256').update(request.text).digest('hex') },
    metric: { name: file.metric!.name, sense: file.metric!.sense },
    model: { path: file.graph.path, sha256: model, opset: file.graph.fileOpset, ...componentsOf(file) },
    data: { path: file.schema.path, sha256: data, rows: opened.workspace.table.rows },
    hypotheses,
    findings: analysis.findings,
    ...(notes.length === 0 ? {} : { notes: [...notes] }),
    sharedSeconds,
    time: new Date().toISOString(),
    ...(request.shard ? { shard: { ...request.shard, ...(partial ? { stopped: true as const } : {}), expectations: file.expectations.map(({ text, hypothesis, op, bound }) => ({ text, hypothesis, op, bound })) } } : {}),
  })
  const sums = Promise.all([sha256File(file.graph.path), sha256File(file.schema.path)])
  let summed: Sums | undefined
  // Awaited at the end; what fails there is told there.
  sums.then((both) => (summed = both), () => {})
  const { watcher } = hooks
  const evaluated = await evaluate({
    file,
    workspace: opened.workspace,
    original: opened.original,
    ...(parts ? { parts: { data: parts.data, largest: parts.largest } } : {}),
    ...(rewritten ? { rewrites: { data: rewritten.data, largest: rewritten.largest } } : {}),
    options: {
      hypotheses,
      ...(request.samples === undefined ? (request.precision === undefined ? {} : { samples: PRECISION_SAMPLES }) : { samples: request.samples }),
      seed,
      seedGiven: request.seed !== undefined,
      ...(request.precision === undefined ? {} : { precision: request.precision }),
      reduce: new Set(REDUCTIONS.filter((way) => request.reduce?.includes(way))),
      exact: request.exact ?? false,
      exactLimit: request.exactLimit ?? DEFAULT_EXACT_LIMIT,
      ...(request.batch === undefined ? {} : { batch: request.batch }),
      memory: request.memory ?? DEFAULT_MEMORY,
      ...(request.cache === 'float16' ? { half: true } : {}),
      ...(request.shard === undefined ? {} : { shard: request.shard }),
      costs: (name) => request.costs && (request.costsOf?.includes(name) ?? true),
      ...(request.wholePass === undefined ? {} : { wholePass: request.wholePass }),
      nulls: request.nulls ?? 0,
      sensitivity: request.sensitivity ?? false,
      emit: request.emit !== undefined,
      explain: request.explain ?? false,
    },
    progress: hooks.progress,
    batch: hooks.batch ?? (() => {}),
    ...(watcher ? { watcher: watching(watcher, (early) => summed && report([early], summed, 0)) } : {}),
    resume: request.resume ?? {},
  })
  if (evaluated.plans) {
    await sums.catch(() => {})
    return { kind: 'plan', plans: evaluated.plans, findings: analysis.findings }
  }
  // Of a part of the samples nothing is expected.
  if (!request.shard) judge(evaluated.reports, file.expectations)
  const whole = report(evaluated.reports, await sums, Object.values(evaluated.profile[''] ?? {}).reduce((a, b) => a + b, 0), evaluated)
  return { kind: 'report', report: whole, evaluated, profile: profileOf(evaluated, opening, (performance.now() - begun) / 1000), partial: evaluated.partial }
}

/** `opening`: seconds until everything was read. */
function profileOf({ profile, inside, batch, cached }: Evaluated, opening: number, total: number): Profile {
  const of = (name: string): Record<string, Spent> => Object.fromEntries(Object.entries(profile[name] ?? {}).map(([phase, seconds]) => [phase, { seconds, inside: inside[name]?.[phase] ?? 0 }]))
  const phases = Object.fromEntries(Object.keys(profile).map((name) => [name, of(name)]))
  return { total, phases: { ...phases, '': { open: { seconds: opening, inside: 0 }, ...phases[''] } }, batch, cached }
}

/** SHA-256 of the model and of the data. */
type Sums = readonly [string, string]

/** Milliseconds from the start of a run to its first report, and from one to the next: each takes tens of milliseconds to make. */
const EARLY = 1000

function watching({ structure, early, costs }: NonNullable<RunHooks['watcher']>, whole: (report: HypothesisReport) => Report | undefined): Watcher {
  let last = performance.now()
  return {
    structure,
    due: () => performance.now() - last > EARLY,
    early: (report) => {
      const made = whole(report)
      if (made) early(made)
      last = performance.now()
    },
    costs,
  }
}

function chosen(file: BoundFile, request: RunRequest): BoundHypothesis[] {
  if (!request.hypotheses) return [...file.hypotheses]
  return request.hypotheses.map((name) => {
    const found = file.hypotheses.find((h) => h.name === name)
    if (found) return found
    const names = file.hypotheses.map((h) => h.name)
    const near = closest(name, names)
    throw new BadInput(`There is no hypothesis "${name}" in the file; ${near ? `closest: "${near}"` : `it has ${names.map((n) => `"${n}"`).join(', ')}`}.`)
  })
}

/**
 * Errors in one of them, errors of the text in what they extend (its other errors count only where they are not mended), or errors
 * in no hypothesis at all (the metric, a let, the data statement), which make all of them meaningless.
 */
export function areBroken(hypotheses: readonly BoundHypothesis[], { hypotheses: all }: BoundFile, { errors }: Analysis): boolean {
  const needed = new Set<BoundHypothesis>()
  const need = (one: BoundHypothesis | undefined): void => {
    if (!one || needed.has(one)) return
    needed.add(one)
    for (const name of one.extends) need(all.find((other) => other.name === name))
  }
  hypotheses.forEach(need)
  const within = (error: Span) => ({ span }: BoundHypothesis): boolean => span.start <= error.start && error.end <= span.end
  return hypotheses.some(({ ok }) => !ok) || errors.some(({ span, ofText }) => (ofText && [...needed].some(within(span))) || !all.some(within(span)))
}
