/** Exact runs against expectations that independent programs enumerated. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fixture, reportOf } from './run-file.ts'

interface Expected {
  model: number
  shuffled: number
  scrubbed: number
  recovered: number
}

const toy = JSON.parse(readFileSync(fixture('toy/toy.expected.json'), 'utf8')) as Record<string, Expected>
const zoo = JSON.parse(readFileSync(fixture('zoo/expected.json'), 'utf8')) as Record<string, Record<string, Expected | unknown[]>>

const near = (actual: number, wanted: number, scale: number): void => {
  expect(Math.abs(actual - wanted), `${actual} for ${wanted}`).toBeLessThanOrEqual(1e-6 * Math.max(Math.abs(wanted), scale))
}

async function compare(file: string, expected: Readonly<Record<string, Expected | unknown[]>>): Promise<void> {
  const names = Object.entries(expected).filter(([, e]) => !Array.isArray(e) && 'scrubbed' in (e as object)).map(([name]) => name)
  const report = await reportOf(fixture(file), { exact: true, hypotheses: names })
  expect(report.hypotheses.map((h) => h.name)).toEqual(names)
  for (const h of report.hypotheses) {
    const e = expected[h.name] as Expected
    expect(h.exact, h.name).toBe(true)
    const range = Math.abs(e.shuffled - e.model)
    near(h.model.mean, e.model, range)
    near(h.shuffled.mean, e.shuffled, range)
    near(h.scrubbed.mean, e.scrubbed, range)
    if (e.recovered !== null) near(h.recovered.value!, e.recovered, 1)
  }
}

test('the worked example of the post', () => compare('toy/toy.scrub', toy))

describe('the zoo', () => {
  for (const [file, expected] of Object.entries(zoo)) {
    if (file.endsWith('.bad.scrub')) continue
    test(file, () => compare(`zoo/${file}`, expected))
  }
})
