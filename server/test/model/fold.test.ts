/** Shape arithmetic becomes constants, with the same values for any batch, and is no way through the graph. */
import { describe, expect, it } from 'vitest'
import { numbersOf } from '../../src/onnx/infer/context.ts'
import { constant } from '../../src/onnx/infer/index.ts'
import { readModel } from '../../src/model/read.ts'
import type { Dim } from '../../src/onnx/types.ts'
import { type Description, file, floats, ints, type Line } from './build.ts'
import { difference, feedsFor, run, runGraph } from './runtime.ts'

const W = { i0: ints(0), i1: ints(1), one: ints([1]), two: ints([2]), three: ints([3]), open: ints([-1]), zero: ints([0]), axis: ints([0]), c: floats([1, 1, 6]) }
/** The batch and the second length of x, as exporters compute them. */
const MEASURED: readonly Line[] = [
  ['Shape', 'x', 's'], ['Gather', ['s', 'i0'], 'n0'], ['Unsqueeze', ['n0', 'axis'], 'n'], ['Gather', ['s', 'i1'], 'l0'], ['Unsqueeze', ['l0', 'axis'], 'l'],
]
type Case = readonly [name: string, ops: readonly Line[], expected: readonly number[] | undefined, length?: Dim]

const CASES: readonly Case[] = [
  ['heads', [['Concat', ['n', 'l', 'two', 'three'], 't', { axis: 0 }], ['Reshape', ['x', 't'], 'y']], [-1, 4, 2, 3]],
  ['heads of any length', [['Concat', ['n', 'l', 'two', 'three'], 't', { axis: 0 }], ['Reshape', ['x', 't'], 'y']], [0, 0, 2, 3], 'S'],
  ['rows merged', [['Mul', ['n', 'l'], 'm'], ['Concat', ['m', 'two', 'three'], 't', { axis: 0 }], ['Reshape', ['x', 't'], 'y']], [-1, 2, 3]],
  ['-1 beside the batch', [['Concat', ['n', 'open'], 't', { axis: 0 }], ['Reshape', ['x', 't'], 'y']], [-1, 24]],
  ['two lengths that are not the input\'s', [['Mul', ['l', 'two'], 'k'], ['Concat', ['n', 'k', 'three'], 't', { axis: 0 }], ['Transpose', 'x', 'u', { perm: [1, 0, 2] }], ['Reshape', ['u', 't'], 'y']], undefined, 'S'],
  ['Expand where the batch is', [['Unsqueeze', ['x', 'one'], 'u'], ['Concat', ['n', 'two', 'l', 'open'], 'v', { axis: 0 }], ['Abs', 'v', 't'], ['Expand', ['u', 't'], 'y']], undefined],
  ['Expand to the batch', [['Concat', ['n', 'one', 'one'], 't', { axis: 0 }], ['Expand', ['c', 't'], 'y']], undefined],
  ['a known length', [['Slice', ['x', 'zero', 'l', 'one'], 'y']], [4]],
]

const model = (ops: readonly Line[], length: Dim): Description => ({ opset: 17, inputs: { x: ['float32', ['batch', length, 6]] }, weights: W, ops: [...MEASURED, ...ops], outputs: ['y'] })

describe('shapes', () => {
  for (const [name, ops, expected, length = 4] of CASES) {
    it(name, async () => {
      const path = file(model(ops, length))
      const graph = await readModel(path)
      const last = graph.ops.at(-1)!
      const target = graph.initializers.get(last.inputs[last.opType === 'Slice' ? 2 : 1]!)
      if (expected === undefined) expect(target).toBeUndefined()
      else {
        expect(target?.source.kind).toBe('inline')
        if (target?.source.kind === 'inline') expect(numbersOf(constant(target.source.tensor))).toEqual(expected)
      }
      const feeds = feedsFor(graph, { N: 3, S: 4 })
      expect(difference((await runGraph(graph, feeds)).y!, (await run(path, feeds)).y!)).toBe(0)
    })
  }

  it('what is only measured has no consumers', async () => {
    const graph = await readModel(file(model([['Concat', ['n', 'two', 'open'], 't', { axis: 0 }], ['Abs', 'x', 'z'], ['Reshape', ['z', 't'], 'y']], 4)))
    expect(graph.tensors.get('t')!.consumers).toEqual([])
    expect(graph.tensors.get('z')!.consumers).toEqual([graph.tensors.get('y')!.producer])
  })
})
