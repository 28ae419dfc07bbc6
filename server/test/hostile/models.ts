/** ONNX files that are well-formed as protobuf and wrong, or excessive, as models. */
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import fc from 'fast-check'
import {
  type AttributeProtoSchema, type GraphProtoSchema, ModelProtoSchema, type NodeProtoSchema, type TensorProtoSchema, type TypeProtoSchema, type ValueInfoProtoSchema,
} from '../../src/onnx/gen/onnx_pb.ts'
import type { Case } from './case.ts'
import { int64, length, mostly, oddName, real } from './numbers.ts'
import { type Operator, OPERATORS } from './operators.ts'

type Attribute = MessageInitShape<typeof AttributeProtoSchema>
type Graph = MessageInitShape<typeof GraphProtoSchema>
type Node = MessageInitShape<typeof NodeProtoSchema>
type Tensor = MessageInitShape<typeof TensorProtoSchema>
type Type = MessageInitShape<typeof TypeProtoSchema>
type Info = MessageInitShape<typeof ValueInfoProtoSchema>

/** Tensors of every model, so that most nodes read what is there; nodes make t0, t1, … */
const INPUTS = ['x', 'ids', 'mask']
const WEIGHTS = ['w', 'v', 'shape', 'axes', 'one', 'flag', 'text']
/** What the model expects of nodes is made in order, so that some read what comes later. */
const MADE = Array.from({ length: 12 }, (_, i) => `t${i}`)

const name = mostly([...INPUTS, ...WEIGHTS, ...WEIGHTS, ...MADE], 1)
/** Of what stands before a node. */
const before = (at: number): fc.Arbitrary<string> =>
  fc.oneof({ weight: 40, arbitrary: fc.constantFrom(...INPUTS, ...WEIGHTS, ...MADE.slice(0, at)) }, { weight: 3, arbitrary: fc.constant('') }, { weight: 1, arbitrary: name })

const BYTES: Readonly<Record<number, number>> = { 1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 14: 8, 15: 16, 16: 2 }

const elementType = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(1, 6, 7, 9, 10, 11) }, { weight: 1, arbitrary: fc.integer({ min: -1, max: 99 }) })

/** A tensor of a few numbers, as large as it says. */
const sound = (names: fc.Arbitrary<string>): fc.Arbitrary<Tensor> =>
  fc.tuple(names, fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }), fc.constantFrom(1, 1, 1, 7, 10), real).map(([own, dims, dataType, value]): Tensor => {
    const count = dims.reduce((product, dim) => product * dim, 1)
    const raw = new Uint8Array(count * BYTES[dataType]!)
    if (dataType === 1) new Float32Array(raw.buffer).fill(value)
    return { name: own, dims: dims.map(BigInt), dataType, rawData: raw }
  })

/** Mostly sound, and now and then in any way not. */
const tensor = (names: fc.Arbitrary<string>): fc.Arbitrary<Tensor> => fc.oneof({ weight: 25, arbitrary: sound(names) }, { weight: 1, arbitrary: oddTensor(names) })

const oddTensor = (names: fc.Arbitrary<string>): fc.Arbitrary<Tensor> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.tuple(names, fc.array(int64, { maxLength: 6 })).map(([own, values]): Tensor => ({ name: own, dims: [BigInt(values.length)], dataType: 7, int64Data: values })) },
    { weight: 2, arbitrary: fc.tuple(names, int64).map(([own, value]): Tensor => ({ name: own, dims: [], dataType: 7, int64Data: [value] })) },
    { weight: 2, arbitrary: sound(names).chain((one) => elementType.map((dataType) => ({ ...one, dataType }))) },
    { weight: 1, arbitrary: fc.record({
      name: names, dims: fc.array(int64, { maxLength: 5 }), dataType: elementType, rawData: fc.uint8Array({ maxLength: 40 }), floatData: fc.array(fc.float(), { maxLength: 3 }),
      int32Data: fc.array(fc.integer(), { maxLength: 3 }), int64Data: fc.array(int64, { maxLength: 3 }), stringData: fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 3 }),
    }, { requiredKeys: ['name'] }) as fc.Arbitrary<Tensor> },
    { weight: 1, arbitrary: fc.tuple(names, fc.array(length, { maxLength: 3 }), external).map(([own, dims, externalData]): Tensor => ({ name: own, dims: dims.map(BigInt), dataType: 1, dataLocation: 1, externalData })) },
  )

/** Where weights may claim to lie. */
export const LOCATIONS = [
  'weights.bin', './weights.bin', 'sub/../weights.bin', '../weights.bin', '../../../../etc/passwd', '/etc/passwd', '/dev/zero', '/proc/self/mem', 'linked.bin', 'loop.bin', 'folder', '', '.', 'file:///etc/passwd', 'C:\\weights.bin', '..\\weights.bin',
  'weights.bin\u0000.txt', 'https://example.org/weights.bin', 'w'.repeat(5000), '~/.ssh/id_rsa', 'model.onnx',
]

const external = fc.record({
  location: fc.constantFrom(...LOCATIONS),
  offset: fc.option(fc.constantFrom('0', '4', '-1', '1e3', '0x10', '9007199254740993', '18446744073709551615', '', ' ', 'NaN', '1.5', 'abc'), { nil: undefined }),
  length: fc.option(fc.constantFrom('0', '16', '64', '-1', '1e99', '9007199254740993', '', 'abc', 'NaN'), { nil: undefined }),
}).map((given) => Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }])))

const EQUATIONS = ['ij,jk->ik', 'ij->', '...i,i->...', 'ii->i', 'i,i', '->', ',,,', 'ij,jk->zz', '', '()', 'a'.repeat(200), 'A,B->AB', 'bhqd,bhkd->bhqk']

function attribute(key: string, type: string, at: number, depth: number): fc.Arbitrary<Attribute> {
  switch (type) {
    case 'i': return int64.map((i) => ({ name: key, type: 2, i }))
    case 'I': return fc.array(int64, { maxLength: 5 }).map((ints) => ({ name: key, type: 7, ints }))
    case 'f': return real.map((f) => ({ name: key, type: 1, f }))
    case 'F': return fc.array(real, { maxLength: 4 }).map((floats) => ({ name: key, type: 6, floats }))
    case 's': return fc.oneof(fc.constantFrom('SAME_UPPER', 'SAME_LOWER', 'VALID', 'NOTSET', 'bidirectional', 'reverse', 'forward', 'sum', 'none', 'nearest', 'tf_crop_and_resize', ...EQUATIONS), oddName)
      .map((text) => ({ name: key, type: 3, s: new TextEncoder().encode(text) }))
    case 'S': return fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 4 }).map((strings) => ({ name: key, type: 8, strings }))
    case 't': return fc.oneof({ weight: 8, arbitrary: tensor(fc.constant('')) }, { weight: 1, arbitrary: oddTensor(fc.constant('')) }).map((t) => ({ name: key, type: 4, t }))
    case 'g': return depth > 2 ? fc.constant({ name: key, type: 5 }) : graph(at, depth + 1).map((g) => ({ name: key, type: 5, g }))
    default: return fc.constantFrom<Attribute>({ name: key, type: 11 }, { name: key, type: 13 }, { name: key, type: 0 })
  }
}

/** Of its operator, mostly of the right types. */
function attributes({ attributes: own }: Operator, at: number, depth: number): fc.Arbitrary<Attribute[]> {
  const each = Object.entries(own).map(([key, type]) => fc.oneof(
    { weight: 12, arbitrary: attribute(key, type, at, depth) },
    { weight: 12, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom('i', 'I', 'f', 's', 't', 'S', 'o').chain((other) => attribute(key, other, at, depth)) },
  ))
  const foreign = fc.tuple(mostly(['axis', 'axes', 'perm', 'to', 'kernel_shape', 'body']), fc.constantFrom('i', 'I', 's', 'f')).chain(([key, type]) => attribute(key, type, at, depth))
  return fc.tuple(fc.tuple(...each), fc.oneof({ weight: 15, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: foreign })).map(([given, odd]) => [...given, odd].filter((one) => one !== undefined))
}

function node(at: number, depth: number): fc.Arbitrary<Node> {
  const operator = fc.oneof(
    { weight: 40, arbitrary: fc.constantFrom(...OPERATORS) },
    { weight: 10, arbitrary: fc.constantFrom(...OPERATORS.filter((one) => /^(Concat|Reshape|Slice|Gather|Expand|Tile|Pad|Shape|Split|Loop|If|Scan|Range|Transpose|Squeeze|Unsqueeze|Mul|Add|Cast|ConstantOfShape|Resize|Conv|MatMul|Softmax)$/.test(one.name))) },
    { weight: 1, arbitrary: fc.tuple(oddName, oddName).map(([opType, domain]): Operator => ({ name: opType, domain, inputs: 2, more: true, outputs: 2, attributes: {} })) },
  )
  return operator.chain((own) => {
    const most = own.more ? own.inputs + 3 : own.inputs
    const inputs = fc.oneof({ weight: 8, arbitrary: fc.array(before(at), { minLength: Math.min(own.inputs, 1), maxLength: most }) }, { weight: 1, arbitrary: fc.array(before(at), { maxLength: 9 }) })
    const first = fc.oneof({ weight: 100, arbitrary: fc.constant(`${depth > 0 ? 's' : 't'}${at}`) }, { weight: 1, arbitrary: name })
    const outputs = fc.tuple(first, fc.array(fc.constantFrom('', ...MADE.slice(6).map((one) => `${one}_${at}`)), { maxLength: Math.max(0, own.outputs - 1) }))
    return fc.tuple(inputs, outputs, attributes(own, at, depth), fc.oneof({ weight: 9, arbitrary: fc.constant('') }, { weight: 1, arbitrary: oddName }))
      .map(([input, [output, others], given, label]): Node => ({ opType: own.name, domain: own.domain, input, output: [output, ...new Set(others)], attribute: given, name: label }))
  })
}

const dim = fc.oneof({ weight: 6, arbitrary: length.map(BigInt) }, { weight: 1, arbitrary: int64 }).chain((value) =>
  fc.constantFrom({ value: { case: 'dimValue' as const, value } }, { value: { case: 'dimValue' as const, value } }, { value: { case: 'dimParam' as const, value: 'seq' } }, { value: { case: 'dimParam' as const, value: '' } }, {}))

const shape = fc.array(dim, { maxLength: 4 })

/** Nearly always a tensor with a batch axis. */
const typeOf = (elemType: fc.Arbitrary<number>): fc.Arbitrary<Type> => fc.oneof(
  { weight: 60, arbitrary: fc.tuple(elemType, shape).map(([type, dims]): Type => ({ value: { case: 'tensorType', value: { elemType: type, shape: { dim: [{ value: { case: 'dimParam', value: 'batch' } }, ...dims] } } } })) },
  { weight: 3, arbitrary: fc.tuple(elemType, shape).map(([type, dims]): Type => ({ value: { case: 'tensorType', value: { elemType: type, shape: { dim: dims } } } })) },
  { weight: 1, arbitrary: fc.constantFrom<Type>({}, { value: { case: 'tensorType', value: { elemType: 1 } } }, { value: { case: 'sequenceType', value: {} } }, { value: { case: 'mapType', value: {} } }) },
)

const info = (own: string, elemType: fc.Arbitrary<number>): fc.Arbitrary<Info> => typeOf(elemType).map((type) => ({ name: own, type }))

function graph(from: number, depth: number): fc.Arbitrary<Graph> {
  const count = depth === 0 ? 10 : 3
  return fc.integer({ min: 1, max: count }).chain((nodes) => fc.record({
    node: fc.tuple(...Array.from({ length: nodes }, (_, i) => node(Math.min(MADE.length - 1, from + i), depth))),
    initializer: depth === 0
      ? fc.tuple(...WEIGHTS.map((own) => weightFor(own))).chain((all) => fc.oneof({ weight: 20, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(oddTensor(name), { maxLength: 1 }) }).map((more) => [...all, ...more]))
      : fc.array(tensor(mostly(['i0', 'i1'])), { maxLength: 2 }),
    input: depth === 0 ? fc.tuple(info('x', elementType), info('ids', fc.constantFrom(6, 7)), info('mask', fc.constantFrom(1, 9))) : fc.array(mostly(['trip', 'cond', 'i2', 's0']).chain((own) => info(own, elementType)), { maxLength: 3 }),
    output: fc.array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...(depth === 0 ? MADE.slice(0, nodes) : ['s0', 's1', 'i0', 'i2'])) }, { weight: 1, arbitrary: name }).chain((own) => info(own, elementType)), { minLength: 1, maxLength: 3 }),
    valueInfo: fc.array(name.chain((own) => info(own, elementType)), { maxLength: 3 }),
    sparseInitializer: fc.oneof({ weight: 400, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.constant([{ dims: [2n ** 40n] }]) }),
  })) as unknown as fc.Arbitrary<Graph>
}

/** Sensible ones for the names that nodes read most. */
function weightFor(own: string): fc.Arbitrary<Tensor> {
  switch (own) {
    case 'shape': return fc.array(int64, { minLength: 1, maxLength: 4 }).map((values) => ({ name: own, dims: [BigInt(values.length)], dataType: 7, int64Data: values }))
    case 'axes': return fc.array(fc.bigInt({ min: -3n, max: 3n }), { maxLength: 3 }).map((values) => ({ name: own, dims: [BigInt(values.length)], dataType: 7, int64Data: values }))
    case 'one': return int64.map((value) => ({ name: own, dims: [], dataType: 7, int64Data: [value] }))
    case 'flag': return fc.boolean().map((value) => ({ name: own, dims: [], dataType: 9, int32Data: [Number(value)] }))
    case 'text': return fc.constant({ name: own, dims: [1n], dataType: 8, stringData: [new Uint8Array([255, 0])] })
    default: return tensor(fc.constant(own))
  }
}

const version = (usual: readonly number[]): fc.Arbitrary<bigint> => fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...usual).map(BigInt) }, { weight: 1, arbitrary: int64 })

const functions = fc.oneof({ weight: 40, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.constant([
  { name: 'again', domain: 'own', input: ['a'], output: ['b'], node: [{ opType: 'again', domain: 'own', input: ['a'], output: ['b'] }] },
]) })

export const model: fc.Arbitrary<Case> = fc.record({
  irVersion: version([8, 8, 9, 10, 3]),
  producerName: oddName,
  opsetImport: fc.oneof(
    { weight: 30, arbitrary: version([18, 18, 21, 17, 13, 11, 9, 7]).map((own) => [{ domain: '', version: own }, { domain: 'com.microsoft', version: 1n }]) },
    { weight: 1, arbitrary: fc.array(fc.record({ domain: mostly(['', 'ai.onnx', 'own']), version: int64 }), { maxLength: 3 }) },
  ),
  graph: graph(0, 0),
  functions,
}).map((content) => ({
  main: 'model.onnx',
  files: {
    'model.onnx': toBinary(ModelProtoSchema, create(ModelProtoSchema, content as unknown as MessageInitShape<typeof ModelProtoSchema>)),
    'weights.bin': new Uint8Array(64),
    'linked.bin': { link: '/etc/passwd' },
    'loop.bin': { link: 'loop.bin' },
    'folder/inside.bin': new Uint8Array(8),
  },
}))


