/** What a run would do, before it does it: branches, cached tensors, rows to compute, operations and bytes. */
import type { Plan } from '../protocol/plan.ts'
import { dimsText } from '../hypothesis/place-type.ts'
import { tensorText } from '../hypothesis/spelling.ts'
import type { BoundFile } from '../hypothesis/bound.ts'
import type { Value } from '../onnx/dag.ts'
import type { Cache } from './cache.ts'
import { streamData } from './compile.ts'
import { Draws } from './draws.ts'
import type { EvaluateOptions, Prepared } from './evaluate.ts'
import { flopsPerDatum } from './flops.ts'
import { fuse } from './fuse.ts'
import { narrow } from './narrow.ts'
import { streamsOfRead } from './reads.ts'
import { streamKey } from './region.ts'
import { fitsIn } from './room.ts'
import { seedOf } from './sample.ts'
import { samplesOf } from './shard.ts'
import type { Workspace } from './workspace.ts'
import { topological } from './walk.ts'

/** Draws that are made to count rows, at most. */
const MOST_DRAWN = 65_536

/** Nothing is computed but draws; `cache` knows the functions that are read. `wholePass`: all data go through the model, whatever is drawn. */
export async function planOf(file: BoundFile, { dag, model, table, cache, runtime }: Workspace, options: EvaluateOptions, p: Prepared, wholePass: boolean): Promise<Plan> {
  const { hypothesis, tree, classes, compiled } = p
  const samples = samplesOf(hypothesis, options)
  const drawn = Math.min(samples, MOST_DRAWN)
  const draws = p.units ? undefined : new Draws({ tree, classes, rows: table.rows, seed: seedOf(hypothesis, options), unimportant: hypothesis.options.unimportant }, 0, drawn)
  const nameOf = namesOf(file, model.tensor)
  const sources = [...new Set(compiled.reads.map(({ source }) => source))]
  const cached = sources.map((source) => {
    const reads = compiled.reads.filter((read) => read.source === source)
    const rows = draws ? cache.rowsOf(source, reads.flatMap(streamsOfRead).map((stream) => streamData(draws, stream))) : cache.distinct(source)
    return {
      what: describe(source, nameOf), shape: `${source.type.dtype}${dimsText((source.type.shape ?? []).slice(1))}`, rows, bytes: rows * cache.bytesPerRow(source),
      readers: [...new Set(reads.flatMap(streamsOfRead).map(streamKey))].length,
    }
  })
  const outputs = file.graph.outputs.map(model.tensor)
  return {
    hypothesis: hypothesis.name,
    samples,
    branches: tree.branches,
    groups: tree.order.map(({ node, branches }) => ({ node: node.name, branches })).reverse(),
    cached,
    rows: passRows(cache, sources, draws && ((source) => compiled.reads.filter((read) => read.source === source).flatMap(streamsOfRead).map((stream) => streamData(draws, stream)))),
    operators: (p.units ? [...p.units.values()].map(({ compiled: { output } }) => output) : [compiled.output]).reduce((sum, output) => sum + topological([output]).filter(({ def }) => def.kind === 'op').length, 0),
    operationsPerRow: flopsPerDatum(fuse(dag, narrow(dag, sources))),
    operationsPerSample: p.units ? null : flopsPerDatum([compiled.output]),
    operationsOfModel: flopsPerDatum(outputs),
    disk: fitsIn({ cache, options, runtime }, sources) ? null : await diskFor(cache, sources.map((source, i) => ({ source, rows: wholePass ? cache.distinct(source) : cached[i]!.rows }))),
    pool: hypothesis.options.pool ?? null,
  }
}

async function diskFor(cache: Cache, needs: readonly { readonly source: Value; readonly rows: number }[]): Promise<Plan['disk']> {
  const bytes = needs.reduce((sum, { source, rows }) => (cache.spills(source) ? sum + rows * cache.bytesPerRow(source) : sum), 0)
  const room = bytes > 0 ? await cache.spill!.room() : 0
  const problem = cache.spill?.problem
  return { bytes: Math.min(bytes, room), ...(problem === undefined ? {} : { problem }) }
}

/** Distinct inputs for which anything is computed. */
function passRows(cache: Cache, sources: readonly Value[], dataOf: ((source: Value) => readonly Int32Array[]) | undefined): number {
  if (!dataOf) return Math.max(0, ...sources.map((source) => cache.distinct(source)))
  return Math.max(0, ...sources.map((source) => cache.rowsOf(source, dataOf(source))), sources.length === 0 ? 0 : cache.rowsOf(sources[0]!, sources.filter((source) => cache.distinct(source) === cache.distinct(sources[0]!)).flatMap(dataOf)))
}

/** Names of the graph by value: those of the file first. */
function namesOf(file: BoundFile, tensor: (name: string) => Value): (value: Value) => string | undefined {
  const names = new Map<number, string>()
  for (const [name, own] of [...file.components, ...file.points]) if (file.graph.tensors.has(own) && !names.has(tensor(own).id)) names.set(tensor(own).id, name)
  for (const name of file.graph.tensors.keys()) if (!names.has(tensor(name).id)) names.set(tensor(name).id, tensorText(name))
  return ({ id }) => names.get(id)
}

const PARTS: ReadonlySet<string> = new Set(['Slice', 'Squeeze', 'Unsqueeze', 'Gather', 'Identity', 'Expand', 'Reshape', 'Transpose', 'Cast'])
/** Terms of a sum that are named. */
const MOST_TERMS = 4

/** `[3]`, `[:, 2:4]`: what a Slice takes after the batch. */
function sliceOf({ def }: Value): string | undefined {
  if (def.kind !== 'op' || def.call.opType !== 'Slice') return undefined
  const [, starts, ends, axes, steps] = def.call.inputs.map((input) => input?.known && Array.from(input.known.data as ArrayLike<number | bigint>, Number))
  if (!starts || !ends || !axes || steps?.some((step) => step !== 1) || axes.includes(0)) return undefined
  const parts = Array.from({ length: Math.max(...axes) }, (_, i) => {
    const k = axes.indexOf(i + 1)
    return k < 0 ? ':' : ends[k]! - starts[k]! === 1 ? String(starts[k]) : `${starts[k]}:${ends[k]}`
  })
  return `[${parts.join(', ')}]`
}

/** A cached function in the words of the file: `a2.in`, `part of a0.h0`, `m0 + m1`. */
export function describe(value: Value, nameOf: (value: Value) => string | undefined, depth = 0): string {
  const name = nameOf(value)
  if (name !== undefined) return name
  const { def } = value
  if (def.kind === 'input') return def.name.replace(/^column /, '')
  if (def.kind === 'weight') return tensorText(def.initializer.name)
  if (def.kind !== 'op' || depth > 6) return '…'
  const [first] = def.call.inputs
  const at = first && nameOf(first) !== undefined ? sliceOf(value) : undefined
  if (at) return `${nameOf(first!)}${at}`
  if (PARTS.has(def.call.opType) && first) {
    const of = describe(first, nameOf, depth + 1)
    return of.startsWith('part of ') || of.startsWith('sum of ') || of.endsWith(']') ? of : `part of ${of}`
  }
  if (def.call.opType !== 'Add') return def.call.opType
  const terms: Value[] = []
  const open = [value]
  for (let one = open.pop(); one; one = open.pop()) {
    if (one.def.kind === 'op' && one.def.call.opType === 'Add' && (one === value || nameOf(one) === undefined)) open.push(...one.def.call.inputs.filter((input) => input !== undefined).reverse())
    else terms.push(one)
  }
  const named = terms.slice(0, MOST_TERMS).map((term) => describe(term, nameOf, depth + 1).replace(/^part of /, ''))
  return `sum of ${named.join(', ')}${terms.length > MOST_TERMS ? ` and ${terms.length - MOST_TERMS} more` : ''}`
}
