/** If, Loop, Scan: types of the outputs as their subgraphs declare them. */
import { fromBinary } from '@bufbuild/protobuf'
import { AttributeProtoSchema } from '../gen/onnx_pb.ts'
import { dtypeOf } from '../dtype.ts'
import type { Dim, TensorType } from '../types.ts'
import { type Context, dtypeAt, intAttribute, intsAttribute, type Known, known, type Rule, type Rules, shapeAt, UNKNOWN } from './context.ts'

const declaredTypes = new WeakMap<Uint8Array, readonly TensorType[]>()

/** Output types of a subgraph; symbols mean nothing outside of it. */
function outputsOf(context: Context, name: string): readonly TensorType[] {
  const attribute = context.op.attributes[name]
  if (attribute?.type !== 'raw') return []
  let types = declaredTypes.get(attribute.value)
  if (types === undefined) {
    const graph = fromBinary(AttributeProtoSchema, attribute.value, { readUnknownFields: false }).g
    types = (graph?.output ?? []).map(({ type }): TensorType => {
      if (type?.value.case !== 'tensorType') return UNKNOWN.type
      const { elemType, shape } = type.value.value
      return { dtype: dtypeOf(elemType), shape: shape?.dim.map(({ value }) => (value.case === 'dimValue' && value.value >= 0n ? Number(value.value) : '?')) }
    })
    declaredTypes.set(attribute.value, types)
  }
  return types
}

function opened(context: Context, { dtype, shape }: TensorType, extra: readonly Dim[] = []): Known {
  return known(dtype, shape && [...extra, ...shape.map((dim) => (typeof dim === 'number' ? dim : context.fresh()))])
}

/** What both branches have in common. */
const branches: Rule = (context) => {
  const others = outputsOf(context, 'else_branch')
  return outputsOf(context, 'then_branch').map((first, index) => {
    const second = others[index]
    const dtype = second === undefined || first.dtype === second.dtype ? first.dtype : 'unknown'
    if (first.shape === undefined || second?.shape?.length !== first.shape.length) return known(dtype, undefined)
    return opened(context, { dtype, shape: first.shape.map((dim, axis) => (dim === second.shape?.[axis] ? dim : '?')) })
  })
}

/** Carried values first (inputs from the third on), then one more axis for what is collected. */
const loop: Rule = (context) => {
  const carried = context.inputs.length - 2
  return outputsOf(context, 'body').slice(1).map((type, index) => {
    if (index >= carried) return opened(context, type, [context.fresh()])
    return type.shape === undefined ? known(dtypeAt(context, index + 2), undefined) : opened(context, type)
  })
}

const scan: Rule = (context) => {
  const scanned = intAttribute(context.op, 'num_scan_inputs', 1)
  const states = context.inputs.length - scanned
  const axis = intsAttribute(context.op, 'scan_input_axes')?.[0] ?? 0
  const shape = shapeAt(context, states)
  const length = shape?.at(axis) ?? context.fresh()
  const axes = intsAttribute(context.op, 'scan_output_axes')
  return outputsOf(context, 'body').map((type, index) => {
    if (index < states) return opened(context, type)
    const { dtype, shape: inner } = opened(context, type).type
    if (inner === undefined) return known(dtype, undefined)
    const at = axes?.[index - states] ?? 0
    return known(dtype, inner.toSpliced(at < 0 ? at + inner.length + 1 : at, 0, length))
  })
}

export const CONTROL: Rules = { If: branches, Loop: loop, Scan: scan }
