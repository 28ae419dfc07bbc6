/** Opens what a file names: model, dataset, arrays, vocabularies. A file that cannot be opened is an answer, not an exception. */
import type { File } from '@scrub/grammar'
import { DataError, type Column, type DatasetSchema } from '../data/columns.ts'
import { openDataset, type OpenDataset } from '../data/read.ts'
import { readVocab } from '../data/vocab.ts'
import type { KnownColumn } from '../hypothesis/bind.ts'
import type { NamedFile } from '../hypothesis/header.ts'
import { ModelError, type ModelGraph, type RowShapes } from '../model/graph.ts'
import { readModel } from '../model/read.ts'
import type { Tensor } from '../onnx/types.ts'

/** Why a file could not be opened: the code of the finding and its sentence. */
export interface Refusal {
  readonly kind: 'refused'
  readonly code: string
  readonly message: string
}

export interface Limits {
  /** Paths must stay inside this folder; undefined trusts them. */
  readonly root?: string | undefined
  /** Bytes that columns may take. */
  readonly memory?: number | undefined
}

export type KnownSchema = DatasetSchema & { readonly columns: readonly KnownColumn[] }

export const isRefusal = (value: object): value is Refusal => 'kind' in value && value.kind === 'refused'

async function attempt<T>(open: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await open()
  } catch (error) {
    if (!(error instanceof DataError) && !(error instanceof ModelError)) throw error
    return { kind: 'refused', code: error.code, message: error.message }
  }
}

const within = ({ root, memory }: Limits) => ({ ...(root === undefined ? {} : { root }), ...(memory ? { memory } : {}) })

/** The structure of a model; `rowShapes` are the shapes of its inputs that are columns as they are. */
export function openModel(path: string, rowShapes: RowShapes | undefined, limits: Limits): Promise<ModelGraph | Refusal> {
  return attempt(() => readModel(path, { ...within({ root: limits.root }), ...(rowShapes ? { rowShapes } : {}) }))
}

export interface OpenedData {
  readonly dataset: OpenDataset
  /** With the dictionaries of string columns, which binding needs. */
  readonly schema: KnownSchema
  /** The columns of strings, which had to be read for that. */
  readonly loaded: readonly Column[]
}

export function openData(path: string, limits: Limits): Promise<OpenedData | Refusal> {
  return attempt(async () => {
    const dataset = await openDataset(path, within(limits))
    const names = dataset.schema.columns.filter((c) => c.dtype === 'string').map((c) => c.name)
    const loaded = names.length === 0 ? [] : (await dataset.load(names)).columns
    const dictionary = new Map(loaded.map((c) => [c.name, c.dictionary!]))
    const columns = dataset.schema.columns.map((c) => (dictionary.has(c.name) ? { ...c, dictionary: dictionary.get(c.name)! } : c))
    return { dataset, schema: { ...dataset.schema, columns }, loaded }
  })
}

/** The array of `load("x.npy")`: the first column of the file, rows first. */
export function openArray(path: string, limits: Limits): Promise<Tensor | Refusal> {
  return attempt(async () => {
    const { schema, load } = await openDataset(path, within(limits))
    const [column] = (await load([schema.columns[0]!.name])).columns
    return asTensor(column!, schema.rows)
  })
}

function asTensor(column: Column, rows: number): Tensor {
  if (column.dtype === 'string') throw new DataError('data-unreadable', 'An array of strings cannot be loaded; save numbers.')
  const dims = [rows, ...column.shape]
  return column.dtype === 'int64' && column.values instanceof Int32Array
    ? { dtype: 'int64', dims, data: BigInt64Array.from(column.values, (v) => BigInt(v)) }
    : { dtype: column.dtype, dims, data: column.values }
}

export function openVocab(path: string, limits: Limits): Promise<readonly string[] | Refusal> {
  return attempt(() => readVocab(path, within({ root: limits.root })))
}

/** Shapes of the model inputs that are columns as they are. */
export function rowShapesOf(tree: File, schema: DatasetSchema): Map<string, readonly number[]> {
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

/** What was opened, or the sentence why not, by path as written; each path once. */
export async function openAll<T extends object>(files: readonly NamedFile[], open: (path: string) => Promise<T | Refusal>): Promise<Map<string, T | string>> {
  const found = new Map<string, T | string>()
  for (const { path } of files) {
    if (found.has(path)) continue
    const opened = await open(path)
    found.set(path, isRefusal(opened) ? opened.message : opened)
  }
  return found
}
