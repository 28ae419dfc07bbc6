/** Answers questions about the data: classes of features, what follows from what, what can hardly be told apart. Keeps what it has. */
import { DataError, type Column, type Dataset } from '../data/columns.ts'
import { showDatum } from '../data/decode.ts'
import { openDataset, type OpenDataset } from '../data/read.ts'
import { limitRows, takeRows } from '../data/select.ts'
import { columnInput } from '../hypothesis/bound.ts'
import type { ModelGraph } from '../model/graph.ts'
import { transformerOf } from '../transformer/find.ts'
import { Dag, type Value } from '../onnx/dag.ts'
import type { TypedArray } from '../onnx/types.ts'
import type { Fact, FeatureFacts, Witness } from '../protocol/inspect.ts'
import { anyClass, canonicalWords, classesOf, describeClasses, exactClasses, rowIds, type Classes } from './classes.ts'
import { classList, showParts } from './class-list.ts'
import { findConstantPlaces, isHeavy } from './constant-places.ts'
import { evaluateOnData } from './features.ts'
import { fingerprint, restore } from './flat.ts'
import { adjustedInformation } from './information.ts'
import { PARTS, type DeterminedQuestion, type FeatureQuestion, type InspectRequest } from './inspection.ts'
import { checkRewrites } from './rewrite-check.ts'
import { checkTransformer } from './transformer-check.ts'
import { ModelAnswers } from './model-answers.ts'
import { isRefusal, openModel } from './opening.ts'
import { Cancelled, type Breathe, type Runtime } from './runtime.ts'
import { stampOf } from './stamp.ts'
import { tableOf, type Table } from './table.ts'
import { topological } from './walk.ts'

/** Above this the adjusted mutual information says that two features can hardly be told apart. */
export const ALIKE = 0.98
/** Data that the comparisons of one request may go through, about two seconds: families make thousands of pairs. Later pairs are not compared. */
export const MOST_COMPARED = 10_000_000
const MOST_CLASSES = 10
/** Features of one session. */
const MOST_TOGETHER = 32
/** Bytes of feature values that are held at a time. */
const MOST_BYTES = 256 * 2 ** 20
/** Bytes of partitions that are kept. */
const MOST_KEPT = 512 * 2 ** 20
/** Selections of rows that are kept: two documents, or a filter that is being edited. */
const MOST_SELECTIONS = 3

/** The data after `filter` and `limit`, and what is known of them. */
interface Selection {
  readonly stamp: string
  readonly source: OpenDataset
  /** Its rows of a dataset of the file. */
  readonly chosen: (dataset: Dataset) => Dataset
  /** Those that were needed so far. */
  readonly columns: Map<string, Column>
  table: Table
  dataset: Dataset
  readonly original: (datum: number) => number
  readonly partitions: Map<string, Partition>
  /** What is known of the model on these rows. */
  readonly answers: ModelAnswers
}

interface Partition {
  readonly classes: Classes
  readonly facts: FeatureFacts
  /** The value of each class; empty where there are very many. */
  readonly values: readonly string[]
}

export class InspectStore {
  private readonly selections = new Map<string, Selection>()
  private readonly openRuntime: () => Runtime
  private model: { readonly key: string; readonly graph: ModelGraph } | undefined

  constructor(openRuntime: () => Runtime) {
    this.openRuntime = openRuntime
  }

  /** Answers a request fact by fact. Throws DataError where the data cannot be read, Cancelled when `breathe` does. */
  async answer(request: InspectRequest, tell: (fact: Fact) => void, breathe: Breathe): Promise<void> {
    const dag = new Dag()
    const values = restore(dag, request.values)
    const runtime = this.openRuntime()
    const selection = await this.selection(request, values, runtime, breathe)
    const broken = new Set<string>()
    await this.features(request, selection, values, runtime, breathe, (fact) => {
      if (fact.kind === 'broken') broken.add(fact.key)
      tell(fact)
    })
    for (const question of request.determined) {
      await breathe()
      if ([question.feature, ...question.parents].some((key) => broken.has(key))) continue
      await addColumns(selection, question.columns)
      const against = counterexample(question, selection, request)
      tell({ kind: 'determined', key: question.key, ...(against ? { against } : {}) })
    }
    let left = MOST_COMPARED
    for (const { key, groups } of request.alike) {
      const pairs: { a: string; b: string; information: number }[] = []
      for (const [a, b] of pairsAcross(groups)) {
        const [one, other] = [selection.partitions.get(a), selection.partitions.get(b)]
        if (!one || !other) continue
        left -= one.classes.rows
        if (left < 0) break
        await breathe()
        const information = adjustedInformation(one.classes, other.classes, ALIKE)
        if (information !== undefined) pairs.push({ a, b, information })
      }
      tell({ kind: 'alike', key, pairs })
    }
    if (request.places) await this.places(request, selection, dag, values, runtime, breathe, tell)
  }

  private async selection(request: InspectRequest, values: readonly Value[], runtime: Runtime, breathe: Breathe): Promise<Selection> {
    const filter = request.filtered ? values[0] : undefined
    const stamp = stampOf(request.data) ?? 'none'
    const key = JSON.stringify([request.data, request.root, request.limit, filter && fingerprint(filter), request.shown, [...request.vocabs]])
    const kept = this.selections.get(key)
    this.selections.delete(key)
    if (kept?.stamp === stamp) {
      this.selections.set(key, kept)
      return kept
    }
    const source = await openDataset(request.data, request.root === undefined ? {} : { root: request.root })
    let rows: Int32Array | undefined
    if (filter) {
      const all = await source.load(columnsBehind([filter], source))
      const [mask] = await evaluateOnData(runtime, tableOf(all), [filter], breathe)
      const keep = mask!.data as Uint8Array
      rows = Int32Array.from({ length: all.rows }, (_, i) => i).filter((i) => keep[i] === 1)
    }
    const empty: Dataset = { ...source.schema, columns: [] }
    const chosen = (dataset: Dataset): Dataset => {
      const taken = rows ? takeRows(dataset, rows) : dataset
      return request.limit === undefined ? taken : limitRows(taken, request.limit)
    }
    const dataset = chosen(empty)
    if (dataset.rows === 0) throw new DataError('empty-data', 'The `filter` or `limit` leaves no datum; let more data through.')
    const selection: Selection = { stamp, source, chosen, columns: new Map(), dataset, table: tableOf(dataset), original: (datum) => (rows ? rows[datum]! : datum), partitions: new Map(), answers: new ModelAnswers() }
    this.selections.set(key, selection)
    for (const old of [...this.selections.keys()].slice(0, -MOST_SELECTIONS)) this.selections.delete(old)
    return selection
  }

  private async features(request: InspectRequest, selection: Selection, values: readonly Value[], runtime: Runtime, breathe: Breathe, tell: (fact: Fact) => void): Promise<void> {
    await addColumns(selection, request.shown)
    const say = ({ key, told }: FeatureQuestion): void => {
      if (told) tell({ kind: 'feature', key, facts: selection.partitions.get(key)!.facts })
    }
    const missing = request.features.filter((question) => !selection.partitions.has(question.key) || void say(question))
    const wanted = new Set(request.features.map(({ key }) => key))
    forgetOld(selection, wanted)
    const { rows } = selection.dataset
    for (const chunk of chunked(missing, rows)) {
      await breathe()
      const roots = chunk.flatMap(({ parts }) => parts.map(({ root }) => values[root]!))
      await addColumns(selection, columnsBehind(roots, selection.source))
      let failure: string | undefined
      try {
        await this.partition(request, selection, chunk, values, runtime, breathe)
      } catch (error) {
        if (error instanceof Cancelled || error instanceof DataError) throw error
        failure = error instanceof Error ? error.message : String(error)
      }
      if (failure !== undefined) {
        // One of them cannot be computed: which?
        for (const question of chunk) {
          try {
            await this.partition(request, selection, [question], values, runtime, breathe)
          } catch (error) {
            if (error instanceof Cancelled || error instanceof DataError) throw error
            tell({ kind: 'broken', key: question.key, message: error instanceof Error ? error.message : String(error) })
          }
        }
      }
      for (const question of chunk) if (selection.partitions.has(question.key)) say(question)
    }
  }

  private async partition(request: InspectRequest, selection: Selection, questions: readonly FeatureQuestion[], values: readonly Value[], runtime: Runtime, breathe: Breathe): Promise<void> {
    const { table, dataset, original } = selection
    const { rows } = dataset
    const roots = questions.flatMap(({ parts }) => parts.map(({ root }) => values[root]!))
    const tensors = await evaluateOnData(runtime, table, roots, breathe)
    const shown: Dataset = { ...dataset, columns: request.shown.flatMap((name) => selection.columns.get(name) ?? []) }
    let at = 0
    for (const { key, special, parts } of questions) {
      await breathe()
      const own = tensors.slice(at, (at += parts.length))
      const classes = special === 'exact' ? exactClasses(rows) : own.length === 0 ? anyClass(rows) : classesOf(own, rows)
      const { singletons, effective } = describeClasses(classes)
      const data = own.map((tensor) => tensor.data as TypedArray)
      const value = (datum: number): string => (special === 'exact' ? `row ${original(datum)}` : special === 'any' ? 'any' : showParts(parts, data, datum, rows))
      const nan = data.map((array) => nanAt(array, rows)).find((datum) => datum !== undefined)
      const list = classList({
        classes, most: MOST_CLASSES, value,
        example: (datum) => ({ row: original(datum), text: showDatum(shown, datum, request.vocabs) }),
      })
      const facts: FeatureFacts = { rows, classes: classes.count, singletons, effectiveClasses: effective, swapRate: 1 - classes.count / rows, ...(nan === undefined ? {} : { nan: original(nan) }), list }
      const values = classes.count > MOST_SHOWN ? [] : Array.from({ length: classes.count }, (_, c) => value(classes.order[classes.start[c]!]!))
      selection.partitions.set(key, { classes, facts, values })
    }
  }

  private async places(request: InspectRequest, selection: Selection, dag: Dag, values: readonly Value[], runtime: Runtime, breathe: Breathe, tell: (fact: Fact) => void): Promise<void> {
    const whole = request.places!
    const inputs = new Map(whole.inputs.map(({ input, root }) => [input, values[root]!]))
    const { question, keep } = selection.answers.open(whole, inputs, stampOf(whole.model) ?? 'none', tell)
    if (question.places.length === 0 && !question.parts && !question.rewrites) return
    const original = await this.graph(question.model, request.root, new Map(question.rowShapes))
    const view = original && question.transformer ? transformerOf(original) : undefined
    const graph = question.derived?.graph ?? (view?.kind === 'transformer' ? view.graph : original)
    if (!original || !graph) return
    if (graph.inputs.some((input) => !inputs.has(input)) || question.places.some(({ tensor }) => !graph.tensors.has(tensor))) return
    await addColumns(selection, columnsBehind([...inputs.values()], selection.source))
    const bindings = graph.inputs.map((input) => ({ input, columns: [], plain: false, compile: () => inputs.get(input)! }))
    const { columns } = selection.dataset
    const say = (fact: Fact): void => {
      keep(fact)
      tell(fact)
    }
    if (question.rewrites && !isHeavy(graph)) {
      const { key, done } = question.rewrites
      const found = await checkRewrites({ file: { graph, original, inputs: bindings, rewrites: done }, dag, columns, table: selection.table, runtime, breathe })
      say({ kind: 'rewrites', key, ...(!found || found.fine ? {} : { wrong: { rewrite: done.indexOf(found.worst), largest: found.largest, byRow: found.byRow, row: selection.original(found.datum) } }) })
    }
    if (question.parts && view?.kind === 'transformer' && !isHeavy(graph)) {
      const { fine, datum, place, largest } = await checkTransformer({ view, dag, inputs: bindings, columns: selection.dataset.columns, table: selection.table, runtime, breathe })
      say({ kind: 'transformer', key: PARTS, ...(fine ? {} : { wrong: { place, largest, row: selection.original(datum) } }) })
    }
    const told = new Set<string>()
    await findConstantPlaces({ question, graph, original, dag, inputs, columns: selection.dataset.columns, table: selection.table, runtime, breathe }, (key, constant) => {
      told.add(key)
      say({ kind: 'constant', key, constant })
    })
    for (const { key } of question.places) if (!told.has(key)) keep({ kind: 'untold', key })
  }

  private async graph(path: string, root: string | undefined, rowShapes: ReadonlyMap<string, readonly number[]>): Promise<ModelGraph | undefined> {
    const key = JSON.stringify([path, stampOf(path), root, [...rowShapes]])
    if (this.model?.key === key) return this.model.graph
    const graph = await openModel(path, rowShapes, { root })
    if (isRefusal(graph)) return undefined
    this.model = { key, graph }
    return graph
  }
}

/** Makes columns part of a selection's table. */
async function addColumns(selection: Selection, names: Iterable<string>): Promise<void> {
  const { source, chosen, columns } = selection
  const known = new Set(source.schema.columns.map(({ name }) => name))
  const missing = [...new Set(names)].filter((name) => known.has(name) && !columns.has(name))
  if (missing.length === 0) return
  for (const column of chosen(await source.load(missing)).columns) columns.set(column.name, column)
  selection.dataset = { ...selection.dataset, columns: [...columns.values()] }
  selection.table = tableOf(selection.dataset)
}

/** Classes whose values are kept for counterexamples. */
const MOST_SHOWN = 5000

function columnsBehind(values: readonly Value[], { schema }: OpenDataset): string[] {
  const inputs = new Set(topological(values).flatMap(({ def }) => (def.kind === 'input' ? [def.name] : [])))
  return schema.columns.map(({ name }) => name).filter((name) => inputs.has(columnInput(name)))
}

/** Features that are evaluated together: a bounded number of bytes, and not so many that other requests wait for them. */
function chunked(questions: readonly FeatureQuestion[], rows: number): FeatureQuestion[][] {
  const chunks: FeatureQuestion[][] = []
  let bytes = Infinity
  for (const question of questions) {
    const own = rows * 8 * question.parts.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
    if (bytes + own > MOST_BYTES || chunks.at(-1)!.length >= MOST_TOGETHER) {
      chunks.push([])
      bytes = 0
    }
    bytes += own
    chunks.at(-1)!.push(question)
  }
  return chunks
}

/** Partitions of features that are not asked for are given up when there are too many. */
function forgetOld({ partitions, dataset }: Selection, wanted: ReadonlySet<string>): void {
  const most = Math.max(16, Math.floor(MOST_KEPT / (dataset.rows * 8)))
  for (const key of partitions.keys()) {
    if (partitions.size <= most) return
    if (!wanted.has(key)) partitions.delete(key)
  }
}

/** A datum on which a float is NaN. */
function nanAt(values: TypedArray, rows: number): number | undefined {
  if (!(values instanceof Float32Array || values instanceof Float64Array)) return undefined
  for (let i = 0; i < values.length; i++) if (values[i] !== values[i]) return Math.floor(i / (values.length / rows))
  return undefined
}

/** Two data that agree on all that the parents say and differ on the feature. */
function counterexample({ feature, parents, columns }: DeterminedQuestion, selection: Selection, request: InspectRequest): readonly [Witness, Witness] | undefined {
  const { dataset, partitions, original } = selection
  const { rows } = dataset
  const own = partitions.get(feature)
  const above = parents.map((key) => partitions.get(key)?.classes.of)
  if (!own || above.includes(undefined)) return undefined
  const words = columns.map((name) => canonicalWords({ dtype: 'int32', dims: [], data: selection.columns.get(name)!.values }))
  const together = [...(above as Int32Array[]), ...words]
  const groups = together.length === 0 ? new Int32Array(rows) : rowIds(together, rows)
  const firsts = new Int32Array(rows).fill(-1)
  const shown: Dataset = { ...dataset, columns: request.shown.flatMap((name) => selection.columns.get(name) ?? []) }
  const witness = (datum: number): Witness => ({ row: original(datum), text: showDatum(shown, datum, request.vocabs), value: own.values[own.classes.of[datum]!] ?? `class ${own.classes.of[datum]! + 1} of ${own.classes.count}` })
  for (let datum = 0; datum < rows; datum++) {
    const group = groups[datum]!
    const first = firsts[group]!
    if (first < 0) firsts[group] = datum
    else if (own.classes.of[first] !== own.classes.of[datum]) return [witness(first), witness(datum)]
  }
  return undefined
}

function* pairsAcross(groups: readonly (readonly string[])[]): Generator<readonly [string, string]> {
  for (let i = 0; i < groups.length; i++) for (const a of groups[i]!) for (let k = i + 1; k < groups.length; k++) for (const b of groups[k]!) if (a !== b) yield [a, b]
}
