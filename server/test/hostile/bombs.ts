/** Small files that stand for much: made one by one, after what readers of other programs fell for. */
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { type AttributeProtoSchema, GraphProtoSchema, ModelProtoSchema, type NodeProtoSchema, type TensorProtoSchema, type TypeProtoSchema } from '../../src/onnx/gen/onnx_pb.ts'
import { type Case, only } from './case.ts'
import type { Kind } from './examine.ts'
import { npyBytes, zipBytes } from './arrays.ts'
import { toy } from './hypotheses.ts'
import { thrift } from './thrift.ts'

type Node = MessageInitShape<typeof NodeProtoSchema>
type Graph = MessageInitShape<typeof GraphProtoSchema>
type Attribute = MessageInitShape<typeof AttributeProtoSchema>
type Tensor = MessageInitShape<typeof TensorProtoSchema>
type Type = MessageInitShape<typeof TypeProtoSchema>

const ints = (name: string, ...values: readonly number[]): Tensor => ({ name, dims: [BigInt(values.length)], dataType: 7, int64Data: values.map(BigInt) })
const int = (name: string, value: bigint): Tensor => ({ name, dims: [], dataType: 7, int64Data: [value] })
const of = (elemType: number, ...dims: readonly (string | number)[]): Type => ({ value: { case: 'tensorType', value: { elemType, shape: { dim: dims.map((dim) => ({ value: typeof dim === 'string' ? { case: 'dimParam' as const, value: dim } : { case: 'dimValue' as const, value: BigInt(dim) } })) } } } })
const node = (opType: string, input: readonly string[], output: readonly string[], attribute: readonly Attribute[] = []): Node => ({ opType, input: [...input], output: [...output], attribute: [...attribute] })
const axis = (i: bigint): Attribute => ({ name: 'axis', type: 2, i })

/** A model of one input `x` [batch, 4] whose output is the last node's first. */
function model(nodes: readonly Node[], weights: readonly Tensor[] = [], more: Graph = {}, files: Case['files'] = {}): Case {
  const graph: Graph = { name: 'g', node: [...nodes], initializer: [...weights], input: [{ name: 'x', type: of(1, 'batch', 4) }], output: [{ name: nodes.at(-1)?.output?.[0] ?? 'x', type: of(1, 'batch', 4) }], ...more }
  return { main: 'model.onnx', files: { 'model.onnx': toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ domain: '', version: 18n }], graph })), ...files } }
}

const chain = (times: number, step: (from: string, to: string, at: number) => Node): Node[] => Array.from({ length: times }, (_, i) => step(`c${i}`, `c${i + 1}`, i))
const relu = node('Relu', ['x'], ['y'])

/** A loop whose body holds a loop, and so on; each runs `trips` times. */
function loops(deep: number, trips: bigint): Node {
  const body: Graph = {
    name: 'b', input: [{ name: `i${deep}`, type: of(7) }, { name: `go${deep}`, type: of(9) }, { name: `v${deep}`, type: of(1) }],
    initializer: [int(`n${deep}`, trips), { name: `true${deep}`, dims: [], dataType: 9, int32Data: [1] }],
    node: deep === 0 ? [node('Relu', [`v${deep}`], [`o${deep}`])] : [node('Identity', [`v${deep}`], [`v${deep - 1}_in`]), { ...loops(deep - 1, trips), input: [`n${deep}`, `true${deep}`, `v${deep - 1}_in`], output: [`o${deep}`] }],
    output: [{ name: `go${deep}`, type: of(9) }, { name: `o${deep}`, type: of(1) }],
  }
  return node('Loop', ['trips', 'true', 'x'], ['y'], [{ name: 'body', type: 5, g: body }])
}

function branches(deep: number): Node {
  const inner = (): Graph => ({ name: 'b', node: [deep === 0 ? node('Relu', ['x'], ['o']) : { ...branches(deep - 1), output: ['o'] }], output: [{ name: 'o', type: of(1) }] })
  return node('If', ['true'], ['y'], [{ name: 'then_branch', type: 5, g: inner() }, { name: 'else_branch', type: 5, g: deep > 8 ? { name: 'e', node: [node('Relu', ['x'], ['o'])], output: [{ name: 'o', type: of(1) }] } : inner() }])
}

const field = (number: number, content: Uint8Array): Buffer => Buffer.concat([Buffer.from(varint(number * 8 + 2)), Buffer.from(varint(content.length)), content])

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}

/** A declared type that is a sequence of sequences of … */
function nestedType(deep: number): Case {
  let type: Uint8Array = new Uint8Array(0)
  for (let i = 0; i < deep; i++) type = field(4, field(1, type))
  const graph = toBinary(GraphProtoSchema, create(GraphProtoSchema, { name: 'g', node: [relu], input: [{ name: 'x', type: of(1, 'batch', 4) }], output: [{ name: 'y' }] }))
  const info = field(13, Buffer.concat([field(1, Buffer.from('t')), field(2, type)]))
  return only('model.onnx', Buffer.concat([toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ domain: '', version: 18n }] })), field(7, Buffer.concat([graph, info]))]))
}

const truth: Tensor = { name: 'true', dims: [], dataType: 9, int32Data: [1] }
const external = (location: string, offset = '0', length = '16'): Tensor => ({ name: 'w', dims: [4n], dataType: 1, dataLocation: 1, externalData: [{ key: 'location', value: location }, { key: 'offset', value: offset }, { key: 'length', value: length }] })
const outside = (location: string, files: Case['files'] = {}): Case => model([node('Add', ['x', 'w'], ['y'])], [external(location)], {}, files)

const zeros = (mega: number): Buffer => npyBytes({ descr: '|u1', fortran: 'False', shape: `(${mega * 2 ** 20},)`, more: '', magic: '\x93NUMPY', version: 1, off: 0 }, Buffer.alloc(mega * 2 ** 20))
const member = (name: string, content: Buffer, change: Partial<Parameters<typeof zipBytes>[0][number]> = {}): Parameters<typeof zipBytes>[0][number] =>
  ({ name, content, method: 8, size: undefined, packedSize: undefined, crc: undefined, offset: undefined, flags: 0, extra: new Uint8Array(0), same: false, ...change })
const npz = (...members: Parameters<typeof zipBytes>[0]): Case => only('a.npz', zipBytes(members, { entries: undefined, directorySize: undefined, directoryOffset: undefined, comment: new Uint8Array(0) }))

/** One column of one dictionary page and one page of indices that are a run. */
function runs(rows: number, codec: number, page: Buffer, inflated: number): Case {
  const dictionary = Buffer.from([7, 0, 0, 0, 0, 0, 0, 0])
  const packed = codec === 2 ? gzipSync(dictionary) : codec === 4 ? brotliCompressSync(dictionary) : dictionary
  const bytes = Buffer.concat([
    thrift({ fields: { 1: 2, 2: 8, 3: packed.length, 7: { fields: { 1: 1, 2: 0 } } } }), packed,
    thrift({ fields: { 1: 0, 2: inflated, 3: page.length, 5: { fields: { 1: rows, 2: 8, 3: 3, 4: 3 } } } }), page,
  ])
  const footer = thrift({ fields: { 1: 1, 2: [{ fields: { 4: 's', 5: 1 } }, { fields: { 1: 2, 3: 0, 4: 'a' } }], 3: BigInt(rows), 4: [{ fields: { 1: [{ fields: { 2: 4n, 3: { fields: { 1: 2, 2: [8], 3: ['a'], 4: codec, 5: BigInt(rows), 6: BigInt(8 + inflated), 7: BigInt(bytes.length), 9: 4n, 11: 4n } } } }], 2: 100n, 3: BigInt(rows) } }] } })
  const size = Buffer.alloc(4)
  size.writeUInt32LE(footer.length)
  return only('a.parquet', Buffer.concat([Buffer.from('PAR1'), bytes, footer, size, Buffer.from('PAR1')]))
}

/** Every group names the same page. */
function manyGroups(groups: number): Case {
  const page = Buffer.alloc(2 ** 19)
  const bytes = Buffer.concat([thrift({ fields: { 1: 0, 2: page.length, 3: page.length, 5: { fields: { 1: 6, 2: 0, 3: 3, 4: 3 } } } }), page])
  const group = { fields: { 1: [{ fields: { 2: 4n, 3: { fields: { 1: 6, 2: [0], 3: ['a'], 4: 0, 5: 6n, 6: BigInt(page.length), 7: BigInt(bytes.length), 9: 4n } } } }], 2: 100n, 3: 6n } }
  const footer = thrift({ fields: { 1: 1, 2: [{ fields: { 4: 's', 5: 1 } }, { fields: { 1: 6, 3: 0, 4: 'a' } }], 3: BigInt(6 * groups), 4: Array.from({ length: groups }, () => group) } })
  const size = Buffer.alloc(4)
  size.writeUInt32LE(footer.length)
  return only('a.parquet', Buffer.concat([Buffer.from('PAR1'), bytes, footer, size, Buffer.from('PAR1')]))
}

function run(count: number): Buffer {
  const out = [1]
  for (let rest = count * 2; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...out, rest, 0])
    out.push((rest % 128) + 128)
  }
}

const scrub = (text: string): Case => only('a.scrub', text)

/** Each with its kind. */
export function bombs(): [string, Kind, Case][] {
  return [
    ['a vector joined with itself forty times', 'model', model([...chain(40, (from, to) => node('Concat', [from, from], [to], [axis(0n)])), relu], [ints('c0', 1, 2, 3)])],
    ['lengths multiplied two hundred times', 'model', model([node('Shape', ['x'], ['c0']), ...chain(200, (from, to) => node('Mul', [from, from], [to])), node('ConstantOfShape', ['c200'], ['z']), relu])],
    ['sums of lengths multiplied', 'model', model([node('Shape', ['x'], ['c0']), ...chain(200, (from, to, at) => node(at % 2 === 0 ? 'Mul' : 'Add', [from, 'c0'], [to])), node('Reshape', ['x', 'c200'], ['y'])])],
    ['Expand to 2^40 elements', 'model', model([node('Expand', ['x', 'shape'], ['y'])], [ints('shape', 2 ** 20, 2 ** 20, 1, 4)])],
    ['Tile by 2^40', 'model', model([node('Tile', ['x', 'shape'], ['y'])], [ints('shape', 1, 2 ** 40)])],
    ['Range to 2^62', 'model', model([node('Range', ['zero', 'most', 'one'], ['r']), node('Range', ['zero', 'most', 'zero'], ['q']), relu], [int('zero', 0n), int('most', 2n ** 62n), int('one', 1n)])],
    ['ConstantOfShape of 2^62', 'model', model([node('ConstantOfShape', ['shape'], ['z']), node('NonZero', ['z'], ['q']), relu], [ints('shape', 2 ** 31, 2 ** 31)])],
    ['Pad and Resize by 2^50', 'model', model([node('Pad', ['x', 'pads'], ['p']), node('Resize', ['x', '', '', 'sizes'], ['y'])], [ints('pads', 0, 2 ** 50, 0, 2 ** 50), ints('sizes', 1, 2 ** 50)])],
    ['loops in loops in loops', 'model', model([loops(3, 1000n)], [int('trips', 1000n), truth])],
    ['a loop that runs 2^62 times', 'model', model([loops(0, 1n)], [int('trips', 2n ** 62n), truth])],
    ['branches in branches', 'model', model([branches(20)], [truth])],
    ['graphs forty deep', 'model', model([branches(40)], [truth])],
    ['types twenty thousand deep', 'model', nestedType(20_000)],
    ['half a million empty nodes', 'model', only('model.onnx', Buffer.concat([Buffer.from([7 * 8 + 2, 0xc0, 0x84, 0x3d]), Buffer.from('0a00'.repeat(500_000), 'hex')]))],
    ['a weight of 2^62 elements', 'model', model([node('Add', ['x', 'w'], ['y'])], [{ name: 'w', dims: [2n ** 31n, 2n ** 31n], dataType: 1, rawData: new Uint8Array(16) }])],
    ['a weight of negative length', 'model', model([node('Add', ['x', 'w'], ['y'])], [{ name: 'w', dims: [-4n], dataType: 1, rawData: new Uint8Array(16) }])],
    ['a cycle', 'model', model([node('Add', ['x', 'b'], ['a']), node('Relu', ['a'], ['b'])])],
    ['a node that reads itself', 'model', model([node('Add', ['x', 'y'], ['y'])])],
    ['a graph that captures what is made later', 'model', model([node('If', ['true'], ['y'], [{ name: 'then_branch', type: 5, g: { name: 'b', node: [node('Relu', ['y'], ['o'])], output: [{ name: 'o' }] } }, { name: 'else_branch', type: 5, g: { name: 'b', node: [], output: [{ name: 'y' }] } }])], [truth])],
    ['weights that are NaN and infinite', 'model', model([node('Add', ['x', 'w'], ['y'])], [{ name: 'w', dims: [4n], dataType: 1, rawData: new Uint8Array(Float32Array.of(NaN, Infinity, -Infinity, -0).buffer) }])],
    ['weights above the folder', 'model', outside('../weights.bin')],
    ['weights in a system file', 'model', outside('/etc/passwd')],
    ['weights behind a link out of the folder', 'model', outside('linked.bin', { 'linked.bin': { link: '/etc/passwd' } })],
    ['weights behind a link to itself', 'model', outside('loop.bin', { 'loop.bin': { link: 'loop.bin' } })],
    ['weights in a device', 'model', outside('zero', { zero: { link: '/dev/zero' } })],
    ['weights in a folder', 'model', outside('folder', { 'folder/a': new Uint8Array(1) })],
    ['weights at no number', 'model', model([node('Add', ['x', 'w'], ['y'])], [external('w.bin', 'abc', 'NaN')], {}, { 'w.bin': new Uint8Array(64) })],
    ['weights in the model itself', 'model', outside('model.onnx')],
    ['names that end lines and quotes', 'model', model([node('Add', ['x', '`\n\u001b[31m'], ['y'])])],
    ['names that objects have', 'model', model([node('constructor', ['x'], ['__proto__']), { ...node('toString', ['__proto__'], ['hasOwnProperty']), domain: 'com.microsoft' }])],
    ['a perm that repeats', 'model', model([node('Transpose', ['x'], ['y'], [{ name: 'perm', type: 7, ints: [0n, 0n] }])])],
    ['an axis of 2^62', 'model', model([node('Softmax', ['x'], ['s'], [axis(2n ** 62n)]), node('Gather', ['s', 'axes'], ['y'], [axis(-(2n ** 62n))])], [ints('axes', 99)])],
    ['a kernel of 2^50', 'model', model([node('MaxPool', ['x'], ['y'], [{ name: 'kernel_shape', type: 7, ints: [2n ** 50n, -1n, 0n] }, { name: 'strides', type: 7, ints: [0n, 0n] }])])],
    ['an npz of 100 MiB of zeros', 'data', npz(member('a.npy', zeros(100)))],
    ['an npz of sixteen columns of 16 MiB of zeros', 'data', npz(...Array.from({ length: 16 }, (_, i) => member(`a${i}.npy`, zeros(16))))],
    ['an npz of a thousand names for one member', 'data', npz(member('m.npy', zeros(1)), ...Array.from({ length: 999 }, (_, i) => member(`m${i}.npy`, zeros(1), { same: true })))],
    ['a member longer than it says', 'data', npz(member('a.npy', zeros(1), { size: 200 }))],
    ['a member shorter than it says', 'data', npz(member('a.npy', zeros(1), { size: 2 ** 32 - 2 }))],
    ['a run of ten million in parquet', 'data', runs(10_000_000, 0, run(10_000_000), run(10_000_000).length)],
    ['a run of two billion in parquet', 'data', runs(2 ** 31 - 1, 0, run(2 ** 31 - 1), 7)],
    ['a run of seven million in parquet', 'data', runs(7_000_000, 0, run(7_000_000), run(7_000_000).length)],
    ['a page of 256 MiB in 256 KiB', 'data', runs(6, 2, gzipSync(Buffer.alloc(2 ** 28)), 2 ** 28)],
    ['a thousand groups of one page in parquet', 'data', manyGroups(1000)],
    ['a header of 2^64 bytes', 'data', only('a.safetensors', Buffer.concat([Buffer.alloc(8, 255), Buffer.from('{}')]))],
    ['lists two hundred thousand deep', 'data', only('a.jsonl', `{"a":${'['.repeat(200_000)}`)],
    ['half a million cells of one row', 'data', only('a.csv', `${'a,'.repeat(250_000)}\n`)],
    ['a quote that is never closed', 'data', only('a.csv', `a,b\n"${'x'.repeat(900_000)}`)],
    ['a vocabulary of one far id', 'vocab', only('vocab.json', '{"a":4194303}')],
    ['a family of two million', 'hypothesis', scrub('model "toy.onnx"\nhypothesis "a" {\n  node A[i in range(1000), j in range(1000), k in range(2)] = exact at "y"\n}\n')],
    ['a family whose members are all from all', 'hypothesis', { main: 'a.scrub', files: { ...toy, 'a.scrub': new TextEncoder().encode('model "toy.onnx"\ndata "toy.jsonl"\nmetric loss = binary_cross_entropy(logit, label)\nhypothesis "a" {\n  node B[i in range(12000)] = z1 at "/A" from B through any\n}\n') } }],
    ['loops in loops of a hypothesis', 'hypothesis', scrub(`model "toy.onnx"\nhypothesis "a" {\n${'for i in range(60000) {\n'.repeat(6)}node A = any at "y"\n${'}\n'.repeat(6)}}\n`)],
    ['brackets a hundred thousand deep', 'hypothesis', scrub(`metric a = ${'('.repeat(100_000)}`)],
    ['a line of a million characters', 'hypothesis', scrub(`metric a = ${'z1 + '.repeat(200_000)}z1`)],
    ['a million quotes', 'hypothesis', scrub('"\n'.repeat(500_000))],
  ]
}
