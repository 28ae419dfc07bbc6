/**
 * Opens a file of one kind as the product does, as far as it goes without ONNX Runtime. What the product says about it comes
 * back; what is wrong with the product is thrown.
 */
import { parse, format } from '@scrub/grammar'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { htmlOf } from '../../src/cli/report.ts'
import { Stop } from '../../src/cli/exit.ts'
import { readReport } from '../../src/cli/read-report.ts'
import { DataError } from '../../src/data/columns.ts'
import { openDataset } from '../../src/data/read.ts'
import { showDatum } from '../../src/data/decode.ts'
import { readVocab } from '../../src/data/vocab.ts'
import { BadInput } from '../../src/scrub/failures.ts'
import { ModelError, type ModelGraph } from '../../src/model/graph.ts'
import { readModel } from '../../src/model/read.ts'
import { mergeShards } from '../../src/scrub/merge-shards.ts'
import { analyse } from '../../src/scrub/analyse.ts'
import { firstFile } from '../../src/scrub/first-file.ts'
import { transformerOf } from '../../src/transformer/find.ts'
import { marksOf } from './marks.ts'

export type Kind = 'model' | 'data' | 'vocab' | 'hypothesis' | 'report' | 'shards'

/** `sentences` are what the product would show. */
export interface Examined {
  readonly outcome: 'opened' | 'refused'
  readonly sentences: readonly string[]
}

export function examine(kind: Kind, path: string): Promise<Examined> {
  return EXAMINERS[kind](path)
}

const opened = (sentences: readonly string[] = []): Examined => ({ outcome: 'opened', sentences })

/** Runs a step; an error that is made for people is an answer. */
async function told(step: () => Promise<Examined>): Promise<Examined> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof ModelError || error instanceof DataError || error instanceof Stop || error instanceof BadInput) return { outcome: 'refused', sentences: [error.message] }
    throw error
  }
}

const EXAMINERS: Readonly<Record<Kind, (path: string) => Promise<Examined>>> = {
  model: (path) => told(async () => {
    const graph = await readModel(path)
    demandSound(graph)
    const view = transformerOf(graph)
    const sentences = view.kind === 'none' ? [`${view.problem}.`] : []
    const data = dataFor(graph)
    if (data === undefined) return opened(sentences)
    writeFileSync(join(dirname(path), 'rows.jsonl'), data)
    const file = join(dirname(path), 'first.scrub')
    const first = await firstFile(path, join(dirname(path), 'rows.jsonl'), file, {})
    if (first.kind === 'refused') return opened([...sentences, first.message])
    return opened([...sentences, ...await findingsOf(file, first.text)])
  }),
  data: (path) => told(async () => {
    const { schema, load } = await openDataset(path)
    const dataset = await load(undefined)
    for (const { values, dictionary, shape, dtype, name } of dataset.columns) {
      const count = shape.reduce((product, length) => product * length, schema.rows)
      if (values.length !== count) throw new Error(`${name} has ${values.length} values for ${count}`)
      if (dtype === 'string' && values.some((code) => dictionary?.[Number(code)] === undefined)) throw new Error(`a code of ${name} has no string`)
    }
    showDatum(dataset, schema.rows - 1)
    return opened()
  }),
  vocab: (path) => told(async () => {
    await readVocab(path)
    return opened()
  }),
  hypothesis: async (path) => {
    const text = readFileSync(path, 'utf8')
    const once = format(text)
    if (parse(text).findings.length === 0 && format(once) !== once) throw new Error('formatting twice is another text')
    return opened(await findingsOf(path, text))
  },
  report: (path) => told(async () => {
    const marks = marksOf(await htmlOf(await readReport(path, dirname(path))))
    if (marks.length > 0) throw new Error(`the page holds ${marks.join(', ')}`)
    return opened()
  }),
  shards: (path) => told(async () => {
    const names = JSON.parse(readFileSync(path, 'utf8')) as string[]
    const { report } = mergeShards(await Promise.all(names.map(async (name) => ({ name, report: await readReport(name, dirname(path)) }))))
    JSON.stringify(report)
    return opened()
  }),
}

async function findingsOf(file: string, text: string): Promise<string[]> {
  const { findings } = await analyse(file, text)
  return findings.map(({ message }) => message)
}

/** What the rest of the product relies on. */
function demandSound(graph: ModelGraph): void {
  for (const { name, type, producer } of graph.tensors.values()) {
    const wrong = type.shape?.find((dim) => (typeof dim === 'number' ? !(Number.isSafeInteger(dim) && dim >= 0) : dim === ''))
    if (wrong !== undefined) throw new Error(`${graph.ops[producer ?? -1]?.opType ?? 'input'} gives ${name} the length ${wrong}`)
  }
  const made = new Set([...graph.inputs, ...graph.initializers.keys(), ''])
  for (const op of graph.ops) {
    const missing = [...op.inputs, ...op.captures].find((name) => !made.has(name))
    if (missing !== undefined) throw new Error(`${op.opType} reads ${missing} before it is made`)
    for (const name of op.outputs) made.add(name)
  }
}

/** Numbers of one datum that are worth writing out. */
const MOST_NUMBERS = 4096

/** Two rows that a model can be fed; undefined where that would be much, or is not known. */
function dataFor(graph: ModelGraph): string | undefined {
  const row: Record<string, unknown> = {}
  for (const name of graph.inputs) {
    const { shape = [], dtype } = graph.tensors.get(name)!.type
    const lengths = shape.slice(1).map((dim) => (typeof dim === 'number' ? dim : 2))
    if (lengths.includes(0) || lengths.length > 16 || lengths.reduce((product, length) => product * length, 1) > MOST_NUMBERS) return undefined
    row[name] = nested(lengths, dtype === 'string' ? 'a' : dtype === 'bool' ? true : dtype.startsWith('float') ? 0.5 : 1)
  }
  return Object.keys(row).length === 0 ? undefined : `${JSON.stringify(row)}\n${JSON.stringify(row)}\n`
}

const nested = (lengths: readonly number[], leaf: unknown): unknown => lengths.reduceRight<unknown>((inner, length) => Array.from({ length }, () => inner), leaf)

export const nameOf = (path: string): string => basename(path)
