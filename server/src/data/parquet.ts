/** .parquet files: flat columns, and lists of one length. Values are decoded in a worker thread. */
import { stat } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { asyncBufferFromFile, parquetMetadataAsync, parquetSchema, type FileMetaData, type SchemaTree } from 'hyparquet'
import type { Column, ColumnDType } from './columns.ts'
import type { ParquetColumn, ParquetReply, ParquetTask } from './parquet-worker.ts'
import { badColumn, checkColumnCount, checkExpansion, checkMemory, unreadable, type Source } from './source.ts'
import { reasonOf } from './reason.ts'
import { stringRoom } from './strings.ts'

/** Bytes that a value takes while it is decoded: a BigInt, and places in arrays; or views of its bytes, and a string. */
const DECODING_BYTES = 64
const DECODING_STRING_BYTES = 256
/** The least that a value takes while it is decoded (measured: 34 for integers of one dictionary). */
const VALUE_BYTES = 32
/** Pages are unpacked to be checked, and again to be read. */
const PAGE_TIMES = 4
/** Heap that the worker needs for itself, in MiB. */
const WORKER_HEAP = 128

/**
 * Columns of the top level. A list's length comes from the number of values in the file's header.
 * Throws DataError for structs, maps, lists of lists, lists of different lengths, decimals and dates.
 */
export async function openParquet(path: string, memory: number): Promise<Source> {
  const metadata = await readMetadata(path)
  const { children } = schemaTree(path, metadata)
  checkColumnCount(path, children.length)
  const columns = children.map((tree) => describe(path, tree, metadata))
  const twice = columns.find(({ name }, index) => columns.findIndex((column) => column.name === name) !== index)
  if (twice) throw unreadable(path, `holds two columns named \`${twice.name}\`; give them different names.`)
  return {
    rows: Number(metadata.num_rows),
    columns: columns.map(({ name, dtype, length }) => ({ name, dtype, shape: length === undefined ? [] : [length] })),
    load: (names) => decode(path, memory, names.map((name) => columns.find((column) => column.name === name)!), metadata),
  }
}

async function readMetadata(path: string): Promise<FileMetaData> {
  try {
    const file = await asyncBufferFromFile(path)
    const metadata = await parquetMetadataAsync(file)
    const rows = metadata.row_groups.map(({ num_rows: count }) => Number(count))
    if (rows.some((count) => count < 0) || rows.reduce((sum, count) => sum + count, 0) !== Number(metadata.num_rows)) throw new Error('its row counts differ')
    // Many groups of one large page would be read for hours.
    const pages = metadata.row_groups.flatMap(({ columns }) => columns).reduce((sum, { meta_data: meta }) => sum + Number(meta?.total_compressed_size ?? 0), 0)
    if (pages > file.byteLength) throw new Error('its columns overlap')
    return metadata
  } catch (error) {
    throw unreadable(path, `is not a complete parquet file (${reasonOf(error)}); write or copy it again.`)
  }
}

function schemaTree(path: string, metadata: FileMetaData): SchemaTree {
  // The library writes out the path of every element: nesting that nobody has would take its square.
  const open: number[] = []
  for (const { num_children: children = 0 } of metadata.schema) {
    while (open.at(-1) === 0) open.pop()
    if (open.length > 0) open[open.length - 1]!--
    open.push(children)
    if (open.length > 100) throw unreadable(path, 'has columns nested more than 100 deep; flatten it.')
  }
  try {
    return parquetSchema(metadata)
  } catch (error) {
    throw unreadable(path, `is not a complete parquet file (${reasonOf(error)}); write or copy it again.`)
  }
}

function describe(path: string, tree: SchemaTree, metadata: FileMetaData): ParquetColumn {
  const { name, repetition_type: repetition } = tree.element
  const leaf = leafOf(tree)
  const dtype = leaf && typeOf(leaf)
  if (!dtype || repetition === 'REPEATED') {
    throw badColumn(path, name, 'is neither booleans, numbers, strings nor lists of them; convert it, or leave it out.')
  }
  return { name, dtype, length: leaf === tree ? undefined : listLength(path, name, metadata) }
}

/** The column itself, or the elements of a list in the standard's three-level form. */
function leafOf(tree: SchemaTree): SchemaTree | undefined {
  if (tree.children.length === 0) return tree
  const repeated = tree.children[0]!
  const isList = tree.element.converted_type === 'LIST' && tree.children.length === 1 &&
    repeated.element.repetition_type === 'REPEATED' && repeated.children.length === 1
  const leaf = repeated.children[0]
  return isList && leaf!.children.length === 0 ? leaf : undefined
}

function typeOf({ element: { type, converted_type: converted, logical_type: logical } }: SchemaTree): ColumnDType | undefined {
  const kind = logical?.type ?? (converted?.includes('INT_') ? 'INTEGER' : converted)
  switch (type) {
    case 'BOOLEAN': return 'bool'
    case 'INT32': case 'INT64': return kind === undefined || kind === 'INTEGER' ? 'int64' : undefined
    case 'FLOAT': return 'float32'
    case 'DOUBLE': return 'float64'
    case 'BYTE_ARRAY': return kind === undefined || kind === 'UTF8' || kind === 'STRING' || kind === 'ENUM' ? 'string' : undefined
    case 'FIXED_LEN_BYTE_ARRAY': return kind === 'FLOAT16' ? 'float32' : undefined
    default: return undefined
  }
}

/** Values per row, which must be the same in every row group. */
function listLength(path: string, name: string, metadata: FileMetaData): number {
  const lengths = metadata.row_groups.map((group) => {
    const chunk = group.columns.find((column) => column.meta_data?.path_in_schema[0] === name)
    return Number(chunk?.meta_data?.num_values) / Number(group.num_rows)
  })
  const length = lengths[0] ?? 0
  if (!Number.isSafeInteger(length) || lengths.some((other) => other !== length)) {
    throw badColumn(path, name, 'holds lists of different lengths; pad them to one length.')
  }
  return length
}

async function decode(path: string, memory: number, columns: readonly ParquetColumn[], metadata: FileMetaData): Promise<Column[]> {
  const values = columns.reduce((sum, { length = 1 }) => sum + length, 0) * Number(metadata.num_rows)
  const decoding = Math.max(0, ...columns.map((column) => decodingBytes(column, metadata)))
  checkMemory(path, 8 * values + decoding, memory)
  checkExpansion(path, 8 * values + Math.max(0, ...columns.map((column) => expanded(column, metadata))), (await stat(path)).size, 'save it with numpy.savez, which does not compress')
  const strings = columns.some(({ dtype }) => dtype === 'string') ? stringRoom(memory).left : 0
  const reply = await runWorker({ path, memory, columns }, WORKER_HEAP + Math.ceil((decoding + strings) / 2 ** 20))
  if ('columns' in reply) return reply.columns
  throw reply.column === undefined ? unreadable(path, reply.problem) : badColumn(path, reply.column, reply.problem)
}

/** What decoding one column of the largest row group takes at least: its pages, and a value of each row. */
function expanded({ name, length = 1 }: ParquetColumn, metadata: FileMetaData): number {
  return metadata.row_groups.reduce((most, { columns, num_rows: rows }) => {
    const chunk = columns.find((column) => column.meta_data?.path_in_schema[0] === name)
    return Math.max(most, Number(rows) * length * VALUE_BYTES + PAGE_TIMES * Number(chunk?.meta_data?.total_uncompressed_size ?? 0))
  }, 0)
}

/** An upper bound of what decoding one column of the largest row group takes. */
function decodingBytes({ name, dtype, length = 1 }: ParquetColumn, metadata: FileMetaData): number {
  const each = dtype === 'string' || dtype === 'float32' ? DECODING_STRING_BYTES : DECODING_BYTES
  return metadata.row_groups.reduce((most, { columns, num_rows: rows }) => {
    const chunk = columns.find((column) => column.meta_data?.path_in_schema[0] === name)
    return Math.max(most, Number(rows) * length * each + 3 * Number(chunk?.meta_data?.total_uncompressed_size ?? 0))
  }, 0)
}

/** A thread of its own: decoding takes long, and more heap than the process may have. */
function runWorker(task: ParquetTask, heap: number): Promise<ParquetReply> {
  const script = new URL(import.meta.url.endsWith('.ts') ? './parquet-worker.ts' : './parquet-worker.mjs', import.meta.url)
  const worker = new Worker(script, { workerData: task, resourceLimits: { maxOldGenerationSizeMb: heap } })
  return new Promise((settle) => {
    worker.once('message', settle)
    worker.once('error', ({ message }) => settle({ problem: `is damaged (${reasonOf(new Error(message))}); write or copy it again.` }))
    worker.once('exit', () => settle({ problem: 'is damaged; write or copy it again.' }))
  })
}
