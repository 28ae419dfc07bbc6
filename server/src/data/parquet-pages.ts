/** The pages of a parquet column, checked before the library decodes them: it trusts their counts and lengths. */
import type { AsyncBuffer, ColumnMetaData } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { decompressPage } from 'hyparquet/src/datapage.js'
import { compressors } from './parquet-codecs.ts'
import { checkRuns } from './parquet-runs.ts'

/** The highest definition and repetition level of a column: how often it is optional or a list. */
export interface Levels {
  readonly definition: number
  readonly repetition: number
}

type PageHeader = ReturnType<typeof parquetHeader>

/**
 * Throws unless the pages hold as many values and rows as declared, no more bytes than declared or than `memory`, and
 * no runs beyond their values.
 */
export async function checkPages(file: AsyncBuffer, chunk: ColumnMetaData, levels: Levels, rows: number, memory: number): Promise<void> {
  const start = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset)
  const end = start + Number(chunk.total_compressed_size)
  if (!(start >= 0 && end > start && end <= file.byteLength)) throw new Error('its pages lie outside the file')
  const reader = { view: new DataView(await file.slice(start, end)), offset: 0 }
  let [values, bytes, found] = [0, 0, 0]
  while (reader.offset < reader.view.byteLength) {
    const header = parquetHeader(reader)
    const { compressed_page_size: size, uncompressed_page_size: inflated } = header
    bytes += inflated
    if (!(size >= 0 && inflated >= 0 && reader.offset + size <= reader.view.byteLength)) throw new Error('a page has no size')
    if (bytes > Number(chunk.total_uncompressed_size) || bytes > memory) throw new Error('its pages are larger than declared')
    const page = new Uint8Array(reader.view.buffer, reader.offset, size)
    values += countOf(header)
    if (values > Number(chunk.num_values)) throw new Error('its pages hold more values than declared')
    found += checkPage(page, header, chunk, levels)
    reader.offset += size
  }
  if (values !== Number(chunk.num_values)) throw new Error('its pages hold another number of values than declared')
  if (levels.repetition > 0 && found !== rows) throw new Error('its pages hold another number of rows than declared')
}

function countOf({ data_page_header: v1, data_page_header_v2: v2 }: PageHeader): number {
  const count = (v1 ?? v2)?.num_values ?? 0
  if (count < 0) throw new Error('a page has a negative number of values')
  return count
}

/** Returns the number of lists that start in a page of lists. */
function checkPage(page: Uint8Array, header: PageHeader, chunk: ColumnMetaData, levels: Levels): number {
  const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary, uncompressed_page_size: inflated } = header
  if (dictionary && !(dictionary.num_values >= 0 && dictionary.num_values <= inflated)) throw new Error('a dictionary is longer than its page')
  if (v1) return checkFirst(decompressPage(page, inflated, chunk.codec, compressors), v1, chunk, levels)
  if (v2) return checkSecond(page, v2, inflated, chunk, levels)
  return 0
}

/** Version 1: levels with their lengths before them, then values, compressed together. */
function checkFirst(
  page: Uint8Array, { num_values: count, encoding }: NonNullable<PageHeader['data_page_header']>, { type }: ColumnMetaData, levels: Levels,
): number {
  const repetitions = takeRuns(page, levels.repetition)
  const definitions = takeRuns(repetitions.rest, levels.definition)
  const starts = checkRuns(repetitions.runs, widthOf(levels.repetition), levels.repetition > 0 ? count : 0)
  checkRuns(definitions.runs, widthOf(levels.definition), levels.definition > 0 ? count : 0)
  checkValues(definitions.rest, encoding, type, count)
  return starts
}

/** Version 2: levels with their lengths in the header, not compressed; then values. */
function checkSecond(
  page: Uint8Array, header: NonNullable<PageHeader['data_page_header_v2']>, inflated: number, { codec, type }: ColumnMetaData, levels: Levels,
): number {
  const { num_values: count, num_nulls: nulls, encoding, is_compressed: compressed } = header
  const [repetition, definition] = [header.repetition_levels_byte_length, header.definition_levels_byte_length]
  if (!(repetition >= 0 && definition >= 0 && nulls >= 0 && nulls <= count)) throw new Error('a page has a damaged header')
  const starts = checkRuns(page.subarray(0, repetition), widthOf(levels.repetition), levels.repetition > 0 ? count : 0)
  checkRuns(page.subarray(repetition, repetition + definition), widthOf(levels.definition), levels.definition > 0 ? count : 0)
  const values = page.subarray(repetition + definition)
  checkValues(compressed === false ? values : decompressPage(values, inflated - repetition - definition, codec, compressors), encoding, type, count)
  return starts
}

/** Runs with their length in four bytes before them; none where the level is always 0. */
function takeRuns(page: Uint8Array, level: number): { runs: Uint8Array; rest: Uint8Array } {
  if (level === 0) return { runs: page.subarray(0, 0), rest: page }
  const end = 4 + new DataView(page.buffer, page.byteOffset, page.byteLength).getUint32(0, true)
  return { runs: page.subarray(4, end), rest: page.subarray(end) }
}

function checkValues(values: Uint8Array, encoding: string, type: string, count: number): void {
  // Each of its values may repeat all of the one before: a few bytes can stand for any amount.
  if (encoding === 'DELTA_BYTE_ARRAY') throw new Error('the encoding DELTA_BYTE_ARRAY is not read')
  if (encoding === 'RLE' && type === 'BOOLEAN') checkRuns(takeRuns(values, 1).runs, 1, count)
  else if (encoding === 'RLE' || encoding.endsWith('_DICTIONARY')) checkRuns(values.subarray(1), values[0] ?? 0, count)
}

function widthOf(level: number): number {
  return 32 - Math.clz32(level)
}
