/** What the language status item says in every state. */
import { expect, test } from 'vitest'
import { statusText } from '../src/status-text.ts'

const GOOD = { text: 'Validated against a.onnx · 3 operators · 48 data', valid: true, memory: 100 * 2 ** 20 }
const BAD = { ...GOOD, text: '✕ Not validated: the model cannot be read', valid: false }

test.each<[Parameters<typeof statusText>, string]>([
  [['starting', [], undefined], 'busy Information: Scrub: starting'],
  [['stopped', ['a'], GOOD], 'Error: Scrub: the language server has stopped'],
  [['running', [], undefined], 'Information: Scrub'],
  [['running', [], GOOD], 'Information: Validated against a.onnx · 3 operators · 48 data (language server 100 MB)'],
  [['running', [], BAD], 'Warning: ✕ Not validated: the model cannot be read (language server 100 MB)'],
  [['running', ['a b'], GOOD], 'busy Information: Evaluating "a b" (language server 100 MB)'],
  [['running', ['a', 'b', 'c'], undefined], 'busy Information: Evaluating "a" and 2 more'],
])('%j', (given, expected) => {
  const { text, detail, severity, busy } = statusText(...given)
  expect(`${busy ? 'busy ' : ''}${severity}: ${text}${detail ? ` (${detail})` : ''}`).toBe(expected)
})
