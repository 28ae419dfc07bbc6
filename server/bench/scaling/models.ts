/** Models of any size, with random weights, and data for them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeModel, type NamedTensor } from '../../src/onnx/encode.ts'
import type { Op, Tensor } from '../../src/onnx/types.ts'
import { writeNpz } from './npz.ts'

export const VOCABULARY = 16

/** A transformer with a norm before each block, and its outputs read at position 0. */
export interface Size {
  readonly layers: number
  readonly heads: number
  readonly width: number
  readonly headWidth: number
  /** Tokens of a datum. */
  readonly length: number
}

/** Parameters of the blocks. */
export const parameters = ({ layers, heads, width, headWidth }: Size): number => layers * (4 * heads * headWidth * width + 8 * width * width)

const op = (opType: string, inputs: readonly string[], output: string, attributes: Record<string, number> = {}): Op =>
  ({ name: '', opType, domain: '', inputs, outputs: [output], captures: [], attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, { type: 'int', value: BigInt(value) }])) })

/** Numbers that are the same every time, uniform between -1 and 1. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1
  }
}

const floats = (dims: readonly number[], scale: number, next: () => number): Tensor => ({ dtype: 'float32', dims, data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => next() * scale) })
const ints = (...values: number[]): Tensor => ({ dtype: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) })

/** tokens: int64[N, length] to logits: float32[N, 2]. Tensors: `x0` … the stream before each block, `a{l}.h{h}`, `m{l}`. */
export function writeTransformer(folder: string, { layers, heads, width, headWidth, length }: Size): void {
  const next = random(1)
  const weights: NamedTensor[] = []
  const weight = (name: string, ...dims: number[]): string => {
    weights.push({ name, tensor: floats(dims, Math.sqrt(3 / dims[0]!), next) })
    return name
  }
  const ops: Op[] = [op('Gather', [weight('W_E', VOCABULARY, width), 'tokens'], 'words'), op('Add', ['words', weight('W_pos', length, width)], 'x0')]
  let stream = 'x0'
  const add = (term: string, to: string): void => {
    ops.push(op('Add', [stream, term], to))
    stream = to
  }
  const norm = (at: string): string => {
    weights.push({ name: `${at}.gain`, tensor: floats([width], 1, () => 1) })
    ops.push(op('LayerNormalization', [stream, `${at}.gain`], `${at}.normed`, { axis: -1 }))
    return `${at}.normed`
  }
  const times = (left: string, right: string, to: string): string => {
    ops.push(op('MatMul', [left, right], to))
    return to
  }
  for (let l = 0; l < layers; l++) {
    const normed = norm(`a${l}`)
    for (let h = 0; h < heads; h++) {
      const at = `a${l}.h${h}`
      const [q, k, v] = ['q', 'k', 'v'].map((which) => times(normed, weight(`${at}.W_${which}`, width, headWidth), `${at}.${which}`)) as [string, string, string]
      ops.push({ ...op('Transpose', [k], `${k}.T`), attributes: { perm: { type: 'ints', value: [0n, 2n, 1n] } } })
      ops.push(op('Softmax', [times(q, `${k}.T`, `${at}.scores`)], `${at}.pattern`, { axis: -1 }))
      times(times(`${at}.pattern`, v, `${at}.z`), weight(`${at}.W_o`, headWidth, width), at)
      add(at, `a${l}.sum${h}`)
    }
    ops.push(op('Relu', [times(norm(`m${l}`), weight(`m${l}.W_in`, width, 4 * width), `m${l}.pre`)], `m${l}.post`))
    add(times(`m${l}.post`, weight(`m${l}.W_out`, 4 * width, width), `m${l}`), `x${l + 1}`)
  }
  ops.push(op('Gather', [norm('final'), 'first'], 'read', { axis: 1 }))
  times('read', weight('W_U', width, 2), 'logits')
  weights.push({ name: 'first', tensor: { ...ints(0), dims: [] } })
  writeFileSync(join(folder, 'model.onnx'), encodeModel({
    opset: 18,
    inputs: [{ name: 'tokens', type: { dtype: 'int64', shape: ['N', length] } }],
    outputs: [{ name: 'logits', type: { dtype: 'float32', shape: ['N', 2] } }],
    ops, initializers: weights,
  }))
}

/** tokens: int32[rows, length], label: int32[rows]. */
export function writeTokens(folder: string, rows: number, length: number): void {
  const next = random(2)
  const below = (n: number): number => Math.floor(((next() + 1) / 2) * n)
  writeNpz(join(folder, 'data.npz'), { tokens: { width: length, values: Int32Array.from({ length: rows * length }, () => below(VOCABULARY)) }, label: { values: Int32Array.from({ length: rows }, () => below(2)) } })
}

/** Every node of a layer reads all three of the layer before: x: float32[N, 3] to `t{l}_{i}`: float32[N, 3] to y: float32[N]. */
export function writeDeep(folder: string, layers: number): void {
  const next = random(3)
  const weights: NamedTensor[] = []
  const ops: Op[] = []
  for (let l = 0; l < layers; l++) {
    for (let i = 0; i < 3; i++) {
      let sum = `b${l}_${i}`
      weights.push({ name: sum, tensor: floats([3], 0.3, next) })
      for (const j of l === 0 ? [i] : [0, 1, 2]) {
        const [name, product, total] = [`W${l}_${i}_${j}`, `p${l}_${i}_${j}`, `s${l}_${i}_${j}`]
        const tensor = floats([3, 3], 0.2, next)
        // What a node takes of the one before outweighs the rest, so that it goes on telling of x[i].
        if (i === j) for (let d = 0; d < 3; d++) (tensor.data as Float32Array)[4 * d]! += 1
        weights.push({ name, tensor })
        ops.push(op('MatMul', [l === 0 ? 'x' : `t${l - 1}_${j}`, name], product), op('Add', [product, sum], total))
        sum = total
      }
      ops.push(op('Tanh', [sum], `t${l}_${i}`))
    }
  }
  const [a, b, c] = [0, 1, 2].map((i) => `t${layers - 1}_${i}`) as [string, string, string]
  ops.push(op('Add', [a, b], 'ab'), op('Add', ['ab', c], 'abc'), op('ReduceMean', ['abc', 'axis'], 'y', { keepdims: 0 }))
  weights.push({ name: 'axis', tensor: ints(1) })
  writeFileSync(join(folder, 'model.onnx'), encodeModel({
    opset: 18,
    inputs: [{ name: 'x', type: { dtype: 'float32', shape: ['N', 3] } }],
    outputs: [{ name: 'y', type: { dtype: 'float32', shape: ['N'] } }],
    ops, initializers: weights,
  }))
}

/** x: float32[rows, 3]. */
export function writeNumbers(folder: string, rows: number): void {
  const next = random(4)
  writeNpz(join(folder, 'data.npz'), { x: { width: 3, values: Float32Array.from({ length: rows * 3 }, next) } })
}
