/** The fused operators of ONNX Runtime (domain com.microsoft) that exported and optimised models hold. */
import type { Dim } from '../types.ts'
import { broadcast } from './broadcast.ts'
import {
  type Context, dtypeAt, freshShape, intAttribute, intsAttribute, known, type Rule, type Rules, shapeAt,
} from './context.ts'
import { add, divideDown, multiply } from './dims.ts'
import { productShape } from './matrix.ts'

type Shape = readonly Dim[]

const like: Rule = (context) => [known(dtypeAt(context, 0), shapeAt(context, 0))]

const joined: Rule = (context) => [known(dtypeAt(context, 0), broadcast(context, [shapeAt(context, 0), shapeAt(context, 1)]))]

/** output, mean, inverse deviation, input + skip */
const skipLayer: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const statistics = known('float32', shape && [...shape.slice(0, -1), 1])
  return [known(dtypeAt(context, 0), shape), statistics, statistics, known(dtypeAt(context, 0), shape)]
}

const simplifiedLayer: Rule = (context) => {
  const shape = shapeAt(context, 0)
  return [known(dtypeAt(context, 0), shape), known('float32', shape && [...shape.slice(0, -1), 1])]
}

const embedLayer: Rule = (context) => {
  const ids = shapeAt(context, 0)
  const [batch = context.fresh(), length = context.fresh()] = ids ?? []
  const dtype = dtypeAt(context, 2)
  const result = known(dtype, [batch, length, shapeAt(context, 2)?.[1] ?? context.fresh()])
  return [result, known('int32', [batch]), result]
}

/** Packed queries, keys and values: input [B, S, in], weight [in, 3*hidden]; present [2, B, heads, total, d]. */
const attention: Rule = (context) => {
  const dtype = dtypeAt(context, 0)
  const [batch = context.fresh(), length = context.fresh()] = shapeAt(context, 0) ?? []
  const sizes = intsAttribute(context.op, 'qkv_hidden_sizes')
  const packed = shapeAt(context, 1)?.[1] ?? shapeAt(context, 2)?.[0]
  const hidden = sizes?.[2] ?? (packed === undefined ? context.fresh() : divideDown(packed, 3))
  const count = intAttribute(context.op, 'num_heads', 1)
  const past = shapeAt(context, 4)?.[3]
  const total = past === undefined ? length : add(past, length)
  return [known(dtype, [batch, length, hidden]), known(dtype, [2, batch, count, total, divideDown(hidden, count)])]
}

/** query [B, S, hidden]; key and value [B, L, hidden] or [B, heads, L, d]; or query [B, S, heads, 3, d] packed. */
const multiHead: Rule = (context) => {
  const dtype = dtypeAt(context, 0)
  const query = shapeAt(context, 0)
  const key = shapeAt(context, 1)
  const value = shapeAt(context, 2)
  const count = intAttribute(context.op, 'num_heads', 1)
  if (query === undefined) return [known(dtype, freshShape(context, 3))]
  const [batch, length] = query as [Dim, Dim]
  const packed = query.length === 5
  const width = packed ? multiply(count, query[4] as Dim) : valueWidth(context, value, count, query)
  const own = packed ? length : (key === undefined ? context.fresh() : key.length === 4 ? key[2] : key[1]) as Dim
  const past = shapeAt(context, 6)?.[2]
  const total = past === undefined ? own : add(past, own)
  const present = known(dtype, [batch, count, total, divideDown(width, count)])
  return [known(dtype, [batch, length, width]), present, present, known(dtype, [batch, count, length, total])]
}

function valueWidth(context: Context, value: Shape | undefined, count: number, query: Shape): Dim {
  if (value === undefined) return query[2] ?? context.fresh()
  return (value.length === 4 ? multiply(count, value[3] as Dim) : value[2]) as Dim
}

/** query [B, S, hidden] (or packed with keys and values); present [B, kv_heads, total, d]. */
const groupQuery: Rule = (context) => {
  const dtype = dtypeAt(context, 0)
  const query = shapeAt(context, 0)
  const count = intAttribute(context.op, 'num_heads', 1)
  const groups = intAttribute(context.op, 'kv_num_heads', count)
  if (query === undefined) return [known(dtype, freshShape(context, 3))]
  const packed = context.inputs[1] === undefined
  const width = divideDown(query[2] as Dim, packed ? count + 2 * groups : count)
  const past = shapeAt(context, 3)
  const present = known(dtype, [query[0] as Dim, groups, context.fresh(), width])
  const total = past === undefined ? present : known(dtype, present.type.shape?.with(3, past[3] ?? width))
  return [known(dtype, [query[0] as Dim, query[1] as Dim, multiply(count, width)]), total, total]
}

const fusedMatMul: Rule = (context) => {
  const [a, b] = ['transA', 'transB'].map((name, index) => swapped(context, shapeAt(context, index), name))
  return [known(dtypeAt(context, 0), productShape(context, a, b))]
}

function swapped(context: Context, shape: Shape | undefined, name: string): Shape | undefined {
  if (shape === undefined || intAttribute(context.op, name, 0) === 0) return shape
  return [...shape.slice(0, -2), shape.at(-1) as Dim, shape.at(-2) as Dim]
}

/** A times a packed matrix of N columns. */
const packedProduct: Rule = (context) => {
  const shape = shapeAt(context, 0)
  return [known(dtypeAt(context, 0), shape && [...shape.slice(0, -1), intAttribute(context.op, 'N', 0)])]
}

const dynamicProduct: Rule = (context) => [known('float32', productShape(context, shapeAt(context, 0), shapeAt(context, 1)))]

const fusedGemm: Rule = (context) => {
  const shapes = ['transA', 'transB'].map((name, index) => swapped(context, shapeAt(context, index), name))
  return [known(dtypeAt(context, 0), productShape(context, shapes[0], shapes[1]))]
}

export const MICROSOFT: Rules = {
  Gelu: like, FastGelu: like, QuickGelu: like, RotaryEmbedding: like, Trilu: like,
  BiasGelu: joined, BiasAdd: like, BiasSplitGelu: (context) => {
    const shape = shapeAt(context, 0)
    return [known(dtypeAt(context, 0), shape?.with(-1, divideDown(shape.at(-1) as Dim, 2)))]
  },
  BiasSoftmax: like, BiasDropout: like, GroupNorm: like, Inverse: like,
  LayerNormalization: skipLayer, SkipLayerNormalization: skipLayer, SkipSimplifiedLayerNormalization: skipLayer,
  SimplifiedLayerNormalization: simplifiedLayer,
  EmbedLayerNormalization: embedLayer,
  Attention: attention, MultiHeadAttention: multiHead, GroupQueryAttention: groupQuery,
  FusedMatMul: fusedMatMul, TransposeMatMul: fusedMatMul, FusedGemm: fusedGemm,
  MatMulNBits: packedProduct, MatMulBnb4: packedProduct, DynamicQuantizeMatMul: dynamicProduct, MatMulIntegerToFloat: dynamicProduct,
}
