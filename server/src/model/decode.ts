/** The skeleton of a file -> plain nodes, weights and declared types. Constants become weights. */
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import {
  type AttributeProto, AttributeProtoSchema, type GraphProto, type ModelProto, ModelProtoSchema, type NodeProto, type TypeProto,
  type ValueInfoProto,
} from '../onnx/gen/onnx_pb.ts'
import { dtypeOf } from '../onnx/dtype.ts'
import type { Attribute, Dim, Op, Tensor, TensorType } from '../onnx/types.ts'
import type { Initializer } from './graph.ts'
import { Damaged } from './source.ts'
import { type Place, tensorOfAttribute, weightOf } from './weight.ts'

export interface NamedType {
  readonly name: string
  /** Symbols as in the file. */
  readonly type: TensorType
  /** Sequences, maps and optionals have no tensor type. */
  readonly isTensor: boolean
}

export interface Decoded {
  readonly irVersion: number
  readonly producerName: string
  /** Version by domain, '' for the standard one. */
  readonly opsets: ReadonlyMap<string, number>
  readonly inputs: readonly NamedType[]
  readonly outputs: readonly NamedType[]
  /** Declared types of tensors in between. */
  readonly values: ReadonlyMap<string, TensorType>
  /** In file order, as the file has them, without `Constant`. */
  readonly ops: readonly Op[]
  readonly initializers: readonly Initializer[]
  readonly functions: readonly Uint8Array[]
}

/** Throws `Damaged` or a ModelError. */
export function decode(place: Place): Decoded {
  const model = parse(place.skeleton.bytes)
  const graph = model.graph
  if (graph === undefined) throw new Damaged('it holds no graph')
  if (graph.sparseInitializer.length > 0) throw new Damaged('it has sparse weights, which are not supported: save it with dense ones')
  const constants: Initializer[] = []
  const ops: Op[] = []
  for (const node of graph.node) {
    const constant = constantOf(node, place)
    if (constant !== undefined) constants.push(constant)
    else ops.push(opOf(node, place))
  }
  return {
    irVersion: Number(model.irVersion),
    producerName: model.producerName,
    opsets: new Map(model.opsetImport.map(({ domain, version }) => [standard(domain), Number(version)])),
    inputs: graph.input.map(namedType),
    outputs: graph.output.map(namedType),
    values: new Map(graph.valueInfo.map((info) => [info.name, typeOf(info.type)])),
    ops,
    initializers: [...graph.initializer.map((tensor) => weightOf(tensor, tensor.name, place)), ...constants],
    functions: place.skeleton.functions.map(({ offset, length }) => place.source.bytes(offset, length)),
  }
}

function parse(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false })
  } catch (error) {
    throw new Damaged(/recursion|call stack/i.test(String(error)) ? 'types lie in types more than 100 deep' : error instanceof Error ? error.message : String(error))
  }
}

function standard(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain
}

function namedType(info: ValueInfoProto): NamedType {
  const kind = info.type?.value.case
  return { name: info.name, type: typeOf(info.type), isTensor: kind === 'tensorType' || kind === undefined }
}

/** Negative lengths, which some exporters write for unknown ones, become unknown. */
export function typeOf(type: TypeProto | undefined): TensorType {
  if (type?.value.case !== 'tensorType') return { dtype: 'unknown', shape: undefined }
  const { elemType, shape } = type.value.value
  return { dtype: dtypeOf(elemType), shape: shape?.dim.map(({ value }, axis) => dimOf(value, axis)) }
}

function dimOf(value: { case?: string | undefined; value?: bigint | string | undefined }, axis: number): Dim {
  if (value.case === 'dimParam' && value.value !== '') return String(value.value)
  const length = Number(value.value ?? -1)
  return value.case === 'dimValue' && length >= 0 && Number.isSafeInteger(length) ? length : `?${axis}`
}

export function opOf(node: NodeProto, place: Place | undefined): Op {
  const attributes: Record<string, Attribute> = {}
  const captures = new Set<string>()
  for (const proto of node.attribute) {
    attributes[proto.name] = attributeOf(proto, node, place)
    for (const graph of proto.g === undefined ? proto.graphs : [proto.g, ...proto.graphs]) for (const name of captured(graph)) captures.add(name)
  }
  return {
    name: node.name, opType: node.opType, domain: standard(node.domain), attributes,
    inputs: node.input, outputs: node.output, captures: [...captures],
  }
}

function attributeOf(proto: AttributeProto, node: NodeProto, place: Place | undefined): Attribute {
  const where = `${node.opType} ${node.name}`
  switch (proto.type || guessType(proto)) {
    case 1: return { type: 'float', value: proto.f }
    case 2: return { type: 'int', value: proto.i }
    case 3: return { type: 'string', value: new TextDecoder().decode(proto.s) }
    case 4:
      if (proto.t === undefined) throw new Damaged(`the attribute ${proto.name} of ${where} has no tensor`)
      if (place === undefined) break
      return { type: 'tensor', value: tensorOfAttribute(proto.t, where, place) }
    case 6: return { type: 'floats', value: proto.floats }
    case 7: return { type: 'ints', value: proto.ints }
    case 8: return { type: 'strings', value: proto.strings.map((text) => new TextDecoder().decode(text)) }
  }
  return { type: 'raw', value: carriedBytes(proto, place) }
}

/** Files of the first version do not say which field is in use. */
function guessType(proto: AttributeProto): number {
  if (proto.t !== undefined) return 4
  if (proto.g !== undefined) return 5
  if (proto.s.length > 0) return 3
  if (proto.floats.length > 0) return 6
  if (proto.ints.length > 0) return 7
  if (proto.strings.length > 0) return 8
  return proto.f !== 0 ? 1 : 2
}

function carriedBytes(proto: AttributeProto, place: Place | undefined): Uint8Array {
  if (place === undefined || (proto.g === undefined && proto.graphs.length === 0)) return toBinary(AttributeProtoSchema, proto)
  const stretch = place.skeleton.carried[Number(proto.i)]
  if (stretch === undefined) throw new Damaged(`the attribute ${proto.name} holds a graph and a number`)
  return place.source.bytes(stretch.offset, stretch.length)
}

/** Names that a subgraph reads and does not define. */
function captured(graph: GraphProto): readonly string[] {
  const defined = new Set<string>([...graph.input, ...graph.initializer].map(({ name }) => name))
  for (const node of graph.node) for (const name of node.output) defined.add(name)
  const used = new Set<string>(graph.output.map(({ name }) => name))
  for (const node of graph.node) {
    for (const name of node.input) used.add(name)
    for (const { g, graphs } of node.attribute) for (const inner of g === undefined ? graphs : [g, ...graphs]) for (const name of captured(inner)) used.add(name)
  }
  return [...used].filter((name) => name !== '' && !defined.has(name))
}

/** The weight that a Constant stands for. */
function constantOf(node: NodeProto, place: Place): Initializer | undefined {
  if (node.opType !== 'Constant' || standard(node.domain) !== '') return undefined
  const [name] = node.output
  const [proto] = node.attribute
  if (name === undefined || name === '' || proto === undefined) throw new Damaged(`the Constant ${node.name} has no value`)
  if (proto.name === 'value' && proto.t !== undefined) return weightOf(proto.t, name, place)
  const tensor = plainConstant(attributeOf(proto, node, place))
  if (tensor === undefined) throw new Damaged(`the Constant \`${name}\` has a sparse or unknown value, which is not supported`)
  return { name, dtype: tensor.dtype, dims: tensor.dims, source: { kind: 'inline', tensor } }
}

/** value_int, value_floats and so on. */
function plainConstant(attribute: Attribute): Tensor | undefined {
  switch (attribute.type) {
    case 'int': return { dtype: 'int64', dims: [], data: BigInt64Array.of(attribute.value) }
    case 'float': return { dtype: 'float32', dims: [], data: Float32Array.of(attribute.value) }
    case 'string': return { dtype: 'string', dims: [], data: [attribute.value] }
    case 'ints': return { dtype: 'int64', dims: [attribute.value.length], data: BigInt64Array.from(attribute.value) }
    case 'floats': return { dtype: 'float32', dims: [attribute.value.length], data: Float32Array.from(attribute.value) }
    case 'strings': return { dtype: 'string', dims: [attribute.value.length], data: attribute.value }
  }
  return undefined
}
