/** Further ways of writing a transformer: which parts are found, that they add up to the stream, and that the model is the same. */
import { describe, expect, it } from 'vitest'
import { readModel } from '../../src/model/read.ts'
import { transformerOf } from '../../src/transformer/find.ts'
import { contradictions, feedsFor } from '../model/runtime.ts'
import { fixture, relative, understood, valuesOf } from './fixtures.ts'

const graphOf = (name: string) => readModel(fixture(`transformers/variants/${name}.onnx`))

interface Expected {
  readonly heads?: number
  readonly bias?: boolean
  /** Points besides those that all have. */
  readonly points?: readonly string[]
  readonly start?: readonly string[]
  readonly missing?: readonly string[]
}

const RAW = ['a1.q_raw.h3', 'a1.k_raw.h3']
const VARIANTS: readonly (readonly [name: string, what: string, expected: Expected])[] = [
  ['alibi', 'slopes per head, heads merged with the data', {}],
  ['embedding-norm', 'a norm of the embedding', { start: ['embed'] }],
  ['grouped', 'keys and values that groups share by broadcasting', {}],
  ['guarded', 'both factors scaled, a guard against what is no number', {}],
  ['head-by-head', 'every head with an output weight of its own', { heads: 3 }],
  ['heads-outside', 'heads merged with the data, heads outermost', {}],
  ['interleaved', 'packed head by head, half of each turned, in parallel with the MLP', { points: RAW }],
  ['layer-scale', 'what blocks add is scaled', {}],
  ['loose-biases', 'biases added to the stream by themselves', {}],
  ['merged', 'heads merged with the data, norms spelled out', {}],
  ['no-output', 'heads side by side in the stream', { bias: false }],
  ['normed-keys', 'queries and keys normalised and turned', { points: RAW }],
  ['one-head', 'one head', { heads: 1 }],
  ['packed-gate', 'a gated MLP with one projection', { points: ['m1.gate', 'm1.up'], missing: ['m1.pre'] }],
  ['post-final', 'norms after the sums and one more at the end', { missing: ['a1.normed', 'm1.normed'] }],
  ['sandwich', 'an RMSNorm after attention, before it is added', {}],
  ['centred', 'a LayerNorm there', { missing: ['m1.normed'] }],
  ['shared', 'keys and values that all heads share', {}],
  ['shared-einsum', 'the same as an Einsum', {}],
  ['summed', 'values as wide as the stream', { bias: false, missing: ['final.normed'] }],
  ['t5', 'positions as a bias of the scores', { bias: false, start: ['embed'], points: ['a1.mask'], missing: ['a1.normed'] }],
]

describe.each(VARIANTS)('%s: %s', (name, _, { heads = 4, bias = true, points = [], start = ['embed', 'pos_embed'], missing = [] }) => {
  it('has its parts', async () => {
    const view = understood(await graphOf(name))
    const block = (l: number): string[] => [...Array.from({ length: heads }, (_, h) => `a${l}.h${h}`), ...(bias ? [`a${l}.bias`] : []), `m${l}`]
    expect([...view.components.keys()]).toEqual([...start, ...block(0), ...block(1)])
    const last = heads - 1
    const all = [
      'a1.in', 'a1.normed', 'a1.pattern', ...['q', 'k', 'v', 'z', 'pattern'].map((point) => `a1.${point}.h${last}`), 'm1.in', 'm1.normed', 'm1.pre', 'm1.post', 'final.in', 'final.normed', ...points,
    ]
    expect(all.filter((point) => !view.points.has(point))).toEqual(missing)
    for (const tensor of [...view.components.values(), ...view.points.values()]) expect(view.graph.tensors.get(tensor)?.type.shape?.[0], tensor).toBe('N')
  })

  it('has heads that attend: results are patterns times values', async () => {
    const graph = await graphOf(name)
    const { graph: derived, points } = understood(graph)
    const feeds = feedsFor(graph, { N: 3 }, { tokens: (i) => (i * 7 + 1) % 11 })
    const values = await valuesOf(derived, feeds, points.values())
    const of = (point: string) => values[points.get(point)!]!
    for (let h = 0; h < heads; h++) {
      const [pattern, v, z] = [of(`a1.pattern.h${h}`), of(`a1.v.h${h}`), of(`a1.z.h${h}`)]
      const [rows, queries, keys] = pattern.dims as [number, number, number]
      const width = v.dims[2]!
      const product = new Float32Array(rows * queries * width)
      for (let n = 0; n < rows; n++) for (let q = 0; q < queries; q++) for (let k = 0; k < keys; k++) for (let d = 0; d < width; d++) {
        product[(n * queries + q) * width + d]! += Number(pattern.data[(n * queries + q) * keys + k]) * Number(v.data[(n * keys + k) * width + d])
      }
      expect(relative(product, z.data), `head ${h}`).toBeLessThan(1e-4)
      const whole = of('a1.pattern').data
      const own = Float32Array.from({ length: rows * queries * keys }, (_, i) => Number(whole[Math.floor(i / (queries * keys)) * heads * queries * keys + h * queries * keys + (i % (queries * keys))]))
      expect(relative(own, pattern.data), `pattern of head ${h}`).toBe(0)
    }
  })

  it('is the sum of its parts', async () => {
    const graph = await graphOf(name)
    const { graph: derived, sums } = understood(graph)
    const feeds = feedsFor(graph, { N: 4 }, { tokens: (i) => (i * 7 + 1) % 11 })
    const original = await valuesOf(graph, feeds, [...graph.outputs, ...sums.map(({ stream }) => stream)])
    const made = await valuesOf(derived, feeds, [...graph.outputs, ...sums.flatMap(({ terms }) => terms)])
    expect(relative(original.logits!.data as Float32Array, made.logits!.data)).toBeLessThan(1e-4)
    for (const { name: place, stream, terms } of sums) {
      const sum = new Float64Array(original[stream]!.data.length)
      for (const term of terms) (made[term]!.data as Float32Array).forEach((value, i) => (sum[i]! += value))
      expect(relative(original[stream]!.data as Float32Array, sum), place).toBeLessThan(1e-4)
    }
    expect(await contradictions(derived, { N: 4 }, { tokens: (i) => i % 11 })).toEqual([])
  })
})

it('attention to another stream is a layer of its own', async () => {
  const { components, sums } = understood(await graphOf('decoder'))
  expect([...components.keys()].filter((part) => !part.includes('.h'))).toEqual(['embed', 'pos_embed', 'a0.bias', 'a1.bias', 'm0'])
  expect(sums.map(({ name }) => name)).toEqual(['a0.in', 'a1.in', 'm0.in', 'final.in'])
})

it('heads that are multiplied before they are added cannot be told apart', async () => {
  const view = transformerOf(await graphOf('gated'))
  expect(view).toEqual({
    kind: 'none',
    problem: 'the residual stream was found, but the heads of the attention that adds to `/blocks.0/Add_output_0` could not be told apart: Mul `/blocks.0/Mul` joins the heads with something else',
  })
})
