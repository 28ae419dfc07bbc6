/** Where the hypotheses of a text stand, and what is expected of them. */
import type { File } from '@scrub/grammar'
import { TextDocument } from 'vscode-languageserver-textdocument'
import { nameOf } from '../hypothesis/collect.ts'
import { statementsOf } from '../hypothesis/items.ts'
import type { HypothesisPlace } from '../protocol/editor.ts'
import { rangeOf } from './convert.ts'

/** `file` is the tree of `text`. */
export function hypothesisPlaces(file: File, text: string): HypothesisPlace[] {
  const document = TextDocument.create('', 'scrub', 0, text)
  const { hypotheses, expects } = statementsOf(file)
  return hypotheses.flatMap(({ name, keyword, span }) => {
    if (!name) return []
    const own = expects.filter(({ hypothesis }) => hypothesis && nameOf(hypothesis) === nameOf(name))
    return [{
      name: nameOf(name),
      range: rangeOf(document, { start: keyword.start, end: span.end }),
      expectations: own.map((one) => ({ text: text.slice(one.span.start, one.span.end), range: rangeOf(document, one.span) })),
    }]
  })
}
