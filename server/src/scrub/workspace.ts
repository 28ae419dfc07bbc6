/**
 * What outlives a run: the model as values, the selected data, cached activations and the lines beside a hypothesis.
 * Values are made once per dag, so an edited hypothesis finds everything that did not change.
 */
import type { Dataset } from '../data/columns.ts'
import type { BoundFile, BoundHypothesis, BoundMetric } from '../hypothesis/bound.ts'
import type { CompiledHypothesis } from './compile.ts'
import type { Units } from './pools.ts'
import type { Tree } from './tree.ts'
import { headerOf } from '../model/header.ts'
import { Dag } from '../onnx/dag.ts'
import { Baselines, type Baseline } from './baseline.ts'
import { Cache } from './cache.ts'
import type { OpenSpillFile } from './spill-file.ts'
import { Spill } from './spill.ts'
import type { DeviceCheck } from './device-check.ts'
import type { ExecutableGiven } from './executable.ts'
import { KeptFeatures } from './kept-features.ts'
import { KeptSessions, MOST_ON_DEVICE } from './kept-sessions.ts'
import { modelValues, type ModelValues } from './model-values.ts'
import { keptTexts } from './report-texts.ts'
import { processor, type Breathe, type Runtime } from './runtime.ts'
import { tableOf, type Table } from './table.ts'
import { checkRewrites, type RewriteCheck } from './rewrite-check.ts'
import { checkTransformer, type TransformerCheck } from './transformer-check.ts'

export interface WorkspaceGiven {
  readonly file: BoundFile
  /** Rows after `filter` and `limit`. */
  readonly dataset: Dataset
  readonly runtime: Runtime
  readonly folder: string
  readonly breathe: Breathe
  /** Makes the file for activations that leave the memory, when the first do; they are computed again when undefined. */
  readonly openSpill?: OpenSpillFile | undefined
  /** Keep activations as float16. */
  readonly half?: boolean
}

/** A hypothesis compiled, and what besides it that rests on. */
export interface Compilation {
  readonly metric: BoundMetric | undefined
  readonly key: string
  readonly made: { readonly tree: Tree; readonly compiled: CompiledHypothesis; readonly units?: Units }
}

export interface Workspace extends ExecutableGiven {
  readonly kept: KeptSessions
  readonly features: KeptFeatures
  /** Of hypotheses as they were bound: an edit elsewhere leaves them as they are. */
  readonly compilations: WeakMap<BoundHypothesis, Compilation>
  /** Data for people, in the vocabularies of a file; kept as long as those are the same. */
  readonly texts: (file: BoundFile) => (datum: number) => string
  readonly model: ModelValues
  readonly table: Table
  /** The processor, with exact activations of its own: what another device, and float16, are compared with. Made when it is first asked for. */
  readonly reference: () => Pick<ExecutableGiven, 'runtime' | 'cache'>
  /** Comparisons that were made, by hypothesis. */
  readonly checkedOnDevice: Map<string, DeviceCheck>
  /** By metric and seed. */
  readonly lines: Map<string, { readonly baseline: Baseline; readonly baselines: Baselines }>
  /** Whether what `use transformer` found is true on these data; checked once, undefined where the file does not ask for it. */
  readonly transformer: () => Promise<TransformerCheck> | undefined
  /** Whether the rewrites change nothing on these data; compared once, undefined where there are none. */
  readonly rewrites: () => Promise<RewriteCheck | undefined>
}

export function openWorkspace({ file, dataset, runtime, folder, breathe, openSpill, half = false }: WorkspaceGiven): Workspace {
  const dag = new Dag()
  const table = tableOf(dataset)
  const model = modelValues(dag, file.graph, file.inputs, dataset.columns, file.original)
  const header = headerOf(file.graph)
  const modelColumns = new Set(file.inputs.flatMap((b) => [...b.columns]))
  const cacheOn = (runtime: Runtime, spill?: Spill, half = false): Cache => new Cache({ dag, table, header, folder, runtime, modelColumns, breathe, half, ...(spill ? { spill } : {}) })
  const cache = cacheOn(runtime, openSpill && new Spill(openSpill, breathe), half)
  let own: Pick<ExecutableGiven, 'runtime' | 'cache'> | undefined
  const reference = () => (own ??= { runtime: processor(runtime), cache: cacheOn(processor(runtime)) })
  let checked: Promise<TransformerCheck> | undefined
  const view = file.transformer?.view
  const transformer = () => view && (checked ??= checkTransformer({ view, dag: new Dag(), inputs: file.inputs, columns: dataset.columns, table, runtime, breathe }).catch((error: unknown) => {
    // Cancelled: asked again next time.
    checked = undefined
    throw error
  }))
  let compared: Promise<RewriteCheck | undefined> | undefined
  const rewrites = () => (compared ??= checkRewrites({ file, dag: new Dag(), columns: dataset.columns, table, runtime, breathe }).catch((error: unknown) => {
    compared = undefined
    throw error
  }))
  return { rewrites, dag, header, folder, runtime, cache, breathe, model, table, lines: new Map(), kept: runtime.accelerator ? new KeptSessions(MOST_ON_DEVICE) : new KeptSessions(), features: new KeptFeatures(), compilations: new WeakMap(), texts: keptTexts(table), transformer, reference, checkedOnDevice: new Map() }
}

export async function closeWorkspace(workspace: Workspace): Promise<void> {
  for (const { baselines } of workspace.lines.values()) await baselines.release()
  workspace.lines.clear()
  await workspace.kept.release()
  await workspace.cache.release()
  await workspace.reference().cache.release()
}
