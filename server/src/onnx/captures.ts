/** Renames the outer tensors that subgraphs (If, Loop, Scan) read, for operators that are copied under new names. */
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { AttributeProtoSchema, type GraphProto } from './gen/onnx_pb.ts'
import type { Attribute, Op } from './types.ts'

/** The operator with its captures under new names; names without an entry stay. Inputs and outputs are left alone. */
export function withRenamedCaptures(op: Op, names: ReadonlyMap<string, string>): Op {
  if (!op.captures.some((name) => names.has(name))) return op
  const attributes: Record<string, Attribute> = {}
  for (const [name, attribute] of Object.entries(op.attributes)) attributes[name] = attribute.type === 'raw' ? renamed(attribute.value, names) : attribute
  return { ...op, attributes, captures: op.captures.map((name) => names.get(name) ?? name) }
}

function renamed(bytes: Uint8Array, names: ReadonlyMap<string, string>): Attribute {
  const proto = fromBinary(AttributeProtoSchema, bytes)
  for (const graph of proto.g === undefined ? proto.graphs : [proto.g, ...proto.graphs]) renameIn(graph, names)
  return { type: 'raw', value: toBinary(AttributeProtoSchema, proto) }
}

/** Names that the subgraph defines itself hide outer ones. */
function renameIn(graph: GraphProto, outer: ReadonlyMap<string, string>): void {
  const own = new Set([...graph.input, ...graph.initializer].map(({ name }) => name).concat(graph.node.flatMap((node) => node.output)))
  const names = new Map([...outer].filter(([name]) => !own.has(name)))
  for (const node of graph.node) {
    node.input = node.input.map((name) => names.get(name) ?? name)
    for (const { g, graphs } of node.attribute) for (const inner of g === undefined ? graphs : [g, ...graphs]) renameIn(inner, names)
  }
  for (const output of graph.output) output.name = names.get(output.name) ?? output.name
}
