/** .csv files: a header row, then one datum per record (RFC 4180). */
import { pipeline } from 'node:stream/promises'
import { parse, type CsvError } from 'csv-parse'
import { DataError } from './columns.ts'
import { CsvColumn } from './csv-column.ts'
import { Budget, checkColumnCount, loadedSource, unreadable, type Source } from './source.ts'
import { stringRoom } from './strings.ts'
import { readText } from './text.ts'

/** Characters in one record; guards against a quote that is never closed. */
const MAX_RECORD = 1 << 24

/**
 * Reads the whole file. A column whose cells are all true or false is bool, all integers int64, all numbers float64,
 * else string. Blank lines are passed over.
 * Throws DataError with the line for a ragged row, an unclosed quote, or an empty cell among numbers.
 */
export async function openCsv(path: string, memory: number): Promise<Source> {
  let columns: CsvColumn[] | undefined
  let rows = 0
  const add = (cells: string[], { lines }: { lines: number }): null => {
    if (!columns) {
      columns = headerOf(path, cells, memory)
    } else {
      for (let i = 0; i < cells.length; i++) columns[i]!.add(cells[i]!, lines)
      rows++
    }
    return null
  }
  const parser = parse({ skip_empty_lines: true, max_record_size: MAX_RECORD, on_record: add })
  parser.resume()
  try {
    await pipeline(readText(path), parser)
  } catch (error) {
    throw explain(path, error as CsvError)
  }
  return loadedSource(rows, rows === 0 ? [] : columns!.map((column) => column.finish()))
}

function headerOf(path: string, cells: readonly string[], memory: number): CsvColumn[] {
  checkColumnCount(path, cells.length)
  const names = cells.map((cell) => cell.trim())
  const other = names.length === 1 ? /[;\t]/.exec(cells[0]!)?.[0] : undefined
  if (other) throw unreadable(path, `has ${other === ';' ? 'semicolons' : 'tabs'} between its columns; save it with commas.`)
  const empty = names.indexOf('')
  if (empty >= 0) throw unreadable(path, `has no name for column ${empty + 1} in its header row; name every column.`)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw unreadable(path, `names two columns \`${twice}\`; give them different names.`)
  const [budget, room] = [new Budget(path, memory), stringRoom(memory)]
  return names.map((name) => new CsvColumn(path, name, budget, room))
}

function explain(path: string, error: CsvError): Error {
  if (error instanceof DataError) return error
  const line = `line ${String(error['lines'])}`
  switch (error.code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH': return unreadable(path, `${line} has another number of cells than the header; quote cells that hold commas.`)
    case 'CSV_QUOTE_NOT_CLOSED': return unreadable(path, 'has a quote that is never closed; close it, or double quotes inside cells.')
    case 'CSV_MAX_RECORD_SIZE': return unreadable(path, `has a record longer than ${MAX_RECORD} characters; check its quotes.`)
    case 'INVALID_OPENING_QUOTE': case 'CSV_INVALID_CLOSING_QUOTE': return unreadable(path, `${line} has a quote inside a cell; quote the cell and double the quote.`)
    default: return error
  }
}
