/** From names to places in a text and back, by its symbols. */
import { expect, test } from 'vitest'
import { hypothesisNamed, nodeNamed, symbolsAt, type Symbol } from '../src/symbols.ts'

const lines = (from: number, to: number) => ({ start: { line: from, character: 0 }, end: { line: to, character: 80 } })
const symbol = (name: string, from: number, to: number, ...children: Symbol[]): Symbol => ({ name, range: lines(from, to), selectionRange: lines(from, from), children })

const FILE = [
  symbol('metric', 0, 0),
  symbol('or of two', 2, 6, symbol('A', 3, 3), symbol('out', 4, 4)),
  symbol('"quoted"', 8, 14, symbol('x[i]', 9, 9), symbol('for', 10, 12, symbol('inner', 11, 11))),
]

test.each([
  ['or of two', 'A', 3],
  ['quoted', 'x[3]', 9],
  ['quoted', 'x[1,2]', 9],
  ['quoted', 'inner', 11],
  ['quoted', 'A', undefined],
])('%s: node %s stands in line %s', (hypothesis, node, line) => {
  expect(nodeNamed(hypothesisNamed(FILE, hypothesis)!, node)?.range.start.line).toBe(line)
})

test.each([
  [1, undefined],
  [2, { hypothesis: 'or of two', node: undefined }],
  [4, { hypothesis: 'or of two', node: 'out' }],
  [11, { hypothesis: 'quoted', node: 'inner' }],
  [20, undefined],
])('line %s', (line, expected) => {
  const found = symbolsAt(FILE, { line, character: 5 })
  expect(found?.hypothesis === 'metric' ? undefined : found).toEqual(expected)
})

test('a hypothesis that is not there', () => expect(hypothesisNamed(FILE, 'none')).toBeUndefined())
