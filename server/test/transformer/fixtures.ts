/** The exported transformers with what every part of them is, computed in PyTorch. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openDataset } from '../../src/data/read.ts'
import type { Column } from '../../src/data/columns.ts'
import { readModel } from '../../src/model/read.ts'
import type { ModelGraph } from '../../src/model/graph.ts'
import { transformerOf } from '../../src/transformer/find.ts'
import type { TransformerView } from '../../src/transformer/view.ts'
import { type Feeds, type Result, runGraph, tensor } from '../model/runtime.ts'

export const fixture = (file: string): string => fileURLToPath(new URL(`../../../test-fixtures/${file}`, import.meta.url))

/** Small transformers in the ways that people write them, with random weights. */
export const MODELS = ['lens', 'lens-joint', 'attention-only', 'gpt2', 'packed', 'llama', 'gptj', 'encoder-pre', 'encoder-post', 'positions-first', 'bert', 'separate', 'vit'] as const

/** Rows for which the parts are known. */
export const ROWS = 5

/** The model as it is read when its data are known. */
export async function fixtureModel(name: string): Promise<ModelGraph> {
  const { schema } = await openDataset(dataOf(name))
  return readModel(fixture(`transformers/${name}.onnx`), { rowShapes: new Map(schema.columns.map((column) => [column.name, column.shape])) })
}

export const dataOf = (name: string): string => fixture(`transformers/${name === 'vit' ? 'pixels' : 'tokens'}.npz`)

export function understood(graph: ModelGraph): TransformerView {
  const view = transformerOf(graph)
  if (view.kind === 'none') throw new Error(`not understood: ${view.problem}`)
  return view
}

/** What every part is, by name. */
export async function expectedParts(name: string): Promise<ReadonlyMap<string, Column>> {
  const dataset = await openDataset(fixture(`transformers/${name}.expected.npz`))
  const { columns } = await dataset.load(dataset.schema.columns.map((column) => column.name))
  return new Map(columns.map((column) => [column.name, column]))
}

/** The first rows of the data, as the inputs of a model. */
export async function firstRows(graph: ModelGraph, data: string, rows = ROWS): Promise<Feeds> {
  const dataset = await openDataset(data)
  const { columns } = await dataset.load([...graph.inputs])
  return Object.fromEntries(columns.map((column) => {
    const size = column.shape.reduce((a, b) => a * b, 1)
    return [column.name, tensor(graph.tensors.get(column.name)!.type.dtype, Array.from(column.values.subarray(0, rows * size) as ArrayLike<number>, Number), [rows, ...column.shape])]
  }))
}

/** Largest difference, relative to the largest magnitude of the first; infinities that are equal differ by nothing. */
export function relative(expected: ArrayLike<number>, found: ArrayLike<unknown>): number {
  if (expected.length !== found.length) return Number.POSITIVE_INFINITY
  let most = 0
  let scale = 0
  for (let i = 0; i < expected.length; i++) {
    if (expected[i] !== found[i]) most = Math.max(most, Math.abs(expected[i]! - Number(found[i])))
    if (Number.isFinite(expected[i])) scale = Math.max(scale, Math.abs(expected[i]!))
  }
  return most / Math.max(scale, 1e-6)
}

/** Values of tensors of a graph. */
export async function valuesOf(graph: ModelGraph, feeds: Feeds, tensors: Iterable<string>): Promise<Readonly<Record<string, Result>>> {
  return runGraph(graph, feeds, [...new Set(tensors)])
}

export const text = (path: string): string => readFileSync(path, 'utf8')
