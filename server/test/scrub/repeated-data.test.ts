/** Data that repeat: the model computes each distinct input once, whatever the other columns say. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { encodeModel } from '../../src/onnx/encode.ts'
import { columnInput } from '../../src/hypothesis/bound.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import type { Runtime } from '../../src/scrub/runtime.ts'
import { reportOf } from './run-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'scrub-repeated-'))
afterAll(() => rmSync(folder, { recursive: true }))

const KINDS = 7
const TIMES = 30

/** Inputs of 7 kinds, each with 30 labels of its own; the rows are shuffled by a step that shares no factor with their number. */
function written(): string {
  const op = (opType: string, inputs: string[], output: string) => ({ name: '', domain: '', opType, inputs, outputs: [output], attributes: {}, captures: [] })
  const rows = KINDS * TIMES
  writeFileSync(join(folder, 'm.onnx'), encodeModel({
    opset: 18,
    inputs: [{ name: 'x', type: { dtype: 'float32', shape: ['N', 2] } }],
    outputs: [{ name: 'logit', type: { dtype: 'float32', shape: ['N'] } }],
    ops: [op('Tanh', ['x'], 'a'), op('Sin', ['x'], 'b'), op('Mul', ['a', 'b'], 'both'), op('ReduceSum', ['both', 'axes'], 'sum'), op('Squeeze', ['sum', 'axes'], 'logit')],
    initializers: [{ name: 'axes', tensor: { dtype: 'int64', dims: [1], data: BigInt64Array.of(1n) } }],
  }))
  writeFileSync(join(folder, 'd.jsonl'), Array.from({ length: rows }, (_, i) => (i * 11) % rows).map((i) => JSON.stringify({ x: [i % KINDS, 1], label: (i % 13) % 2, number: i })).join('\n'))
  writeFileSync(join(folder, 'f.scrub'), `model "m.onnx"
data "d.jsonl"
metric loss = binary_cross_entropy(logit, label)
graph {
  component a = "a"
  component b = "b"
}
hypothesis "h" {
  node a   = x[0] > 3   at a
  node out = number > 9 at "logit"  from a
}
`)
  return join(folder, 'f.scrub')
}

test('equal inputs go through the model once', async () => {
  const passed: number[] = []
  const cpu = openRuntime({ device: 'cpu', threads: 1 })
  const runtime: Runtime = {
    ...cpu,
    load: async (model, at) => {
      const session = await cpu.load(model, at)
      return {
        release: () => session.release(),
        run: async (feeds) => {
          // What computes activations reads the column itself; features are asked of every datum.
          const outputs = await session.run(feeds)
          const x = feeds[columnInput('x')]
          if (x && Object.values(outputs).some(({ dtype }) => dtype === 'float32')) passed.push(x.dims[0]!)
          return outputs
        },
      }
    },
  }
  const report = await reportOf(written(), { runtime, samples: 3000 })
  expect(report.hypotheses[0]!.nodes.map(({ classes }) => classes)).toEqual([2, 2])
  expect(passed.reduce((sum, rows) => sum + rows, 0)).toBe(KINDS)
})
