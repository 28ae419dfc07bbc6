/** Losses at the ends of their range, against closed forms. */
import { expect, test } from 'vitest'
import { rows } from './run.ts'

const logits = [-800, -40, -1, 0, 1e-9, 1, 40, 745, Infinity, -Infinity]

/** Equal up to the rounding of exp and log in ONNX Runtime. */
function expectRelative(found: number | undefined, expected: number, tolerance = 1e-14): void {
  const close = found === expected || Math.abs(found! - expected) <= tolerance * Math.abs(expected)
  if (!close) expect(found).toBe(expected)
}

/** -log(sigmoid(z)). */
const softplus = (z: number): number => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)))

test('binary_cross_entropy keeps tiny losses and infinite logits', async () => {
  const columns = { z: { dtype: 'float64', values: logits }, label: { dtype: 'bool', values: logits.map(() => true) } } as const
  const right = (await rows('binary_cross_entropy(z, label)', columns)) as number[]
  const wrong = (await rows('binary_cross_entropy(z, not label)', columns)) as number[]
  logits.forEach((z, i) => {
    expectRelative(right[i], softplus(-z))
    expectRelative(wrong[i], softplus(z))
  })
  expect(right[6]).toBe(4.248354255291589e-18)
})

test('the logits of a float32 model are widened first', async () => {
  const columns = { z: { dtype: 'float32', values: [20, 30] } } as const
  const [a, b] = (await rows('binary_cross_entropy(z, 1)', columns)) as number[]
  expectRelative(a, softplus(-20))
  expectRelative(b, softplus(-30))
})

test('cross_entropy keeps tiny losses, and is NaN for what is no class', async () => {
  const columns = { z: { dtype: 'float64', values: [[0, -40, -50], [0, -40, -50], [-Infinity, 3, 3], [1, 2, 3], [1, 2, 3]] }, k: { dtype: 'int64', values: [0, 1, 1, 3, -1] } } as const
  const [tiny, large, half, ...none] = (await rows('cross_entropy(z, k)', columns)) as number[]
  expectRelative(tiny, Math.exp(-40) + Math.exp(-50))
  expectRelative(large, 40 + Math.exp(-40))
  expectRelative(half, Math.LN2)
  expect(none).toEqual([NaN, NaN])
})

test('kl_div is positive and exact for nearly equal distributions', async () => {
  const values = [[0, 1e-6], [0, 1e-3], [0, 0], [0, -Infinity], [0, 1]]
  const columns = { z: { dtype: 'float64', values } } as const
  const [a, b, same, masked, plain] = (await rows('kl_div(z, [0.0, 0.0])', columns)) as number[]
  // KL(1/2 || sigmoid(d)) = log cosh(d / 2).
  expectRelative(a, 1.25e-13, 1e-9)
  expectRelative(b, Math.log(Math.cosh(5e-4)), 1e-9)
  expect(same).toBe(0)
  expect(masked).toBe(Infinity)
  expectRelative(plain, Math.log(Math.cosh(0.5)))
  expect(await rows('kl_div([0.0, 0.0], z)', { z: { dtype: 'float64', values: [[0, -Infinity]] } })).toEqual([expect.closeTo(Math.LN2, 14)])
  expect(await rows('kl_div(z, z)', { z: { dtype: 'float64', values: [[0, -Infinity, 2]] } })).toEqual([0])
})
