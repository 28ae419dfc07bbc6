/** Code lenses: their titles in every state. */
import { describe, expect, test } from 'vitest'
import { lenses, resultText } from '../../src/language/lenses.ts'
import type { LastResult } from '../../src/language/snapshot.ts'
import type { HypothesisReport } from '../../src/protocol/report.ts'
import { NOTHING, snapshotOf, TOY, TOY_HEAD, type Around } from './check.ts'

const GOOD = `${TOY_HEAD}hypothesis "h" {\n  node A = z1 > 3 at "/A"\n  node out = A at logit\n}\n`
const NOW = Date.UTC(2026, 0, 2, 12)

function titles(text: string, around: Around = TOY, running?: number, behind?: string): string[] {
  const snapshot = snapshotOf(text, around)
  return lenses(snapshot, [...snapshot.parsed.findings, ...(snapshot.bound?.findings ?? [])], (name) => (running !== undefined && name === 'h' ? { started: running, ...(behind === undefined ? {} : { behind }) } : undefined), NOW).map(({ title }) => title)
}

const report = { recovered: { value: 0.8213, low: 0.8113, high: 0.8313 }, partial: false, seconds: 0.5, costSeconds: 0.7, expectations: [], model: { mean: 0.1, se: 0 }, scrubbed: { mean: 0.2, se: 0 }, shuffled: { mean: 0.7, se: 0 } } as unknown as HypothesisReport
const result = (more: Partial<LastResult> = {}, ago = 0): Around => ({ ...TOY, results: { h: { report, stale: false, time: NOW - ago, metric: 'loss', device: 'cpu', ...more } } })

test.each([
  ['nothing has run', GOOD, TOY, ['Validated against m.onnx · 5 operators · 100 data', '▷ Evaluate', 'No results yet']],
  ['a result', GOOD, result(), ['Validated against m.onnx · 5 operators · 100 data', '▷ Evaluate', 'Results: 82.1 % ± 1.0 recovered · just now']],
  ['an old result', GOOD, result({}, 3 * 60_000), [expect.anything(), '▷ Evaluate', 'Results: 82.1 % ± 1.0 recovered · 3 min ago']],
  ['yesterday’s', GOOD, result({}, 25 * 3_600_000), [expect.anything(), '▷ Evaluate', 'Results: 82.1 % ± 1.0 recovered · 1 day ago']],
  ['a stale one', GOOD, result({ stale: true }), [expect.anything(), '▷ Evaluate', 'Results (older text): 82.1 % ± 1.0 recovered · just now']],
  ['one that took a while', GOOD, result({ report: { ...report, costSeconds: 12 } }), [expect.anything(), '▷ Evaluate · cpu · about 13 s', expect.anything()]],
  ['one that took long', GOOD, result({ report: { ...report, seconds: 170 } }), [expect.anything(), '▷ Evaluate · cpu · about 3 min', expect.anything()]],
  ['a long live one says nothing of a whole run', GOOD, result({ live: true, report: { ...report, samples: 500, seconds: 170 } }), [expect.anything(), '▷ Evaluate', 'Live: 82.1 % ± 1.0 recovered · 500 samples']],
  ['stopped early, below what is expected', GOOD, result({ report: { ...report, partial: true, expectations: [{ text: 'x', holds: false, uncertain: false }] } }), [expect.anything(), '▷ Evaluate', 'Results: 82.1 % ± 1.0 recovered · stopped early · ✗ 1 expectation · just now']],
  ['two errors', GOOD.replace('z1', 'zz').replace('"/A"', '"/Q"'), TOY, [expect.anything(), '✕ Fix 2 errors to evaluate', 'No results yet']],
  ['an error elsewhere', GOOD.replace('label)', 'lable)'), TOY, [expect.anything(), '✕ Fix the errors of this file to evaluate', 'No results yet']],
  ['no model', GOOD, NOTHING, ['✕ Not validated: a model and data are needed', '✕ Fix the errors of this file to evaluate', 'No results yet']],
] as const)('%s', (_, text, around, wanted) => expect(titles(text, around)).toEqual(wanted))

test('while it runs it can be stopped', () => {
  const started = new Date(2026, 0, 2, 14, 2).getTime()
  expect(titles(GOOD, TOY, started)[1]).toBe('■ Stop · started 14:02')
  expect(titles(GOOD, TOY, started, 'g')[1]).toBe('■ Cancel · queued behind "g"')
})

describe('their number does not change while a hypothesis is typed', () => {
  const block = GOOD.slice(TOY_HEAD.length)
  test.each(Array.from({ length: block.length - 'hypothesis'.length + 1 }, (_, i) => block.slice(0, 'hypothesis'.length + i)))('%j', (typed) => {
    expect(titles(TOY_HEAD + typed)).toHaveLength(3)
  })
})

test('a result in words', () => {
  expect(resultText('h', snapshotOf(GOOD, result()).result('h')!, NOW)).toBe('h. Results: 82.1 % ± 1.0 recovered · just now. loss: model 0.1000, scrubbed 0.2000, shuffled 0.7000.')
})
