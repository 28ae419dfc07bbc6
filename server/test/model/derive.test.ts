/** Graphs that are made from others: names stay, what fed only what was taken out goes, and the runtime agrees with the types. */
import { describe, expect, it } from 'vitest'
import { Derivation } from '../../src/model/derive.ts'
import { readModel } from '../../src/model/read.ts'
import { attr } from '../../src/onnx/dag.ts'
import type { ModelGraph } from '../../src/model/graph.ts'
import { type Description, file, floats, type Line } from './build.ts'
import { contradictions, difference, feedsFor, runGraph } from './runtime.ts'

const LINES: readonly Line[] = [['Abs', 'x', 'a'], ['MatMul', ['a', 'W'], 'p'], ['Add', ['p', 'b'], 'y'], ['Neg', 'a', 'aside']]
const MODEL: Description = { inputs: { x: ['float32', ['batch', 3, 4]] }, weights: { W: floats([4, 6]), b: floats([6]) }, ops: LINES, outputs: ['y'] }

const text = (graph: ModelGraph): string[] => graph.ops.map(({ opType, inputs, outputs }) => `${outputs.join()} = ${opType}(${inputs.join()})`)

/** The product as two halves of it, added. */
function halved(graph: ModelGraph): ModelGraph {
  const d = new Derivation(graph)
  const part = (name: string, from: number, to: number): string => {
    const weight = d.add(`${name}.W`, 'Slice', ['W', d.integers([from]), d.integers([to]), d.integers([0])])
    const rows = d.add(`${name}.x`, 'Slice', ['a', d.integers([from]), d.integers([to]), d.integers([2])])
    return d.add(name, 'MatMul', [rows, weight])
  }
  const parts = [part('left', 0, 1), part('right', 1, 4)]
  d.free('p')
  d.append({ name: '', opType: 'Add', domain: '', attributes: {}, inputs: parts, outputs: ['p'], captures: [] })
  return d.finish()
}

describe('deriving', () => {
  it('a tensor is made otherwise: the same numbers under the same names', async () => {
    const graph = await readModel(file(MODEL))
    const made = halved(graph)
    expect(text(made)).toEqual([
      'a = Abs(x)', 'left.x = Slice(a,integers/0,integers/1,integers/2)', 'left.W = Slice(W,integers/0,integers/1,integers/0)', 'left = MatMul(left.x,left.W)',
      'right.x = Slice(a,integers/1,integers/4,integers/2)', 'right.W = Slice(W,integers/1,integers/4,integers/0)', 'right = MatMul(right.x,right.W)',
      'p = Add(left,right)', 'y = Add(p,b)', 'aside = Neg(a)',
    ])
    expect(made.tensors.get('left')!.type).toEqual({ dtype: 'float32', shape: ['N', 3, 6] })
    expect(made.tensors.get('a')!.consumers.map((at) => made.ops[at]!.outputs[0])).toEqual(['left.x', 'right.x', 'aside'])
    const feeds = feedsFor(graph, { N: 5 })
    expect(difference((await runGraph(made, feeds)).y!, (await runGraph(graph, feeds)).y!)).toBeLessThan(1e-6)
    expect(await contradictions(made, { N: 5 })).toEqual([])
  })

  it('weights are referred to, and the graph that it came from is as it was', async () => {
    const graph = await readModel(file(MODEL))
    const before = text(graph)
    expect(halved(graph).initializers.get('W')).toBe(graph.initializers.get('W'))
    expect(text(graph)).toEqual(before)
  })

  it('everything that read a tensor reads another, but for what makes it', async () => {
    const d = new Derivation(await readModel(file(MODEL)))
    d.rereadAll('a', d.add('twice', 'Add', ['a', 'a']))
    expect(text(d.finish())).toEqual(['a = Abs(x)', 'twice = Add(a,a)', 'p = MatMul(twice,W)', 'y = Add(p,b)', 'aside = Neg(twice)'])
  })

  it('what fed only what was taken out is gone; what led nowhere before stays', async () => {
    const d = new Derivation(await readModel(file(MODEL)))
    d.free('y')
    d.append({ name: '', opType: 'ReduceSum', domain: '', attributes: { keepdims: attr.int(0) }, inputs: ['x', d.integers([1])], outputs: ['y'], captures: [] })
    expect(text(d.finish())).toEqual(['a = Abs(x)', 'aside = Neg(a)', 'y = ReduceSum(x,integers/1)'])
  })

  it('names are given once, equal constants are one', async () => {
    const d = new Derivation(await readModel(file(MODEL)))
    expect([d.add('a', 'Abs', ['x']), d.add('a', 'Abs', ['x']), d.integers([1]), d.integers([1]), d.integers([1], true)]).toEqual(['a_1', 'a_2', 'integers/1', 'integers/1', 'integers/1_1'])
  })

  it('a number has the type of a tensor', async () => {
    const d = new Derivation(await readModel(file(MODEL)))
    const half = d.add('half', 'Cast', ['x'], { to: attr.int(10) })
    expect([d.type(d.number('n', 0.5, 'x'))?.dtype, d.type(d.number('n', 0.5, half))?.dtype]).toEqual(['float32', 'float16'])
  })

  it('what cannot be is refused', async () => {
    const d = new Derivation(await readModel(file(MODEL)))
    expect(() => d.add('z', 'MatMul', ['x', 'b'])).toThrow(/MatMul/)
    expect(() => d.append({ name: '', opType: 'Abs', domain: '', attributes: {}, inputs: ['x'], outputs: ['a'], captures: [] })).toThrow('a is made already')
    d.free('p')
    expect(() => d.finish()).toThrow('nothing makes p any more')
    d.append({ name: '', opType: 'Abs', domain: '', attributes: {}, inputs: ['y'], outputs: ['p'], captures: [] })
    expect(() => d.finish()).toThrow('would depend on itself')
  })
})
