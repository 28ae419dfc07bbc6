/** Markdown for what files hold: whatever a name or a datum contains, it is shown as text and changes nothing around it. */

/** Longest piece of a name or a value that is shown. */
const LONGEST = 200

/** Control characters and marks that reorder text or have no width: they would make a text look like another one. */
const UNSEEN = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g

/** A text for people, of visible characters. */
export const visible = (text: string): string => text.replace(UNSEEN, '�')

/** One line, of visible characters, not longer than `most`. */
export function oneLine(text: string, most = LONGEST): string {
  const line = text.slice(0, 4 * most).replace(/\s*[\r\n\u2028\u2029]\s*/g, ' ⏎ ').replace(UNSEEN, '�').replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '�')
  if (line.length <= most) return line
  const cut = line.slice(0, most - 1)
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`
}

/** A name or a piece of a file in the middle of a sentence: `` `a1.h0` ``. Nothing inside is markup. */
export function code(text: string, most = LONGEST): string {
  const line = oneLine(text, most)
  if (line.trim() === '') return line === '' ? '(empty)' : '(blank)'
  const fence = '`'.repeat(longestRun(line) + 1)
  const pad = line.startsWith('`') || line.endsWith('`') || (line.startsWith(' ') && line.endsWith(' ')) ? ' ' : ''
  return `${fence}${pad}${line}${pad}${fence}`
}

/** Text with everything escaped that Markdown, tables, HTML and automatic links would read as their own. */
export function plain(text: string, most = LONGEST): string {
  return oneLine(text, most)
    .replace(/[\\`*_~[\]!#$@]/g, '\\$&').replace(/\bwww\./gi, 'www\\.')
    .replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\|/g, '&#124;').replace(/:(?=\/\/)/g, '&#58;')
}

/** A block of the language. */
export const scrub = (text: string): string => block(text, 'scrub')

/** A block that the text itself cannot close. */
export function block(text: string, language = ''): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return `${fence}${language}\n${text}\n${fence}`
}

/** A table; cells are Markdown already. `right` names the columns of numbers. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[], right: ReadonlySet<number> = new Set()): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(heads), line(heads.map((_, i) => (right.has(i) ? '---:' : '---'))), ...rows.map(line)].join('\n')
}

/** Paragraphs, those left out skipped. */
export const paragraphs = (...parts: readonly (string | undefined | false)[]): string => parts.filter(Boolean).join('\n\n')

/** `a, b and 3 more`. */
export function some(items: readonly string[], most: number): string {
  const more = items.length - most
  if (more > 1) return `${items.slice(0, most).join(', ')} and ${more} more`
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
}
