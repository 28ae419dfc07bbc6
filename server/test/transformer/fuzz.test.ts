/** Graphs that are nearly transformers: whatever is found, or not, nothing is thrown, and what is found exists. */
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ModelGraph, TensorInfo } from '../../src/model/graph.ts'
import { readModel } from '../../src/model/read.ts'
import { transformerOf } from '../../src/transformer/find.ts'
import { fixture } from './fixtures.ts'

const folders = ['transformers', 'transformers/variants']
const files = folders.flatMap((folder) => readdirSync(fixture(folder)).filter((name) => name.endsWith('.onnx')).map((name) => fixture(`${folder}/${name}`)))
const TYPES = ['Identity', 'Relu', 'Add', 'Mul', 'Transpose', 'MatMul', 'Softmax', 'Concat', 'Reshape', 'LayerNormalization', 'Einsum', 'Split']
const PER_MODEL = 30

function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 48271) % 2147483647
    return Math.floor((state / 2147483647) * below)
  }
}

/** Some operators replaced, fed otherwise or without their attributes; some shapes forgotten. */
function mutated(graph: ModelGraph, pick: (below: number) => number): ModelGraph {
  const ops = [...graph.ops]
  for (let count = 1 + pick(3); count > 0; count--) {
    const at = pick(ops.length)
    const op = ops[at]!
    const before = [...graph.tensors.values()].filter(({ producer }) => (producer ?? -1) < at)
    const kind = pick(3)
    ops[at] = kind === 0 ? { ...op, opType: TYPES[pick(TYPES.length)]! }
      : kind === 1 ? { ...op, inputs: op.inputs.map((name) => (pick(2) === 0 ? name : before[pick(before.length)]!.name)) }
      : { ...op, attributes: {} }
  }
  const tensors = new Map<string, TensorInfo & { consumers: number[] }>()
  for (const [name, info] of graph.tensors) tensors.set(name, { ...info, consumers: [], ...(pick(50) === 0 ? { type: { dtype: info.type.dtype, shape: undefined } } : {}) })
  for (const [at, { inputs }] of ops.entries()) for (const name of new Set(inputs)) tensors.get(name)?.consumers.push(at)
  return { ...graph, ops, tensors }
}

test('nothing is thrown', async () => {
  const pick = generator(7)
  let understood = 0
  let refused = 0
  for (const file of files) {
    const graph = await readModel(file)
    for (let i = 0; i < PER_MODEL; i++) {
      const view = transformerOf(mutated(graph, pick))
      if (view.kind === 'none') {
        refused++
        expect(view.problem.length).toBeGreaterThan(10)
      } else {
        understood++
        for (const tensor of [...view.components.values(), ...view.points.values()]) expect(view.graph.tensors.has(tensor), `${file} ${tensor}`).toBe(true)
      }
    }
  }
  expect([understood > 100, refused > 100]).toEqual([true, true])
})
