/** The report for an issue: what it holds, and what it must not. */
import { expect, test } from 'vitest'
import { diagnosticsReport, type Facts } from '../src/diagnostics-report.ts'

const FACTS: Facts = { versions: { Scrub: '0.1.0' }, doctor: 'cpu works\n', settings: {}, trusted: true, log: [], home: '/export/ada' }

test('nothing unusual', () => {
  expect(diagnosticsReport(FACTS)).toBe(['### Versions', '* Scrub: 0.1.0', '* workspace trusted', '', '### Machine', '```', 'cpu works', '```', '', '### Settings', 'All at their defaults.', '', '### Log', 'Empty.', ''].join('\n'))
})

test.each<[string, Partial<Facts>, RegExp]>([
  ['no server', { doctor: undefined }, /### Machine\n```\nThe language server does not answer\.\n```/],
  ['no trust', { trusted: false }, /\* workspace not trusted/],
  ['settings', { settings: { 'scrub.live.enable': true } }, /"scrub\.live\.enable": true/],
  ['the user’s folder', { log: ['cannot read /export/ada/secret/m.onnx'] }, /cannot read ~\/secret\/m\.onnx/],
  ['a log that would close the fence', { log: ['a ``` b ```` c'] }, /`````\na ``` b ```` c\n`````/],
  ['a long log', { log: Array.from({ length: 300 }, (_, i) => `line ${i}`) }, /```\nline 200\nline 201[^]*line 299\n```/],
])('%s', (_, facts, expected) => expect(diagnosticsReport({ ...FACTS, ...facts })).toMatch(expected))
