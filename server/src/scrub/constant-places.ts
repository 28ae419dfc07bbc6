/** Places whose value is the same for every datum: found out by running the model until two data differ. */
import type { PlacesQuestion } from './inspection.ts'
import type { Column } from '../data/columns.ts'
import type { ModelGraph } from '../model/graph.ts'
import { headerOf } from '../model/header.ts'
import { Dag, emit, type Value } from '../onnx/dag.ts'
import { byteLength } from '../onnx/dtype.ts'
import { BATCH, type Tensor } from '../onnx/types.ts'
import { dirname } from 'node:path'
import { canonicalWords } from './classes.ts'
import { elements } from './elements.ts'
import { flopsPerDatum } from './flops.ts'
import { modelValues } from './model-values.ts'
import { processor, type Breathe, type Runtime } from './runtime.ts'
import { selectPlace } from '../hypothesis/slice-values.ts'
import { takeColumn, type Table } from './table.ts'

/** A few data tell most places apart. */
const FIRST = 8
const MOST_ROWS = 256
/** Bytes of values in one call. */
const MOST_BYTES = 128 * 2 ** 20
/** Data after which nothing is said of a place that has not varied. */
const ENOUGH = 32_768
/** Operations that a large model may take for this, where somebody waits: a few seconds. */
const MOST_FLOPS = 1e12
/** Bytes of weights above which a model is not run for this otherwise. */
const MOST_WEIGHTS = 256 * 2 ** 20

export interface ConstantGiven {
  readonly question: PlacesQuestion
  readonly graph: ModelGraph
  /** What `graph` was derived from, or the same. */
  readonly original: ModelGraph
  readonly dag: Dag
  /** Values of the model's inputs in `dag`, by name. */
  readonly inputs: ReadonlyMap<string, Value>
  readonly columns: readonly Column[]
  readonly table: Table
  readonly runtime: Runtime
  readonly breathe: Breathe
}

/** Whether a model is too large to be run for questions that nobody waits for. */
export const isHeavy = ({ initializers }: ModelGraph): boolean =>
  [...initializers.values()].reduce((sum, { source }) => sum + (source.kind === 'file' ? source.length : 0), 0) > MOST_WEIGHTS

/** Tells of each place whether it is constant, as soon as that is known; nothing of those that cannot be told in reasonable time. */
export async function findConstantPlaces(given: ConstantGiven, tell: (key: string, constant: boolean) => void): Promise<void> {
  const { question, graph, original, dag, inputs, columns, table, runtime, breathe } = given
  const large = isHeavy(graph)
  if (large && !question.large) return
  const model = modelValues(dag, graph, graph.inputs.map((input) => ({ input, columns: [], plain: false, compile: () => inputs.get(input)! })), columns, original)
  let open = question.places.flatMap(({ key, tensor, slice }) => {
    const value = selectPlace(dag, model.tensor(tensor), slice)
    return value.type.shape?.[0] === BATCH ? [{ key, value, first: undefined as Int32Array | undefined }] : []
  })
  const enough = large ? Math.min(ENOUGH, Math.max(FIRST, Math.floor(MOST_FLOPS / Math.max(1, flopsPerDatum(open.map(({ value }) => value)))))) : ENOUGH
  const folder = dirname(graph.path)
  const header = headerOf(graph)
  for (let start = 0; open.length > 0 && start < table.rows; ) {
    if (start >= enough) return
    const bytes = open.reduce((sum, { value }) => sum + byteLength(value.type.dtype, elements(value.type.shape)), 0)
    const most = start === 0 ? FIRST : Math.max(2, Math.min(MOST_ROWS, Math.floor(MOST_BYTES / Math.max(1, bytes))))
    await breathe()
    const emitted = emit(new Map(open.map(({ value }, i) => [`o${i}`, value])), header, folder, table.stored)
    const session = await processor(runtime).load(emitted.bytes, folder)
    const varies = new Set<number>()
    try {
      while (varies.size === 0 && start < Math.min(table.rows, enough)) {
        await breathe()
        const rows = Int32Array.from({ length: Math.min(most, Math.min(table.rows, enough) - start) }, (_, i) => start + i)
        const outputs = await session.run(Object.fromEntries(emitted.inputs.map(({ name }) => [name, takeColumn(table.behind(name)!, rows)])))
        open.forEach((place, i) => {
          if (differs(place, outputs[`o${i}`]!, rows.length)) varies.add(i)
        })
        start += rows.length
        if (most === FIRST) break
      }
    } finally {
      await session.release()
    }
    open = open.filter(({ key }, i) => {
      if (varies.has(i)) tell(key, false)
      return !varies.has(i)
    })
  }
  for (const { key } of open) tell(key, true)
}

/** Whether some row differs from the first one that was seen. */
function differs(place: { first: Int32Array | undefined }, tensor: Tensor, rows: number): boolean {
  const words = canonicalWords(tensor)
  const size = words.length / rows
  const first = (place.first ??= words.slice(0, size))
  for (let row = 0, i = 0; row < rows; row++) for (let k = 0; k < size; k++, i++) if (words[i] !== first[k]) return true
  return false
}
