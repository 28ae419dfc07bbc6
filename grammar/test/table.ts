/** What the tests share: fixtures, and trees without their positions. */
import { readFileSync } from 'node:fs'
import { parse, type File } from '../src/index.ts'

/** The samples of the language reference. */
export const samples = ['or-of-two', 'paren'].map((name) => ({
  name, text: readFileSync(new URL(`fixtures/${name}.scrub`, import.meta.url), 'utf8'),
}))

/** The tree with every span removed: what formatting must not change. */
export function shape(file: File): unknown {
  return JSON.parse(JSON.stringify(file, (key, value: unknown) =>
    key === 'span' || key === 'keyword' ? undefined : typeof value === 'number' && !Number.isFinite(value) ? String(value) : value))
}

/** The findings of a text: what each points at, and its sentence. */
export function findingsOf(text: string): string[] {
  return parse(text).findings.map(({ span, message }) => `${text.slice(span.start, span.end)} | ${message}`)
}
