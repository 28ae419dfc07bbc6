/** What a misspelt name is replaced by, in the spelling that its place asks for. */
import { reservedWords, type AnyNode, type Span } from '@scrub/grammar'
import type { Edit } from './action.ts'

const reserved = new Set(reservedWords)

/** Whether a name can be written as it is: a word that is not reserved. */
export const isPlain = (name: string): boolean => /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Nd}\p{M}_]*$/u.test(name) && !reserved.has(name)

/** The inside of a JSON string. */
const escaped = (text: string): string => JSON.stringify(text).slice(1, -1)

/** Where `wrong` stands as a whole word within a span, the last time: `x` of `data.x`, the tensor of a slice. */
export function wordIn(text: string, { start, end }: Span, wrong: string): Span | undefined {
  const written = text.slice(start, end)
  for (const spelled of new Set([wrong, escaped(wrong)])) {
    for (let at = written.lastIndexOf(spelled); at >= 0; at = at === 0 ? -1 : written.lastIndexOf(spelled, at - 1)) {
      const around = `${written[at - 1] ?? ' '}${written[at + spelled.length] ?? ' '}`
      if (spelled !== '' && !/[\p{L}\p{N}_]/u.test(around)) return { start: start + at, end: start + at + spelled.length }
    }
  }
  return undefined
}

/** Writes another name over a column or a name of the file: within its quotes, after `data.`, or bare. */
export function renamedWord(text: string, span: Span, name: string): Edit {
  if (text[span.start - 1] === '"' && text[span.end] === '"') return { span, newText: escaped(name) }
  if (isPlain(name)) return { span, newText: name }
  if (text[span.start - 1] === '.') return { span: { start: span.start - 1, end: span.end }, newText: `[${JSON.stringify(name)}]` }
  return { span, newText: `data[${JSON.stringify(name)}]` }
}

/** Writes another name over one that may be quoted as a whole, such as that of a hypothesis. */
export const renamedWhole = (node: AnyNode, name: string): Edit => ({ span: node.span, newText: node.kind !== 'string' && isPlain(name) ? name : JSON.stringify(name) })
