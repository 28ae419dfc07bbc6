/** Opens a file of any known format as a dataset. */
import { basename, extname, resolve } from 'node:path'
import { DataError, type Dataset, type DatasetSchema } from './columns.ts'
import { openCsv } from './csv.ts'
import { checkFile, guarded } from './guard.ts'
import { openJsonl } from './jsonl.ts'
import { openNpy } from './npy.ts'
import { openNpz } from './npz.ts'
import { openParquet } from './parquet.ts'
import { openSafetensors } from './safetensors.ts'
import { unreadable, type OpenFormat, type Source } from './source.ts'

const FORMATS: Readonly<Record<string, OpenFormat>> = {
  '.npz': openNpz,
  '.npy': openNpy,
  '.safetensors': openSafetensors,
  '.jsonl': openJsonl,
  '.csv': openCsv,
  '.parquet': openParquet,
}

/** Row numbers are kept as 32-bit integers. */
const MAX_ROWS = 2 ** 31 - 1

export interface OpenOptions {
  /** When given, the real path of the file, symbolic links resolved, must lie inside this folder. */
  readonly root?: string
  /** The most bytes that the columns of one load may take; 4 GiB by default. */
  readonly memory?: number
}

export interface OpenDataset {
  readonly schema: DatasetSchema
  /**
   * Reads the named columns in the order asked (all of them for undefined; a name asked twice comes once).
   * Throws DataError for an unknown name, damaged contents, or a file that changed since it was opened.
   */
  load(columns: readonly string[] | undefined): Promise<Dataset>
}

/**
 * Reads what is known of a dataset without its values, where the format allows it (all but jsonl and csv).
 * Throws DataError, and nothing else.
 */
export async function openDataset(path: string, { root, memory = 4 * 2 ** 30 }: OpenOptions = {}): Promise<OpenDataset> {
  const absolute = resolve(path)
  const { version, source } = await guarded(absolute, async () => {
    const { version } = await checkFile(absolute, root)
    return { version, source: await formatOf(absolute)(absolute, memory) }
  })
  checkRows(absolute, source.rows)
  const schema: DatasetSchema = { path: absolute, rows: source.rows, columns: source.columns }
  return {
    schema,
    load: (columns) => guarded(absolute, async () => {
      const names = chooseColumns(absolute, source, columns)
      if ((await checkFile(absolute, root)).version !== version) throw unreadable(absolute, 'has changed since it was opened; open it again.')
      return { ...schema, columns: await source.load(names) }
    }),
  }
}

function formatOf(path: string): OpenFormat {
  const format = FORMATS[extname(path).toLowerCase()]
  if (!format) throw unreadable(path, `is of no known format; name it ${Object.keys(FORMATS).join(', ')}.`)
  return format
}

function checkRows(path: string, rows: number): void {
  if (rows === 0) throw new DataError('empty-data', `${basename(path)} has no rows; a dataset needs at least one.`)
  if (rows > MAX_ROWS) throw unreadable(path, `has ${rows} rows and at most ${MAX_ROWS} can be read; split the file.`)
}

function chooseColumns(path: string, source: Source, asked: readonly string[] | undefined): string[] {
  const known = source.columns.map(({ name }) => name)
  for (const name of asked ?? []) {
    if (!known.includes(name)) throw unreadable(path, `has no column \`${name}\`; it has ${known.map((column) => `\`${column}\``).join(', ')}.`)
  }
  return [...new Set(asked ?? known)]
}
