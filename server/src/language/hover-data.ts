/** Hover on a column, on a string that stands for a token, and on the files of a hypothesis. */
import type { Expr } from '@scrub/grammar'
import { fileName } from '../hypothesis/world.ts'
import { classesMarkdown } from './hover-classes.ts'
import { columnsFeeding } from './inputs.ts'
import { code, paragraphs, some } from './markdown.ts'
import { count, plural } from './numbers.ts'
import type { Snapshot } from './snapshot.ts'
import { dimsText, placeType } from '../hypothesis/place-type.ts'

const MOST = 12

export async function columnMarkdown(snapshot: Snapshot, name: string): Promise<string | undefined> {
  const { bound } = snapshot
  const column = bound?.schema.columns.find((one) => one.name === name)
  if (!bound || !column) return undefined
  const feeds = columnsFeeding(bound).get(name) ?? []
  const vocabulary = bound.vocabs.get(name)
  const span = { start: 0, end: 0 }
  const itself: Expr = { kind: 'member', object: { kind: 'name', text: 'data', span }, name: { kind: 'ident', text: name, span }, span }
  const type = bound.typed(itself)
  return paragraphs(
    `**column** ${code(name)}: ${code(`${column.dtype}${dimsText(column.shape)}`)} per datum`,
    feeds.length > 0 ? `Feeds the model input ${some(feeds.map((input) => code(input)), MOST)}, so it can be a parent.` : 'Feeds no model input.',
    vocabulary && `Vocabulary of ${plural(vocabulary.length, 'entry', 'entries')}: ${some(vocabulary.slice(0, MOST + 1).map((entry) => code(JSON.stringify(entry), 24)), MOST)}${vocabulary.length > MOST + 1 ? ' …' : ''}`,
    type && (await classesMarkdown(snapshot, type)),
  )
}

export function tokenMarkdown(vocabulary: readonly string[], entry: string): string {
  const id = vocabulary.indexOf(entry)
  return id < 0 ? `${code(JSON.stringify(entry))} is not in the vocabulary.` : `Token ${code(JSON.stringify(entry))}, id ${id} of ${count(vocabulary.length)}`
}

/** The model, from the string that names it. */
export function modelMarkdown({ bound }: Snapshot): string | undefined {
  if (!bound) return 'The model or the data cannot be opened; Problems say why.'
  const graph = bound.transformer?.view.original ?? bound.graph
  const typed = (names: readonly string[]) => some(names.map((tensor) => `${code(tensor)} ${code(placeType(graph, { tensor, slice: [] }))}`), MOST)
  return paragraphs(
    `**model** ${code(fileName(graph.path))}: ${plural(graph.ops.length, 'operator')}, ${plural(graph.tensors.size, 'tensor')}, ${plural(graph.initializers.size, 'weight')}`,
    `Inputs: ${typed(graph.inputs)}`,
    `Outputs: ${typed(graph.outputs)}`,
    `Opset ${graph.fileOpset}${graph.opset === graph.fileOpset ? '' : `, read as ${graph.opset}`}${graph.producerName === '' ? '' : `, written by ${code(graph.producerName)}`}`,
  )
}

export function datasetMarkdown({ bound }: Snapshot): string | undefined {
  if (!bound) return 'The model or the data cannot be opened; Problems say why.'
  const { schema } = bound
  return paragraphs(
    `**data** ${code(fileName(schema.path))}: ${plural(schema.rows, 'datum', 'data')}${bound.filter || bound.limit !== undefined ? ', before `filter` and `limit`' : ''}`,
    `Columns: ${some(schema.columns.map(({ name, dtype, shape }) => `${code(name)} ${code(`${dtype}${dimsText(shape)}`)}`), MOST)}`,
  )
}

export function vocabularyMarkdown({ bound }: Snapshot, column: string): string | undefined {
  const entries = bound?.vocabs.get(column)
  return entries && `**vocabulary** of ${code(column)}: ${plural(entries.length, 'entry', 'entries')}, ${some(entries.slice(0, MOST).map((entry) => code(JSON.stringify(entry), 24)), MOST)}${entries.length > MOST ? ' …' : ''}`
}
