/** `scrub check --deep`: all that a run would refuse before its first sample, tried on the weights and the data. No hypothesis is evaluated. */
import type { Finding } from '@scrub/grammar'
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
import type { Breathe, OpenRuntime } from './runtime.ts'
import { requireFinite } from './self-checks.ts'
import { WorkspaceStore, type Opened } from './store.ts'
import { notEqual } from './transformer-check.ts'
import { TreeTooLarge } from './tree.ts'

export interface DeepHooks {
  readonly breathe: Breathe
  /** What is being tried: `hypothesis` is '' for what they share. */
  readonly progress: (hypothesis: string, phase: string, done: number, total: number) => void
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
    if (opened) await checkAll({ file, sound, opened, found, checked, ...hooks })
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
}

async function checkAll(given: Given): Promise<void> {
  const { file, opened: { workspace, original }, found, checked, progress } = given
  const { rows } = workspace.table
  progress('', 'transformer', 0, 1)
  const parts = await workspace.transformer()
  if (parts?.fine) checked.push({ what: 'transformer', count: 1, data: parts.data, rows, largest: parts.largest })
  else if (parts) found.push(notEqual(file, { ...parts, row: original(parts.datum) }))
  progress('', 'rewrites', 0, 1)
  const rewritten = await workspace.rewrites()
  if (rewritten?.fine) checked.push({ what: 'rewrites', count: file.rewrites.length, data: rewritten.data, rows, largest: rewritten.largest })
  else if (rewritten) found.push(rewriteNotEqual({ ...rewritten, row: original(rewritten.datum) }))
  await checkHypotheses(given)
  await checkMetric(given)
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

/** The metric of the model as it is, on all data, or on as many as a run would take for it. */
async function checkMetric({ file, opened: { workspace, original }, found, checked, breathe, progress }: Given): Promise<void> {
  const { dag, model, cache, table } = workspace
  const compiled = compileBaseline(dag, file, model)
  const sources = compiled.reads.map(({ source }) => source)
  cache.know(sources)
  const most = Math.max(1, Math.floor(WHOLE_PASS_FLOPS / Math.max(1, flopsPerDatum(sources))))
  const count = Math.min(table.rows, most)
  const data = Int32Array.from({ length: count }, (_, i) => Math.floor((i * table.rows) / count))
  const bytes = sources.reduce((sum, source) => sum + cache.bytesPerRow(source), 0)
  const part = Math.max(1, Math.floor(DEFAULT_MEMORY / 4 / Math.max(1, bytes)))
  const baselines = await Baselines.make({ ...workspace, file, seed: DEFAULT_SEED, compiled })
  try {
    const fine = await refusals(found, undefined, async () => {
      for (let start = 0; start < count; start += part) {
        await breathe()
        progress('', 'metric', start, count)
        const some = data.subarray(start, start + part)
        requireFinite(await baselines.model(some), some, { file, original }, 'model')
        if (start + part < count) cache.clear()
      }
      return true
    })
    if (fine) checked.push({ what: 'metric', count: 1, data: count, rows: table.rows })
  } finally {
    await baselines.release()
  }
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
