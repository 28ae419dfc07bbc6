/** Data as text. */
import { expect, test } from 'vitest'
import type { Column } from '../../src/data/columns.ts'
import { showDatum, showValue } from '../../src/data/decode.ts'

const tokens = (...values: number[]): Column => ({ name: 'tokens', dtype: 'int64', shape: [values.length], values: Int32Array.from(values) })

test.each([
  ['characters', tokens(0, 3, 4, 1), ['[start]', '[pad]', '[end]', '(', ')'], '[start]()[pad]'],
  ['tokens with spaces', tokens(0, 1, 2), ['The', 'Ġcat', 'Ċ'], 'The cat↵'],
  ['sentencepiece', tokens(0, 1), ['▁The', '▁cat'], 'The cat'],
  ['words', tokens(0, 1), ['two', 'words'], 'two words'],
  ['an unknown id', tokens(0, 7, -1), ['('], '(<7><-1>'],
  ['no vocabulary', tokens(5, 6), undefined, '[5, 6]'],
  ['a bool', { name: 'b', dtype: 'bool', shape: [], values: Uint8Array.of(1) } as const, undefined, 'true'],
  ['a float', { name: 'f', dtype: 'float64', shape: [], values: Float64Array.of(1 / 3) } as const, undefined, '0.3333'],
  ['a wide integer', { name: 'i', dtype: 'int64', shape: [], values: BigInt64Array.of(2n ** 60n) } as const, undefined, '1152921504606846976'],
  ['a string', { name: 's', dtype: 'string', shape: [], values: Int32Array.of(0), dictionary: ['a "b"\n'] } as const, undefined, '"a \\"b\\"\\n"'],
])('%s', (_, column, vocabulary, text) => {
  expect(showValue(column, 0, vocabulary)).toBe(text)
})

test('long values are cut to the width, without reading them all', () => {
  const column = tokens(...Array.from({ length: 100_000 }, () => 1))
  expect(showValue(column, 0, undefined, 10)).toBe('[1, 1, 1,…')
  expect(showValue(column, 0, ['(', ')'], 10)).toBe(')))))))))…')
})

test('a whole datum within a width', () => {
  const columns = [tokens(1, 0, 1, 0, 1, 0, 0, 0, 0, 0), { name: 'ok', dtype: 'bool', shape: [], values: Uint8Array.of(0) } as const]
  const dataset = { path: '/x.npz', rows: 1, columns }
  expect(showDatum(dataset, 0, new Map([['tokens', ['(', ')']]]))).toBe('tokens: )()()(((((  ok: false')
  expect(showDatum(dataset, 0, new Map([['tokens', ['(', ')']]]), 32)).toBe('tokens: )()()((…  ok: false')
})
