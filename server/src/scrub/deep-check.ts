/** `scrub check --deep`: all that a run would refuse before its first sample, tried on the weights and the data. No hypothesis is evaluated. */
import type { Finding, Span } from '@scrub/grammar'
import type { BoundFile, BoundHypothesis } from '../hypothesis/bound.ts'
import type { Checked, DeepAnswer, DeepRequest } from '../protocol/deep.ts'
import { analyse } from './analyse.ts'
import { Baselines } from './baseline.ts'
import { compileBaseline, NotBatched } from './compile.ts'
import { prepare, WHOLE_PASS_FLOPS } from './evaluate.ts'
import { BadInput } from './failures.ts'
import { featuresOfNodes } from './features.ts'
import { flopsPerDatum } from './flops.ts'
import { checkIndices } from './index-check.ts'
import { fileFindings } from './positions.ts'
import { rewriteNotEqual } from './rewrite-check.ts'
import { areBroken, DEFAULT_MEMORY, DEFAULT_SEED } from './run.ts'
import { Cancelled, type Breathe, type OpenRuntime } from './runtime.ts'
import { requireFinite } from './self-checks.ts'
import { WorkspaceStore, type Opened } from './store.ts'
import { notEqual } from './transformer-check.ts'
import { TreeTooLarge } from './tree.ts'

export interface DeepHooks {
  readonly breathe: Breathe
  /** What is being tried: `hypothesis` is '' for what they share. */
  readonly progress: (hypothesis: string, phase: string, done: number, total: number) => void
  /** What a runtime says of data that the model cannot be run on, as a sentence; undefined for what they are not to blame for. */
  readonly blamed: (message: string) => string | undefined
}

/** Findings are those that `analyse` does not have. Nothing is tried of hypotheses that have errors, and nothing at all where the file has. */
export async function deepCheck(request: DeepRequest, openRuntime: OpenRuntime, hooks: DeepHooks): Promise<DeepAnswer> {
  const analysis = await analyse(request.file, request.text, request.root === undefined ? {} : { root: request.root })
  const file = analysis.bound
  const sound = file?.hypotheses.filter((hypothesis) => !areBroken([hypothesis], file, analysis)) ?? []
  if (!file?.metric || (sound.length === 0 && analysis.errors.length > 0)) return { findings: [], checked: [] }
  const found: Finding[] = []
  const checked: Checked[] = []
  const dataSpan = analysis.tree.items.find(({ kind }) => kind === 'data')!.span
  const store = new WorkspaceStore()
  try {
    const opened = await refusals(found, { code: 'empty-data', span: dataSpan }, () => store.open(analysis, file, sound, request.text, 'cpu', openRuntime, hooks.breathe, 0))
    if (opened) await checkAll({ file, sound, opened, found, checked, dataSpan, ...hooks })
  } finally {
    await store.close()
  }
  return { findings: fileFindings(found, request.file, request.text), checked }
}

interface Given extends DeepHooks {
  readonly file: BoundFile
  /** Hypotheses without errors. */
  readonly sound: readonly BoundHypothesis[]
  readonly opened: Opened
  readonly found: Finding[]
  readonly checked: Checked[]
  /** Of the `data` statement. */
  readonly dataSpan: Span
}

async function checkAll(given: Given): Promise<void> {
  let failed: unknown
  try {
    await checkParts(given)
    await checkHypotheses(given)
  } catch (error) {
    if (!(error instanceof Error) || given.blamed(error.message) === undefined) throw error
    failed = error
  }
  // Runs the model on all data, so it finds the datum on which that failed.
  if ((await checkMetric(given)) && failed !== undefined) throw failed
}

/** What `use transformer` found, and rewrites, are compared with the model. */
async function checkParts({ file, opened: { workspace, original }, found, checked, progress }: Given): Promise<void> {
  const { rows } = workspace.table
  progress('', 'transformer', 0, 1)
  const parts = await workspace.transformer()
  if (parts?.fine) checked.push({ what: 'transformer', count: 1, data: parts.data, rows, largest: parts.largest })
  else if (parts) found.push(notEqual(file, { ...parts, row: original(parts.datum) }))
  progress('', 'rewrites', 0, 1)
  const rewritten = await workspace.rewrites()
  if (rewritten?.fine) checked.push({ what: 'rewrites', count: file.rewrites.length, data: rewritten.data, rows, largest: rewritten.largest })
  else if (rewritten) found.push(rewriteNotEqual({ ...rewritten, row: original(rewritten.datum) }))
}

/** Each by itself: what is wrong with one says nothing of the others. */
async function checkHypotheses({ file, sound, opened: { workspace, original }, found, checked, breathe, progress }: Given): Promise<void> {
  let fine = 0
  let indices = 0
  for (const [i, hypothesis] of sound.entries()) {
    progress('', 'hypotheses', i, sound.length)
    await refusals(found, { code: 'large-tree', span: hypothesis.span }, async () => {
      indices += await checkIndices(workspace, [hypothesis], original)
      const features = await featuresOfNodes(workspace.runtime, workspace.table, hypothesis.nodes, breathe, workspace.features)
      prepare({ ...workspace, file, options: { memory: DEFAULT_MEMORY, emit: false } }, hypothesis, features)
      fine++
    })
  }
  const { rows } = workspace.table
  if (indices > 0 && fine === sound.length) checked.push({ what: 'indices', count: indices, data: rows, rows })
  if (fine > 0) checked.push({ what: 'hypotheses', count: fine, data: rows, rows })
}

/** The metric of the model as it is, on all data, or on as many as a run would take for it: whether the model can be run on them. */
async function checkMetric({ file, opened: { workspace, original }, found, checked, dataSpan, breathe, progress, blamed }: Given): Promise<boolean> {
  const { dag, model, cache, table } = workspace
  const compiled = compileBaseline(dag, file, model)
  const sources = compiled.reads.map(({ source }) => source)
  cache.know(sources)
  const most = Math.max(1, Math.floor(WHOLE_PASS_FLOPS / Math.max(1, flopsPerDatum(sources))))
  const count = Math.min(table.rows, most)
  const data = Int32Array.from({ length: count }, (_, i) => Math.floor((i * table.rows) / count))
  const bytes = sources.reduce((sum, source) => sum + cache.bytesPerRow(source), 0)
  const part = Math.max(1, Math.floor(DEFAULT_MEMORY / 4 / Math.max(1, bytes)))
  cache.budget = DEFAULT_MEMORY / 2
  const baselines = await Baselines.make({ ...workspace, file, seed: DEFAULT_SEED, compiled })
  let at = 0
  try {
    const fine = await refusals(found, undefined, async () => {
      for (; at < count; at += part) {
        await breathe()
        progress('', 'metric', at, count)
        const some = data.subarray(at, at + part)
        requireFinite(await baselines.model(some), some, { file, original }, 'model')
      }
      return true
    })
    if (fine) checked.push({ what: 'metric', count: 1, data: count, rows: table.rows })
    return true
  } catch (error) {
    const message = error instanceof Error ? blamed(error.message) : undefined
    if (message === undefined) throw error
    const datum = await firstFailing(data.subarray(at, at + part), (some) => baselines.model(some))
    found.push({ code: 'data-mismatch', severity: 'error', span: dataSpan, message: `The model cannot be run on row ${original(datum)} of the data. ${message}` })
    return false
  } finally {
    await baselines.release()
  }
}

/** The first of some data, of which at least one fails, that fails: by halves. */
async function firstFailing(data: Int32Array, run: (data: Int32Array) => Promise<unknown>): Promise<number> {
  let some = data
  while (some.length > 1) {
    const half = some.subarray(0, some.length >> 1)
    some = await run(half).then(() => some.subarray(half.length), (error: unknown) => {
      if (error instanceof Cancelled) throw error
      return half
    })
  }
  return some[0]!
}

/** What is refused becomes a finding: at its own place of the text, or at the one given. Other errors are thrown. */
async function refusals<T>(found: Finding[], otherwise: Pick<Finding, 'code' | 'span'> | undefined, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    const at = error instanceof BadInput ? (error.at ?? otherwise)
      : error instanceof TreeTooLarge ? otherwise
      : error instanceof NotBatched ? otherwise && { code: 'fixed-batch', span: otherwise.span }
      : undefined
    if (!at) throw error
    found.push({ severity: 'error', message: (error as Error).message, ...at })
    return undefined
  }
}
