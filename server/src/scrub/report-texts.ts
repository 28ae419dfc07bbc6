/** The content of the data that a report names, decoded as in an editor. */
import { showDatum } from '../data/decode.ts'
import type { BoundFile } from '../hypothesis/bound.ts'
import { shownColumns } from './inspection.ts'
import type { Table } from './table.ts'

/** Characters of one datum. */
const WIDTH = 200

/** By row of the file; `data` may come more than once. */
export function textsOf(file: BoundFile, table: Table, data: Iterable<number>, original: (datum: number) => number): Record<string, string> {
  const shown = { columns: shownColumns(file).map((name) => table.column(name)) }
  const rows = [...new Set(data)].sort((a, b) => a - b)
  return Object.fromEntries(rows.map((datum) => [original(datum), [...showDatum(shown, datum, file.vocabs, WIDTH)].slice(0, WIDTH).join('')]))
}
