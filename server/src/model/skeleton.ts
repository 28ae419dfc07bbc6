/**
 * The structure of an ONNX file without its weights: a walk over the wire format that leaves out large payloads and
 * everything a model graph does not need, and notes where the payloads lie.
 */
import { Writer } from '../onnx/wire.ts'
import { Damaged, type Source } from './source.ts'

/** Payloads up to this size stay in the skeleton. */
const SMALL = 1024

/**
 * What a file may list, to bound memory for those made to exhaust it: a field counts 1, a message within another 10. Real models have
 * one for two bytes at most; small ones may have more.
 */
const MOST_ITEMS = 6_000_000
const FEW_ITEMS = 200_000
const MESSAGE = 10

/** If in Loop in If …: more levels than any exporter makes. */
const DEEPEST = 32

/** Values of a tensor that were left out: the field of TensorProto and the bytes of its content. */
export interface Payload {
  readonly field: number
  readonly offset: number
  readonly length: number
}

export interface Skeleton {
  /** A ModelProto. Tensors with payloads have their index in `payloads` as `segment.begin`, graphs in attributes theirs in `carried` as `i`. */
  readonly bytes: Uint8Array
  readonly payloads: readonly (readonly Payload[])[]
  /** Attributes that hold graphs, as a place in the file. */
  readonly carried: readonly { readonly offset: number; readonly length: number }[]
  /** FunctionProtos, as places in the file. */
  readonly functions: readonly { readonly offset: number; readonly length: number }[]
}

interface Field {
  readonly number: number
  readonly wire: number
  /** Of the tag. */
  readonly start: number
  /** Of the content: behind the tag, and behind the length where there is one. */
  readonly content: number
  readonly end: number
}

interface Walk {
  readonly source: Source
  readonly out: Writer
  readonly payloads: Payload[][]
  readonly carried: { offset: number; length: number }[]
  readonly functions: { offset: number; length: number }[]
  items: number
}

type Visit = (walk: Walk, field: Field) => void

/** Field numbers of ModelProto, GraphProto, NodeProto, AttributeProto and TensorProto. */
const MODEL = { ir: 1, producer: 2, graph: 7, opsets: 8, functions: 25 }
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12, values: 13, sparse: 15 }
const NODE = { doc: 6, attribute: 5, metadata: 9 }
const ATTRIBUTE = { int: 3, tensor: 5, graph: 6, floats: 7, ints: 8, tensors: 10, graphs: 11, doc: 13 }
const TENSOR = { segment: 3, float: 4, int32: 5, int64: 7, raw: 9, double: 10, uint64: 11, doc: 12, metadata: 16 }

const PAYLOADS = new Set([TENSOR.float, TENSOR.int32, TENSOR.int64, TENSOR.raw, TENSOR.double, TENSOR.uint64])

/** Throws `Damaged` for anything that is not a ModelProto with one graph. */
export function readSkeleton(source: Source): Skeleton {
  const out = new Writer(Math.min(source.size, 1 << 20))
  const walk: Walk = { source, out, payloads: [], carried: [], functions: [], items: 0 }
  let graphs = 0
  each(walk, 0, source.size, (_, field) => {
    if (field.number === MODEL.graph && field.wire === 2) {
      graphs++
      nested(walk, field, (inner, part) => graphField(inner, part, 0))
    } else if (field.number === MODEL.functions && field.wire === 2) {
      walk.functions.push({ offset: field.content, length: field.end - field.content })
    } else if (field.number === MODEL.ir || field.number === MODEL.producer || field.number === MODEL.opsets) copy(walk, field)
  })
  if (graphs !== 1) throw new Damaged(graphs === 0 ? 'it holds no graph' : `it holds ${graphs} graphs`)
  return { bytes: out.finish(), payloads: walk.payloads, carried: walk.carried, functions: walk.functions }
}

function graphField(walk: Walk, field: Field, depth: number): void {
  switch (field.number) {
    case GRAPH.node:
      return nested(walk, field, (inner, part) => nodeField(inner, part, depth))
    case GRAPH.initializer:
      return tensor(walk, field)
    case GRAPH.input: case GRAPH.output: case GRAPH.values:
      spend(walk, (field.end - field.content) / 4 + MESSAGE)
      return copy(walk, field)
    case GRAPH.sparse:
      return nested(walk, field, () => {})
    case GRAPH.name:
      return copy(walk, field)
  }
}

function nodeField(walk: Walk, field: Field, depth: number): void {
  if (field.number === NODE.doc || field.number === NODE.metadata) return
  if (field.number === NODE.attribute) nested(walk, field, (inner, part) => attributeField(inner, part, field, depth))
  else copy(walk, field)
}

function attributeField(walk: Walk, field: Field, attribute: Field, depth: number): void {
  switch (field.number) {
    case ATTRIBUTE.doc:
      return
    case ATTRIBUTE.tensor: case ATTRIBUTE.tensors:
      return tensor(walk, field)
    case ATTRIBUTE.graph: case ATTRIBUTE.graphs:
      if (depth >= DEEPEST) throw new Damaged(`graphs lie in graphs more than ${DEEPEST} deep`)
      walk.out.uint(ATTRIBUTE.int, walk.carried.length)
      walk.carried.push({ offset: attribute.content, length: attribute.end - attribute.content })
      return nested(walk, field, (inner, part) => graphField(inner, part, depth + 1))
    case ATTRIBUTE.floats: case ATTRIBUTE.ints:
      spend(walk, (field.end - field.content) / 4)
      return copy(walk, field)
    default:
      return copy(walk, field)
  }
}

function tensor(walk: Walk, field: Field): void {
  const payloads: Payload[] = []
  nested(walk, field, (_, part) => {
    if (PAYLOADS.has(part.number) && part.wire === 2 && part.end - part.content > SMALL) {
      payloads.push({ field: part.number, offset: part.content, length: part.end - part.content })
    } else if (part.number === TENSOR.segment) throw new Damaged('a tensor is stored in segments')
    else if (part.number < TENSOR.metadata && part.number !== TENSOR.doc) copy(walk, part)
  }, () => {
    if (payloads.length === 0) return
    walk.out.message(TENSOR.segment, () => walk.out.uint(1, walk.payloads.length))
    walk.payloads.push(payloads)
  })
}

function nested(walk: Walk, field: Field, visit: Visit, after?: () => void): void {
  if (field.wire !== 2) throw new Damaged(`byte ${field.start} does not begin a message`)
  spend(walk, MESSAGE)
  walk.out.message(field.number, () => {
    each(walk, field.content, field.end, visit)
    after?.()
  })
}

function copy(walk: Walk, field: Field): void {
  walk.source.pieces(field.start, field.end - field.start, (piece) => walk.out.append(piece))
}

function spend(walk: Walk, items: number): void {
  walk.items += items
  if (walk.items > Math.min(MOST_ITEMS, FEW_ITEMS + walk.source.size / 2)) throw new Damaged('it lists more nodes and names than any model has')
}

/** Visits the fields between two positions. */
function each(walk: Walk, from: number, to: number, visit: Visit): void {
  for (let at = from; at < to;) {
    const field = fieldAt(walk.source, at, to)
    spend(walk, 1)
    visit(walk, field)
    at = field.end
  }
}

function fieldAt(source: Source, start: number, limit: number): Field {
  const { value: tag, next } = source.varint(start)
  const number = Math.floor(tag / 8)
  const wire = tag % 8
  if (number === 0 || number > 0x1fffffff) throw new Damaged(`byte ${start} begins no part of an ONNX model, so it is another kind of file or damaged: copy or export it again`)
  let content = next
  let end = next
  if (wire === 0) end = source.varint(next).next
  else if (wire === 1) end = next + 8
  else if (wire === 5) end = next + 4
  else if (wire === 2) {
    const length = source.varint(next)
    content = length.next
    end = content + length.value
  } else throw new Damaged(`byte ${start} begins no part of an ONNX model, so it is another kind of file or damaged: copy or export it again`)
  if (end > source.size) throw new Damaged(`the file has ${source.size} bytes where ${end} are announced`, true)
  if (end > limit) throw new Damaged(`the field at byte ${start} is longer than what it lies in`)
  return { number, wire, start, content, end }
}
