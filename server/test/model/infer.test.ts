/** Inferred types against what ONNX Runtime computes, one operator or exporter's pattern at a time. */
import { describe, expect, it } from 'vitest'
import { readModel } from '../../src/model/read.ts'
import { type Description, f, file, floats, ints, type Line } from './build.ts'
import { contradictions } from './runtime.ts'

const MS = { domains: { 'com.microsoft': 1 } }
const scalar = (value: number) => floats([], [value])

type Case = readonly [name: string, ops: readonly Line[], more?: Partial<Description>]

/** name, operators from x: [batch, 4, 6] and image: [batch, 4, 6, 5], further parts of the model. */
const CASES: readonly Case[] = [
  ...'Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Cos Cosh Elu Erf Exp Floor HardSigmoid HardSwish IsInf IsNaN LeakyRelu Log Mish Neg Reciprocal Relu Round Selu Shrink Sigmoid Sign Sin Sinh Softmax LogSoftmax Hardmax Softplus Softsign Sqrt Tan Tanh ThresholdedRelu Identity LpNormalization Trilu'
    .split(' ').map((name): Case => [name, [[name, 'x', 'y']]]),
  ...'Add Sub Mul Div Pow Max Min Mean Sum PRelu Mod'.split(' ').map((name): Case => [name, [[name, ['x', 'w'], 'y', name === 'Mod' ? { fmod: 1 } : undefined]], { weights: { w: floats([4, 1]) } }]),
  ...'Equal Greater GreaterOrEqual Less LessOrEqual'.split(' ').map((name): Case => [name, [[name, ['x', 'w'], 'y']], { weights: { w: floats([6]) } }]),
  ...'And Or Xor'.split(' ').map((name): Case => [name, [['Greater', ['x', 'zero'], 'a'], ['Not', 'a', 'b'], [name, ['a', 'b'], 'y']], { weights: { zero: scalar(0) } }]),
  ...'BitwiseAnd BitwiseOr BitwiseXor'.split(' ').map((name): Case => [name, [['Cast', 'x', 'i', { to: 7 }], ['BitwiseNot', 'i', 'j'], [name, ['i', 'j'], 'y']]]),
  ['Where', [['Greater', ['x', 'zero'], 'c'], ['Where', ['c', 'x', 'zero'], 'y']], { weights: { zero: scalar(0) } }],
  ['Clip', [['Clip', ['x', 'low', 'high'], 'y']], { weights: { low: scalar(-1), high: scalar(1) } }],
  ['Cast to double and CastLike', [['Cast', 'x', 'd', { to: 11 }], ['CastLike', ['d', 'x'], 'y']]],
  ['CumSum', [['CumSum', ['x', 'axis'], 'y']], { weights: { axis: ints(1) } }],
  ['MatMul, matrix', [['MatMul', ['x', 'w'], 'y']], { weights: { w: floats([6, 3]) } }],
  ['MatMul, vector', [['MatMul', ['x', 'w'], 'y']], { weights: { w: floats([6]) } }],
  ['MatMul, batches', [['Transpose', 'x', 't', { perm: [0, 2, 1] }], ['MatMul', ['x', 't'], 'y']]],
  ['MatMul, vector on the left', [['MatMul', ['w', 'x'], 'y']], { weights: { w: floats([4]) } }],
  ['Gemm', [['Flatten', 'x', 'a'], ['Gemm', ['a', 'w', 'c'], 'y', { transB: 1 }]], { weights: { w: floats([5, 24]), c: floats([5]) } }],
  ['Einsum', [['Einsum', ['x', 'w'], 'y', { equation: 'bij,jk->bik' }]], { weights: { w: floats([6, 3]) } }],
  ['Einsum with dots', [['Einsum', ['x', 'w'], 'y', { equation: '...j, jk -> ...k' }]], { weights: { w: floats([6, 3]) } }],
  ['Einsum without an arrow', [['Einsum', ['x', 'w'], 'y', { equation: 'bij,jk' }]], { weights: { w: floats([6, 3]) } }],
  ['Flatten', [['Flatten', 'image', 'y', { axis: 2 }]]],
  ['Reshape with 0 and -1', [['Reshape', ['image', 's'], 'y']], { weights: { s: ints([0, -1, 5]) } }],
  ['Reshape, batch merged', [['Reshape', ['image', 's'], 'y']], { weights: { s: ints([-1, 30]) } }],
  ['Reshape by Shape', [['Shape', 'x', 's', { start: 0, end: 1 }], ['Concat', ['s', 'm'], 't', { axis: 0 }], ['Reshape', ['x', 't'], 'y']], { weights: { m: ints([24]) } }],
  ['Transpose without perm', [['Transpose', 'x', 'y']]],
  ['Unsqueeze and Squeeze', [['Unsqueeze', ['x', 'a'], 'u'], ['Squeeze', ['u', 'b'], 'y']], { weights: { a: ints([0, -1]), b: ints([-1]) } }],
  ['Concat', [['Concat', ['x', 'x', 'x'], 'y', { axis: -1 }]]],
  ['Concat on the batch', [['Concat', ['x', 'x'], 'y', { axis: 0 }]]],
  ['Split by sizes', [['Split', ['x', 's'], ['y', 'z'], { axis: 2 }]], { weights: { s: ints([2, 4]) } }],
  ['Split unevenly', [['Split', ['x'], ['y', 'z'], { axis: 2, num_outputs: 2 }]]],
  ['Split to ragged parts', [['Split', ['image'], ['y', 'z', 'v'], { axis: 3, num_outputs: 3 }]]],
  ['Slice', [['Slice', ['x', 's', 'e', 'a', 't'], 'y']], { weights: { s: ints([-1, 1]), e: ints([-100, 4]), a: ints([2, 1]), t: ints([-2, 1]) } }],
  ['Slice of a symbolic axis', [['Slice', ['tokens', 's', 'e', 'a'], 'y']], { weights: { s: ints([1]), e: ints([2147483647]), a: ints([1]) }, inputs: { tokens: ['int64', ['batch', 'seq']] } }],
  ['Slice to one before the end', [['Slice', ['tokens', 's', 'e', 'a'], 'y']], { weights: { s: ints([0]), e: ints([-1]), a: ints([1]) }, inputs: { tokens: ['int64', ['batch', 'seq']] } }],
  ['Slice of the last', [['Slice', ['tokens', 's', 'e', 'a'], 'y']], { weights: { s: ints([-1]), e: ints([9223372036854775]), a: ints([1]) }, inputs: { tokens: ['int64', ['batch', 'seq']] } }],
  ['Expand', [['Unsqueeze', ['x', 'a'], 'u'], ['Expand', ['u', 's'], 'y']], { weights: { a: ints([1]), s: ints([3, 1, 1]) } }],
  ['Tile', [['Tile', ['x', 's'], 'y']], { weights: { s: ints([2, 1, 3]) } }],
  ['Pad', [['Pad', ['x', 'p'], 'y']], { weights: { p: ints([0, 1, 2, 0, 0, 3]) } }],
  ['Pad of some axes', [['Pad', ['x', 'p', '', 'a'], 'y']], { weights: { p: ints([1, 2]), a: ints([-1]) } }],
  ['Size', [['Size', 'x', 's'], ['Cast', 's', 'd', { to: 1 }], ['Mul', ['x', 'd'], 'y']]],
  ['DepthToSpace', [['DepthToSpace', 'image', 'y', { blocksize: 2 }]]],
  ['SpaceToDepth', [['SpaceToDepth', 'q', 'y', { blocksize: 2 }]], { inputs: { q: ['float32', ['batch', 2, 4, 6]] } }],
  ['Gather', [['Gather', ['x', 'i'], 'y', { axis: 2 }]], { weights: { i: ints([1, -1], [1, 2]) } }],
  ['Gather a scalar', [['Gather', ['x', 'i'], 'y', { axis: 1 }]], { weights: { i: ints(2) } }],
  ['GatherElements', [['GatherElements', ['x', 'i'], 'y', { axis: 1 }]], { inputs: { x: ['float32', ['batch', 5, 6]], i: ['int64', ['batch', 2, 6]] } }],
  ['GatherND', [['GatherND', ['x', 'i'], 'y', { batch_dims: 1 }]], { inputs: { x: ['float32', ['batch', 5, 6]], i: ['int64', ['batch', 2]] } }],
  ['ScatterND', [['ScatterND', ['w', 'i', 'u'], 'y']], { inputs: { i: ['int64', ['batch', 1]], u: ['float32', ['batch', 6]] }, weights: { w: floats([5, 6]) } }],
  ['OneHot', [['OneHot', ['i', 'd', 'v'], 'y', { axis: 1 }]], { inputs: { i: ['int64', ['batch', 4]] }, weights: { d: ints(5), v: floats([2], [0, 1]) } }],
  ['TopK', [['TopK', ['x', 'k'], ['y', 'i']]], { weights: { k: ints([2]) } }],
  ['ArgMax', [['ArgMax', 'x', 'y', { axis: -1, keepdims: 0 }]]],
  ['ArgMin', [['ArgMin', 'x', 'y', { axis: 1 }]]],
  ['NonZero', [['NonZero', 'x', 'y']]],
  ['Compress', [['Compress', ['x', 'c'], 'y', { axis: 2 }]], { weights: { c: { dtype: 'bool', dims: [3], data: Uint8Array.of(1, 0, 1) } } }],
  ['Unique', [['Unique', 'x', ['y', 'a', 'b', 'c']]]],
  ['EyeLike', [['Flatten', 'x', 'a'], ['EyeLike', 'a', 'y']]],
  ['ReduceMax of computed axes', [['ReduceMax', ['x', 'a'], 'y', { keepdims: 0 }]], { weights: { a: ints([0, 2]) } }],
  ['ReduceSum that does nothing', [['ReduceSum', 'x', 'y', { noop_with_empty_axes: 1 }]]],
  ['Range of a length', [['Shape', 'tokens', 's'], ['Gather', ['s', 'one'], 'n'], ['Range', ['zero', 'n', 'one'], 'y']], { inputs: { tokens: ['int64', ['batch', 'seq']] }, weights: { zero: ints(0), one: ints(1) } }],
  ['Range of floats', [['Range', ['a', 'b', 'c'], 'r'], ['Add', ['x', 'r'], 'y']], { weights: { a: scalar(0), b: scalar(3), c: scalar(0.5) } }],
  ['a mask as exporters make it', [
    ['Shape', 'tokens', 's'], ['Gather', ['s', 'one'], 'n'], ['Unsqueeze', ['n', 'zeros'], 'n1'], ['Concat', ['n1', 'n1'], 'nn', { axis: 0 }],
    ['ConstantOfShape', 'nn', 'ones', { value: { type: 'tensor', value: floats([1], [1]) } }], ['Trilu', 'ones', 'lower', { upper: 0 }],
    ['Equal', ['lower', 'nil'], 'c'], ['Unsqueeze', ['c', 'axes'], 'm'], ['Concat', ['b1', 'h', 'n1', 'n1'], 't', { axis: 0 }],
    ['Slice', ['s', 'zeros', 'ones1'], 'b1'], ['Expand', ['m', 't'], 'y'],
  ], { inputs: { tokens: ['int64', ['batch', 'seq']] }, weights: { one: ints(1), zeros: ints([0]), ones1: ints([1]), nil: scalar(0), axes: ints([0, 1]), h: ints([2]) } }],
  ['Expand with -1, as PyTorch does it', [
    ['Shape', 'x', 's'], ['ConstantOfShape', 'three', 'one', { value: { type: 'tensor', value: ints([1]) } }], ['Mul', ['one', 'minus'], 'm'],
    ['Equal', ['want', 'm'], 'c'], ['Where', ['c', 'one', 'want'], 'to'], ['Expand', ['cls', 'to'], 'y'],
    ['Slice', ['s', 'zero', 'first'], 'rows'], ['Concat', ['rows', 'rest'], 'want', { axis: 0 }],
  ], { weights: { three: ints([3]), minus: ints(-1), zero: ints([0]), first: ints([1]), rest: ints([-1, -1]), cls: floats([1, 1, 8]) } }],
  ['Conv', [['Conv', ['image', 'w'], 'y', { strides: [2, 1], pads: [1, 0, 1, 2], dilations: [1, 2] }]], { weights: { w: floats([3, 4, 3, 2]) } }],
  ['Conv, grouped, same', [['Conv', ['image', 'w'], 'y', { group: 2, auto_pad: 'SAME_UPPER', strides: [2, 2] }]], { weights: { w: floats([6, 2, 3, 3]) } }],
  ['Conv over a symbolic axis', [['Conv', ['s', 'w'], 'a', { strides: [2], pads: [1, 1] }], ['Conv', ['s', 'w'], 'b', { strides: [2], pads: [1, 1] }], ['Add', ['a', 'b'], 'y']], { inputs: { s: ['float32', ['batch', 4, 'seq']] }, weights: { w: floats([4, 4, 3]) } }],
  ['ConvTranspose', [['ConvTranspose', ['image', 'w'], 'y', { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 0], group: 2 }]], { weights: { w: floats([4, 3, 3, 3]) } }],
  ['MaxPool', [['MaxPool', 'image', ['y', 'i'], { kernel_shape: [2, 2], strides: [2, 2] }]]],
  ['MaxPool, rounded up', [['MaxPool', 'image', 'y', { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }]]],
  ['AveragePool', [['AveragePool', 'image', 'y', { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }]]],
  ['LpPool', [['LpPool', 'image', 'y', { kernel_shape: [3, 3] }]]],
  ...'GlobalAveragePool GlobalMaxPool GlobalLpPool'.split(' ').map((name): Case => [name, [[name, 'image', 'y']]]),
  ['LRN', [['LRN', 'image', 'y', { size: 3 }]]],
  ['Resize by scales', [['Resize', ['image', '', 's'], 'y']], { weights: { s: floats([4], [1, 1, 2, 1.5]) } }],
  ['Resize by sizes of axes', [['Resize', ['image', '', '', 's'], 'y', { axes: [2, 3] }]], { weights: { s: ints([7, 9]) } }],
  ['GridSample', [['GridSample', ['image', 'g'], 'y']], { inputs: { image: ['float32', ['batch', 4, 6, 5]], g: ['float32', ['batch', 2, 3, 2]] } }],
  ['Col2Im', [['Col2Im', ['c', 'size', 'block'], 'y']], { inputs: { c: ['float32', ['batch', 5, 5]] }, weights: { size: ints([5, 5]), block: ints([1, 5]) } }],
  ['BatchNormalization', [['BatchNormalization', ['image', 's', 's', 's', 'v'], 'y']], { weights: { s: floats([4]), v: floats([4], [1, 1, 1, 1]) } }],
  ['InstanceNormalization', [['InstanceNormalization', ['image', 's', 's'], 'y']], { weights: { s: floats([4]) } }],
  ['GroupNormalization', [['GroupNormalization', ['image', 's', 's'], 'y', { num_groups: 2 }]], { opset: 21, weights: { s: floats([4]) } }],
  ['LayerNormalization', [['LayerNormalization', ['x', 's', 's'], ['y', 'm', 'd']]], { weights: { s: floats([6]) } }],
  ['MeanVarianceNormalization', [['MeanVarianceNormalization', 'image', 'y']]],
  ['RMSNormalization', [['RMSNormalization', ['x', 's'], 'y']], { opset: 23, weights: { s: floats([6]) } }],
  ['Attention in four axes', [['Attention', ['q', 'q', 'q'], 'y']], { opset: 23, inputs: { q: ['float32', ['batch', 2, 'seq', 4]] } }],
  ['Attention in three axes', [['Attention', ['q', 'k', 'k'], 'y', { q_num_heads: 4, kv_num_heads: 2 }]], { opset: 23, inputs: { q: ['float32', ['batch', 'seq', 16]], k: ['float32', ['batch', 5, 8]] } }],
  ['Gelu and Swish', [['Gelu', 'x', 'y']], { opset: 20 }],
  ...(['LSTM', 'GRU', 'RNN'] as const).map((name): Case => {
    const gates = { LSTM: 4, GRU: 3, RNN: 1 }[name]
    const weights = { w: floats([2, gates * 5, 6]), r: floats([2, gates * 5, 5]) }
    return [name, [['Transpose', 'x', 't', { perm: [1, 0, 2] }], [name, ['t', 'w', 'r'], name === 'LSTM' ? ['y', 'h', 'c'] : ['y', 'h'], { hidden_size: 5, direction: 'bidirectional' }]], { weights }]
  }),
  ['QuantizeLinear and back', [['QuantizeLinear', ['x', 's', 'z'], 'q'], ['DequantizeLinear', ['q', 's', 'z'], 'y']], { weights: { s: scalar(0.1), z: { dtype: 'int8', dims: [], data: Int8Array.of(0) } } }],
  ['DynamicQuantizeLinear', [['DynamicQuantizeLinear', 'x', ['q', 's', 'z']], ['MatMulInteger', ['q', 'w', 'z'], 'y']], { weights: { w: { dtype: 'int8', dims: [6, 3], data: new Int8Array(18) } } }],
  ['RandomNormalLike', [['RandomNormalLike', 'x', 'r'], ['Add', ['x', 'r'], 'y']]],
  ['Dropout', [['Dropout', 'x', ['y', 'm']]]],
  ['ReverseSequence', [['ReverseSequence', ['x', 'l'], 'y', { batch_axis: 0, time_axis: 1 }]], { inputs: { x: ['float32', ['batch', 4, 6]], l: ['int64', ['batch']] } }],
  ['NegativeLogLikelihoodLoss', [['NegativeLogLikelihoodLoss', ['x', 't'], 'y', { reduction: 'none' }]], { inputs: { x: ['float32', ['batch', 5, 6]], t: ['int64', ['batch', 6]] } }],
  ['Microsoft Gelu', [['Gelu', 'x', 'a', {}, 'com.microsoft'], ['FastGelu', 'a', 'b', {}, 'com.microsoft'], ['QuickGelu', 'b', 'y', {}, 'com.microsoft']], MS],
  ['Microsoft BiasGelu', [['BiasGelu', ['x', 'b'], 'y', {}, 'com.microsoft']], { ...MS, weights: { b: floats([6]) } }],
  ['Microsoft SkipLayerNormalization', [['SkipLayerNormalization', ['x', 'x', 's', 's', 's'], ['y', '', '', 'sum'], {}, 'com.microsoft']], { ...MS, weights: { s: floats([6]) } }],
  ['Microsoft SkipSimplifiedLayerNormalization', [['SkipSimplifiedLayerNormalization', ['x', 'x', 's'], ['y', '', '', 'sum'], {}, 'com.microsoft']], { ...MS, weights: { s: floats([6]) } }],
  ['Microsoft SimplifiedLayerNormalization', [['SimplifiedLayerNormalization', ['x', 's'], 'y', { axis: -1 }]], { weights: { s: floats([6]) } }],
  ['Microsoft Attention', [['Attention', ['h', 'w', 'b'], 'y', { num_heads: 2 }, 'com.microsoft']], { ...MS, inputs: { h: ['float32', ['batch', 'seq', 8]] }, weights: { w: floats([8, 24]), b: floats([24]) } }],
  ['Microsoft MultiHeadAttention', [['MultiHeadAttention', ['h', 'h', 'h'], 'y', { num_heads: 2 }, 'com.microsoft']], { ...MS, inputs: { h: ['float32', ['batch', 'seq', 8]] } }],
  ['Microsoft FusedMatMul', [['FusedMatMul', ['x', 'x'], 'y', { transB: 1, alpha: f(2) }, 'com.microsoft']], MS],
  ['Microsoft EmbedLayerNormalization', [['EmbedLayerNormalization', ['i', '', 'w', 'p', '', 's', 's'], ['y', 'm'], {}, 'com.microsoft']], { ...MS, inputs: { i: ['int32', ['batch', 'seq']] }, weights: { w: floats([9, 8]), p: floats([9, 8]), s: floats([8]) } }],
]

describe('inference agrees with the runtime', () => {
  for (const [name, ops, more] of CASES) {
    it(name, async () => {
      const made = new Set(ops.flatMap(([, , outputs]) => outputs))
      const read = new Set(ops.flatMap(([, inputs]) => inputs))
      const common: Description['inputs'] = { x: ['float32', ['batch', 4, 6]], image: ['float32', ['batch', 4, 6, 5]] }
      const inputs = more?.inputs ?? Object.fromEntries(Object.entries(common).filter(([input]) => read.has(input)))
      const outputs = [...made].filter((output) => output !== '' && !read.has(output))
      const all = Object.keys(inputs).length > 0 ? inputs : { x: common.x! }
      const graph = await readModel(file({ ...more, inputs: all, ops, outputs }))
      expect(await contradictions(graph, { N: 3, seq: 4 })).toEqual([])
    })
  }
})
