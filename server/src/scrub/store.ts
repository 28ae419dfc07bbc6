/** Keeps the workspace of the last run: an edited hypothesis on the same model and data starts warm. */
import type { Dataset } from '../data/columns.ts'
import { limitRows, takeRows } from '../data/select.ts'
import { Dag } from '../onnx/dag.ts'
import { columnInput, type BoundFile, type BoundHypothesis } from '../hypothesis/bound.ts'
import { loadColumns, weightFiles, type Analysis } from './analyse.ts'
import { BadInput } from './failures.ts'
import { KeptAnalysis } from './kept-analysis.ts'
import { evaluateOnData } from './features.ts'
import { flopsPerDatum } from './flops.ts'
import { modelValues } from './model-values.ts'
import type { Breathe, OpenRuntime, Runtime } from './runtime.ts'
import type { OpenSpillFile } from './spill-file.ts'
import { tableOf } from './table.ts'
import { topological } from './walk.ts'
import { closeWorkspace, openWorkspace, type Workspace } from './workspace.ts'
import { dirname } from 'node:path'

export interface Opened {
  readonly workspace: Workspace
  /** A datum's row in the file, before `filter` and `limit`. */
  readonly original: (datum: number) => number
}

export class WorkspaceStore {
  private kept: (Opened & { readonly key: string; readonly columns: ReadonlySet<string> }) | undefined
  private current: Breathe = async () => {}
  /** Of the file that was run last. */
  readonly analysis = new KeptAnalysis()
  private readonly openSpill: OpenSpillFile | undefined

  /** `openSpill` makes the file for activations that leave the memory. */
  constructor(openSpill?: OpenSpillFile) {
    this.openSpill = openSpill
  }

  /** The workspace for a bound file: the kept one if model, data and device are the same. `text` is the file's; `half`: activations are kept as float16. */
  async open(
    analysis: Analysis, file: BoundFile, hypotheses: readonly BoundHypothesis[], text: string, device: string, openRuntime: OpenRuntime, breathe: Breathe, samples: number, half = false,
  ): Promise<Opened> {
    this.current = breathe
    const statements = analysis.tree.items.filter((i) => i.kind === 'data' || i.kind === 'model' || (i.kind === 'let' && file.filter)).map((i) => text.slice(i.span.start, i.span.end))
    const key = JSON.stringify([device, half, file.transformer !== undefined, file.rewriteText, stampsRead(analysis, file), statements])
    const needed = columnsRead(file, hypotheses)
    const { kept } = this
    const open = (): Runtime | Promise<Runtime> => openRuntime(() => workOf(file, samples))
    let runtime: Runtime | undefined
    if (kept && kept.key === key && [...needed].every((c) => kept.columns.has(c))) {
      // A longer run may be worth another device; a shorter one stays where the activations are.
      if (device !== 'auto' || kept.workspace.runtime.accelerator) return kept
      runtime = await open()
      if (runtime.device === kept.workspace.runtime.device) return kept
    }
    const columns = kept?.key === key ? needed.union(kept.columns) : needed
    await this.close()
    runtime ??= await open()
    const { dataset, original } = await selectRows(runtime, analysis, file, columns, breathe)
    const workspace = openWorkspace({ file, dataset, runtime, folder: dirname(file.graph.path), breathe: () => this.current(), openSpill: this.openSpill, half })
    this.kept = { workspace, original, key, columns }
    return this.kept
  }

  async close(): Promise<void> {
    if (this.kept) await closeWorkspace(this.kept.workspace)
    this.kept = undefined
  }
}

/** Of what is read when it is needed: what else a text names stands in its values. */
const stampsRead = ({ stamps }: Analysis, { graph, schema }: BoundFile): unknown => [graph.path, schema.path, ...weightFiles(graph)].map((path) => stamps.get(path))

/** As if every datum and every sample went through the model once. */
function workOf({ graph, inputs, schema, original, limit }: BoundFile, samples: number): number {
  const { tensor } = modelValues(new Dag(), graph, inputs, schema.columns, original)
  return flopsPerDatum(graph.outputs.map(tensor)) * (Math.min(schema.rows, limit ?? Infinity) + samples)
}

/** Columns that the model, the metric, the filter or a feature reads. */
function columnsRead(file: BoundFile, hypotheses: readonly BoundHypothesis[]): Set<string> {
  const features = hypotheses.flatMap((h) => h.nodes.flatMap((n) => (typeof n.feature === 'string' ? [] : n.feature.parts.map((p) => p.value))))
  const values = topological([...features, ...(file.filter ? [file.filter.value] : [])])
  const inputs = new Set(values.flatMap((v) => (v.def.kind === 'input' ? [v.def.name] : [])))
  const read = new Set([...file.inputs.flatMap((b) => b.columns), ...file.metric!.columns])
  for (const { nodes } of hypotheses) for (const { place } of nodes) for (const one of place.slice) if (one.kind === 'datum') one.columns.forEach((name) => read.add(name))
  for (const column of file.schema.columns) if (inputs.has(columnInput(column.name))) read.add(column.name)
  return read
}

/** The data after `filter` and `limit`. */
export async function selectRows(runtime: Runtime, analysis: Analysis, file: BoundFile, columns: ReadonlySet<string>, breathe: Breathe): Promise<{ dataset: Dataset; original: Opened['original'] }> {
  const all = await loadColumns(analysis, columns)
  let dataset = all
  let rows: Int32Array | undefined
  if (file.filter) {
    const [mask] = await evaluateOnData(runtime, tableOf(all), file.filter.batched ? [file.filter.value] : [], breathe)
    const keep = mask?.data as Uint8Array | undefined
    rows = Int32Array.from({ length: all.rows }, (_, i) => i).filter((i) => !keep || keep[i] === 1)
    dataset = takeRows(all, rows)
  }
  if (file.limit !== undefined) dataset = limitRows(dataset, file.limit)
  if (dataset.rows === 0) throw new BadInput(`The data statement's \`filter\` or \`limit\` leaves no datum of ${file.schema.path}, so nothing can be drawn: let more data through.`)
  return { dataset, original: (datum) => (rows ? rows[datum]! : datum) }
}
