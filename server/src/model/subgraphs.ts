/**
 * If and Loop where everything about the control is known (scripted code asks for lengths and counts layers): the branch
 * that is taken, and the body as often as it is run.
 */
import { fromBinary } from '@bufbuild/protobuf'
import { withRenamedCaptures } from '../onnx/captures.ts'
import { AttributeProtoSchema, type GraphProto, type NodeProto } from '../onnx/gen/onnx_pb.ts'
import type { Attribute, Op } from '../onnx/types.ts'
import { opOf } from './decode.ts'
import { numbersOf } from '../onnx/infer/context.ts'
import { Damaged } from './source.ts'
import { made, number } from './upgrade/adapter.ts'
import { type Place, tensorOfAttribute, weightOf } from './weight.ts'
import type { Workbench } from './workbench.ts'

/** Loops that would become more operators than this stay loops. */
const MOST_OPS = 2000
/** The same of all loops together, those in the bodies of others among them, and of the bytes that copies of their bodies take. */
const MOST_IN_ALL = 4000
const MOST_BYTES = 32 * 2 ** 20

/** The operators that do the same; undefined where the operator must stay. New weights go to the bench. */
export function withoutControl(op: Op, bench: Workbench, place: Place): readonly Op[] | undefined {
  if (op.domain !== '') return undefined
  return op.opType === 'If' ? branch(op, bench, place) : op.opType === 'Loop' ? repeated(op, bench, place) : undefined
}

function branch(op: Op, bench: Workbench, place: Place): readonly Op[] | undefined {
  const condition = numberOf(op.inputs[0], bench)
  const graph = condition === undefined ? undefined : graphOf(op, condition === 0 ? 'else_branch' : 'then_branch')
  if (graph === undefined) return undefined
  const { ops, results } = inlined(graph, new Map(), bench, place)
  return [...ops, ...passed(results, op.outputs)]
}

function repeated(op: Op, bench: Workbench, place: Place): readonly Op[] | undefined {
  const [trips, condition, ...initial] = op.inputs
  const graph = graphOf(op, 'body')
  const count = numberOf(trips, bench)
  const starts = condition === '' || condition === undefined || numberOf(condition, bench) === 1
  if (graph === undefined || count === undefined || count < 1 || !starts || !goesOn(graph, bench, place)) return undefined
  if (count * graph.node.length > MOST_OPS || count > MOST_OPS || !hasRoom(bench, count, op, graph)) return undefined
  const ops: Op[] = []
  const collected: string[][] = []
  const goes = bench.constant(`${op.outputs[0]}/condition`, { dtype: 'bool', dims: [], data: Uint8Array.of(1) })
  let carried: readonly string[] = initial
  for (let trip = 0; trip < count; trip++) {
    const at = bench.constant(`${op.outputs[0]}/trip`, { dtype: 'int64', dims: [], data: BigInt64Array.of(BigInt(trip)) })
    const given = new Map(graph.input.map(({ name }, index) => [name, [at, goes, ...carried][index]!]))
    const body = inlined(graph, given, bench, place)
    ops.push(...body.ops)
    carried = body.results.slice(1, 1 + initial.length)
    collected.push(body.results.slice(1 + initial.length))
  }
  const axis = bench.integers(`${op.outputs[0]}/axis`, [0])
  const scans = op.outputs.slice(initial.length).map((output, index) => {
    const rows = collected.map((results) => {
      const row = bench.name(`${output}/row`)
      ops.push(made('Unsqueeze', [results[index]!, axis], [row]))
      return row
    })
    return made('Concat', rows, [output], { axis: number(0) })
  })
  return [...ops, ...passed(carried, op.outputs), ...scans]
}

const unrolled = new WeakMap<Workbench, { ops: number; bytes: number }>()

/** Counts the copies of a body towards what a model may become. */
function hasRoom(bench: Workbench, count: number, op: Op, graph: GraphProto): boolean {
  const { body } = op.attributes
  const used = unrolled.get(bench) ?? { ops: 0, bytes: 0 }
  const more = { ops: used.ops + count * (1 + graph.node.length), bytes: used.bytes + count * (body?.type === 'raw' ? body.value.length : 0) }
  if (more.ops > MOST_IN_ALL || more.bytes > MOST_BYTES) return false
  unrolled.set(bench, more)
  return true
}

/** True when the body never ends the loop. */
function goesOn(graph: GraphProto, bench: Workbench, place: Place): boolean {
  let name = graph.output[0]?.name
  for (let node = producer(graph, name); node !== undefined; node = producer(graph, name)) {
    if (node.opType === 'Constant') return node.attribute.some(({ t }) => t !== undefined && weightIsTrue(t, place))
    if (node.opType !== 'Identity' && node.opType !== 'Cast') return false
    name = node.input[0]
  }
  const weight = graph.initializer.find((tensor) => tensor.name === name)
  if (weight !== undefined) return weightIsTrue(weight, place)
  return name === graph.input[1]?.name || numberOf(name, bench) === 1
}

const producer = (graph: GraphProto, name: string | undefined): NodeProto | undefined => graph.node.find(({ output }) => name !== undefined && output.includes(name))

function weightIsTrue(proto: GraphProto['initializer'][number], place: Place): boolean {
  const { source } = weightOf(proto, proto.name, place)
  return source.kind === 'inline' && source.tensor.data.length === 1 && Number(source.tensor.data[0]) !== 0
}

const numberOf = (name: string | undefined, bench: Workbench): number | undefined => numbersOf(bench.known(name))?.[0]

function graphOf(op: Op, name: string): GraphProto | undefined {
  const attribute = op.attributes[name]
  return attribute?.type === 'raw' ? fromBinary(AttributeProtoSchema, attribute.value).g : undefined
}

function passed(results: readonly string[], outputs: readonly string[]): Op[] {
  return results.flatMap((result, index) => (outputs[index] ? [made('Identity', [result], [outputs[index]])] : []))
}

/** A copy of the graph's operators under names that nothing has yet; `given` names its inputs. */
function inlined(graph: GraphProto, given: ReadonlyMap<string, string>, bench: Workbench, place: Place): { ops: Op[]; results: string[] } {
  const names = new Map(given)
  for (const weight of graph.initializer) {
    const name = bench.name(weight.name)
    names.set(weight.name, name)
    bench.addWeight(weightOf(weight, name, place))
  }
  // The standard wants the operators of a graph in order.
  const waiting = new Set<string>()
  for (const node of graph.node) {
    for (const name of node.output) {
      if (name === '') continue
      names.set(name, bench.name(name))
      waiting.add(names.get(name)!)
    }
  }
  const ops: Op[] = []
  for (const node of graph.node) {
    const value = node.opType === 'Constant' ? node.attribute.find(({ t }) => t !== undefined)?.t : undefined
    if (value === undefined) {
      const op = renamed(node, names, place)
      const early = [...op.inputs, ...op.captures].find((name) => waiting.has(name))
      if (early !== undefined) throw new Damaged(`the ${op.opType} that makes \`${node.output[0]}\` inside of another reads \`${early}\` before it is made`)
      ops.push(op)
    } else if (node.output[0] !== undefined) bench.addWeight(weightOf(value, names.get(node.output[0])!, place))
    for (const name of node.output) waiting.delete(names.get(name)!)
  }
  return { ops, results: graph.output.map(({ name }) => names.get(name) ?? name) }
}

function renamed(node: NodeProto, names: ReadonlyMap<string, string>, place: Place): Op {
  const op = withRenamedCaptures(opOf(node, undefined), names)
  const rename = (name: string): string => names.get(name) ?? name
  const attributes = Object.fromEntries(Object.entries(op.attributes).map(([name, attribute]) => [name, withTensor(attribute, op, place)]))
  // Without its name: two copies of a body may not share one.
  return { ...op, name: '', attributes, inputs: op.inputs.map(rename), outputs: op.outputs.map(rename) }
}

/** Attributes of operators inside of others are carried as bytes; tensors among them are read here. */
function withTensor(attribute: Attribute, op: Op, place: Place): Attribute {
  const tensor = attribute.type === 'raw' ? fromBinary(AttributeProtoSchema, attribute.value).t : undefined
  return tensor === undefined ? attribute : { type: 'tensor', value: tensorOfAttribute(tensor, `${op.opType} ${op.name}`, place) }
}
