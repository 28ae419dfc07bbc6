/** NaN is passed on as NumPy and the array API do, wherever in an array it stands. */
import { expect, test } from 'vitest'
import { run } from './run.ts'

const VALUES = Array.from({ length: 19 }, (_, at) => Array.from({ length: 19 }, (_, i) => (i === at ? NaN : i - 9)))

test.each([
  'max(x)', 'min(x)', 'sum(x)', 'mean(x)', 'prod(x)', 'std(x)', 'logsumexp(x)', 'max(maximum(x, 0))', 'max(minimum(x, 0))', 'max(maximum(0, x))', 'sum(clip(x, -1, 1))',
  'max(flip(x))', 'min(x * 2)', 'max(where(x > 0, x, x))',
])('%s', async (text) => {
  for (const dtype of ['float32', 'float64'] as const) {
    const [result] = await run(`let result = ${text}`, { x: { dtype, values: VALUES } })
    expect(result!.rows, dtype).toEqual(VALUES.map(() => NaN))
  }
})

test.each([['max(x)', [3, 7]], ['min(x)', [-2, 7]]])('without NaN, infinities are numbers: %s', async (text, expected) => {
  const [result] = await run(`let result = ${text}`, { x: { dtype: 'float32', values: [[1, 3, -2], [7, 7, 7]] } })
  expect(result!.rows).toEqual(expected)
  const [infinite] = await run(`let result = ${text}`, { x: { dtype: 'float32', values: [[-Infinity, Infinity]] } })
  expect(infinite!.rows).toEqual([text === 'max(x)' ? Infinity : -Infinity])
})

test('along one axis', async () => {
  const [result] = await run('let result = max(x, axis=1)', { x: { dtype: 'float32', values: [[[1, NaN], [2, 3]]] } })
  expect(result!.rows).toEqual([[NaN, 3]])
})
