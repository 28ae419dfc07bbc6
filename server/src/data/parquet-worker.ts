/** The worker thread that decodes parquet files: one task in, one reply out. */
import { parentPort, workerData } from 'node:worker_threads'
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead, type AsyncBuffer, type FileMetaData, type RowGroup } from 'hyparquet'
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getSchemaPath } from 'hyparquet/src/schema.js'
import type { Column, ColumnDType } from './columns.ts'
import { compressors } from './parquet-codecs.ts'
import { ParquetValues, BadValue } from './parquet-values.ts'
import { checkPages } from './parquet-pages.ts'
import { reasonOf } from './reason.ts'
import { stringRoom, type StringRoom } from './strings.ts'

/** `length` is undefined for a flat column. */
export interface ParquetColumn {
  readonly name: string
  readonly dtype: ColumnDType
  readonly length: number | undefined
}

export interface ParquetTask {
  readonly path: string
  /** Bytes that the strings of all columns, or the pages of one, may take. */
  readonly memory: number
  readonly columns: readonly ParquetColumn[]
}

/** Columns, or what is wrong with one of them or with the file. */
export type ParquetReply = { readonly columns: Column[] } | { readonly problem: string; readonly column?: string }

const strict = new TextDecoder('utf-8', { fatal: true })
const parsers = { stringFromBytes: (bytes: Uint8Array | undefined) => bytes && strict.decode(bytes) }

async function run({ path, memory, columns }: ParquetTask): Promise<ParquetReply> {
  const file = await asyncBufferFromFile(path)
  const metadata = await parquetMetadataAsync(file)
  const room = stringRoom(memory)
  const done: Column[] = []
  for (const column of columns) {
    try {
      done.push(await readColumn(file, metadata, column, memory, room))
    } catch (error) {
      const problem = error instanceof BadValue ? error.message : `is damaged (${reasonOf(error)}); write or copy the file again.`
      return { problem, column: column.name }
    }
  }
  return { columns: done }
}

async function readColumn(
  file: AsyncBuffer, metadata: FileMetaData, column: ParquetColumn, memory: number, room: StringRoom,
): Promise<Column> {
  const values = new ParquetValues(column, Number(metadata.num_rows), room)
  for (const group of metadata.row_groups) {
    const rowEnd = Number(group.num_rows)
    await checkGroup(file, metadata, group, column, memory)
    // The library drops what its callbacks throw, so that they only collect.
    const chunks: ArrayLike<unknown>[] = []
    const onChunk = ({ columnData }: { columnData: ArrayLike<unknown> }): void => void chunks.push(columnData)
    // It looks at every group that it is told of: a file of thousands would take their square.
    const own = { ...metadata, row_groups: [group], num_rows: group.num_rows }
    await parquetRead({ file, metadata: own, columns: [column.name], rowStart: 0, rowEnd, compressors, parsers, onChunk })
    for (const chunk of chunks) values.append(chunk)
  }
  return values.finish()
}

async function checkGroup(
  file: AsyncBuffer, { schema }: FileMetaData, group: RowGroup, { name, length = 1 }: ParquetColumn, memory: number,
): Promise<void> {
  const chunk = group.columns.find((each) => each.meta_data?.path_in_schema[0] === name)?.meta_data
  if (!chunk || Number(chunk.num_values) !== Number(group.num_rows) * length) throw new Error('its number of values differs')
  const path = getSchemaPath(schema, chunk.path_in_schema)
  const levels = { definition: getMaxDefinitionLevel(path), repetition: getMaxRepetitionLevel(path) }
  await checkPages(file, chunk, levels, Number(group.num_rows), memory)
}

run(workerData as ParquetTask).then(
  (reply) => parentPort!.postMessage(reply, 'columns' in reply ? [...new Set(reply.columns.map(({ values }) => values.buffer as ArrayBuffer))] : []),
  (error: Error) => parentPort!.postMessage({ problem: `is damaged (${reasonOf(error)}); write or copy it again.` } satisfies ParquetReply),
)
