/** Upgrades what lies inside of If, Loop and Scan. */
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { type AttributeProto, AttributeProtoSchema, type GraphProto } from '../../onnx/gen/onnx_pb.ts'
import { encodeGraphAttribute } from '../../onnx/encode.ts'
import type { Attribute, Op } from '../../onnx/types.ts'
import { opOf } from '../decode.ts'
import type { Workbench } from '../workbench.ts'
import type { Adapter } from './adapter.ts'

/** The operator with its subgraphs upgraded by `adapt`. */
export function withUpgradedSubgraphs(op: Op, opset: number, bench: Workbench, adapt: Adapter): Op {
  const attributes: Record<string, Attribute> = {}
  for (const [name, attribute] of Object.entries(op.attributes)) {
    attributes[name] = attribute.type === 'raw' ? upgradedAttribute(attribute, opset, bench, adapt) : attribute
  }
  return { ...op, attributes }
}

function upgradedAttribute(attribute: Extract<Attribute, { type: 'raw' }>, opset: number, bench: Workbench, adapt: Adapter): Attribute {
  const proto = fromBinary(AttributeProtoSchema, attribute.value)
  const graphs = graphsOf(proto)
  for (const graph of graphs) upgradeGraph(graph, opset, bench, adapt)
  return graphs.length === 0 ? attribute : { type: 'raw', value: toBinary(AttributeProtoSchema, proto) }
}

function graphsOf(proto: AttributeProto): readonly GraphProto[] {
  return proto.g === undefined ? proto.graphs : [proto.g, ...proto.graphs]
}

function upgradeGraph(graph: GraphProto, opset: number, bench: Workbench, adapt: Adapter): void {
  const inner = bench.inner([...graph.input, ...graph.initializer].map(({ name }) => name).concat(graph.node.flatMap((node) => node.output)))
  const ops = graph.node.flatMap((node) => adapt(opOf(node, undefined), opset, inner))
  const bytes = encodeGraphAttribute('g', { name: graph.name, inputs: [], outputs: [], ops, initializers: inner.initializers.values() })
  const made = fromBinary(AttributeProtoSchema, bytes).g
  graph.node = made?.node ?? []
  graph.initializer.push(...(made?.initializer ?? []))
}
