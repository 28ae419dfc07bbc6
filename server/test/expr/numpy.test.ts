/** Every operator and function against NumPy: on its own, and with its arguments along a mapped axis. See numpy-reference.py. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { functionDocs } from '../../src/expr/functions/index.ts'
import type { ExprDType } from '../../src/expr/types.ts'
import { flat, nest, run, type Nested, type Result, type TestColumn } from './run.ts'

type Written = number | 'NaN' | 'inf' | '-inf'
interface Reference {
  readonly columns: Readonly<Record<string, { dtype: ExprDType; shape: readonly number[]; values: readonly Written[] }>>
  readonly cases: readonly { text: string; dtype: ExprDType; shape: readonly number[]; values: readonly (readonly Written[])[]; tolerance?: number }[]
}

const reference = JSON.parse(readFileSync(new URL('numpy-reference.json', import.meta.url), 'utf8')) as Reference
const number = (v: Written): number => (v === 'inf' ? Infinity : v === '-inf' ? -Infinity : Number(v))

/** Axes [datum, member, ...]. */
const both = new Map(Object.entries(reference.columns).map(([name, { dtype, shape, values }]): [string, TestColumn] => [name, { dtype, values: nest(values.map(number), shape) as readonly Nested[] }]))
const first = Object.fromEntries([...both].map(([name, column]) => [name, { ...column, values: column.values.map((datum) => (datum as readonly Nested[])[0]!) }]))

function agree(result: Result, one: Reference['cases'][number], expected: readonly (readonly Written[])[], shape: readonly number[]): void {
  expect([result.dtype, result.shape]).toEqual([one.dtype, shape])
  const [relative, absolute] = one.tolerance ? [one.tolerance, one.tolerance] : one.dtype === 'float32' ? [4e-6, 1e-6] : [1e-12, 1e-15]
  result.rows.forEach((row, datum) => {
    const found = flat(row).map(Number)
    const wanted = expected[datum]!.map(number)
    const close = found.length === wanted.length && found.every((v, i) => Object.is(v, wanted[i]) || v === wanted[i] || Math.abs(v - wanted[i]!) <= absolute + relative * Math.abs(wanted[i]!))
    if (!close) expect(found).toEqual(wanted)
  })
}

test.each(reference.cases)('$text', async (one) => {
  const [alone] = await run(`let result = ${one.text}`, first)
  agree(alone!, one, one.values.filter((_, i) => i % 2 === 0), one.shape)
  const mapped = one.text.replace(/\b(\w)\b(?!\s*=[^=])/g, (word) => (both.has(word) ? `${word}[member]` : word))
  const [together] = await run(`let result = [${mapped} for member in range(2)]`, Object.fromEntries(both))
  agree(together!, one, [0, 2, 4].map((i) => [...one.values[i]!, ...one.values[i + 1]!]), [2, ...one.shape])
})

test('every function is compared', () => {
  const texts = reference.cases.map((one) => one.text).join('\n')
  const missing = functionDocs.map((doc) => doc.name).filter((name) => !new RegExp(`\\b${name}\\(`).test(texts))
  // These two read files; see compile.test.ts.
  expect(missing).toEqual(['load', 'weight'])
})
