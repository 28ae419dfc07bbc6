/** Fused attention and norms are taken apart: the parts are those of a twin that was never fused, and what cannot be taken apart is told. */
import { describe, expect, it } from 'vitest'
import { readModel } from '../../src/model/read.ts'
import { transformerOf } from '../../src/transformer/find.ts'
import { type Description, f, file, floats, ints, type Line } from '../model/build.ts'
import { feedsFor } from '../model/runtime.ts'
import { relative, understood, valuesOf } from './fixtures.ts'

const [D, H, S, VOCAB] = [8, 2, 6, 7]
const LAYERS = [0, 1]

interface Style {
  readonly attention: (l: number) => readonly Line[]
  /** The norm of `from`, named `to`; or the sum of two, its norm and the sum, where norms are of sums. */
  readonly norm?: (from: string, to: string, name: string) => readonly Line[]
  readonly skip?: (x: string, y: string, sum: string, norm: string, name: string) => readonly Line[]
  readonly activation?: (from: string, to: string, l: number) => readonly Line[]
  /** From `ids` to the first stream, `r0`. */
  readonly embed?: readonly Line[]
  readonly opset?: number
}

const layerNorm = (from: string, to: string, name: string): readonly Line[] => [['LayerNormalization', [from, `${name}.g`, `${name}.b`], to, { axis: -1, epsilon: f(1e-5) }]]
const rmsNorm = (from: string, to: string, name: string): readonly Line[] => [['RMSNormalization', [from, `${name}.g`], to, { axis: -1, epsilon: f(1e-5) }]]
const added = (x: string, y: string, sum: string, norm: string, name: string): readonly Line[] => [['Add', [x, y], sum], ...layerNorm(sum, norm, name)]

/** `[N, S, D]` to heads and back, products and a softmax between; `masks` are added to the scores. */
const spelled = (masks: readonly string[], hidden?: string): Style['attention'] => (l) => {
  const a = `a${l}`
  const project = (p: string): Line[] => [
    ['MatMul', [`${a}/n`, `${a}.W${p}`], `${a}/${p}0`], ['Add', [`${a}/${p}0`, `${a}.b${p}`], `${a}/${p}1`],
    ['Reshape', [`${a}/${p}1`, 'apart'], `${a}/${p}2`], ['Transpose', `${a}/${p}2`, `${a}/${p}`, { perm: p === 'k' ? [0, 2, 3, 1] : [0, 2, 1, 3] }],
  ]
  return [
    ...project('q'), ...project('k'), ...project('v'),
    ['MatMul', [`${a}/q`, `${a}/k`], `${a}/s0`], ['Mul', [`${a}/s0`, 'scale'], `${a}/s`],
    ...(hidden === undefined ? [] : [['Where', [hidden, `${a}/s`, 'far'], `${a}/h`] as Line]),
    ...masks.map((mask, i): Line => ['Add', [i > 0 ? `${a}/m${i - 1}` : hidden === undefined ? `${a}/s` : `${a}/h`, mask], `${a}/m${i}`]),
    ['Softmax', masks.length > 0 ? `${a}/m${masks.length - 1}` : hidden === undefined ? `${a}/s` : `${a}/h`, `${a}/p`, { axis: -1 }],
    ['MatMul', [`${a}/p`, `${a}/v`], `${a}/z0`], ['Transpose', `${a}/z0`, `${a}/z1`, { perm: [0, 2, 1, 3] }], ['Reshape', [`${a}/z1`, 'together'], `${a}/z`],
  ]
}

const projected = (l: number, biased: boolean): Line[] => ['q', 'k', 'v'].flatMap((p): Line[] => [
  ['MatMul', [`a${l}/n`, `a${l}.W${p}`], biased ? `a${l}/${p}0` : `a${l}/${p}1`], ...(biased ? [['Add', [`a${l}/${p}0`, `a${l}.b${p}`], `a${l}/${p}1`] as Line] : []),
])
const PADDING: readonly Line[] = [['Unsqueeze', ['mask', 'axes12'], 'mask3'], ['Equal', ['mask3', 'zero'], 'unseen'], ['Where', ['unseen', 'minus', 'plus'], 'padding']]

function model({ attention, norm = layerNorm, skip = added, activation, embed, opset = 17 }: Style): Description {
  const value = (seed: number, dims: readonly number[]) => floats(dims, Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed * 77.1 + i * 2.399) * 0.7))
  const weights: Record<string, ReturnType<typeof floats>> = {
    words: value(1, [VOCAB, D]), places: value(2, [S, D]), types: value(3, [2, D]), U: value(4, [D, 3]), scale: floats([], [(D / H) ** -0.5]), far: floats([], [-1e9]), minus: floats([], [-10000]), plus: floats([], [0]),
    apart: ints([0, 0, H, D / H]), together: ints([0, 0, D]), rows: ints([1, 1, S, 1]), axes12: ints([1, 2]), zero: { dtype: 'int32', dims: [], data: Int32Array.of(0) }, 'final.g': value(5, [D]), 'final.b': value(6, [D]),
    causal: { dtype: 'bool', dims: [S, S], data: Uint8Array.from({ length: S * S }, (_, i) => (i % S <= Math.floor(i / S) ? 1 : 0)) },
    from: ints([0]), to: ints([D / H]), last: ints([2]), own_scale: floats([], [0.7]), cap: floats([], [1.5]), half: floats([], [0.5]), one: floats([], [1]), root: floats([], [Math.SQRT2]),
  }
  for (const l of LAYERS) {
    ;['q', 'k', 'v', 'o'].forEach((p, i) => {
      weights[`a${l}.W${p}`] = value(10 + 40 * l + i, [D, D])
      weights[`a${l}.b${p}`] = value(20 + 40 * l + i, [D])
    })
    const side = (p: string) => [weights[`a${l}.Wq`]!, weights[`a${l}.Wk`]!, weights[`a${l}.Wv`]!].map((w) => [...(w.data as Float32Array).subarray(D * Number(p), D * Number(p) + D)]).flat()
    weights[`a${l}.Wqkv`] = floats([D, 3 * D], Array.from({ length: D }, (_, row) => side(String(row))).flat())
    weights[`a${l}.bqkv`] = floats([3 * D], ['q', 'k', 'v'].flatMap((p) => [...(weights[`a${l}.b${p}`]!.data as Float32Array)]))
    for (const [i, name] of [`a${l}`, `m${l}`].entries()) {
      weights[`${name}.g`] = value(30 + 40 * l + i, [D])
      weights[`${name}.b`] = value(32 + 40 * l + i, [D])
    }
    weights[`m${l}.W1`] = value(34 + 40 * l, [D, 12])
    weights[`m${l}.b1`] = value(36 + 40 * l, [12])
    weights[`m${l}.W2`] = value(35 + 40 * l, [12, D])
  }
  const ops: Line[] = [...PADDING, ...(embed ?? [['Gather', ['words', 'ids'], 'e'], ['Add', ['e', 'places'], 'r0']])]
  ops.push(...norm('r0', 'a0/n', 'a0'))
  for (const l of LAYERS) {
    ops.push(...attention(l), ['MatMul', [`a${l}/z`, `a${l}.Wo`], `a${l}/o0`], ['Add', [`a${l}/o0`, `a${l}.bo`], `a${l}/o`])
    ops.push(...(skip === added ? [['Add', [`r${l}`, `a${l}/o`], `mid${l}`] as Line, ...norm(`mid${l}`, `m${l}/n`, `m${l}`)] : skip(`r${l}`, `a${l}/o`, `mid${l}`, `m${l}/n`, `m${l}`)))
    ops.push(['MatMul', [`m${l}/n`, `m${l}.W1`], `m${l}/1`], ...(activation ?? ((from, to) => [['Relu', from, to]]))(`m${l}/1`, `m${l}/2`, l), ['MatMul', [`m${l}/2`, `m${l}.W2`], `m${l}/o`])
    const next = l === LAYERS.length - 1 ? 'final' : `a${l + 1}`
    ops.push(...(skip === added ? [['Add', [`mid${l}`, `m${l}/o`], `r${l + 1}`] as Line, ...norm(`r${l + 1}`, `${next}/n`, next)] : skip(`mid${l}`, `m${l}/o`, `r${l + 1}`, `${next}/n`, next)))
  }
  ops.push(['MatMul', ['final/n', 'U'], 'y'])
  return { opset, domains: { 'com.microsoft': 1 }, inputs: { ids: ['int64', ['batch', S]], mask: ['int32', ['batch', S]] }, weights, ops, outputs: ['y'] }
}

const CASES: (readonly [name: string, fused: Style, twin: Style])[] = [
  ['the Attention of opset 23, causal, with RMSNormalization', { opset: 23, norm: rmsNorm, attention: (l) => [...projected(l, true), ['Attention', [`a${l}/q1`, `a${l}/k1`, `a${l}/v1`], `a${l}/z`, { q_num_heads: H, kv_num_heads: H, is_causal: 1 }]] }, { opset: 23, norm: rmsNorm, attention: spelled([], 'causal') }],
  ['the Attention of opset 23, with a mask and four axes', {
    opset: 23,
    attention: (l) => [
      ...projected(l, true), ...['q', 'k', 'v'].flatMap((p): Line[] => [['Reshape', [`a${l}/${p}1`, 'apart'], `a${l}/${p}2`], ['Transpose', `a${l}/${p}2`, `a${l}/${p}`, { perm: [0, 2, 1, 3] }]]),
      ['Expand', ['padding', 'rows'], `a${l}/full`], ['Attention', [`a${l}/q`, `a${l}/k`, `a${l}/v`, `a${l}/full`], `a${l}/z0`], ['Transpose', `a${l}/z0`, `a${l}/z1`, { perm: [0, 2, 1, 3] }], ['Reshape', [`a${l}/z1`, 'together'], `a${l}/z`],
    ],
  }, { opset: 23, attention: spelled(['padding']) }],
  ['MultiHeadAttention with a bias and a mask of keys', { attention: (l) => [...projected(l, false), ['MultiHeadAttention', [`a${l}/q1`, `a${l}/k1`, `a${l}/v1`, `a${l}.bqkv`, 'mask'], `a${l}/z`, { num_heads: H }, 'com.microsoft']] }, { attention: spelled(['padding']) }],
  ['Attention of ONNX Runtime, causal', { attention: (l) => [['Attention', [`a${l}/n`, `a${l}.Wqkv`, `a${l}.bqkv`], `a${l}/z`, { num_heads: H, unidirectional: 1 }, 'com.microsoft']] }, { attention: spelled([], 'causal') }],
  ['Attention of ONNX Runtime, with a mask of keys', { attention: (l) => [['Attention', [`a${l}/n`, `a${l}.Wqkv`, `a${l}.bqkv`, 'mask'], `a${l}/z`, { num_heads: H }, 'com.microsoft']] }, { attention: spelled(['padding']) }],
  ['norms of sums', { attention: spelled([]), skip: (x, y, sum, norm, name) => [['SkipLayerNormalization', [x, y, `${name}.g`, `${name}.b`], [norm, '', '', sum], { epsilon: f(1e-5) }, 'com.microsoft']] }, { attention: spelled([]) }],
  ['RMS norms of sums', {
    attention: spelled([]), opset: 23, norm: rmsNorm,
    skip: (x, y, sum, norm, name) => [['SkipSimplifiedLayerNormalization', [x, y, `${name}.g`], [norm, '', '', sum], { epsilon: f(1e-5) }, 'com.microsoft']],
  }, { opset: 23, norm: rmsNorm, attention: spelled([]) }],
  ['an activation with a bias', { attention: spelled([]), activation: (from, to, l) => [['BiasGelu', [from, `m${l}.b1`], to, {}, 'com.microsoft']] }, {
    attention: spelled([]), activation: (from, to, l) => [['Add', [from, `m${l}.b1`], `${to}/b`], ['Div', [`${to}/b`, 'root'], `${to}/d`], ['Erf', `${to}/d`, `${to}/e`], ['Add', [`${to}/e`, 'one'], `${to}/f`], ['Mul', [`${to}/b`, `${to}/f`], `${to}/g`], ['Mul', [`${to}/g`, 'half'], to]],
  }],
]

const EMBEDDED: readonly Line[] = [['Cast', 'ids', 'ids32', { to: 6 }], ['EmbedLayerNormalization', ['ids32', '', 'words', 'places', '', 'final.g', 'final.b'], ['r0', 'counted'], { epsilon: f(1e-12) }, 'com.microsoft']]
const SPELLED_EMBEDDING: readonly Line[] = [['Gather', ['words', 'ids'], 'word_embeddings'], ['Add', ['word_embeddings', 'places'], 'e0'], ['LayerNormalization', ['e0', 'final.g', 'final.b'], 'r0', { axis: -1, epsilon: f(1e-12) }]]
const transposing: Style['attention'] = (l) => spelled([])(l).flatMap((line): Line[] => {
  const [opType, inputs, outputs, attributes] = line
  if (outputs === `a${l}/k`) return [['Transpose', inputs, `a${l}/k`, { perm: [0, 2, 1, 3] }]]
  if (outputs === `a${l}/s0`) return [['FusedMatMul', inputs, `a${l}/s`, { transB: 1, alpha: f((D / H) ** -0.5) }, 'com.microsoft']]
  return opType === 'Mul' && outputs === `a${l}/s` ? [] : [[opType, inputs, outputs, attributes ?? {}]]
})
/** The first head's keys and values for both heads. */
const first = (l: number): Line[] => ['k', 'v'].map((p): Line => ['Slice', [`a${l}/${p}1`, 'from', 'to', 'last'], `a${l}/${p}g`])
const grouped: Style['attention'] = (l) => [
  ...projected(l, true), ...first(l),
  ['Attention', [`a${l}/q1`, `a${l}/kg`, `a${l}/vg`], [`a${l}/z`, `a${l}/present_k`, `a${l}/present_v`], { q_num_heads: H, kv_num_heads: 1, softcap: f(1.5), scale: f(0.7) }],
]
const spelledGroups: Style['attention'] = (l) => spelled([])(l).flatMap((line): Line[] => {
  const [opType, inputs, outputs, attributes] = line
  const p = outputs === `a${l}/k2` ? 'k' : outputs === `a${l}/v2` ? 'v' : undefined
  if (p !== undefined) return [...first(l).filter((one) => one[2] === `a${l}/${p}g`), ['Concat', [`a${l}/${p}g`, `a${l}/${p}g`], `a${l}/${p}r`, { axis: -1 }], ['Reshape', [`a${l}/${p}r`, 'apart'], `a${l}/${p}2`]]
  if (opType === 'Mul' && outputs === `a${l}/s`) return [['Mul', [`a${l}/s0`, 'own_scale'], `a${l}/s1`], ['Div', [`a${l}/s1`, 'cap'], `a${l}/s2`], ['Tanh', `a${l}/s2`, `a${l}/s3`], ['Mul', [`a${l}/s3`, 'cap'], `a${l}/s`]]
  return [[opType, inputs, outputs, attributes ?? {}]]
})
CASES.push(
  ['the Attention of opset 23, one head of keys for two of queries, scores capped', { opset: 23, attention: grouped }, { opset: 23, attention: spelledGroups }],
  ['embeddings under a norm', { attention: spelled([]), embed: EMBEDDED }, { attention: spelled([]), embed: SPELLED_EMBEDDING }],
  ['a product that transposes and scales', { attention: transposing }, { attention: spelled([]) }],
)

const feeds = { ids: (i: number) => (i * 5 + 1) % VOCAB, mask: (i: number) => (i % S < 4 ? 1 : 0) }

describe.each(CASES)('%s', (_, fused, twin) => {
  it('has the parts of its twin', async () => {
    const [graph, plain] = [await readModel(file(model(fused))), await readModel(file(model(twin)))]
    const [view, known] = [understood(graph), understood(plain)]
    expect([...view.components.keys()]).toEqual([...known.components.keys()])
    expect([...view.points.keys()].sort()).toEqual([...known.points.keys()].sort())
    const given = feedsFor(graph, { N: 4 }, feeds)
    const found = await valuesOf(view.graph, given, [...view.components.values(), ...view.points.values(), 'y'])
    const expected = await valuesOf(known.graph, given, [...known.components.values(), ...known.points.values(), 'y'])
    const original = await valuesOf(graph, given, ['y'])
    expect(relative(original.y!.data as Float32Array, found.y!.data)).toBeLessThan(1e-4)
    expect(relative(original.y!.data as Float32Array, expected.y!.data)).toBeLessThan(1e-4)
    const parts = (v: typeof view) => new Map([...v.components, ...v.points])
    const wrong = [...parts(known)].filter(([name]) => !name.endsWith('.mask')).flatMap(([name, tensor]) => {
      const error = relative(expected[tensor]!.data as Float32Array, found[parts(view).get(name)!]!.data)
      return error < 1e-4 ? [] : [`${name} differs by ${error}`]
    })
    // Fused, the scale stands after the product as in the twin, so queries are the same too.
    expect(wrong).toEqual([])
  })
})

/** Queries and keys turned by the operator of opset 23, heads side by side or apart. */
const turned = (apart: boolean): Style['attention'] => (l) => spelled([])(l).flatMap((line): Line[] => {
  const [opType, inputs, outputs, attributes] = line
  const p = ['q', 'k'].find((one) => outputs === `a${l}/${one}2`)
  if (p !== undefined && !apart) return [['RotaryEmbedding', [`a${l}/${p}1`, 'cosines', 'sines', 'order'], `a${l}/${p}t`, { num_heads: H }], ['Reshape', [`a${l}/${p}t`, 'apart'], `a${l}/${p}2`]]
  if (outputs === `a${l}/q` && apart) return [['Transpose', inputs, `a${l}/q3`, { perm: [0, 2, 1, 3] }], ['RotaryEmbedding', [`a${l}/q3`, 'cosines', 'sines', 'order'], `a${l}/q`]]
  return [[opType, inputs, outputs, attributes ?? {}]]
})

it.each([['side by side', false], ['apart', true]] as const)('the RotaryEmbedding of opset 23 has queries before it, heads %s', async (_, apart) => {
  const description = model({ opset: 23, attention: turned(apart) })
  const angles = Array.from({ length: S * (D / H / 2) }, (_, i) => i * 0.3)
  const weights = { ...description.weights, cosines: floats([S, D / H / 2], angles.map(Math.cos)), sines: floats([S, D / H / 2], angles.map(Math.sin)) }
  // One row of positions for each datum.
  const order: readonly Line[] = [['CumSum', ['ones', 'one_axis'], 'counted'], ['Sub', ['counted', 'ones'], 'order']]
  const made = { ...description, weights: { ...weights, one_axis: ints(1), unit: ints([1]) }, ops: [['Sub', ['ids', 'ids'], 'zeros'], ['Add', ['zeros', 'unit'], 'ones'], ...order, ...description.ops] as Line[] }
  const graph = await readModel(file(made))
  const view = understood(graph)
  const given = feedsFor(graph, { N: 4 }, feeds)
  const values = await valuesOf(view.graph, given, ['y', 'a1/q1', view.points.get('a1.q_raw.h1')!, view.points.get('a1.q.h1')!])
  expect(relative((await valuesOf(graph, given, ['y'])).y!.data as Float32Array, values.y!.data)).toBeLessThan(1e-4)
  const raw = values[view.points.get('a1.q_raw.h1')!]!
  expect(raw.dims).toEqual([4, S, D / H])
  // The second half of the projection.
  const projection = values['a1/q1']!.data
  expect(relative(Float32Array.from({ length: 4 * S * (D / H) }, (_, i) => Number(projection[Math.floor(i / (D / H)) * D + D / H + (i % (D / H))])), raw.data)).toBeLessThan(1e-6)
  expect(relative(raw.data as Float32Array, values[view.points.get('a1.q.h1')!]!.data)).toBeGreaterThan(1e-2)
})

const REFUSED: readonly (readonly [string, Style['attention'], RegExp])[] = [
  ['with a cache', (l) => [...projected(l, true), ['MultiHeadAttention', [`a${l}/q1`, `a${l}/k1`, `a${l}/v1`], [`a${l}/z`, `a${l}/pk`, `a${l}/pv`], { num_heads: H }, 'com.microsoft']], /MultiHeadAttention `a0\/z`, which cannot be taken apart exactly: it has a cache/],
  ['grouped, with a cache', (l) => [...projected(l, true), ['GroupQueryAttention', [`a${l}/q1`, `a${l}/k1`, `a${l}/v1`], [`a${l}/z`], { num_heads: H, kv_num_heads: H }, 'com.microsoft']], /GroupQueryAttention .*export the model without optimisation/],
  ['with heads that do not divide the width', (l) => [...projected(l, true), ['MultiHeadAttention', [`a${l}/q1`, `a${l}/k1`, `a${l}/v1`], `a${l}/z`, { num_heads: 3 }, 'com.microsoft']], /MultiHeadAttention .*its heads do not divide the width of its queries, keys or values/],
  ['with a width that is no three', (l) => [['Attention', [`a${l}/n`, `a${l}.Wq`], `a${l}/z`, { num_heads: H }, 'com.microsoft']], /Attention .*its heads do not divide the width of its queries, keys or values/],
  ['with no heads at all', (l) => [...projected(l, true), ['MultiHeadAttention', [`a${l}/q1`, `a${l}/k1`, `a${l}/v1`], `a${l}/z`, { num_heads: 0 }, 'com.microsoft']], /MultiHeadAttention .*its heads do not divide the width of its queries, keys or values/],
]
it.each(REFUSED)('%s: told, with what to do', async (_, attention, message) => {
  const view = transformerOf(await readModel(file(model({ attention }))))
  expect(view.kind === 'none' ? view.problem : view.kind).toMatch(message)
})
