/** Models exported for one batch size: freed where each row stays what it was, refused elsewhere. */
import { describe, expect, it } from 'vitest'
import { readModel } from '../../src/model/read.ts'
import { type Description, file, floats, ints, type Line } from './build.ts'
import { difference, feedsFor, type Feeds, type Result, run, runGraph, tensor } from './runtime.ts'

const W = { w: floats([6, 6]) }
type Case = readonly [name: string, batch: number, ops: readonly Line[], more?: Partial<Description>]

const FREED: readonly Case[] = [
  ['Reshape to the batch', 1, [['Reshape', ['x', 's'], 'y']], { weights: { s: ints([1, 24]) } }],
  ['Reshape to a batch of 3', 3, [['Reshape', ['x', 's'], 'y']], { weights: { s: ints([3, 2, 2, 6]) } }],
  ['Reshape with -1 elsewhere', 1, [['Reshape', ['x', 's'], 'y']], { weights: { s: ints([1, -1, 3]) } }],
  ['Reshape with 0', 2, [['Reshape', ['x', 's'], 'y']], { weights: { s: ints([0, 0, 2, 3]) } }],
  ['rows merged for a product and taken apart', 2, [['Reshape', ['x', 's'], 'a'], ['MatMul', ['a', 'w'], 'b'], ['Reshape', ['b', 't'], 'y']], { weights: { ...W, s: ints([8, 6]), t: ints([2, 4, 6]) } }],
  ['heads', 1, [['Reshape', ['x', 's'], 'a'], ['Transpose', 'a', 'b', { perm: [0, 2, 1, 3] }], ['Softmax', 'b', 'c'], ['Reshape', ['c', 't'], 'y']], { weights: { s: ints([1, 4, 2, 3]), t: ints([1, 24]) } }],
  ['a class token', 1, [['Concat', ['token', 'x'], 'y', { axis: 1 }]], { weights: { token: floats([1, 1, 6]) } }],
  ['Expand to the batch', 2, [['Unsqueeze', ['x', 'a'], 'u'], ['Expand', ['u', 's'], 'y']], { weights: { a: ints([1]), s: ints([2, 3, 4, 6]) } }],
  ['reduction, norm, slices', 1, [['ReduceMean', ['x', 'one'], 'a'], ['Sub', ['x', 'a'], 'b'], ['LayerNormalization', ['b', 'n'], 'c'], ['Slice', ['c', 'zero', 'two', 'one'], 'y']], { weights: { one: ints([1]), zero: ints([0]), two: ints([2]), n: floats([6]) } }],
  ['a shape computed at run time', 1, [['Shape', 'x', 's'], ['Gather', ['s', 'i'], 'n'], ['Concat', ['n', 'm'], 't', { axis: 0 }], ['Reshape', ['x', 't'], 'y']], { weights: { i: ints([0]), m: ints([24]) } }],
]

const REFUSED: readonly Case[] = [
  ['a mean over the batch', 1, [['ReduceMean', ['x', 'a'], 'y']], { weights: { a: ints([0]) } }],
  ['one row picked', 1, [['Gather', ['x', 'i'], 'y', { axis: 0 }]], { weights: { i: ints(0) } }],
  ['the batch squeezed away', 1, [['Squeeze', ['x', 'a'], 'y']], { weights: { a: ints([0]) } }],
  ['softmax over the batch', 1, [['Softmax', 'x', 'y', { axis: 0 }]]],
  ['a constant with rows of its own', 2, [['Add', ['x', 'c'], 'y']], { weights: { c: floats([2, 4, 6]) } }],
  ['rows reversed', 1, [['Slice', ['x', 's', 'e', 'a', 't'], 'y']], { weights: { s: ints([-1]), e: ints([-100]), a: ints([0]), t: ints([-1]) } }],
  ['rows mixed by a product', 1, [['Transpose', 'x', 'a', { perm: [1, 2, 0] }], ['Transpose', 'x', 'b', { perm: [1, 0, 2] }], ['MatMul', ['a', 'b'], 'y']]],
  ['rows mixed by a reshape', 2, [['Transpose', 'x', 'a', { perm: [1, 0, 2] }], ['Reshape', ['a', 's'], 'y']], { weights: { s: ints([2, 4, 6]) } }],
  ['the batch joined to itself', 1, [['Concat', ['x', 'x'], 'y', { axis: 0 }]]],
  ['an unknown operator', 1, [['Mystery', 'x', 'y', {}, 'my.domain']], { domains: { 'my.domain': 1 } }],
]

function rows(result: Result, from: number, count: number): Result {
  const size = result.data.length / (result.dims[0] as number)
  return { type: result.type, dims: [count, ...result.dims.slice(1)], data: Array.from(result.data).slice(from * size, (from + count) * size) }
}

function describeModel([name, batch, ops, more]: Case): string {
  return file({ inputs: { x: ['float32', [batch, 4, 6]] }, ops, outputs: ['y'], ...more }, `${name.replaceAll(' ', '-')}.onnx`)
}

describe('a fixed batch', () => {
  for (const given of FREED) {
    const [name, batch] = given
    it(`is freed: ${name}`, async () => {
      const path = describeModel(given)
      const graph = await readModel(path)
      expect(graph.tensors.get('y')!.type.shape?.[0]).toBe('N')
      const feeds = feedsFor(graph, { N: 2 * batch })
      const all = (await runGraph(graph, feeds)).y!
      for (const half of [0, 1]) {
        const x = feeds.x!.data as Float32Array
        const part: Feeds = { x: tensor('float32', [...x.subarray(half * batch * 24, (half + 1) * batch * 24)], [batch, 4, 6]) }
        expect(difference((await run(path, part)).y!, rows(all, half * batch, batch))).toBeLessThan(1e-6)
      }
    })
  }

  for (const given of REFUSED) {
    it(`is refused: ${given[0]}`, async () => {
      await expect(readModel(describeModel(given))).rejects.toMatchObject({ code: 'fixed-batch', message: expect.stringContaining("dynamic_axes={'x': {0: 'batch'}}") })
    })
  }

  it('is freed in one input beside others that are free', async () => {
    const graph = await readModel(file({
      inputs: { x: ['float32', ['batch', 4]], mask: ['float32', [1, 4]] }, ops: [['Mul', ['x', 'mask'], 'y']], outputs: ['y'],
    }))
    expect(['mask', 'y'].map((name) => graph.tensors.get(name)!.type.shape)).toEqual([['N', 4], ['N', 4]])
  })

  it('says which operator is in the way', async () => {
    await expect(readModel(describeModel(REFUSED[0]!))).rejects.toThrow(
      'a-mean-over-the-batch.onnx was exported for a batch of 1, and ReduceMean `y` cannot be shown to treat each row alike (its inputs are [N, 4, 6] and [1]). '
      + "Export it with torch.onnx.export(…, dynamic_axes={'x': {0: 'batch'}}) (with dynamo=True: dynamic_shapes instead).",
    )
  })
})
