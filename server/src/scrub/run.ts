/** One request to run a file: from its text to the report. */
import { createHash } from 'node:crypto'
import { dirname, resolve } from 'node:path'
import type { Dataset } from '../data/columns.ts'
import { sha256File } from '../data/hash.ts'
import { limitRows, takeRows } from '../data/select.ts'
import { closest } from '../model/closest.ts'
import { columnInput, type BoundFile, type BoundHypothesis } from '../hypothesis/bound.ts'
import type { FileFinding } from '../protocol/findings.ts'
import { REPORT_SCHEMA, type Report } from '../protocol/report.ts'
import type { RunRequest } from '../protocol/runner.ts'
import { analyse, loadColumns, type Analysis } from './analyse.ts'
import { BadInput, evaluate, type Evaluated } from './evaluate.ts'
import { judge } from './expectations.ts'
import { evaluateOnData } from './features.ts'
import type { Breathe, Runtime } from './runtime.ts'
import { tableOf } from './table.ts'
import { topological } from './walk.ts'

export const DEFAULT_SEED = 0
/** Bytes that cached activations may take where nothing is said. */
export const DEFAULT_MEMORY = 4 * 2 ** 30
export const DEFAULT_EXACT_LIMIT = 1_000_000
/** Samples of a run that stops at a precision. */
const PRECISION_SAMPLES = 1_000_000

export interface RunHooks {
  readonly breathe: Breathe
  readonly progress: (hypothesis: string, phase: string, done: number, total: number) => void
  /** Findings are known before anything runs. */
  readonly findings: (findings: FileFinding[]) => void
}

export type RunResult =
  | { readonly kind: 'report'; readonly report: Report; readonly evaluated: Evaluated; readonly partial: boolean }
  /** Errors in the file: nothing was run. */
  | { readonly kind: 'findings'; readonly findings: FileFinding[] }

/** `version` is that of Scrub. Throws BadInput for mistakes that only show when the model runs. */
export async function run(request: RunRequest, openRuntime: () => Runtime, version: string, hooks: RunHooks): Promise<RunResult> {
  const analysis = await analyse(request.file, request.text, {
    ...(request.root === undefined ? {} : { root: request.root }),
    ...(request.metric === undefined ? {} : { metric: request.metric }),
  })
  hooks.findings(analysis.findings)
  const file = analysis.bound
  if (!file || !file.metric) return { kind: 'findings', findings: analysis.findings }
  const hypotheses = chosen(file, request)
  // An error in a hypothesis that is not asked for does not stop the others.
  if (hypotheses.some((h) => !h.ok) || hypotheses.length === 0 || hasErrorOutside(file, analysis)) return { kind: 'findings', findings: analysis.findings }
  const runtime = openRuntime()
  const { dataset, original } = await selectRows(runtime, analysis, file, hypotheses, hooks.breathe)
  const seed = request.seed ?? hypotheses[0]!.options.seed ?? DEFAULT_SEED
  const evaluated = await evaluate({
    file, dataset, original, runtime,
    folder: dirname(file.graph.path),
    options: {
      hypotheses,
      ...(request.samples === undefined ? (request.precision === undefined ? {} : { samples: PRECISION_SAMPLES }) : { samples: request.samples }),
      seed,
      ...(request.precision === undefined ? {} : { precision: request.precision }),
      exact: request.exact ?? false,
      exactLimit: request.exactLimit ?? DEFAULT_EXACT_LIMIT,
      ...(request.batch === undefined ? {} : { batch: request.batch }),
      memory: request.memory ?? DEFAULT_MEMORY,
      costs: request.costs,
      emit: request.emit !== undefined,
    },
    breathe: hooks.breathe,
    progress: hooks.progress,
  })
  judge(evaluated.reports, file.expectations)
  const [model, data] = await Promise.all([sha256File(file.graph.path), sha256File(file.schema.path)])
  const report: Report = {
    schema: REPORT_SCHEMA,
    scrub: version,
    seed,
    device: runtime.device,
    versions: { scrub: version, onnxruntime: runtime.version, node: process.version },
    file: { path: resolve(request.file), sha256: createHash('sha256').update(request.text).digest('hex') },
    metric: { name: file.metric.name, sense: file.metric.sense },
    model: { path: file.graph.path, sha256: model, opset: file.graph.fileOpset },
    data: { path: file.schema.path, sha256: data, rows: dataset.rows },
    hypotheses: evaluated.reports,
    findings: analysis.findings,
    time: new Date().toISOString(),
  }
  return { kind: 'report', report, evaluated, partial: evaluated.partial }
}

function chosen(file: BoundFile, request: RunRequest): BoundHypothesis[] {
  if (!request.hypotheses) return [...file.hypotheses]
  return request.hypotheses.map((name) => {
    const found = file.hypotheses.find((h) => h.name === name)
    if (found) return found
    const names = file.hypotheses.map((h) => h.name)
    const near = closest(name, names)
    throw new BadInput(`there is no hypothesis "${name}" in the file; ${near ? `closest: "${near}"` : `it has ${names.map((n) => `"${n}"`).join(', ')}`}`)
  })
}

/** Errors that belong to no hypothesis (the metric, a let, the data statement) make all of them meaningless. */
function hasErrorOutside(file: BoundFile, analysis: Analysis): boolean {
  const within = file.hypotheses.map((h) => h.span)
  const starts = new Set(file.findings.filter((f) => f.severity === 'error' && within.some((s) => s.start <= f.span.start && f.span.end <= s.end)).map((f) => f.span.start))
  const inside = file.findings.filter((f) => f.severity === 'error' && starts.has(f.span.start)).length
  return analysis.findings.filter((f) => f.severity === 'error').length > inside
}

/** Columns that anything reads, rows after `filter` and `limit`. */
async function selectRows(runtime: Runtime, analysis: Analysis, file: BoundFile, hypotheses: readonly BoundHypothesis[], breathe: Breathe): Promise<{ dataset: Dataset; original: (datum: number) => number }> {
  const features = hypotheses.flatMap((h) => h.nodes.flatMap((n) => (typeof n.feature === 'string' ? [] : n.feature.parts.map((p) => p.value))))
  const inputs = topological([...features, ...(file.filter ? [file.filter.value] : [])]).flatMap((v) => (v.def.kind === 'input' ? [v.def.name] : []))
  const read = new Set([...file.inputs.flatMap((b) => b.columns), ...file.metric!.columns])
  for (const column of file.schema.columns) if (inputs.includes(columnInput(column.name))) read.add(column.name)
  const all = await loadColumns(analysis, read)
  let dataset = all
  let rows: Int32Array | undefined
  if (file.filter) {
    const [mask] = file.filter.batched ? await evaluateOnData(runtime, tableOf(all), [file.filter.value], breathe) : []
    const keep = mask ? (mask.data as Uint8Array) : undefined
    rows = Int32Array.from({ length: all.rows }, (_, i) => i).filter((i) => !keep || keep[i] === 1)
    dataset = takeRows(all, rows)
  }
  if (file.limit !== undefined) dataset = limitRows(dataset, file.limit)
  if (dataset.rows === 0) throw new BadInput(`the data statement's \`filter\` or \`limit\` leaves no datum of ${file.schema.path}: nothing can be drawn`)
  return { dataset, original: (datum) => (rows ? rows[datum]! : datum) }
}

