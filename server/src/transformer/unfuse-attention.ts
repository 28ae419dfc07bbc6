/** Fused attention as two products and a softmax: the standard operator of opset 23, and those of ONNX Runtime. */
import { attr } from '../onnx/dag.ts'
import { floatAttribute, intAttribute, intsAttribute } from '../onnx/infer/context.ts'
import type { Derivation } from '../model/derive.ts'
import type { Op } from '../onnx/types.ts'
import { make } from './unfuse-sums.ts'
import type { Unfuse } from './unfuse.ts'

/** What a mask says: added to the scores, or true where a key may be seen. */
type Masked = { readonly add: string } | { readonly see: string }

interface Parts {
  /** `[data, heads, position, width]`. */
  readonly q: string
  readonly k: string
  readonly v: string
  readonly width: number
  readonly scale: number
  readonly masks: readonly Masked[]
  /** What hidden scores are set to, or what is added to them. */
  readonly hidden: number
  readonly softcap?: number
}

/** The result, `[data, heads, position, width]`. */
function attention(d: Derivation, hint: string, { q, k, v, scale, masks, hidden, softcap }: Parts): string {
  const number = (name: string, value: number): string => d.number(`${hint}/${name}`, value, q)
  const turned = d.add(`${hint}/keys`, 'Transpose', [k], { perm: attr.ints([0, 1, 3, 2]) })
  let scores = d.add(`${hint}/scaled`, 'Mul', [d.add(`${hint}/scores`, 'MatMul', [q, turned]), number('scale', scale)])
  if (softcap) scores = d.add(`${hint}/capped`, 'Mul', [d.add(`${hint}/tanh`, 'Tanh', [d.add(`${hint}/cap`, 'Div', [scores, number('softcap', softcap)])]), number('softcap', softcap)])
  for (const mask of masks) scores = 'add' in mask ? d.add(`${hint}/masked`, 'Add', [scores, mask.add]) : d.add(`${hint}/masked`, 'Where', [mask.see, scores, number('hidden', hidden)])
  const pattern = d.add(`${hint}/pattern`, 'Softmax', [scores], { axis: attr.int(-1) })
  return d.add(`${hint}/result`, 'MatMul', [pattern, v])
}

const UNDIVIDED = 'its heads do not divide the width of its queries, keys or values'

/** Whether the last axis is a known number of as many heads. */
const divides = (d: Derivation, name: string, heads: number): boolean => heads > 0 && Number.isInteger((d.type(name)?.shape?.at(-1) as number) / heads)

/** `[data, position, heads * width]` as `[data, heads, position, width]`. */
function headsApart(d: Derivation, name: string, heads: number, hint: string): string {
  const width = d.type(name)?.shape?.at(-1) as number
  return d.add(`${hint}/heads`, 'Transpose', [d.add(`${hint}/apart`, 'Reshape', [name, d.integers([0, 0, heads, width / heads])])], { perm: attr.ints([0, 2, 1, 3]) })
}

function headsTogether(d: Derivation, result: string, output: string): void {
  const shape = d.type(result)!.shape!
  make(d, output, 'Reshape', [d.add(`${output}/together`, 'Transpose', [result], { perm: attr.ints([0, 2, 1, 3]) }), d.integers([0, 0, (shape[1] as number) * (shape[3] as number)])])
}

/** True where the key is not after the query. */
function causal(d: Derivation, queries: number, keys: number): Masked {
  // One for all layers.
  const name = `causal/${queries}/${keys}`
  if (d.type(name)?.dtype === 'bool') return { see: name }
  const data = Uint8Array.from({ length: queries * keys }, (_, i) => (i % keys <= Math.floor(i / keys) + (keys - queries) ? 1 : 0))
  return { see: d.constant(name, { dtype: 'bool', dims: [queries, keys], data }) }
}

const numeric = (d: Derivation, names: readonly string[], axis: number): boolean => names.every((name) => typeof d.type(name)?.shape?.at(axis) === 'number')

/** The standard operator. */
const standard: Unfuse = (d, op) => {
  const [query, key, value, mask = '', pastKey = '', pastValue = ''] = op.inputs as string[]
  const [output, presentKey = '', presentValue = '', product = ''] = op.outputs
  if (pastKey || pastValue) return 'it reads a cache of keys and values'
  if (product) return 'it also gives the scores'
  const rank = d.type(query!)?.shape?.length
  if ((rank !== 3 && rank !== 4) || !numeric(d, [query!, key!, value!], -1)) return 'the shapes of its inputs are not known'
  const heads = rank === 3 ? intAttribute(op, 'q_num_heads', 1) : (d.type(query!)!.shape![1] as number)
  const groups = rank === 3 ? intAttribute(op, 'kv_num_heads', 1) : (d.type(key!)!.shape![1] as number)
  if (rank === 3 && !(divides(d, query!, heads) && divides(d, key!, groups) && divides(d, value!, groups))) return UNDIVIDED
  const [q, k, v] = rank === 4 ? [query!, key!, value!] : [headsApart(d, query!, heads, `${output}/q`), headsApart(d, key!, groups, `${output}/k`), headsApart(d, value!, groups, `${output}/v`)]
  const width = d.type(q)!.shape![3] as number
  const masks: Masked[] = []
  if (mask) masks.push(d.type(mask)?.dtype === 'bool' ? { see: mask } : { add: mask })
  if (intAttribute(op, 'is_causal', 0) === 1) {
    if (!numeric(d, [q, k], 2)) return 'the number of positions is not known'
    const [queries, keys] = [d.type(q)!.shape![2] as number, d.type(k)!.shape![2] as number]
    if (queries !== keys) return 'it is causal with more keys than queries'
    masks.push(causal(d, queries, keys))
  }
  const result = attention(d, output!, {
    q, k: repeated(d, k, heads / groups, `${output}/k`), v: repeated(d, v, heads / groups, `${output}/v`), width, masks,
    scale: floatAttribute(op, 'scale', 1 / Math.sqrt(width)), hidden: Number.NEGATIVE_INFINITY, softcap: floatAttribute(op, 'softcap', 0),
  })
  if (rank === 4) make(d, output!, 'Identity', [result])
  else headsTogether(d, result, output!)
  if (presentKey) make(d, presentKey, 'Identity', [k])
  if (presentValue) make(d, presentValue, 'Identity', [v])
  return undefined
}

/** Every head of keys or values as often as there are queries for it. */
function repeated(d: Derivation, name: string, times: number, hint: string): string {
  if (times === 1) return name
  const shape = d.type(name)!.shape!
  const more = d.add(`${hint}/expanded`, 'Expand', [d.add(`${hint}/unsqueezed`, 'Unsqueeze', [name, d.integers([2])]), d.integers([1, 1, times, 1, 1])])
  return d.add(`${hint}/repeated`, 'Reshape', [more, d.integers([0, (shape[1] as number) * times, -1, shape[3] as number])])
}

/** One axis of a mask of keys: 1 where a key may be seen. */
function keyMask(d: Derivation, mask: string, hidden: number, like: string, hint: string): Masked | undefined {
  if (d.type(mask)?.shape?.length !== 2) return undefined
  const zero = d.constant(`${hint}/zero`, { dtype: d.type(mask)!.dtype === 'int64' ? 'int64' : 'int32', dims: [], data: d.type(mask)!.dtype === 'int64' ? BigInt64Array.of(0n) : Int32Array.of(0) })
  const unseen = d.add(`${hint}/unseen`, 'Equal', [d.add(`${hint}/mask`, 'Unsqueeze', [mask, d.integers([1, 2])]), zero])
  return { add: d.add(`${hint}/added`, 'Where', [unseen, d.number(`${hint}/hidden`, hidden, like), d.number(`${hint}/seen`, 0, like)]) }
}

/** What the two operators of ONNX Runtime have in common, from queries, keys and values `[data, position, heads * width]`. */
function common(d: Derivation, op: Op, [q, k, v]: readonly [string, string, string], mask: string, bias: string): string | undefined {
  const output = op.outputs[0]!
  const heads = intAttribute(op, 'num_heads', 1)
  if (![q, k, v].every((name) => divides(d, name, heads))) return UNDIVIDED
  const hidden = floatAttribute(op, 'mask_filter_value', -10000)
  const masks: Masked[] = []
  if (intAttribute(op, 'unidirectional', 0) === 1) {
    if (!numeric(d, [q, k], 1)) return 'the number of positions is not known'
    masks.push(causal(d, d.type(q)!.shape![1] as number, d.type(k)!.shape![1] as number))
  }
  if (mask) {
    const keys = keyMask(d, mask, hidden, q, output)
    if (!keys) return 'its mask is not one number for each key'
    masks.push(keys)
  }
  if (bias) masks.push({ add: bias })
  const [qh, kh, vh] = [headsApart(d, q, heads, `${output}/q`), headsApart(d, k, heads, `${output}/k`), headsApart(d, v, heads, `${output}/v`)]
  const width = d.type(qh)!.shape![3] as number
  const scale = floatAttribute(op, 'scale', 0)
  headsTogether(d, attention(d, output, { q: qh, k: kh, v: vh, width, masks, scale: scale === 0 ? 1 / Math.sqrt(width) : scale, hidden }), output)
  return undefined
}

const multiHead: Unfuse = (d, op) => {
  const [query, key = '', value = '', bias = '', mask = '', added = '', pastKey = '', pastValue = ''] = op.inputs as string[]
  if (pastKey || pastValue || op.outputs.slice(1).some((name) => name !== '')) return 'it has a cache of keys and values, or gives the scores'
  const inputs = [query!, key, value]
  if (inputs.some((name) => name === '' || d.type(name)?.shape?.length !== 3 || typeof d.type(name)!.shape![2] !== 'number')) return 'its queries, keys and values are not three tensors of rank 3'
  const widths = inputs.map((name) => d.type(name)!.shape![2] as number)
  const parts = inputs.map((name, i) => {
    if (bias === '') return name
    const start = widths.slice(0, i).reduce((a, b) => a + b, 0)
    const own = d.add(`${op.outputs[0]}/bias`, 'Slice', [bias, d.integers([start]), d.integers([start + widths[i]!]), d.integers([0])])
    return d.add(`${op.outputs[0]}/biased`, 'Add', [name, own])
  })
  return common(d, op, parts as [string, string, string], mask, added)
}

/** With the projection to queries, keys and values inside. */
const packed: Unfuse = (d, op) => {
  const [input, weight, bias = '', mask = '', past = '', added = ''] = op.inputs as string[]
  if (past || op.outputs.slice(1).some((name) => name !== '')) return 'it has a cache of keys and values'
  if (intAttribute(op, 'do_rotary', 0) === 1) return 'it turns queries and keys by their positions'
  const width = d.type(weight!)?.shape?.[1]
  const sizes = intsAttribute(op, 'qkv_hidden_sizes') ?? (typeof width === 'number' ? [width / 3, width / 3, width / 3] : undefined)
  if (!sizes || sizes.length !== 3) return 'the widths of its queries, keys and values are not known'
  if (!sizes.every(Number.isInteger)) return UNDIVIDED
  const output = op.outputs[0]!
  const product = d.add(`${output}/qkv`, 'MatMul', [input!, weight!])
  const all = bias === '' ? product : d.add(`${output}/qkv_biased`, 'Add', [product, bias])
  const names = ['query', 'key', 'value'].map((name) => d.name(`${output}/${name}`))
  d.append({ name: '', opType: 'Split', domain: '', attributes: { axis: attr.int(-1) }, inputs: [all, d.integers(sizes)], outputs: names, captures: [] })
  return common(d, op, names as [string, string, string], mask, added)
}

const refused = (problem: string): Unfuse => () => problem

export const STANDARD_ATTENTION: Readonly<Record<string, Unfuse>> = { Attention: standard }

export const MICROSOFT_ATTENTION: Readonly<Record<string, Unfuse>> = {
  Attention: packed,
  MultiHeadAttention: multiHead,
  GroupQueryAttention: refused('it keeps a cache of keys and values'),
  PackedAttention: refused('the positions of all data lie on one axis'),
  PackedMultiHeadAttention: refused('the positions of all data lie on one axis'),
  DecoderMaskedMultiHeadAttention: refused('it keeps a cache of keys and values'),
  DecoderMaskedSelfAttention: refused('it keeps a cache of keys and values'),
  DecoderAttention: refused('it keeps a cache of keys and values'),
  LongformerAttention: refused('its keys differ from query to query'),
  QAttention: refused('its weights are quantised'),
  SparseAttention: refused('its keys differ from query to query'),
}
