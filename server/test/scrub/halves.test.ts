/** Where a graph is cut between a device and the processor, and that the two halves are the whole. */
import { expect, test } from 'vitest'
import { attr, Dag, emit, plainHeader, type Value } from '../../src/onnx/dag.ts'
import { BATCH, type DType, type Tensor } from '../../src/onnx/types.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { halvesOf } from '../../src/scrub/halves.ts'
import { topological } from '../../src/scrub/walk.ts'

const cpu = openRuntime({ device: 'cpu', threads: 1 })
const CODE: Partial<Record<DType, number>> = { float32: 1, int64: 7, float64: 11 }
const cast = (dag: Dag, value: Value, dtype: DType): Value => dag.op('Cast', [value], { to: attr.int(CODE[dtype]!) })
const sum = (dag: Dag, value: Value): Value => dag.op('ReduceSum', [value, dag.ints([1])], { keepdims: attr.int(0) })

/** x is float32 [N, 100], k int64 [N]; operators of the two halves, the device's first. */
const CUTS: [string, (dag: Dag, x: Value, k: Value) => Value, string[], string[]][] = [
  ['a wide float64 sum is taken in float32', (dag, x) => dag.op('Log', [sum(dag, dag.op('Exp', [cast(dag, x, 'float64')]))]), ['Exp', 'ReduceSum'], ['Cast', 'Log']],
  ['what is narrow before the cast is finished in float64', (dag, x) => dag.op('Exp', [cast(dag, sum(dag, x), 'float64')]), ['ReduceSum'], ['Cast', 'Exp']],
  ['whole numbers of a column stay', (dag, x, k) => dag.op('Add', [cast(dag, sum(dag, x), 'float64'), cast(dag, k, 'float64')]), ['ReduceSum'], ['Cast', 'Cast', 'Add']],
  ['a whole number of a wide value crosses', (dag, x, k) => cast(dag, dag.op('Equal', [dag.op('ArgMax', [x], { axis: attr.int(1), keepdims: attr.int(0) }), k]), 'float64'), ['ArgMax'], ['Equal', 'Cast']],
  ['float32 all the way is the device alone', (dag, x) => sum(dag, dag.op('Tanh', [x])), ['Tanh', 'ReduceSum'], []],
  ['nothing but columns is the processor alone', (dag, _, k) => cast(dag, k, 'float64'), [], ['Cast']],
  ['a wide value that is asked for in float64 crosses in float32', (dag, x) => dag.op('Exp', [cast(dag, x, 'float64')]), ['Exp'], ['Cast']],
]

const operators = (roots: readonly Value[]): string[] => topological(roots).flatMap(({ def }) => (def.kind === 'op' ? [def.call.opType] : []))

test.each(CUTS)('%s', async (_, make, onDevice, onCpu) => {
  const dag = new Dag()
  const [x, k] = [dag.input('x', { dtype: 'float32', shape: [BATCH, 100] }), dag.input('k', { dtype: 'int64', shape: [BATCH] })]
  const whole = make(dag, x, k)
  const { device, finish } = halvesOf(dag, [whole])
  expect(operators([...device.values()])).toEqual(onDevice)
  expect(operators(finish)).toEqual(onCpu)
  const data = Float32Array.from({ length: 300 }, (_, i) => Math.sin(i))
  const feeds: Record<string, Tensor> = { x: { dtype: 'float32', dims: [3, 100], data }, k: { dtype: 'int64', dims: [3], data: BigInt64Array.of(7n, 2n, 99n) } }
  const run = async (outputs: ReadonlyMap<string, Value>, given: Record<string, Tensor>) => {
    if (outputs.size === 0) return {}
    const { bytes, inputs } = emit(outputs, plainHeader)
    const session = await cpu.load(bytes)
    const result = await session.run(Object.fromEntries(inputs.map(({ name }) => [name, given[name]!])))
    await session.release()
    return result
  }
  const expected = (await run(new Map([['y', whole]]), feeds))['y']!
  const found = (await run(new Map([['y', finish[0]!]]), { ...feeds, ...(await run(device, feeds)) }))['y']!
  expect(found.dtype).toBe(expected.dtype)
  expect(found.dims).toEqual(expected.dims)
  expect(Array.from(found.data as Float64Array)).toEqual(Array.from(expected.data as Float64Array, (v) => expect.closeTo(v, 4)))
})
