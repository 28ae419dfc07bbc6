/** Fused operators of ONNX Runtime around attention: norms of sums, embeddings under a norm, activations with a bias, products with a transposition. */
import { attr } from '../onnx/dag.ts'
import { floatAttribute, intAttribute } from '../onnx/infer/context.ts'
import type { Derivation } from '../model/derive.ts'
import type { Attributes, Op } from '../onnx/types.ts'
import type { Unfuse } from './unfuse.ts'

/** Appends an operator that makes a tensor of the file. */
export function make(d: Derivation, output: string, opType: string, inputs: readonly string[], attributes: Attributes = {}, domain = ''): void {
  d.append({ name: '', opType, domain, attributes, inputs, outputs: [output], captures: [] })
}

const epsilon = (op: Op): Attributes => ({ axis: attr.int(-1), epsilon: attr.float(floatAttribute(op, 'epsilon', 1e-12)) })

/** `sum = x + skip + bias`, then its norm; outputs: norm, statistics, statistics, sum. */
const skipNorm = (simplified: boolean): Unfuse => (d, op) => {
  const [x, skip, gamma] = op.inputs as [string, string, string]
  const beta = simplified ? '' : (op.inputs[3] ?? '')
  const bias = op.inputs[simplified ? 3 : 4] ?? ''
  const [norm, mean, deviation, sum = ''] = op.outputs
  if (mean || deviation) return 'the statistics of its norm are read'
  const hint = sum === '' ? `${norm}/sum` : sum
  const whole = d.name(hint)
  const total = sum === '' ? whole : sum
  if (bias === '') make(d, total, 'Add', [x, skip])
  else make(d, total, 'Add', [d.add(`${norm}/skip`, 'Add', [x, skip]), bias])
  if (norm) make(d, norm, simplified ? 'SimplifiedLayerNormalization' : 'LayerNormalization', beta === '' ? [total, gamma] : [total, gamma, beta], epsilon(op))
  return undefined
}

/** Words, positions and perhaps segments, added up and normalised. */
const embed: Unfuse = (d, op) => {
  const [ids, segments = '', words, positions, types = '', gamma, beta, , given = ''] = op.inputs as string[]
  const [norm, mask, sum = ''] = op.outputs
  if (mask) {
    const read = d.reads(mask)
    if (read) return 'the lengths that it counts are read'
  }
  const length = d.type(ids!)?.shape?.[1]
  if (given === '' && typeof length !== 'number') return 'the number of positions is not known'
  const word = d.add(`${norm}/word_embeddings`, 'Gather', [words!, ids!])
  const position = given === '' ? d.add(`${norm}/position_embeddings`, 'Slice', [positions!, d.integers([0]), d.integers([length as number]), d.integers([0])])
    : d.add(`${norm}/position_embeddings`, 'Gather', [positions!, given])
  const segment = segments === '' || types === '' ? undefined : d.add(`${norm}/token_type_embeddings`, 'Gather', [types, segments])
  const total = sum === '' ? d.name(`${norm}/sum`) : sum
  make(d, total, 'Add', segment === undefined ? [word, position] : [d.add(`${norm}/words`, 'Add', [word, position]), segment])
  make(d, norm!, 'LayerNormalization', [total, gamma!, beta!], epsilon(op))
  return undefined
}

const biasGelu = (activation: string): Unfuse => (d, op) => {
  const [x, bias = ''] = op.inputs as [string, string?]
  make(d, op.outputs[0]!, activation, [bias === '' ? x : d.add(`${op.outputs[0]}/biased`, 'Add', [x, bias])], {}, 'com.microsoft')
  return undefined
}

/** A product of tensors whose last axes may be swapped, scaled. */
const fusedMatMul: Unfuse = (d, op) => {
  if (intAttribute(op, 'transBatchA', 0) === 1 || intAttribute(op, 'transBatchB', 0) === 1) return 'it swaps the axis of the data'
  const [output] = op.outputs as [string]
  const turned = (name: string, flag: string): string | undefined => {
    if (intAttribute(op, flag, 0) === 0) return name
    const rank = d.type(name)?.shape?.length
    if (rank === undefined || rank < 2) return undefined
    return d.add(`${output}/${flag}`, 'Transpose', [name], { perm: attr.ints([...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2]) })
  }
  const [a, b] = [turned(op.inputs[0]!, 'transA'), turned(op.inputs[1]!, 'transB')]
  if (a === undefined || b === undefined) return 'the rank of its inputs is not known'
  const alpha = floatAttribute(op, 'alpha', 1)
  if (alpha === 1) make(d, output, 'MatMul', [a, b])
  else make(d, output, 'Mul', [d.add(`${output}/product`, 'MatMul', [a, b]), d.number(`${output}/alpha`, alpha, a)])
  return undefined
}

export const MICROSOFT_SUMS: Readonly<Record<string, Unfuse>> = {
  SkipLayerNormalization: skipNorm(false),
  SkipSimplifiedLayerNormalization: skipNorm(true),
  EmbedLayerNormalization: embed,
  BiasGelu: biasGelu('Gelu'),
  FusedMatMul: fusedMatMul,
}
