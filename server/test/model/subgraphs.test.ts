/** If and Loop with known control become plain operators that compute the same; others stay. */
import { describe, expect, it } from 'vitest'
import { readModel } from '../../src/model/read.ts'
import { encodeGraphAttribute, encodeModel } from '../../src/onnx/encode.ts'
import type { Dim, DType, Op, Tensor } from '../../src/onnx/types.ts'
import { file, floats, ints, type Line, op } from './build.ts'
import { difference, feedsFor, run, runGraph } from './runtime.ts'

interface Body {
  readonly inputs?: readonly (readonly [string, DType, readonly Dim[]])[]
  readonly ops: readonly (Line | Op)[]
  readonly weights?: Readonly<Record<string, Tensor>>
  readonly outputs: readonly string[]
}

const plain = (line: Line | Op): Op => (Array.isArray(line) ? op(line as Line) : (line as Op))

/** An operator with subgraphs. */
function control(opType: string, inputs: readonly string[], outputs: readonly string[], captures: readonly string[], bodies: Readonly<Record<string, Body>>): Op {
  const attributes = Object.fromEntries(Object.entries(bodies).map(([name, { inputs: given = [], ops, weights = {}, outputs: results }]) => [name, {
    type: 'raw' as const,
    value: encodeGraphAttribute(name, {
      name, ops: ops.map(plain), initializers: Object.entries(weights).map(([weight, tensor]) => ({ name: weight, tensor })),
      inputs: given.map(([input, dtype, shape]) => ({ name: input, type: { dtype, shape } })), outputs: results.map((output) => ({ name: output })),
    }),
  }]))
  return { name: '', opType, domain: '', attributes, inputs, outputs, captures }
}

const yes: Tensor = { dtype: 'bool', dims: [], data: Uint8Array.of(1) }
const weights = { three: ints(3), i1: ints(1), ten: ints(10), yes, w: floats([6, 6]), one: ints([1]), two: ints([2]) }
const LENGTH: readonly Line[] = [['Shape', 'x', 's'], ['Gather', ['s', 'i1'], 'l'], ['Greater', ['l', 'ten'], 'g'], ['Cast', 'g', 'c', { to: 9 }]]
const branches = { then_branch: { ops: [['Neg', 'x', 'r']] as Line[], outputs: ['r'] }, else_branch: { ops: [['MatMul', ['x', 'w'], 'q'], ['Mul', ['q', 'half'], 'r']] as Line[], weights: { half: floats([1], [0.5]) }, outputs: ['r'] } }
const carries = [['i', 'int64', []], ['go', 'bool', []], ['h', 'float32', ['n', 4, 6]]] as const
const step: readonly Line[] = [['Cast', 'i', 'f', { to: 1 }], ['Add', ['h', 'f'], 'a'], ['Tanh', 'a', 'r']]

type Case = readonly [name: string, ops: readonly (Line | Op)[], left?: string]
const CASES: readonly Case[] = [
  ['a branch by length', [...LENGTH, control('If', ['c'], ['y'], ['x', 'w'], branches)]],
  ['a branch inside of a branch', [...LENGTH, control('If', ['c'], ['y'], ['x', 'w', 'c', 'yes'], { ...branches, else_branch: { ops: [control('If', ['yes'], ['k'], ['x'], { then_branch: { ops: [['Abs', 'x', 'm']], outputs: ['m'] }, else_branch: branches.then_branch }), ['Neg', 'k', 'r']], outputs: ['r'] } })]],
  ['a branch by value', [['ReduceMax', ['x'], 'b', { keepdims: 0 }], ['Cast', 'b', 'c', { to: 9 }], control('If', ['c'], ['y'], ['x', 'w'], branches)], 'If'],
  ['a counted loop', [control('Loop', ['three', 'yes', 'x'], ['y'], [], { body: { inputs: carries, ops: [...step, ['Identity', 'go', 'on']], outputs: ['on', 'r'] } })]],
  ['a loop as scripts are exported', [control('Loop', ['three', 'yes', 'x'], ['y'], ['yes'], { body: { inputs: carries, ops: [...step, ['Identity', 'yes', 'on']], outputs: ['on', 'r'] } })]],
  ['a loop that collects', [control('Loop', ['three', '', 'x'], ['last', 'all'], ['one'], { body: { inputs: carries, ops: [...step, ['ReduceMean', ['r', 'one'], 'm']], outputs: ['go', 'r', 'm'] } }), ['Transpose', 'all', 'y', { perm: [1, 0, 2, 3] }]]],
  ['a loop that may end', [control('Loop', ['three', 'yes', 'x'], ['y'], [], { body: { inputs: carries, ops: [...step, ['ReduceMax', ['r'], 'b', { keepdims: 0 }], ['Cast', 'b', 'on', { to: 9 }]], outputs: ['on', 'r'] } })], 'Loop'],
]

describe('control', () => {
  for (const [name, ops, left] of CASES) {
    it(name, async () => {
      const path = file(encodeModel({
        opset: 18, inputs: [{ name: 'x', type: { dtype: 'float32', shape: ['batch', 4, 6] } }], outputs: [{ name: 'y' }], ops: ops.map(plain),
        initializers: Object.entries(weights).map(([weight, tensor]) => ({ name: weight, tensor })),
      }))
      const graph = await readModel(path)
      expect(graph.ops.map(({ opType }) => opType).filter((type) => type === 'If' || type === 'Loop')).toEqual(left === undefined ? [] : [left])
      if (left === undefined) expect(graph.tensors.get('y')!.type.shape![0]).toBe('N')
      const feeds = feedsFor(graph, { N: 3 })
      expect(difference((await runGraph(graph, feeds)).y!, (await run(path, feeds)).y!)).toBe(0)
    })
  }
})
