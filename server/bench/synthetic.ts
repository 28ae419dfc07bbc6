/** Models, data and files of any size for benchmarks and stress tests: a residual stream of heads and MLPs, written as ONNX. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeModel } from '../src/onnx/encode.ts'
import type { Op } from '../src/onnx/types.ts'

const HEADS = 8
const LENGTH = 42
const WIDTH = 8

const op = (opType: string, inputs: readonly string[], output: string, attributes: Op['attributes'] = {}): Op =>
  ({ name: '', opType, domain: '', inputs, outputs: [output], attributes, captures: [] })

/** Layers that make about `operators` operators. */
export const layersOf = (operators: number): number => Math.max(2, Math.round((operators - 8) / (HEADS * 6 + 4)))

/** A model of `layers` layers with eight heads each; about 52 operators a layer. Input tokens: int64[N, 42]; output logits: float32[N, 2]. */
export function writeModel(folder: string, layers: number, name = 'model.onnx'): string {
  const float = (dims: readonly number[]) => ({ dtype: 'float32' as const, dims, data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.cos(i * 1.7) * 0.3) })
  const ops: Op[] = [op('Gather', ['W_E', 'tokens'], 'embed', { axis: { type: 'int', value: 0n } })]
  let stream = 'embed'
  for (let l = 0; l < layers; l++) {
    ops.push(op('Tanh', [stream], `/blocks.${l}/in`))
    let sum = stream
    for (let h = 0; h < HEADS; h++) {
      const at = `/blocks.${l}/attn/h${h}`
      ops.push(op('MatMul', [`/blocks.${l}/in`, 'W'], `${at}/q`), op('MatMul', [`/blocks.${l}/in`, 'W'], `${at}/k`), op('Mul', [`${at}/q`, `${at}/k`], `${at}/scores`))
      ops.push(op('Softmax', [`${at}/scores`], `${at}/pattern`, { axis: { type: 'int', value: -1n } }), op('Mul', [`${at}/pattern`, `/blocks.${l}/in`], at), op('Add', [sum, at], `/blocks.${l}/sum${h}`))
      sum = `/blocks.${l}/sum${h}`
    }
    ops.push(op('Relu', [sum], `/blocks.${l}/mlp/pre`), op('MatMul', [`/blocks.${l}/mlp/pre`, 'W'], `/blocks.${l}/mlp`), op('Add', [sum, `/blocks.${l}/mlp`], `/blocks.${l}/out`))
    stream = `/blocks.${l}/out`
  }
  ops.push(op('ReduceMean', [stream, 'axes'], '/pooled', { keepdims: { type: 'int', value: 0n } }), op('MatMul', ['/pooled', 'W_U'], 'logits'))
  const path = join(folder, name)
  writeFileSync(path, encodeModel({
    opset: 18, domains: new Map(),
    inputs: [{ name: 'tokens', type: { dtype: 'int64', shape: ['N', LENGTH] } }],
    outputs: [{ name: 'logits', type: { dtype: 'float32', shape: ['N', 2] } }],
    ops,
    initializers: [
      { name: 'W_E', tensor: float([5, WIDTH]) }, { name: 'W', tensor: float([WIDTH, WIDTH]) }, { name: 'W_U', tensor: float([WIDTH, 2]) },
      { name: 'axes', tensor: { dtype: 'int64', dims: [1], data: BigInt64Array.from([1n]) } },
    ],
  }))
  return path
}

/** `rows` data with the columns tokens: int64[42] and label: int64, as jsonl. */
export function writeData(folder: string, rows: number, name = 'data.jsonl'): string {
  let state = 1
  const next = (n: number) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % n
  const path = join(folder, name)
  writeFileSync(path, Array.from({ length: rows }, () => JSON.stringify({ tokens: Array.from({ length: LENGTH }, () => next(65536) % 5), label: next(65536) % 2 })).join('\n'))
  return path
}

/** A hypothesis file of about `lines` lines for a model of `layers` layers. */
export function textOf(lines: number, layers: number): string {
  const parts = [`model "model.onnx"
data "data.jsonl"
vocab tokens = ["[start]", "[pad]", "[end]", "(", ")"]
metric loss = cross_entropy(logits, label)
let open = tokens == "("
let close = tokens == ")"
let opens = flip(cumulative_sum(flip(open)))
let parens = flip(cumulative_sum(flip(open or close)))
let horizon[i] = if tokens[i] == "[pad]" then 0 else if 2 * opens[i] > parens[i] then -1 else 1
graph {
  component emb = "embed"
  component a[l in range(${layers})].h[h in range(8)] = "/blocks.{l}/attn/h{h}"
  component m[l in range(${layers})] = "/blocks.{l}/mlp"
  point a[l in range(${layers})].in = "/blocks.{l}/in"
}
`]
  for (let i = 0; parts.length * 12 < lines; i++) {
    parts.push(`
hypothesis "h${i}" {
  let k = ${i}
  node count[l in [0, 1]]  = opens[${i % LENGTH}] > k              at a[l].h[${i % HEADS}]
  node depth               = all(2 * opens <= parens + k)    at a${layers - 1}.h1
  node pos[i in range(42)] = horizon[i]                      at a${layers - 1}.in[i]
  node first               = exact                           at emb
  refine depth from pos
  refine count from first through any
  node extra               = sum(open) + ${i}                at m${i % layers}
  node out                 = exact                           at logits    from count through any, depth through any, extra through any
}
`)
  }
  return parts.join('')
}
