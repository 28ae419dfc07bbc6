/** The reference of the language: every statement, clause and word has an example, which binds to real files without a finding. */
import { format, reservedWords } from '@scrub/grammar'
import { expect, test } from 'vitest'
import { functionDocs } from '../../src/expr/functions/index.ts'
import { run, type Nested } from '../expr/run.ts'
import { read } from '../tidy/repository.ts'
import { examplesOf, whole } from './examples.ts'
import { found } from './found.ts'

const PAGE = 'docs/language.md'
const examples = examplesOf(PAGE).filter(({ language }) => language === 'scrub')
const titled = (mark: string) => examples.filter((one) => one.mark === mark).map(({ section, text }, i) => [`${section} (${i + 1})`, text] as const)

test.each(titled(''))('%s: no findings', async (_, text) => {
  expect((await found(whole(text))).map(({ code, line, message }) => `${code} in "${line}": ${message}`)).toEqual([])
})

test('examples are laid out as `scrub fmt` does', () => {
  for (const { text } of examples) expect(format(text)).toBe(text)
})

test('every example is of one of these sorts', () => {
  expect(examples.filter(({ mark }) => mark !== '')).toEqual([])
})

/** Words with a meaning in one place only. */
const CONTEXTUAL = ['as', 'filter', 'limit', 'recovered', 'unimportant', 'separate', 'samples', 'seed', 'transformer', 'rest']

test('every word of the language stands in an example', () => {
  const code = [...examples.map(({ text }) => text), ...values().map(({ expression }) => expression)].join('\n').replace(/"[^"\n]*"|#.*/g, '')
  const used = new Set(code.match(/[\p{L}_][\p{L}\p{N}_]*/gu))
  expect(reservedWords.size).toBeGreaterThan(30)
  expect([...reservedWords, ...CONTEXTUAL].filter((word) => !used.has(word))).toEqual([])
})

test('the list of reserved words is that of the grammar', () => {
  const listed = /\*\*Reserved\*\*: `([^`]*)`/.exec(read(PAGE))![1]!.split(' ')
  expect(listed.sort()).toEqual([...reservedWords].sort())
})

test('every statement has a heading of its own', () => {
  const headings = [...read(PAGE).matchAll(/^### (.*`.*)$/gm)].flatMap(([, heading]) => heading!.match(/\w+/g)!)
  const statements = ['model', 'data', 'vocab', 'metric', 'score', 'let', 'graph', 'hypothesis', 'option', 'expect', 'component', 'point', 'for', 'use', 'rewrite', 'node', 'refine']
  expect(statements.filter((word) => !headings.includes(word))).toEqual([])
})

// That each of them compiles is checked in test/expr/findings.test.ts.
test('every function stands in the table, with an example that calls it', () => {
  const page = read(PAGE)
  const rows = functionDocs.filter(({ name, example }) => new RegExp(`\\b${name}\\(`).test(example) && page.includes(`| \`${example.replaceAll('|', '\\|')}\` |`))
  expect(functionDocs.length).toBeGreaterThan(90)
  expect(functionDocs.filter((one) => !rows.includes(one)).map(({ name }) => name)).toEqual([])
})

/** The table of expressions and values. */
function values(): { readonly expression: string; readonly value: string; readonly type: string }[] {
  const table = /<!-- values -->([^]*?)<!-- end -->/.exec(read(PAGE))![1]!
  return [...table.matchAll(/^\| `(.*)` \| `(.*)` \| (\w+) \|$/gm)].map(([, expression, value, type]) => ({ expression: expression!, value: value!, type: type! }))
}

const datum = {
  z: { dtype: 'int64', values: [5] },
  x: { dtype: 'float32', values: [[1, 2, 4]] },
  flag: { dtype: 'bool', values: [true] },
  name: { dtype: 'string', values: ['ann'] },
  tokens: { dtype: 'int64', values: [[0, 3, 4, 2]], vocab: ['[start]', '[pad]', '[end]', '(', ')'] },
} as const

const shown = (value: Nested): string =>
  Array.isArray(value) ? `[${value.map(shown).join(', ')}]` : String(value).replace('Infinity', 'inf').replace('NaN', 'nan')

test.each(values())('$expression is $value', async ({ expression, value, type }) => {
  const [part] = await run(`let result = ${expression}`, datum)
  expect([shown(part!.rows[0]!), part!.dtype]).toEqual([value, type])
})

test('the table of values has rows', () => expect(values().length).toBeGreaterThan(20))
