/** A file, parsed, its model and dataset opened, everything bound: all that can be known without running the model. */
import { parse, type File, type Finding, type Span } from '@scrub/grammar'
import { dirname, isAbsolute, resolve } from 'node:path'
import { DataError, type Column, type Dataset, type DatasetSchema } from '../data/columns.ts'
import { openDataset, type OpenDataset } from '../data/read.ts'
import { readVocab } from '../data/vocab.ts'
import { bind } from '../hypothesis/bind.ts'
import type { BoundFile } from '../hypothesis/bound.ts'
import { filesOf, type NamedFile } from '../hypothesis/header.ts'
import { ModelError, type ModelGraph } from '../model/graph.ts'
import { readModel } from '../model/read.ts'
import type { Tensor } from '../onnx/types.ts'
import type { FileFinding } from '../protocol/findings.ts'
import { fileFindings } from './positions.ts'

export interface AnalyseOptions {
  /** Paths must stay inside this folder; undefined trusts them. */
  readonly root?: string
  /** The metric to evaluate; the first of the file when undefined. */
  readonly metric?: string
  /** Bytes that columns may take. */
  readonly memory?: number
}

export interface Analysis {
  readonly findings: FileFinding[]
  readonly tree: File
  /** Undefined when the model or the dataset cannot be opened. */
  readonly bound?: BoundFile
  readonly graph?: ModelGraph
  readonly dataset?: OpenDataset
  /** Columns of strings, which had to be read for their dictionaries. */
  readonly loaded: readonly Column[]
}

/** Never throws for anything that is wrong with the text, the model or the data: that is what findings are for. */
export async function analyse(file: string, text: string, options: AnalyseOptions = {}): Promise<Analysis> {
  const { file: tree, findings: broken } = parse(text)
  const findings: Finding[] = [...broken]
  const report = (code: string, span: Span, message: string): void => void findings.push({ code, severity: 'error', span, message })
  const files = filesOf(tree)
  const folder = dirname(resolve(file))
  const place = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path))
  const within = options.root === undefined ? {} : { root: options.root }

  const dataset = files.data && (await opened(files.data, report, () => openDataset(place(files.data!.path), { ...within, ...(options.memory ? { memory: options.memory } : {}) })))
  const loaded = dataset ? await dictionaries(dataset, files.data!, report) : undefined
  const graph = files.model && (await opened(files.model, report, () => readModel(place(files.model!.path), { ...within, ...(dataset ? { rowShapes: rowShapes(tree, dataset.schema) } : {}) })))
  if (!dataset || !graph || !loaded) {
    const told = files.findings.filter((f) => !findings.some((other) => other.code === f.code && other.span.start === f.span.start))
    return { findings: fileFindings([...findings, ...told], file, text), tree, loaded: [], ...(graph ? { graph } : {}), ...(dataset ? { dataset } : {}) }
  }
  const arrays = await arraysOf(files.loads, place, within)
  const vocabs = await vocabsOf(files.vocabs, place, within)
  const dictionary = new Map(loaded.map((c) => [c.name, c.dictionary!]))
  const schema: DatasetSchema = {
    ...dataset.schema,
    columns: dataset.schema.columns.map((c) => (dictionary.has(c.name) ? { ...c, dictionary: dictionary.get(c.name)! } : c)),
  }
  const bound = bind(tree, text, {
    graph,
    dataset: schema,
    load: (path) => arrays.get(path) ?? `${path} was not opened.`,
    vocab: (path) => vocabs.get(path) ?? `${path} was not opened.`,
  }, options.metric)
  return { findings: fileFindings([...findings, ...bound.findings], file, text), tree, bound, graph, dataset, loaded }
}

/** Columns that an evaluation reads, with those of strings as they were loaded. */
export async function loadColumns(analysis: Analysis, names: ReadonlySet<string>): Promise<Dataset> {
  const { dataset, loaded } = analysis
  const have = new Map(loaded.map((c) => [c.name, c]))
  const wanted = dataset!.schema.columns.filter((c) => names.has(c.name))
  const rest = await dataset!.load(wanted.filter((c) => !have.has(c.name)).map((c) => c.name))
  for (const column of rest.columns) have.set(column.name, column)
  return { ...rest, rows: dataset!.schema.rows, columns: wanted.map((c) => have.get(c.name)!) }
}

async function opened<T>(file: NamedFile, report: (code: string, span: Span, message: string) => void, open: () => Promise<T>): Promise<T | undefined> {
  try {
    return await open()
  } catch (error) {
    if (!(error instanceof DataError) && !(error instanceof ModelError)) throw error
    report(error.code, file.span, error.message)
    return undefined
  }
}

async function dictionaries(dataset: OpenDataset, file: NamedFile, report: (code: string, span: Span, message: string) => void): Promise<readonly Column[] | undefined> {
  const names = dataset.schema.columns.filter((c) => c.dtype === 'string').map((c) => c.name)
  if (names.length === 0) return []
  return (await opened(file, report, () => dataset.load(names)))?.columns
}

/** Shapes of the model inputs that are columns as they are. */
function rowShapes(tree: File, schema: DatasetSchema): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>(schema.columns.map((c) => [c.name, c.shape]))
  for (const item of tree.items) {
    if (item.kind !== 'data') continue
    for (const { input, value } of item.as) {
      const name = input.kind === 'ident' ? input.text : input.value
      const column = value.kind === 'name' ? schema.columns.find((c) => c.name === value.text) : undefined
      if (column) shapes.set(name, column.shape)
      else shapes.delete(name)
    }
  }
  return shapes
}

async function arraysOf(files: readonly NamedFile[], place: (path: string) => string, within: { root?: string }): Promise<Map<string, Tensor | string>> {
  const arrays = new Map<string, Tensor | string>()
  for (const { path } of files) {
    if (arrays.has(path)) continue
    try {
      const { schema, load } = await openDataset(place(path), within)
      const [column] = (await load([schema.columns[0]!.name])).columns
      arrays.set(path, asTensor(column!, schema.rows))
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      arrays.set(path, error.message)
    }
  }
  return arrays
}

function asTensor(column: Column, rows: number): Tensor | string {
  if (column.dtype === 'string') return 'An array of strings cannot be loaded; save numbers.'
  const dims = [rows, ...column.shape]
  return column.dtype === 'int64' && column.values instanceof Int32Array
    ? { dtype: 'int64', dims, data: BigInt64Array.from(column.values, (v) => BigInt(v)) }
    : { dtype: column.dtype, dims, data: column.values }
}

async function vocabsOf(files: readonly NamedFile[], place: (path: string) => string, within: { root?: string }): Promise<Map<string, readonly string[] | string>> {
  const vocabs = new Map<string, readonly string[] | string>()
  for (const { path } of files) {
    if (vocabs.has(path)) continue
    try {
      vocabs.set(path, await readVocab(place(path), within))
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      vocabs.set(path, error.message)
    }
  }
  return vocabs
}
