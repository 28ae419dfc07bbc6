/** Each operator of an older opset gives the same numbers in its canonical form. */
import { describe, expect, it } from 'vitest'
import { readModel } from '../../src/model/read.ts'
import { type Description, f, file, floats, ints, type Line } from './build.ts'
import { contradictions, difference, feedsFor, run, runGraph } from './runtime.ts'

const image = { x: ['float32', ['B', 4, 6, 6]] } as const
const matrix = { x: ['float32', ['B', 4, 6]] } as const
const MAX = { type: 'ints', value: [9223372036854775807n] } as const

type Case = readonly [opset: number, name: string, ops: readonly Line[], more?: Partial<Description>]

/** opset, what is upgraded, the operators, and inputs and weights other than x: [B, 4, 6]. */
const CASES: readonly Case[] = [
  [11, 'Squeeze', [['Unsqueeze', 'x', 'a', { axes: [1, 4] }], ['Squeeze', 'a', 'y', { axes: [4] }]]],
  [11, 'Squeeze without axes', [['ReduceSum', 'x', 'a', { axes: [1] }], ['ReduceSum', 'a', 'b', { axes: [2] }], ['Squeeze', 'b', 'y']]],
  [11, 'Unsqueeze, axes from the end', [['Unsqueeze', 'x', 'y', { axes: [-1] }]]],
  ...['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare'].flatMap((name) => [
    [11, `Reduce${name}`, [['Abs', 'x', 'a'], [`Reduce${name}`, 'a', 'y', { axes: [2], keepdims: 0 }]]],
    [17, `Reduce${name} without axes`, [[`Reduce${name}`, 'x', 'a'], ['Mul', ['a', 'x'], 'y']]],
  ] as const),
  [13, 'ReduceSum of 13', [['ReduceSum', ['x', 'axes'], 'y']], { weights: { axes: ints([1]) } }],
  [17, 'ReduceMean of 17', [['ReduceMean', 'x', 'y', { axes: [-1] }]]],
  [11, 'Split with sizes', [['Split', 'x', ['a', 'b'], { axis: 1, split: [1, 3] }], ['MatMul', ['b', 'w'], 'y']], { weights: { w: floats([6, 2]) } }],
  [11, 'Split without sizes', [['Split', 'x', ['a', 'b'], { axis: 1 }], ['Add', ['a', 'b'], 'y']]],
  [17, 'Split of 17', [['Split', 'x', ['a', 'b', 'c'], { axis: 2 }], ['Sum', ['a', 'b', 'c'], 'y']]],
  ...['Softmax', 'LogSoftmax', 'Hardmax'].flatMap((name) => [
    [11, `${name} over the default axis`, [[name, 'x', 'y']]],
    [12, `${name} over the last axis`, [[name, 'x', 'y', { axis: 2 }]]],
    [11, `${name} from the end`, [[name, 'x', 'y', { axis: -2 }]]],
    [13, `${name} of 13`, [[name, 'x', 'y', { axis: 1 }]]],
  ] as const),
  [9, 'Slice', [['Slice', 'x', 'y', { starts: [1, 2], ends: [3, 6], axes: [1, 2] }]]],
  [9, 'Slice to the end', [['Slice', 'x', 'y', { starts: [-2], ends: MAX, axes: [2] }]]],
  [9, 'Slice without axes', [['Slice', 'x', 'y', { starts: [0, 1], ends: [100, 3] }]]],
  [10, 'Slice of 10', [['Slice', ['x', 's', 'e'], 'y']], { weights: { s: ints([0, 1]), e: ints([9, 3]) } }],
  [6 + 1, 'Clip', [['Clip', 'x', 'y', { min: f(-0.5), max: f(0.25) }]]],
  [10, 'Clip below only', [['Clip', 'x', 'y', { min: f(0) }]]],
  [10, 'Clip above only', [['Clip', 'x', 'y', { max: f(0.1) }]]],
  [10, 'Pad', [['Pad', 'x', 'y', { pads: [0, 1, 0, 0, 2, 3], value: f(1.5) }]]],
  [10, 'Pad of doubles', [['Cast', 'x', 'a', { to: 11 }], ['Pad', 'a', 'b', { pads: [0, 1, 0, 0, 0, 0], value: f(0.5) }], ['Cast', 'b', 'y', { to: 1 }]]],
  [10, 'Pad by reflection', [['Pad', 'x', 'y', { mode: 'reflect', pads: [0, 1, 0, 0, 2, 3] }]]],
  [11, 'Pad of 11', [['Pad', ['x', 'p'], 'y']], { weights: { p: ints([0, 1, 1, 0, 0, 0]) } }],
  [9, 'TopK', [['TopK', 'x', ['y', 'i'], { k: 3, axis: 2 }]]],
  [10, 'TopK of 10', [['TopK', ['x', 'k'], ['y', 'i']]], { weights: { k: ints([2]) } }],
  [9, 'Dropout', [['Dropout', 'x', 'y', { ratio: f(0.5) }]]],
  [10, 'Dropout with an unused mask', [['Dropout', 'x', ['y', 'mask'], { ratio: f(0.5) }]]],
  [7, 'Dropout with an unused mask', [['Dropout', 'x', ['y', 'mask'], { ratio: f(0.5) }]]],
  [13, 'Dropout of 13', [['Dropout', ['x', 'ratio'], 'y']], { weights: { ratio: floats([], [0.5]) } }],
  ...[7, 9, 13].map((opset) => [opset, 'BatchNormalization', [['BatchNormalization', ['x', 's', 'b', 'm', 'v'], 'y']], {
    inputs: image, weights: { s: floats([4]), b: floats([4]), m: floats([4]), v: floats([4], [1, 2, 3, 0.5]) },
  }] as const),
  [7, 'Upsample by attribute', [['Upsample', 'x', 'y', { scales: f([1, 1, 2, 3]), mode: 'nearest' }]], { inputs: image }],
  [9, 'Upsample, linear', [['Upsample', ['x', 's'], 'y', { mode: 'linear' }]], { inputs: image, weights: { s: floats([4], [1, 1, 2, 2]) } }],
  [10, 'Resize, larger', [['Resize', ['x', 's'], 'y']], { inputs: image, weights: { s: floats([4], [1, 1, 1.5, 2]) } }],
  [10, 'Resize, smaller', [['Resize', ['x', 's'], 'y']], { inputs: image, weights: { s: floats([4], [1, 1, 0.6, 0.5]) } }],
  [11, 'Resize by scales', [['Resize', ['x', 'roi', 's'], 'y', { mode: 'cubic', coordinate_transformation_mode: 'pytorch_half_pixel' }]], {
    inputs: image, weights: { roi: floats([0]), s: floats([4], [1, 1, 2, 2]) },
  }],
  [11, 'Resize by sizes', [['Shape', 'x', 'n'], ['Slice', ['n', 'zero', 'two'], 'head'], ['Concat', ['head', 'tail'], 'sizes', { axis: 0 }], ['Resize', ['x', 'roi', 's', 'sizes'], 'y', { mode: 'linear' }]], {
    inputs: image, weights: { roi: floats([0]), s: floats([0]), zero: ints([0]), two: ints([2]), tail: ints([9, 3]) },
  }],
  [9, 'Scatter', [['Scatter', ['x', 'i', 'u'], 'y', { axis: 2 }]], {
    inputs: { x: ['float32', ['B', 4, 6]], i: ['int64', ['B', 4, 2]], u: ['float32', ['B', 4, 2]] },
  }],
  [10, 'RoiAlign', [['RoiAlign', ['x', 'roi', 'which'], 'r', { output_height: 2, output_width: 2 }], ['ReduceSum', 'r', 'a', { keepdims: 0 }], ['Add', ['x', 'a'], 'y']], {
    inputs: image, weights: { roi: floats([1, 4], [0.5, 1, 4, 5]), which: ints([0]) },
  }],
  [9, 'Gemm', [['Flatten', 'x', 'a'], ['Gemm', ['a', 'w', 'b'], 'y', { transB: 1 }]], { weights: { w: floats([5, 24]), b: floats([5]) } }],
  [9, 'PRelu and Where', [['PRelu', ['x', 's'], 'a'], ['Greater', ['a', 'x'], 'c'], ['Where', ['c', 'a', 'x'], 'y']], { weights: { s: floats([4, 1]) } }],
]

describe('opset 7 to 17 -> 18', () => {
  for (const [opset, name, ops, more] of CASES) {
    it(`${name} (opset ${opset})`, async () => {
      const path = file({ opset, inputs: matrix, ops, outputs: ['y'], ...more })
      const graph = await readModel(path)
      const feeds = feedsFor(graph, { N: 3 })
      const [before, after] = [await run(path, feeds), await runGraph(graph, feeds)]
      expect(difference(before.y!, after.y!)).toBe(0)
      expect(graph).toMatchObject({ opset: 18, fileOpset: opset })
      expect(await contradictions(graph, { N: 3 })).toEqual([])
    })
  }

  it('Squeeze without axes keeps a batch of one', async () => {
    const graph = await readModel(file({ inputs: { x: ['float32', ['B', 1, 4]] }, ops: [['Squeeze', 'x', 'y']], outputs: ['y'] }))
    expect((await runGraph(graph, feedsFor(graph, { N: 1 }))).y?.dims).toEqual([1, 4])
  })

  it('says what to do about operators without an equivalent', async () => {
    const path = file({
      opset: 9, inputs: image, outputs: ['y'], weights: { s: floats([4]), b: floats([4]), m: floats([4]), v: floats([4]) },
      ops: [['BatchNormalization', ['x', 's', 'b', 'm', 'v'], ['y', 'mean', 'var', 'sm', 'sv']]],
    }, 'training.onnx')
    await expect(readModel(path)).rejects.toThrow(
      'training.onnx (opset 9) uses BatchNormalization `y` in training mode: call model.eval() before the export.',
    )
  })
})
