/** Values of a compiled graph are counted with the rows they have, not with those of the node that has the most branches. */
import { expect, test } from 'vitest'
import { attr, Dag } from '../../src/onnx/dag.ts'
import { BATCH } from '../../src/onnx/types.ts'
import type { Compiled } from '../../src/scrub/compile.ts'
import { samplesPerCall } from '../../src/scrub/executable.ts'
import { flopsPerDatum } from '../../src/scrub/flops.ts'
import { branchesOf, rowNames, rowsOf } from '../../src/scrub/row-names.ts'
import type { Tree } from '../../src/scrub/tree.ts'

/** A read of `wide` floats with `branches` rows for each sample; one of `long` floats with one; the metric reads both. */
function graph(branches: number, wide: number, long: number) {
  const dag = new Dag()
  const read = (name: string, width: number) => dag.op('Gather', [dag.input(`cache ${name}`, { dtype: 'float32', shape: ['rows', width] }), dag.input(`index ${name}`, { dtype: 'int32', shape: [BATCH] })], { axis: attr.int(0) })
  const many = dag.op('Tanh', [read('many', wide)])
  const block = dag.op('Gather', [many, dag.input('block', { dtype: 'int32', shape: [BATCH] })], { axis: attr.int(0) })
  const one = dag.op('Tanh', [read('one', long)])
  const axes = dag.constant({ dtype: 'int64', dims: [1], data: BigInt64Array.of(1n) })
  const sum = (value: typeof many) => dag.op('ReduceSum', [value, axes], { keepdims: attr.int(0) })
  const output = dag.op('Add', [sum(block), sum(one)])
  const tree = { byName: new Map([['', { paths: [''] }], ['one', { paths: ['one'], blocks: [] }], ['many', { paths: Array.from({ length: branches }, (_, i) => String(i)), blocks: [{ child: 'one', first: 0, length: 1 }] }]]) } as unknown as Tree
  const piece = (of: string) => [{ stream: { kind: 'own', of }, start: 0, end: 1 }]
  const compiled = { output, reads: ['many', 'one'].map((name) => ({ cacheInput: `cache ${name}`, indexInput: `index ${name}`, pieces: piece(name) })), blocks: [{ input: 'block', parent: 'many', child: 'one' }] } as unknown as Compiled
  return { compiled, tree, many, block, one, output }
}

test('what is read of a block, and what is combined from it, has the rows of the block', () => {
  const { compiled, tree, many, block, one, output } = graph(32, 3, 5)
  const names = rowNames(output, rowsOf(compiled, tree))
  expect([many, block, one, output].map(({ id }) => branchesOf(names.get(id)!))).toEqual([32, 1, 1, 1])
  // 32 rows of 3 read and squashed; a row of 3 taken and summed; a row of 5 read, squashed, summed; one addition.
  expect(flopsPerDatum([output], ({ id }) => branchesOf(names.get(id) ?? ''))).toBe(32 * 6 + 3 + 1 + 10 + 1 + 1)
})

test('many branches of a small value leave room for as many samples as they take themselves', () => {
  const samples = (branches: number, wide: number, long: number): number => {
    const { compiled, tree } = graph(branches, wide, long)
    return samplesPerCall(compiled, tree, {})
  }
  // 128 MB hold about 640 samples of twice 25,600 floats; 32 branches of one float change nothing about that.
  expect(samples(1, 1, 25_600)).toBe(655)
  expect(samples(32, 1, 25_600)).toBe(654)
  // 32 rows of 800 floats are as much as one row of 25,600.
  expect(samples(32, 800, 1)).toBeGreaterThan(640)
  expect(samples(32, 25_600, 1)).toBeLessThan(22)
})
