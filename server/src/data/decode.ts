/** One datum as text for people. */
import type { Column, Dataset } from './columns.ts'
import { sizeOf } from './source.ts'

/** Characters of one line. */
const WIDTH = 120

/** Vocabularies by column name: the token of each id. */
export type Vocabularies = ReadonlyMap<string, readonly string[]>

/**
 * One datum, as `name: value` joined by two spaces. Ids of a column with a vocabulary are its tokens, run together where
 * tokens carry their own spaces. Every column gets an equal share of `width` characters and is cut with `…`.
 */
export function showDatum({ columns }: Pick<Dataset, 'columns'>, row: number, vocabularies: Vocabularies = new Map(), width: number = WIDTH): string {
  const names = columns.reduce((sum, { name }) => sum + name.length + 4, 0)
  const share = Math.max(8, Math.floor((width - names) / Math.max(1, columns.length)))
  return columns.map((column) => `${column.name}: ${showValue(column, row, vocabularies.get(column.name), share)}`).join('  ')
}

/** The value of one column of one datum, in at most `width` characters. */
export function showValue(column: Column, row: number, vocabulary: readonly string[] | undefined, width: number = WIDTH): string {
  const size = sizeOf(column.shape)
  const first = row * size
  if (column.shape.length === 0) return clip(showOne(column, first, vocabulary), width)
  // Every value takes at least one character, so more of them cannot be shown.
  const shown = Math.min(size, width + 1)
  const parts = Array.from({ length: shown }, (_, i) => showOne(column, first + i, vocabulary))
  const text = vocabulary ? joinTokens(parts) : `[${parts.join(', ')}${shown < size ? ', …' : ']'}`
  return clip(text, width)
}

function showOne({ dtype, values, dictionary }: Column, index: number, vocabulary: readonly string[] | undefined): string {
  const value = values[index]!
  if (dtype === 'string') return JSON.stringify(dictionary![Number(value)])
  if (dtype === 'bool') return value ? 'true' : 'false'
  if (vocabulary) return showToken(vocabulary[Number(value)]) ?? `<${value}>`
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(4))) : String(value)
}

/** Byte-level tokens write a space as Ġ and a line break as Ċ, sentencepiece a space as ▁. */
function showToken(token: string | undefined): string | undefined {
  if (token === undefined || !/[Ġ▁Ċ\nĉ\t]/.test(token)) return token
  return token.replace(/[Ġ▁]/g, ' ').replace(/Ċ|\n/g, '↵').replace(/ĉ|\t/g, '⇥')
}

/** Words need a space between them unless tokens bring their own, or are single characters. */
function joinTokens(tokens: readonly string[]): string {
  const apart = tokens.every((token) => !token.startsWith(' ')) && tokens.some((token) => token.length > 1 && !/^[<[]/.test(token) && [...token].length > 1)
  return tokens.join(apart ? ' ' : '').trim()
}

function clip(text: string, width: number): string {
  if (text.length <= width) return text
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`
}
