/** The content of the data that a report names, decoded as in an editor. */
import { showDatum, type Vocabularies } from '../data/decode.ts'
import type { BoundFile } from '../hypothesis/bound.ts'
import { shownColumns } from './inspection.ts'
import type { Table } from './table.ts'

/** Characters of one datum. */
const WIDTH = 200

/** What shows the data of a file; the last one again while it shows the same columns in the same vocabularies. */
export function keptTexts(table: Table): (file: BoundFile) => (datum: number) => string {
  let last: { readonly columns: string; readonly vocabs: Vocabularies; readonly text: (datum: number) => string } | undefined
  return (file) => {
    const columns = JSON.stringify(shownColumns(file))
    if (last?.columns !== columns || !sameVocabularies(last.vocabs, file.vocabs)) last = { columns, vocabs: file.vocabs, text: textsOf(file, table) }
    return last.text
  }
}

const sameVocabularies = (a: Vocabularies, b: Vocabularies): boolean =>
  a.size === b.size && [...a].every(([name, tokens]) => tokens.length === b.get(name)?.length && tokens.every((token, i) => token === b.get(name)![i]))

/** Shows a datum, each once: hypotheses of a run mostly name the same. */
function textsOf(file: BoundFile, table: Table): (datum: number) => string {
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
