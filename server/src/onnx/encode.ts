/** Plain data -> the bytes of an ONNX file. On the path of every scrub: weights are copied once or not at all. */
import { relative, sep } from 'node:path'
import { byteLength, bytesOf, codeOf, elementCount } from './dtype.ts'
import type { Attribute, Attributes, Initializer, Op, Tensor, TensorType } from './types.ts'
import { Writer } from './wire.ts'

export interface NamedTensor {
  readonly name: string
  readonly tensor: Tensor
}

export interface ModelParts {
  /** Of the standard operators. */
  readonly opset: number
  /** Of every other domain in use. */
  readonly domains?: ReadonlyMap<string, number>
  /** 8 when absent: understood by every runtime that knows opset 18. */
  readonly irVersion?: number
  readonly inputs: readonly { readonly name: string; readonly type: TensorType }[]
  /** The type of an output may be left for the runtime to infer. */
  readonly outputs: readonly { readonly name: string; readonly type?: TensorType }[]
  /** Topologically sorted. */
  readonly ops: readonly Op[]
  readonly initializers?: Iterable<Initializer | NamedTensor>
  /** Encoded FunctionProtos. */
  readonly functions?: readonly Uint8Array[]
}

export interface EncodeOptions {
  /**
   * Absolute folder that references to files are relative to. To run the model from memory, name the same folder in
   * the session option `extra: { session: { model_external_initializers_file_folder_path } }`.
   */
  readonly folder?: string
}

/** A graph alone, as subgraphs (If, Loop, Scan) hold it. */
export interface GraphParts {
  readonly name: string
  readonly inputs: ModelParts['inputs']
  readonly outputs: ModelParts['outputs']
  readonly ops: readonly Op[]
  readonly initializers?: Iterable<Initializer | NamedTensor>
}

/** Room in front of the graph for its tag and length. */
const HEAD = 12

/** The bytes of a ModelProto. Throws a RangeError above 2 GB and a TypeError for a file without `options.folder`. */
export function encodeModel(parts: ModelParts, options: EncodeOptions = {}): Uint8Array {
  const weights = [...(parts.initializers ?? [])]
  const writer = new Writer(estimate(parts.ops, weights, parts.functions ?? []), HEAD)
  writeGraph(writer, { ...parts, name: 'graph', initializers: weights }, options)
  const start = writer.prefix(7, HEAD, writer.length)
  writer.int64(1, parts.irVersion ?? 8)
  writer.string(2, 'scrub')
  writeOpset(writer, '', parts.opset)
  for (const [domain, version] of parts.domains ?? []) writeOpset(writer, domain, version)
  for (const bytes of parts.functions ?? []) writer.raw(25, bytes)
  return writer.finish(start)
}

/** An AttributeProto that holds a graph. */
export function encodeGraphAttribute(name: string, graph: GraphParts): Uint8Array {
  const writer = new Writer(1024)
  writer.string(1, name)
  writer.message(6, () => writeGraph(writer, graph, {}))
  writer.uint(20, 5)
  return writer.finish()
}

function writeOpset(writer: Writer, domain: string, version: number): void {
  writer.message(8, () => {
    if (domain !== '') writer.string(1, domain)
    writer.uint(2, version)
  })
}

function writeGraph(writer: Writer, graph: GraphParts, options: EncodeOptions): void {
  for (const op of graph.ops) writer.message(1, () => writeOp(writer, op))
  writer.string(2, graph.name)
  for (const weight of graph.initializers ?? []) writer.message(5, () => writeWeight(writer, weight, options))
  for (const { name, type } of graph.inputs) writer.message(11, () => writeValueInfo(writer, name, type))
  for (const { name, type } of graph.outputs) writer.message(12, () => writeValueInfo(writer, name, type))
}

function writeOp(writer: Writer, op: Op): void {
  for (const name of op.inputs) writer.string(1, name)
  for (const name of op.outputs) writer.string(2, name)
  if (op.name !== '') writer.string(3, op.name)
  writer.string(4, op.opType)
  writeAttributes(writer, op.attributes)
  if (op.domain !== '') writer.string(7, op.domain)
}

function writeAttributes(writer: Writer, attributes: Attributes): void {
  for (const [name, attribute] of Object.entries(attributes)) {
    if (attribute.type === 'raw') writer.raw(5, attribute.value)
    else writer.message(5, () => writeAttribute(writer, name, attribute))
  }
}

function writeAttribute(writer: Writer, name: string, attribute: Exclude<Attribute, { type: 'raw' }>): void {
  writer.string(1, name)
  switch (attribute.type) {
    case 'float':
      writer.float(2, attribute.value)
      return writer.uint(20, 1)
    case 'int':
      writer.int64(3, attribute.value)
      return writer.uint(20, 2)
    case 'string':
      writer.string(4, attribute.value)
      return writer.uint(20, 3)
    case 'tensor':
      writer.message(5, () => writeTensor(writer, '', attribute.value))
      return writer.uint(20, 4)
    case 'floats':
      for (const value of attribute.value) writer.float(7, value)
      return writer.uint(20, 6)
    case 'ints':
      for (const value of attribute.value) writer.int64(8, value)
      return writer.uint(20, 7)
    case 'strings':
      for (const value of attribute.value) writer.string(9, value)
      return writer.uint(20, 8)
  }
}

function writeValueInfo(writer: Writer, name: string, type: TensorType | undefined): void {
  writer.string(1, name)
  if (type === undefined || type.dtype === 'unknown') return
  const { dtype, shape } = type
  writer.message(2, () =>
    writer.message(1, () => {
      writer.uint(1, codeOf(dtype))
      if (shape === undefined) return
      writer.message(2, () => {
        for (const dim of shape) {
          writer.message(1, () => (typeof dim === 'number' ? writer.int64(1, dim) : writer.string(2, dim)))
        }
      })
    }))
}

function writeWeight(writer: Writer, weight: Initializer | NamedTensor, options: EncodeOptions): void {
  if ('tensor' in weight) return writeTensor(writer, weight.name, weight.tensor)
  const { source } = weight
  if (source.kind === 'inline') return writeTensor(writer, weight.name, source.tensor)
  if (options.folder === undefined) {
    throw new TypeError(`weight ${weight.name} lies in ${source.file}: name the folder it is relative to`)
  }
  for (const dim of weight.dims) writer.int64(1, dim)
  writer.uint(2, codeOf(weight.dtype))
  writer.string(8, weight.name)
  writeEntry(writer, 'location', relative(options.folder, source.file).split(sep).join('/'))
  writeEntry(writer, 'offset', String(source.offset))
  writeEntry(writer, 'length', String(source.length))
  writer.uint(14, 1)
}

function writeEntry(writer: Writer, key: string, value: string): void {
  writer.message(13, () => {
    writer.string(1, key)
    writer.string(2, value)
  })
}

function writeTensor(writer: Writer, name: string, tensor: Tensor): void {
  for (const dim of tensor.dims) writer.int64(1, dim)
  writer.uint(2, codeOf(tensor.dtype))
  if (name !== '') writer.string(8, name)
  if (ArrayBuffer.isView(tensor.data)) writer.raw(9, bytesOf(tensor))
  else for (const text of tensor.data) writer.string(6, text)
}

/** An upper bound in most cases, so that the buffer rarely grows. */
function estimate(
  ops: readonly Op[], weights: readonly (Initializer | NamedTensor)[], functions: readonly Uint8Array[],
): number {
  let total = 1024 + 200 * ops.length
  for (const bytes of functions) total += bytes.length + 8
  for (const weight of weights) {
    const tensor = 'tensor' in weight ? weight.tensor : weight.source.kind === 'inline' ? weight.source.tensor : undefined
    total += 200
    if (tensor !== undefined) total += byteLength(tensor.dtype, elementCount(tensor.dims))
  }
  return total
}
