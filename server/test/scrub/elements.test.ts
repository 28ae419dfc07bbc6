/** Sizes that budgets are made of. */
import { expect, test } from 'vitest'
import { attr, Dag } from '../../src/onnx/dag.ts'
import { BATCH } from '../../src/onnx/types.ts'
import { elements } from '../../src/scrub/elements.ts'
import { flopsPerDatum } from '../../src/scrub/flops.ts'

test.each([
  [[BATCH, 42, 56], 42 * 56],
  [['42*N', 56], 42 * 56],
  [[BATCH, '?3', 2], 2],
  [[], 1],
  [undefined, 1],
])('%j', (shape, wanted) => expect(elements(shape)).toBe(wanted))

test('a product counts the same whether its rows lie in one axis or two', () => {
  const dag = new Dag()
  const x = dag.input('x', { dtype: 'float32', shape: [BATCH, 42, 6] })
  const w = dag.input('w', { dtype: 'float32', shape: [6, 5] })
  const flat = dag.op('Reshape', [x, dag.ints([-1, 6])])
  const gemm = dag.op('Gemm', [flat, w], { alpha: attr.float(1) })
  const flops = 2 * 42 * 6 * 5
  expect(flopsPerDatum([dag.op('MatMul', [x, w])])).toBe(flops)
  expect(flopsPerDatum([gemm]) - flopsPerDatum([flat])).toBe(flops)
})
