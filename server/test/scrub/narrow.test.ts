/** Narrowed graphs compute the same values, from less. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attr, Dag, emit, plainHeader, type Value } from '../../src/onnx/dag.ts'
import { BATCH, type Tensor } from '../../src/onnx/types.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { narrow } from '../../src/scrub/narrow.ts'
import { topological } from '../../src/scrub/walk.ts'

const runtime = openRuntime({ device: 'cpu', threads: 1 })
const ROWS = 3

/** Deterministic, all different. */
function filled(dims: number[], from: number): Tensor {
  const size = dims.reduce((a, b) => a * b, 1)
  return { dtype: 'float32', dims, data: Float32Array.from({ length: size }, (_, i) => Math.sin(from + i * 1.7)) }
}

async function evaluate(outputs: readonly Value[]): Promise<Tensor[]> {
  const emitted = emit(new Map(outputs.map((v, i) => [`o${i}`, v])), plainHeader)
  const session = await runtime.load(emitted.bytes)
  const feeds = Object.fromEntries(emitted.inputs.map(({ name, type }) => [name, filled([ROWS, ...(type.shape!.slice(1) as number[])], name.charCodeAt(0))]))
  const result = await session.run(feeds)
  await session.release()
  return outputs.map((_, i) => result[`o${i}`]!)
}

async function expectSame(dag: Dag, outputs: readonly Value[]): Promise<Value[]> {
  const narrowed = narrow(dag, outputs)
  const [before, after] = [await evaluate(outputs), await evaluate(narrowed)]
  before.forEach((tensor, i) => {
    expect(after[i]!.dims).toEqual(tensor.dims)
    const values = Array.from(after[i]!.data as Float32Array)
    values.forEach((v, k) => expect(v).toBeCloseTo(Number(tensor.data[k]), 4))
  })
  return narrowed
}

const elements = (values: readonly Value[]): number =>
  topological(values).reduce((sum, v) => sum + (v.def.kind === 'op' ? (v.type.shape ?? []).slice(1).reduce<number>((p, d) => p * Number(d), 1) : 0), 0)

describe('one position of a tensor needs one position of what it is made from', () => {
  const x = (dag: Dag, name = 'x'): Value => dag.input(name, { dtype: 'float32', shape: [BATCH, 4, 6] })
  const w = (dag: Dag, dims: number[], from = 0): Value => dag.constant(filled(dims, from))
  const first = (dag: Dag, v: Value): Value => dag.op('Gather', [v, dag.scalar(0, 'int64')], { axis: attr.int(1) })
  const last = (dag: Dag, v: Value): Value => dag.op('Slice', [v, dag.ints([3]), dag.ints([4]), dag.ints([1])])
  test.each<[string, (dag: Dag) => Value]>([
    ['sum', (d) => first(d, d.op('Add', [x(d), x(d, 'y')]))],
    ['broadcast sum', (d) => first(d, d.op('Add', [x(d), w(d, [4, 6])]))],
    ['product with a matrix', (d) => first(d, d.op('MatMul', [x(d), w(d, [6, 5])]))],
    ['layer norm', (d) => last(d, d.op('LayerNormalization', [x(d), w(d, [6]), w(d, [6], 3)], { axis: attr.int(-1) }))],
    ['softmax over the last axis', (d) => last(d, d.op('Softmax', [x(d)], { axis: attr.int(-1) }))],
    ['transposed', (d) => first(d, d.op('Transpose', [d.op('Transpose', [d.op('Relu', [x(d)])], { perm: attr.ints([0, 2, 1]) })], { perm: attr.ints([0, 2, 1]) }))],
    ['split heads', (d) => first(d, d.op('Reshape', [d.op('Tanh', [x(d)]), d.ints([0, 4, 2, 3])]))],
    ['merged heads', (d) => first(d, d.op('Reshape', [d.op('Reshape', [d.op('Tanh', [x(d)]), d.ints([0, 4, 2, 3])]), d.ints([0, 4, 6])]))],
    ['mean over the last axis', (d) => first(d, d.op('ReduceMean', [d.op('Exp', [x(d)]), d.ints([-1])], { keepdims: attr.int(1) }))],
    ['concatenated along features', (d) => last(d, d.op('Concat', [d.op('Exp', [x(d)]), x(d, 'y')], { axis: attr.int(-1) }))],
    ['attention', (d) => {
      const q = d.op('MatMul', [x(d), w(d, [6, 3])])
      const k = d.op('MatMul', [x(d), w(d, [6, 3], 5)])
      const scores = d.op('MatMul', [q, d.op('Transpose', [k], { perm: attr.ints([0, 2, 1]) })])
      return first(d, d.op('MatMul', [d.op('Softmax', [scores], { axis: attr.int(-1) }), x(d)]))
    }],
  ])('%s', async (_, make) => {
    const dag = new Dag()
    const value = make(dag)
    const [narrowed] = await expectSame(dag, [value])
    expect(elements([narrowed!])).toBeLessThan(elements([value]))
  })
})

test.each<[string, (dag: Dag, x: Value) => Value]>([
  ['softmax over the axis that is cut', (d, x) => d.op('Softmax', [x], { axis: attr.int(1) })],
  ['mean over the axis that is cut', (d, x) => d.op('ReduceMean', [x, d.ints([1])], { keepdims: attr.int(1) })],
  ['cumulative sum along it', (d, x) => d.op('CumSum', [x, d.scalar(-2, 'int64')])],
  ['a negative index', (d, x) => d.op('Gather', [x, d.scalar(-1, 'int64')], { axis: attr.int(1) })],
  ['several indices, unordered', (d, x) => d.op('Gather', [x, d.ints([2, 0, -1])], { axis: attr.int(1) })],
  ['an axis of length 1 that broadcasts', (d, x) => d.op('Add', [x, d.op('ReduceMax', [x, d.ints([1])], { keepdims: attr.int(1) })])],
  ['concatenated along the axis that is cut', (d, x) => d.op('Concat', [x, d.op('Neg', [x])], { axis: attr.int(1) })],
  ['concatenated with rows of which none are read', (d, x) => d.op('Concat', [x, d.op('Gather', [d.op('Neg', [x]), d.ints([2, 0])], { axis: attr.int(1) })], { axis: attr.int(1) })],
  ['an axis of length 1 that a reshape adds', (d, x) => d.op('Slice', [d.op('Concat', [d.op('Reshape', [x, d.ints([-1, 4, 6, 1])]), d.op('Reshape', [x, d.ints([-1, 4, 6, 1])])], { axis: attr.int(3) }), d.ints([0]), d.ints([1]), d.ints([3])])],
  ['a step', (d, x) => d.op('Slice', [x, d.ints([3]), d.ints([-100]), d.ints([1]), d.ints([-1])])],
  ['reshape across the axis', (d, x) => d.op('Reshape', [x, d.ints([0, 3, 8])])],
])('what may not be narrowed is not: %s', async (_, make) => {
  const dag = new Dag()
  const made = make(dag, dag.input('x', { dtype: 'float32', shape: [BATCH, 4, 6] }))
  const rank = made.type.shape!.length
  const cut = rank === 3 ? dag.op('Slice', [made, dag.ints([0]), dag.ints([1]), dag.ints([1])]) : dag.op('Slice', [made, dag.ints([1]), dag.ints([3]), dag.ints([1])])
  await expectSame(dag, [cut, made])
  await expectSame(dag, [cut])
})

/** A step of a random graph: made from the values before it, all of shape [N, a, b]. */
type Step = { kind: number; from: number; other: number; at: number }

test('random graphs', async () => {
  const step = fc.record({ kind: fc.nat(11), from: fc.nat(30), other: fc.nat(30), at: fc.nat(30) })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 14 }), fc.nat(30), async (steps: Step[], pick) => {
      const dag = new Dag()
      const values: Value[] = [dag.input('x', { dtype: 'float32', shape: [BATCH, 4, 6] }), dag.input('y', { dtype: 'float32', shape: [BATCH, 4, 6] })]
      for (const s of steps) {
        const a = values[s.from % values.length]!
        const same = values.filter((v) => v.type.shape!.join() === a.type.shape!.join())
        const b = same[s.other % same.length]!
        const [, p, q] = a.type.shape as [string, number, number]
        const cut = (axis: number, length: number): Value => {
          const start = s.at % length
          return dag.op('Slice', [a, dag.ints([start]), dag.ints([Math.min(length, start + 1 + (s.other % length))]), dag.ints([axis])])
        }
        const made = [
          () => dag.op('Add', [a, b]),
          () => dag.op('Mul', [a, b]),
          () => dag.op('Tanh', [a]),
          () => dag.op('Softmax', [a], { axis: attr.int((s.at % 2) + 1) }),
          () => dag.op('Transpose', [a], { perm: attr.ints([0, 2, 1]) }),
          () => dag.op('MatMul', [a, dag.constant(filled([q, 1 + (s.at % 5)], s.other))]),
          () => dag.op('MatMul', [a, dag.op('Transpose', [b], { perm: attr.ints([0, 2, 1]) })]),
          () => cut(1, p),
          () => cut(2, q),
          () => dag.op('Concat', [a, b], { axis: attr.int((s.at % 2) + 1) }),
          () => dag.op('ReduceMean', [a, dag.ints([(s.at % 2) + 1])], { keepdims: attr.int(1) }),
          () => dag.op('Gather', [a, dag.ints([s.at % p, s.other % p])], { axis: attr.int(1) }),
        ][s.kind]!()
        if ((made.type.shape as number[]).slice(1).reduce((m, d) => m * d, 1) <= 400) values.push(made)
      }
      await expectSame(dag, [values[values.length - 1]!, values[pick % values.length]!])
    }),
    { numRuns: 150 },
  )
}, 120_000)
