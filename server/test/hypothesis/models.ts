/** Small models for tests, written one operator a line: `B: float32[N, 3] = A, x`. */
import type { DType, Op } from '../../src/onnx/types.ts'
import type { ModelGraph, TensorInfo } from '../../src/model/graph.ts'

/** `inputs` like `x: float32[N, 3]`; `operators` like `B: float32[N, 3] = A, x` (or `= Shape(A)`); outputs by name. */
export function model(inputs: readonly string[], operators: readonly string[], outputs: readonly string[], weights: readonly string[] = []): ModelGraph {
  const tensors = new Map<string, TensorInfo & { consumers: number[] }>()
  const add = (declared: string, producer: number | undefined): string => {
    const [, name, dtype, dims] = /^(.+?):\s*(\w+)(?:\[(.*)\])?$/.exec(declared.trim())!
    const shape = dims === undefined ? undefined : dims.split(',').map((d) => d.trim()).filter(Boolean).map((d) => (/^\d+$/.test(d) ? Number(d) : d))
    tensors.set(name!, { name: name!, type: { dtype: dtype as DType, shape }, producer, consumers: [] })
    return name!
  }
  const inputNames = inputs.map((input) => add(input, undefined))
  const ops = operators.map((line, index): Op => {
    const [left, right] = line.split(' = ') as [string, string]
    const [, opType = 'Op', list] = /^(?:(\w+)\((.*)\))$/.exec(right) ?? [undefined, undefined, right]
    const read = list!.split(',').map((t) => t.trim())
    for (const tensor of read) tensors.get(tensor)?.consumers.push(index)
    return { name: '', opType, domain: '', attributes: {}, inputs: read, outputs: [add(left, index)], captures: [] }
  })
  return {
    path: '/models/m.onnx', irVersion: 8, opset: 18, domains: new Map(), fileOpset: 18, producerName: 'test',
    inputs: inputNames, outputs, tensors, ops, functions: [],
    initializers: new Map(weights.map((name) => [name, { name, dtype: 'float32', dims: [3], source: { kind: 'inline', tensor: { dtype: 'float32', dims: [3], data: new Float32Array(3) } } }])),
  }
}

/** The worked example of the causal scrubbing post: `z1 > 3 or z2 > 3`. */
export const toy = model(
  ['z1: float32[N]', 'z2: float32[N]', 'z3: float32[N]'],
  ['/A: float32[N] = z1', '/B: float32[N] = z2', '/C: float32[N] = z3', '/D: float32[N] = /A, /B', 'logit: float32[N] = /D, /C'],
  ['logit'],
)

/**
 * A residual stream of two blocks with two heads each, all sums: `r0` = embed, `mid{l}` after the heads, `r{l+1}` after
 * the MLP. Heads read the stream through a norm (`/in{l}`), MLPs through another (`/mlp_in{l}`).
 */
export const transformer = model(
  ['tokens: int64[N, S]'],
  [
    'embed: float32[N, S, 8] = tokens',
    ...[0, 1].flatMap((l) => [
      `/in${l}: float32[N, S, 8] = ${l === 0 ? 'embed' : `/r${l}`}`,
      `/a${l}/h0: float32[N, S, 8] = /in${l}`,
      `/a${l}/h1: float32[N, S, 8] = /in${l}`,
      `/mid${l}: float32[N, S, 8] = ${l === 0 ? 'embed' : `/r${l}`}, /a${l}/h0, /a${l}/h1`,
      `/mlp_in${l}: float32[N, S, 8] = /mid${l}`,
      `/m${l}: float32[N, S, 8] = /mlp_in${l}`,
      `/r${l + 1}: float32[N, S, 8] = /mid${l}, /m${l}`,
    ]),
    'logits: float32[N, 2] = /r2',
    'cache: float32[N, S, 8] = /in1',
  ],
  ['logits', 'cache'],
)

/** The names of `transformer`, as a file would declare them. */
export const transformerNames = `
graph {
  component a[l in range(2)].h[h in range(2)] = "/a{l}/h{h}"
  component m[l in range(2)] = "/m{l}"
  component emb = "embed"
  point a[l in range(2)].in = "/in{l}"
}`
