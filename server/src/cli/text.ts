/** Text in a terminal: display width, cutting, and characters that would disturb it. */
import stringWidth from 'string-width'

/** Columns that the text takes; wide characters take two. */
export const width = (text: string): number => stringWidth(text)

/** At most `columns` wide, its end replaced by an ellipsis. */
export function cut(text: string, columns: number): string {
  if (text.length <= columns && width(text) <= columns) return text
  return columns < 1 ? '' : `${fitting(segments(text.slice(0, 4 * columns)), columns - 1).join('')}…`
}

/** At most `columns` wide, its beginning replaced by an ellipsis. */
export function cutStart(text: string, columns: number): string {
  if (text.length <= columns && width(text) <= columns) return text
  return columns < 1 ? '' : `…${fitting(segments(text.slice(-4 * columns)).reverse(), columns - 1).reverse().join('')}`
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const segments = (text: string): string[] => Array.from(graphemes.segment(text), ({ segment }) => segment)

function fitting(parts: readonly string[], columns: number): string[] {
  let used = 0
  const end = parts.findIndex((part) => (used += width(part)) > columns)
  return parts.slice(0, end < 0 ? parts.length : end)
}

/** Control characters, escape sequences and marks that reorder text, made visible and harmless. */
export const harmless = (text: string): string => text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '�')

/** Parts, joined by `separator`, in lines of at most `columns`; a part is broken only where it alone is too long. */
export function wrap(parts: readonly string[], columns: number, separator = ' '): string[] {
  const lines: string[] = []
  let line = ''
  for (const part of parts) {
    const joined = line === '' ? part : line + separator + part
    if (line !== '' && width(joined) > columns) {
      lines.push(line)
      line = part
    } else {
      line = joined
    }
  }
  if (line !== '') lines.push(line)
  return lines
}
