/** What a test says of a run, what can be done about a failure, and one report of several. */
import { expect, test } from 'vitest'
import { composed } from '../src/compose.ts'
import { actionsOf } from '../src/failures.ts'
import { failures } from '../src/verdict.ts'
import type { HypothesisReport, Interval, Report } from '../../server/src/protocol/report.ts'
import type { RunFailure } from '../../server/src/protocol/editor.ts'

const at = (value: number): Interval => ({ value, low: value - 0.01, high: value + 0.01 })
const report = (...hypotheses: Partial<HypothesisReport>[]): Report => ({ schema: 2, metric: { name: 'log_loss' }, model: { sha256: 'm' }, data: { sha256: 'd' }, hypotheses }) as unknown as Report
const node = (name: string, value: number) => ({ name, place: `/${name}`, cost: at(value) })

test('the expectation, the figures, and the nodes at which most is lost', () => {
  const found = failures(report({
    name: 'h', recovered: at(0.45), model: { mean: 0.1, se: 0, over: 'data' }, scrubbed: { mean: 0.4, se: 0.01 }, shuffled: { mean: 0.6, se: 0 },
    nodes: [node('a', 0.1), node('b', 0.3), node('c', -0.2), node('d', 0.2), node('e', 0.05)] as never,
    expectations: [{ text: 'expect h   recovered > 95%', holds: false, uncertain: false }, { text: 'expect h > 10%', holds: true, uncertain: false }],
  }), 'h')
  expect(found).toEqual([{
    text: 'expect h   recovered > 95%',
    message: 'expect h recovered > 95%: 45.0 % ± 1.0 recovered.\nlog_loss: model 0.1000, scrubbed 0.400 ± 0.010, shuffled 0.6000.\nMost is lost at b (/b, 30.0 % ± 1.0), d (/d, 20.0 % ± 1.0), a (/a, 10.0 % ± 1.0).',
  }])
  expect(failures(report(), 'h')).toEqual([{ text: '', message: 'The report holds no "h".' }])
})

test.each<[RunFailure['failure'], number, string[]]>([
  ['cancelled', 0, []],
  ['out-of-memory', 0, ['Retry with Small Batches', 'Open Log']],
  ['crashed', 1, ['Retry', 'Copy Report', 'Open Log']],
  ['crashed', 2, ['Copy Report', 'Open Log']],
  ['provider-unavailable', 0, ['GPU Doctor', 'Open Log']],
  ['untrusted', 0, ['Manage Trust']],
  ['bad-input', 0, ['Go to Problem']],
  ['not-ready', 0, ['Go to Problem']],
  ['internal', 0, ['Copy Report', 'Open Log']],
])('%s, for the %s. time: %s', (failure, crashes, expected) => {
  expect(actionsOf({ failure, message: '' }, crashes).map(({ title }) => title)).toEqual(expected)
})

test('hypotheses of other runs of the same model and data, in the order of the file', () => {
  const other = { ...report({ name: 'z' }), data: { path: '', sha256: 'e', rows: 1 } }
  const whole = composed(report({ name: 'b' }), [report({ name: 'c' }, { name: 'b', samples: 1 }), report({ name: 'a' }), other], ['a', 'b', 'c'])
  expect(whole.hypotheses.map(({ name, samples }) => [name, samples])).toEqual([['a', undefined], ['b', undefined], ['c', undefined]])
})
