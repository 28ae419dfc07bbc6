/** Products and additions in one operator: the same values, fewer operators. */
import { expect, test } from 'vitest'
import { Dag, emit, plainHeader, type Value } from '../../src/onnx/dag.ts'
import { BATCH, type Tensor } from '../../src/onnx/types.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { fuse } from '../../src/scrub/fuse.ts'
import { topological } from '../../src/scrub/walk.ts'

const runtime = openRuntime({ device: 'cpu', threads: 1 })

const filled = (dims: number[], from: number): Tensor => ({
  dtype: 'float32', dims, data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(from + i * 1.3)),
})

async function evaluate(outputs: readonly Value[]): Promise<Tensor[]> {
  const emitted = emit(new Map(outputs.map((v, i) => [`o${i}`, v])), plainHeader)
  const session = await runtime.load(emitted.bytes)
  const result = await session.run(Object.fromEntries(emitted.inputs.map(({ name, type }) => [name, filled([3, ...(type.shape!.slice(1) as number[])], name.charCodeAt(0))])))
  await session.release()
  return outputs.map((_, i) => result[`o${i}`]!)
}

const operators = (values: readonly Value[], name: string): number =>
  topological(values).filter((v) => v.def.kind === 'op' && v.def.call.opType === name).length

type Make = (d: Dag, x: Value, w: (dims: number[]) => Value) => Value[]
const slice = (d: Dag, v: Value): Value => d.op('Slice', [v, d.ints([0]), d.ints([1]), d.ints([1])])

test.each<[string, Make, { Add: number; Gemm: number }]>([
  ['a bias', (d, x, w) => [d.op('Add', [d.op('MatMul', [x, w([6, 5])]), w([5])])], { Add: 0, Gemm: 1 }],
  ['a bias on the left', (d, x, w) => [d.op('Add', [w([5]), d.op('MatMul', [x, w([6, 5])])])], { Add: 0, Gemm: 1 }],
  ['two layers', (d, x, w) => {
    const hidden = d.op('Relu', [d.op('Add', [d.op('MatMul', [x, w([6, 5])]), w([5])])])
    return [d.op('Add', [d.op('MatMul', [hidden, w([5, 6])]), x])]
  }, { Add: 0, Gemm: 2 }],
  ['a residual stream with two heads', (d, x, w) => {
    const first = d.op('Add', [x, d.op('MatMul', [d.op('Tanh', [x]), w([6, 6])])])
    return [d.op('Add', [first, d.op('MatMul', [d.op('Exp', [x]), w([6, 6])])])]
  }, { Add: 0, Gemm: 2 }],
  ['a product that is read twice', (d, x, w) => {
    const product = d.op('MatMul', [x, w([6, 6])])
    return [d.op('Add', [product, x]), product]
  }, { Add: 1, Gemm: 0 }],
  ['a product of which a position is read as well', (d, x, w) => {
    const product = d.op('MatMul', [x, w([6, 6])])
    return [d.op('Add', [product, x]), slice(d, product)]
  }, { Add: 0, Gemm: 1 }],
  ['a bias that broadcasts along positions', (d, x, w) => [d.op('Add', [d.op('MatMul', [x, w([6, 5])]), w([4, 5])])], { Add: 1, Gemm: 0 }],
  ['a bias of one element', (d, x, w) => [d.op('Add', [d.op('MatMul', [x, w([6, 5])]), w([1])])], { Add: 1, Gemm: 0 }],
  ['a matrix that is computed', (d, x, w) => [d.op('Add', [d.op('MatMul', [x, d.op('Exp', [w([6, 5])])]), w([5])])], { Add: 1, Gemm: 0 }],
])('%s', async (_, make, counts) => {
  const dag = new Dag()
  let from = 0
  const before = make(dag, dag.input('x', { dtype: 'float32', shape: [BATCH, 4, 6] }), (dims) => dag.constant(filled(dims, from++)))
  const after = fuse(dag, before)
  const [a, b] = [await evaluate(before), await evaluate(after)]
  a.forEach((tensor, i) => {
    expect(b[i]!.dims).toEqual(tensor.dims)
    Array.from(b[i]!.data as Float32Array).forEach((v, k) => expect(v).toBeCloseTo(Number(tensor.data[k]), 4))
  })
  expect({ Add: operators(after, 'Add'), Gemm: operators(after, 'Gemm') }).toEqual(counts)
})

test('rows of rank 2 and unknown axes are left alone', () => {
  const dag = new Dag()
  const w = dag.constant(filled([6, 5], 0))
  const bias = dag.constant(filled([5], 1))
  for (const shape of [[BATCH, 6], [BATCH, 'S', 6]]) {
    const x = dag.input(`x${shape.length}`, { dtype: 'float32', shape })
    const sum = dag.op('Add', [dag.op('MatMul', [x, w]), bias])
    expect(fuse(dag, [sum])).toEqual([sum])
  }
})

test('integers are left alone', () => {
  const dag = new Dag()
  const x = dag.input('x', { dtype: 'int64', shape: [BATCH, 4, 2] })
  const w = dag.constant({ dtype: 'int64', dims: [2, 2], data: BigInt64Array.of(1n, 2n, 3n, 4n) })
  const sum = dag.op('Add', [dag.op('MatMul', [x, w]), dag.ints([1, 2])])
  expect(fuse(dag, [sum])).toEqual([sum])
})
