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
