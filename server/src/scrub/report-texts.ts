/** The content of the data that a report names, decoded as in an editor. */
import { showDatum } from '../data/decode.ts'
import type { BoundFile } from '../hypothesis/bound.ts'
import { shownColumns } from './inspection.ts'
import type { Table } from './table.ts'

/** Characters of one datum. */
const WIDTH = 200

/** Shows a datum, each once: hypotheses of a run mostly name the same. */
export function textsOf(file: BoundFile, table: Table): (datum: number) => string {
  const shown = { columns: shownColumns(file).map((name) => table.column(name)) }
  const known = new Map<number, string>()
  return (datum) => {
    let text = known.get(datum)
    if (text === undefined) {
      text = showDatum(shown, datum, file.vocabs, WIDTH)
      // Many columns take more than they may.
      if (text.length > WIDTH) text = [...text].slice(0, WIDTH).join('')
      known.set(datum, text)
    }
    return text
  }
}
