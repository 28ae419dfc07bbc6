/** Where hypotheses and nodes stand in a document, by its symbols. */

export interface Range {
  readonly start: { readonly line: number; readonly character: number }
  readonly end: { readonly line: number; readonly character: number }
}

/** A document symbol, as far as it matters here. */
export interface Symbol {
  readonly name: string
  readonly range: Range
  readonly selectionRange: Range
  readonly children: readonly Symbol[]
}

/** Names of symbols may be quoted as in the text. */
const plain = (name: string): string => name.replace(/^"(.*)"$/, '$1')

export const hypothesisNamed = (symbols: readonly Symbol[], name: string): Symbol | undefined => symbols.find((one) => plain(one.name) === name)

/** A node of a hypothesis; of a family (`x[3]`) the statement that makes it. */
export function nodeNamed(hypothesis: Symbol, name: string): Symbol | undefined {
  const family = name.replace(/\[.*$/, '')
  const all = within(hypothesis)
  return all.find((one) => plain(one.name) === name) ?? all.find((one) => plain(one.name).replace(/\[.*$/, '') === family)
}

/** The hypothesis at a position, and the innermost symbol in it. */
export function symbolsAt(symbols: readonly Symbol[], position: Range['start']): { readonly hypothesis: string; readonly node: string | undefined } | undefined {
  const hypothesis = symbols.find((one) => contains(one.range, position))
  if (!hypothesis) return undefined
  const node = within(hypothesis).findLast((one) => contains(one.range, position))
  return { hypothesis: plain(hypothesis.name), node: node && plain(node.name) }
}

const within = ({ children }: Symbol): Symbol[] => children.flatMap((child) => [child, ...within(child)])

const contains = ({ start, end }: Range, { line, character }: Range['start']): boolean =>
  (line > start.line || (line === start.line && character >= start.character)) && (line < end.line || (line === end.line && character <= end.character))
