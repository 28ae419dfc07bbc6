/** inferOp alone: symbolic values that flow through shape arithmetic, errors, speed. */
import { describe, expect, it } from 'vitest'
import type { Dim } from '../../src/onnx/types.ts'
import { constant, inferOp, type Known, ShapeError } from '../../src/onnx/infer/index.ts'
import { ints, type Line, op } from './build.ts'

const x = (...shape: Dim[]): Known => ({ type: { dtype: 'float32', shape } })
const values = (...value: Dim[]): Known => ({ type: { dtype: 'int64', shape: [value.length] }, value })
const single = (value: Dim): Known => ({ type: { dtype: 'int64', shape: [] }, value: [value] })
const weights = (...value: number[]) => constant(ints(value))

/** Operator and attributes, inputs, rendered outputs. */
const CASES: readonly (readonly [Line, readonly (Known | undefined)[], string])[] = [
  [['Shape', '', 'y'], [x('N', 'S', 8)], 'int64 [3] = N S 8'],
  [['Shape', '', 'y', { start: -2 }], [x('N', 'S', 8)], 'int64 [2] = S 8'],
  [['Size', '', 'y'], [x('N', 'S', 8)], 'int64 [] = 8*N*S'],
  [['Gather', '', 'y'], [values('N', 'S', 8), constant(ints(1))], 'int64 [] = S'],
  [['Unsqueeze', '', 'y'], [single('S'), weights(0)], 'int64 [1] = S'],
  [['Concat', '', 'y', { axis: 0 }], [values('N'), weights(-1, 4)], 'int64 [3] = N -1 4'],
  [['Slice', '', 'y'], [values('N', 'S', 8), weights(1), weights(9)], 'int64 [2] = S 8'],
  [['Mul', '', 'y'], [values('N', 2), weights(3)], 'int64 [2] = 3*N 6'],
  [['Add', '', 'y'], [single('S'), single('past')], 'int64 [] = S+past'],
  [['Sub', '', 'y'], [single('S+past'), single('past')], 'int64 [] = S'],
  [['Div', '', 'y'], [single('8*S'), single(2)], 'int64 [] = 4*S'],
  [['Mod', '', 'y'], [single('8*S'), single(2)], 'int64 [] = 0'],
  [['Max', '', 'y'], [single('S'), single(1)], 'int64 [] = S'],
  [['Equal', '', 'y'], [values('N', 3, -1), weights(-1)], 'bool [3] = 0 0 1'],
  [['Where', '', 'y'], [{ type: { dtype: 'bool', shape: [2] }, value: [0, 1] }, weights(5, 6), values('N', 'S')], 'int64 [2] = N 6'],
  [['Cast', '', 'y', { to: 6 }], [values('N')], 'int32 [1] = N'],
  [['ConstantOfShape', '', 'y'], [values('N', 4)], 'float32 [N, 4]'],
  [['Expand', '', 'y'], [x(1, 8), values('N', 'S', 1)], 'float32 [N, S, 8]'],
  [['Range', '', 'y'], [constant(ints(0)), single('S'), constant(ints(1))], 'int64 [S]'],
  [['Range', '', 'y'], [constant(ints(1)), constant(ints(9)), constant(ints(3))], 'int64 [3] = 1 4 7'],
  [['ReduceProd', '', 'y', { keepdims: 0 }], [values('N', 'S', 2)], 'int64 [] = 2*N*S'],
  [['Reshape', '', 'y'], [x('N', 'S', 8), weights(0, -1, 2, 4)], 'float32 [N, S, 2, 4]'],
  [['Reshape', '', 'y'], [x('N', 'S', 8), values('N', -1)], 'float32 [N, 8*S]'],
  [['Reshape', '', 'y'], [x('N', 'S', 8), weights(-1, 8)], 'float32 [N*S, 8]'],
  [['Reshape', '', 'y'], [x('N*S', 8), values('N', -1, 8)], 'float32 [N, S, 8]'],
  [['Concat', '', 'y', { axis: 1 }], [x('N', 'past', 4), x('N', 'S', 4)], 'float32 [N, S+past, 4]'],
  [['Slice', '', 'y'], [x(1, 1, 64, 64), values(0, 'S-1'), values('S', 'S'), weights(2, 3)], 'float32 [1, 1, S, 1]'],
  [['Split', '', ['a', 'b'], { axis: -1 }], [x('N', 8), weights(2, 6)], 'float32 [N, 2]; float32 [N, 6]'],
  [['Tile', '', 'y'], [x('N', 4), values(1, 'S')], 'float32 [N, 4*S]'],
  [['MatMul', '', 'y'], [x('N', 2, 'S', 4), x('N', 2, 4, 'S')], 'float32 [N, 2, S, S]'],
  [['Add', '', 'y'], [x('N', 4), x('M', 1)], 'float32 [?, 4]'],
  [['Add', '', 'y'], [x('N', 'S'), x('S')], 'float32 [N, S]'],
  [['Nonsense', '', ['a', 'b']], [x('N')], 'unknown ?; unknown ?'],
  [['GroupQueryAttention', '', ['y', 'k', 'v'], { num_heads: 4, kv_num_heads: 2 }, 'com.microsoft'], [x('N', 'S', 32), x('N', 'S', 16), x('N', 'S', 16)], 'float32 [N, S, 32]; float32 [N, 2, ?, 8]; float32 [N, 2, ?, 8]'],
  [['MatMulNBits', '', 'y', { K: 8, N: 24 }, 'com.microsoft'], [x('N', 'S', 8), undefined], 'float32 [N, S, 24]'],
  [['RotaryEmbedding', '', 'y', {}, 'com.microsoft'], [x('N', 'S', 8)], 'float32 [N, S, 8]'],
]

function rendered({ type, value }: Known): string {
  const shape = type.shape === undefined ? '?' : `[${type.shape.map((dim) => (String(dim).startsWith('?') ? '?' : dim)).join(', ')}]`
  const known = value === undefined ? '' : ` = ${('data' in value ? Array.from(value.data as ArrayLike<unknown>, String) : value).join(' ')}`
  return `${type.dtype} ${shape}${known}`
}

describe('inferOp', () => {
  for (const [line, inputs, expected] of CASES) {
    it(`${line[0]}(${inputs.map((input) => (input === undefined ? '' : rendered(input))).join(', ')})`, () => {
      const { outputs, ...rest } = op(line)
      expect(inferOp(rest, inputs, outputs.length).map(rendered).join('; ')).toBe(expected)
    })
  }

  const errors: readonly (readonly [Line, readonly Known[], string])[] = [
    [['Add', '', 'y'], [x('N', 3), x(4)], 'the shapes [N, 3] and [4] that Add joins do not fit'],
    [['Add', '', 'y'], [x('N', 3), x(4, 3)], 'the shapes [N, 3] and [4, 3] that Add joins do not fit'],
    [['MatMul', '', 'y'], [x('N', 3), x(4, 5)], 'MatMul cannot multiply [N, 3] by [4, 5]: 3 is not 4'],
    [['Gather', '', 'y', { axis: 2 }], [x('N', 3), weights(0)], 'Gather works on axis 2 of a tensor of rank 2'],
    [['Reshape', '', 'y'], [x(3, 4), weights(5, -1)], 'Reshape cannot bring [3, 4] into the shape [5, -1]'],
    [['Squeeze', '', 'y'], [x('N', 4), weights(1)], 'Squeeze cannot drop axis 1 of [N, 4]'],
  ]
  for (const [line, inputs, message] of errors) {
    it(`refuses: ${message}`, () => {
      expect(() => inferOp(op(line), inputs, 1)).toThrow(ShapeError)
      expect(() => inferOp(op(line), inputs, 1)).toThrow(message)
    })
  }

  it('takes microseconds', () => {
    const lines: [Line, Known[]][] = [[['Add', '', 'y'], [x('N', 42, 56), x(56)]], [['MatMul', '', 'y'], [x('N', 42, 56), x(56, 56)]], [['Gather', '', 'y'], [x('N', 42, 56), weights(0)]], [['Reshape', '', 'y'], [x('N', 42, 56), weights(0, 42, 2, 28)]]]
    const ops = lines.map(([line, inputs]) => [op(line), inputs] as const)
    const start = performance.now()
    for (let round = 0; round < 10_000; round++) for (const [each, inputs] of ops) inferOp(each, inputs, 1)
    console.info(`inferOp: ${((performance.now() - start) / 40).toFixed(2)} µs`)
  })
})
