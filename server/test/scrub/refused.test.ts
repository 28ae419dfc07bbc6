/** Hypotheses of the zoo that mean nothing are refused, each for its own reason, and none of them runs. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { analyse } from '../../src/scrub/analyse.ts'
import { positionsOf } from '../../src/scrub/positions.ts'
import { fixture, runFile } from './run-file.ts'

const zoo = JSON.parse(readFileSync(fixture('zoo/expected.json'), 'utf8')) as Record<string, Record<string, { findings?: string[] }>>
const refused = Object.entries(zoo).filter(([file]) => file.endsWith('.bad.scrub'))

test('the zoo has such hypotheses', () => {
  expect(refused.flatMap(([, hypotheses]) => Object.keys(hypotheses)).length).toBeGreaterThanOrEqual(20)
})

describe.each(refused)('%s', (file, hypotheses) => {
  const path = fixture(`zoo/${file}`)
  const text = readFileSync(path, 'utf8')

  test.each(Object.entries(hypotheses))('%s', async (name, { findings }) => {
    const { bound, findings: all } = await analyse(path, text)
    const hypothesis = bound!.hypotheses.find((h) => h.name === name)!
    const at = positionsOf(text)
    const [first, last] = [at(hypothesis.span.start).line, at(hypothesis.span.end).line]
    const own = all.filter(({ severity, range }) => severity === 'error' && range.start.line >= first && range.end.line <= last)
    expect([...new Set(own.map(({ code }) => code))]).toEqual(findings)
    expect(hypothesis.ok).toBe(false)
    expect((await runFile(path, { hypotheses: [name] })).kind).toBe('findings')
  })
})

describe('an error in another hypothesis stops nobody', () => {
  const toy = readFileSync(fixture('toy/toy.scrub'), 'utf8').replace(/expect[^]*$/, '')
  const broken = {
    'a string without end': 'hypothesis "broken" {\n  node A = z1 > 3 at "/A\n  node out = A at "logit"\n}',
    'not closed': 'hypothesis "broken" {\n  node out = any at "logit"\n',
    'a word missing': 'hypothesis "broken" {\n  node out any at "logit"\n}',
    'an unknown column': 'hypothesis "broken" {\n  node out = z9 at "logit"\n}',
  }
  const extending = 'hypothesis "finer" extends "broken" {}'
  const texts = Object.entries(broken).flatMap(([what, text]) => [[`${what}, first`, `${toy.replace('hypothesis "or of two"', `${text}\nhypothesis "or of two"`)}\n${extending}`], [`${what}, last`, `${toy}\n${extending}\n${text}`]] as const)
  test.each(texts)('%s', async (_, text) => {
    const run = (hypothesis: string) => runFile(fixture('toy/toy.scrub'), { text, hypotheses: [hypothesis], samples: 10 })
    for (const name of ['or of two', 'nothing', 'everything exact']) expect((await run(name)).kind, name).toBe('report')
    // Nor does it run itself, or what is made of it.
    for (const name of ['broken', 'finer']) expect((await run(name)).kind, name).toBe('findings')
  })

  test('but one outside of all hypotheses does', async () => {
    for (const text of [`let x = z9\n${toy}`, `${toy}\nexpect "nothing" recovered >`, toy.replace('metric', 'metrik')]) {
      expect((await runFile(fixture('toy/toy.scrub'), { text, hypotheses: ['or of two'], samples: 10 })).kind).toBe('findings')
    }
  })
})
