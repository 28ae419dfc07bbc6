/** What every file format offers, and the checks they share. */
import { basename } from 'node:path'
import { DataError, type Column, type ColumnSchema } from './columns.ts'

/** A file whose header is understood. Columns are in the file's order. */
export interface Source {
  readonly rows: number
  readonly columns: readonly ColumnSchema[]
  /** Reads the named columns, which exist, in the order asked. Throws DataError. */
  load(names: readonly string[]): Promise<Column[]>
}

/** The source of a file whose format had to be read as a whole. */
export function loadedSource(rows: number, columns: readonly Column[]): Source {
  return {
    rows,
    columns: columns.map(({ name, dtype, shape }) => ({ name, dtype, shape })),
    load: async (names) => names.map((name) => columns.find((column) => column.name === name)!),
  }
}

/** Opens one format. `memory` bounds the bytes that the columns of one load may take. */
export type OpenFormat = (path: string, memory: number) => Promise<Source>

/** A DataError about a file: `problem` continues the sentence that its name starts. */
export function unreadable(path: string, problem: string): DataError {
  return new DataError('data-unreadable', `${basename(path)} ${problem}`)
}

/** A DataError about a column or array in a file. */
export function badColumn(path: string, column: string, problem: string): DataError {
  return new DataError('data-unreadable', `\`${column}\` in ${basename(path)} ${problem}`)
}

/** Throws DataError when `bytes` are more than the memory limit. */
export function checkMemory(path: string, bytes: number, memory: number): void {
  if (bytes > memory) {
    throw unreadable(path, `needs ${showBytes(bytes)} and the limit is ${showBytes(memory)}; raise --memory or split the file.`)
  }
}

/** What the columns of a compressed file may take whatever its size, and how many times its size otherwise: one-hot arrays reach a hundred. */
const SMALL = 64 * 2 ** 20
const MOST_TIMES = 100

/** Throws DataError when columns of so many bytes come out of a file of `size` bytes that is compressed as only files made for it are. */
export function checkExpansion(path: string, bytes: number, size: number, instead: string): void {
  if (bytes > Math.max(SMALL, MOST_TIMES * size)) {
    throw unreadable(path, `has ${showBytes(size)} and its columns would take ${showBytes(bytes)}, over ${MOST_TIMES} times as much; if that is meant, ${instead}.`)
  }
}

/** Counts the bytes of columns that grow while their file is read. */
export class Budget {
  private used = 0
  private readonly path: string
  private readonly memory: number

  constructor(path: string, memory: number) {
    this.path = path
    this.memory = memory
  }

  /** Adds bytes, or gives them back when negative. Throws DataError beyond the limit. */
  claim(bytes: number): void {
    this.used += bytes
    checkMemory(this.path, this.used, this.memory)
  }
}

/** More columns than this are taken for damage. */
const MAX_COLUMNS = 10_000

/** Throws DataError for more columns than can be meant. */
export function checkColumnCount(path: string, count: number): void {
  if (count > MAX_COLUMNS) throw unreadable(path, `has ${count} columns and at most ${MAX_COLUMNS} can be read; put values of one kind into one array.`)
}

export function showBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  const value = bytes / 1024 ** power
  return `${power === 0 ? value : Number(value.toFixed(1))} ${units[power]}`
}

/** The number of values in one datum; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1)
}

/** An array as a file's header describes it; the leading axis is rows. */
export interface ArrayHeader {
  readonly name: string
  readonly shape: readonly number[]
}

/**
 * The number of rows that all arrays of a file share.
 * Throws DataError for no arrays, a scalar, lengths that differ, or an array without values.
 */
export function sharedRows(path: string, arrays: readonly ArrayHeader[]): number {
  const [first] = arrays
  if (!first) throw new DataError('empty-data', `${basename(path)} holds no arrays; save at least one whose leading axis is rows.`)
  for (const { name, shape } of arrays) {
    if (shape.length === 0) throw badColumn(path, name, 'is a single value without a row axis; save it with one value per row, or leave it out.')
    if (shape.slice(1).includes(0)) throw new DataError('empty-data', `\`${name}\` in ${basename(path)} has shape (${shape.join(', ')}) and so holds no values; leave it out.`)
    if (shape[0] !== first.shape[0]) {
      throw new DataError('data-unreadable', `\`${first.name}\` and \`${name}\` in ${basename(path)} have ${first.shape[0]} and ${shape[0]} rows; all arrays need the same leading axis.`)
    }
  }
  return first.shape[0]!
}
