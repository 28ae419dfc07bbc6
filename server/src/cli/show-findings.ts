/** Findings on a terminal: `file:line:column: error[code] message`, the line itself, and carets under the place. */
import { readFileSync } from 'node:fs'
import type { FileFinding, Range } from '../protocol/findings.ts'
import type { Output } from './environment.ts'
import { count, plural } from '../language/numbers.ts'
import { shown } from './source.ts'
import { cut, cutStart, harmless, width } from './text.ts'

/** More than this many findings of one file help nobody. */
const MOST_PER_FILE = 20
const TAB = 4

export interface Texts {
  /** Lines of a file, or undefined where it cannot be read. */
  lines(file: string): readonly string[] | undefined
}

/** The texts of the files that were checked, and of others when a finding points there. */
export function texts(known: ReadonlyMap<string, string>): Texts {
  const split = new Map<string, readonly string[] | undefined>()
  return {
    lines(file) {
      if (!split.has(file)) split.set(file, readText(known, file)?.split(/\r\n|\r|\n/))
      return split.get(file)
    },
  }
}

function readText(known: ReadonlyMap<string, string>, file: string): string | undefined {
  try {
    return known.get(file) ?? readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** All findings, in the order given, and how many of a file were left out. */
export function showFindings(findings: readonly FileFinding[], sources: Texts, folder: string, output: Output): string {
  let text = ''
  for (const file of new Set(findings.map((finding) => finding.file))) {
    const own = findings.filter((finding) => finding.file === file)
    for (const finding of own.slice(0, MOST_PER_FILE)) text += `${showFinding(finding, sources, folder, output)}\n`
    if (own.length > MOST_PER_FILE) {
      text += `${count(own.length - MOST_PER_FILE)} more in ${shown(file, folder)}; --json lists all of them.\n`
    }
  }
  return text
}

/** `2 errors and 1 warning`. */
export function countFindings(findings: readonly FileFinding[]): string {
  const of = (severity: FileFinding['severity']) => findings.filter((finding) => finding.severity === severity).length
  const parts = [
    [of('error'), 'error'],
    [of('warning'), 'warning'],
    [of('information'), 'note'],
  ] as const
  return parts.filter(([number]) => number > 0).map(([number, noun]) => plural(number, noun)).join(' and ') || 'no findings'
}

function showFinding(finding: FileFinding, sources: Texts, folder: string, output: Output): string {
  const { bold, red, yellow, cyan, dim } = output.colours
  const colour = { error: red, warning: yellow, information: cyan }[finding.severity]
  const name = finding.severity === 'information' ? 'note' : finding.severity
  let text = `${bold(position(finding, folder))} ${colour(bold(`${name}[${finding.code}]`))} ${harmless(finding.message)}\n`
  text += excerpt(finding, sources, output, colour)
  for (const related of finding.related ?? []) {
    text += `${position(related, folder)} ${dim('note:')} ${harmless(related.message)}\n`
    text += excerpt(related, sources, output, dim)
  }
  return text
}

const position = ({ file, range }: { file: string; range: Range }, folder: string): string =>
  `${harmless(shown(file, folder))}:${range.start.line + 1}:${range.start.character + 1}:`

/** The first line of the range with carets below it; nothing where the file has no such line, or as a whole is meant. */
function excerpt({ file, range }: { file: string; range: Range }, sources: Texts, output: Output, colour: (text: string) => string): string {
  const line = sources.lines(file)?.[range.start.line]
  const wholeFile = range.start.line === 0 && range.start.character === 0 && range.end.line === 0 && range.end.character === 0
  if (line === undefined || line.trim() === '' || wholeFile) return ''
  const { dim } = output.colours
  const number = String(range.start.line + 1)
  const room = output.columns - number.length - 4
  const end = range.end.line > range.start.line ? line.length : Math.min(range.end.character, line.length)
  const { before, marked, after } = clipped(line, range.start.character, Math.max(end, range.start.character), room)
  const gutter = ' '.repeat(number.length + 1)
  const carets = '^'.repeat(Math.max(1, width(marked)))
  return `${dim(` ${number} │`)} ${before}${marked}${after}\n${gutter}${dim(' │')} ${' '.repeat(width(before))}${colour(carets)}\n`
}

/** The part of a line around `start` to `end` that fits into `room` columns, tabs and control characters made plain. */
function clipped(line: string, start: number, end: number, room: number): { before: string; marked: string; after: string } {
  const window = 4 * room
  let before = expand(line.slice(Math.max(0, start - window), start), 0)
  const marked = cut(expand(line.slice(start, Math.min(end, start + window)), width(before)), Math.floor(room * 0.75))
  const most = Math.max(Math.floor(room * 0.2), room - width(marked) - 12)
  if (width(before) > most) before = cutStart(before, most)
  const after = cut(expand(line.slice(end, end + window), width(before) + width(marked)), room - width(before) - width(marked))
  return marked.endsWith('…') ? { before, marked, after: '' } : { before, marked, after }
}

function expand(text: string, from: number): string {
  let out = ''
  for (const part of text.split(/(\t)/)) {
    out += part === '\t' ? ' '.repeat(TAB - ((from + width(out)) % TAB)) : harmless(part)
  }
  return out
}
