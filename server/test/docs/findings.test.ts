/** Every finding of docs/findings.md has an example that has it, on the line that says so, and what is shown as put right has none. */
import { expect, test } from 'vitest'
import { invoke } from '../cli/outputs.ts'
import { read } from '../tidy/repository.ts'
import { type Example, examplesOf, whole } from './examples.ts'
import { folder, found } from './found.ts'

const PAGE = 'docs/findings.md'
const examples = examplesOf(PAGE)

/** Findings that no text has on its own. */
const WITHOUT_EXAMPLE: Readonly<Record<string, string>> = {
  'metric-not-finite': 'plain checking runs no metric; server/test/cli/deep.test.ts has one',
  'transformer-not-equal': 'needs a model that is understood wrongly; server/test/transformer/run.test.ts makes one',
  'feature-failed': 'needs a runtime that lacks an operator; server/test/scrub/inspect.test.ts makes one',
}

test('every finding has an example', () => {
  const codes = [...read(PAGE).matchAll(/^### `([a-z-]+)`$/gm)].map(([, code]) => code!)
  const shown = new Set(examples.filter(({ mark }) => mark === 'finding').map(({ section }) => section))
  expect(codes.length).toBeGreaterThan(40)
  expect(codes.filter((code) => !shown.has(code))).toEqual(Object.keys(WITHOUT_EXAMPLE))
  expect(examples.filter(({ language, mark }) => !['scrub finding', 'scrub fine', 'sh finding'].includes(`${language} ${mark}`))).toEqual([])
})

const titled = (language: string, mark: string) => examples.filter((one) => one.language === language && one.mark === mark).map(({ section, text }, i) => [`${section} (${i + 1})`, section, text] as const)

test.each(titled('scrub', 'finding'))('%s is found on the line that has a comment', async (_, code, text) => {
  // A text that lacks a statement is shown whole.
  const file = code === 'missing-statement' ? text : whole(text)
  const all = await found(file)
  expect(all.filter((one) => one.code !== code).map(({ message }) => message)).toEqual([])
  const marked = file.split('\n').filter((line) => line.includes('#')).map((line) => line.trim())
  expect(marked).toHaveLength(1)
  expect(all.map(({ line }) => line)).toEqual(marked)
})

test.each(titled('scrub', 'fine'))('%s: put right', async (_, _code, text) => {
  expect((await found(whole(text))).map(({ code, message }) => `${code}: ${message}`)).toEqual([])
})

test('a metric that a command asks for and the file lacks', async () => {
  const [{ text, section }] = examples.filter(({ language }) => language === 'sh') as [Example]
  const [, ...args] = text.trim().split(' ')
  const { exitCode, stderr } = await invoke(args, folder)
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('is not in the file')])
  expect((await found(whole(''), args.at(-1))).map(({ code }) => code)).toEqual([section])
})
