/** Arrays of numpy and safetensors whose headers and archives lie. */
import fc from 'fast-check'
import { crc32, deflateRawSync } from 'node:zlib'
import { type Case, only } from './case.ts'
import { length, mostly, oddName } from './numbers.ts'

const BYTES: Readonly<Record<string, number>> = { '<f4': 4, '<f8': 8, '<f2': 2, '<i8': 8, '<i4': 4, '|i1': 1, '|u1': 1, '<u8': 8, '|b1': 1, '<U3': 12, '|S5': 5, '>f4': 4, '>i8': 8 }
const DESCRS = [...Object.keys(BYTES), '|O', '<c8', '<U0', '<U99999999999', '|S1', '|S65536', '|V8', '<M8[ns]', '<f3', '=i4', '', '[', "<f4', 'x': '"]

const lengths = fc.oneof({ weight: 12, arbitrary: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }) }, { weight: 3, arbitrary: fc.array(length, { maxLength: 4 }) }, { weight: 1, arbitrary: fc.constant(new Array<number>(3000).fill(1)) })

interface Header {
  readonly descr: string
  readonly fortran: string
  readonly shape: string
  readonly more: string
  readonly magic: string
  readonly version: number
  /** Added to the length of the header as it is written down. */
  readonly off: number
}

export function npyBytes({ descr, fortran, shape, more, magic, version, off }: Header, values: Uint8Array): Buffer {
  const text = Buffer.from(`{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, ${more}}\n`)
  const size = Buffer.alloc(version === 1 ? 2 : 4)
  const told = Math.min(version === 1 ? 0xffff : 0xffffffff, Math.max(0, text.length + off))
  if (version === 1) size.writeUInt16LE(told)
  else size.writeUInt32LE(told)
  return Buffer.concat([Buffer.from(magic, 'latin1'), Buffer.from([version, 0]), size, text, values])
}

/** Half of them are sound; a few rows are shared, so that archives of several can be. */
const array: fc.Arbitrary<Buffer> = fc.record({
  descr: mostly(Object.keys(BYTES)).chain((usual) => fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...DESCRS) })),
  dims: fc.oneof({ weight: 3, arbitrary: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }).map((rest) => [2, ...rest]) }, { weight: 2, arbitrary: lengths }),
  fortran: mostly(['False', 'True']),
  odd: fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom('()', '(', '(,)', '(-1,)', '(1e9,)', '(99999999999999999999,)', '(2, 3', '5', '(0,)', '(3L, 2L)', '(1,,2)') }),
  more: mostly(['', '']),
  magic: mostly(['\x93NUMPY', '\x93NUMPY']),
  version: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(1, 2, 3) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }) }),
  off: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(-1000, -1, 1, 64, 60_000, 2 ** 31) }),
  values: fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }) }),
  fill: fc.integer({ min: 0, max: 255 }),
}).map(({ dims, odd, values, fill, ...header }) => {
  const count = dims.reduce((product, one) => product * one, BYTES[header.descr] ?? 4)
  const body = values ?? new Uint8Array(count >= 0 && count <= 100_000 ? count : 16).fill(fill)
  return npyBytes({ ...header, shape: odd ?? `(${dims.join(', ')},)` }, body)
})

export const npy: fc.Arbitrary<Case> = array.map((bytes) => only('a.npy', bytes))

interface Member {
  readonly name: string
  readonly content: Buffer
  readonly method: number
  /** Put in the place of what would be true; in the central directory only, or in both. */
  readonly size: number | undefined
  readonly packedSize: number | undefined
  readonly crc: number | undefined
  readonly offset: number | undefined
  readonly flags: number
  readonly extra: Uint8Array
  /** Lies where the member before lies. */
  readonly same: boolean
}

export interface ArchiveEnd {
  readonly entries: number | undefined
  readonly directorySize: number | undefined
  readonly directoryOffset: number | undefined
  readonly comment: Uint8Array
}

export function zipBytes(members: readonly Member[], end: ArchiveEnd): Buffer {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  let at = 0
  let last = 0
  for (const { name, content, method, size, packedSize, crc, offset, flags, extra, same } of members) {
    const packed = method === 8 ? deflateRawSync(content) : content
    const label = Buffer.from(name)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(flags, 2)
    common.writeUInt16LE(method, 4)
    common.writeUInt32LE(crc ?? crc32(content), 10)
    common.writeUInt32LE(packedSize ?? packed.length, 14)
    common.writeUInt32LE(size ?? content.length, 18)
    common.writeUInt16LE(label.length, 22)
    common.writeUInt16LE(extra.length, 24)
    const tail = Buffer.alloc(14)
    if (!same) last = at
    tail.writeUInt32LE(offset ?? last, 10)
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, label, extra]))
    if (same) continue
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, label, extra, packed])
    locals.push(local)
    at += local.length
  }
  const directory = Buffer.concat(centrals)
  const tail = Buffer.alloc(22)
  tail.write('PK\x05\x06', 0, 'latin1')
  tail.writeUInt16LE(end.entries ?? members.length, 8)
  tail.writeUInt16LE(end.entries ?? members.length, 10)
  tail.writeUInt32LE(end.directorySize ?? directory.length, 12)
  tail.writeUInt32LE(end.directoryOffset ?? at, 16)
  tail.writeUInt16LE(end.comment.length, 20)
  return Buffer.concat([...locals, directory, tail, end.comment])
}

const seldom = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.oneof({ weight: 30, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })
const uint32 = fc.constantFrom(0, 1, 100, 65_535, 2 ** 31, 2 ** 32 - 1)

/** An array of zeros that is nothing but a header when it is deflated. */
const bomb = fc.constantFrom(1, 4, 20).map((mega) => npyBytes({ descr: '|u1', fortran: 'False', shape: `(${mega * 2 ** 20},)`, more: '', magic: '\x93NUMPY', version: 1, off: 0 }, Buffer.alloc(mega * 2 ** 20)))

/** Extra fields: a zip64 one with sizes, and others. */
const extra = fc.oneof({ weight: 30, arbitrary: fc.constant(new Uint8Array(0)) }, { weight: 1, arbitrary: fc.tuple(fc.constantFrom(1, 0x7075, 0xffff), fc.uint8Array({ maxLength: 32 })).map(([id, body]) => Uint8Array.of(id & 255, id >> 8, body.length, 0, ...body)) })

const member: fc.Arbitrary<Member> = fc.record({
  name: fc.oneof({ weight: 12, arbitrary: fc.constantFrom('a.npy', 'b.npy', 'c.npy', 'd.npy') }, { weight: 1, arbitrary: oddName.map((own) => `${own.slice(0, 2000)}.npy`) }, { weight: 1, arbitrary: fc.constantFrom('../a.npy', '/a.npy', 'folder/', 'readme.txt', '.npy', 'a\\b.npy', '__MACOSX/a.npy') }),
  content: fc.oneof({ weight: 14, arbitrary: array }, { weight: 1, arbitrary: bomb }),
  method: fc.oneof({ weight: 12, arbitrary: fc.constantFrom(0, 8) }, { weight: 1, arbitrary: fc.constantFrom(1, 9, 12, 14, 93, 99) }),
  size: seldom(uint32), packedSize: seldom(uint32), crc: seldom(uint32), offset: seldom(uint32), extra,
  flags: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(1, 8, 0x800, 0x2000, 0xffff) }),
  same: fc.oneof({ weight: 20, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
})

export const npz: fc.Arbitrary<Case> = fc.tuple(
  fc.array(member, { maxLength: 4 }),
  fc.record({ entries: seldom(fc.constantFrom(0, 1, 65_535)), directorySize: seldom(uint32), directoryOffset: seldom(uint32), comment: fc.oneof({ weight: 9, arbitrary: fc.constant(new Uint8Array(0)) }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }) }) }),
).map(([members, end]) => only('a.npz', zipBytes(members, end)))

const DTYPES = ['F32', 'F64', 'F16', 'BF16', 'I64', 'I32', 'I8', 'U8', 'U64', 'BOOL']
const WIDTH: Readonly<Record<string, number>> = { F32: 4, F64: 8, F16: 2, BF16: 2, I64: 8, I32: 4, I8: 1, U8: 1, U64: 8, BOOL: 1 }

/** Tensors one after another as they should lie; some told otherwise. */
export const safetensors: fc.Arbitrary<Case> = fc.tuple(
  fc.array(fc.record({
    name: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('a', 'b', 'c', 'd') }, { weight: 1, arbitrary: oddName }),
    dtype: mostly(DTYPES),
    dims: fc.oneof({ weight: 6, arbitrary: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }).map((rest) => [2, ...rest]) }, { weight: 1, arbitrary: fc.array(length, { maxLength: 4 }) }),
    odd: seldom(fc.jsonValue({ maxDepth: 2 })),
    offsets: seldom(fc.tuple(length, length)),
    fill: fc.integer({ min: 0, max: 255 }),
  }), { maxLength: 4 }),
  fc.record({
    told: seldom(fc.constantFrom(0n, 1n, 8n, 100n, 2n ** 24n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n)),
    text: seldom(fc.oneof(fc.constantFrom('', '{', '[]', 'null', '{"a": 1}', '{"a": null}', '{"__metadata__": {}}', '{'.repeat(20_000), '['.repeat(100_000), '{"a":'.repeat(50_000)), fc.json())),
    more: fc.oneof({ weight: 9, arbitrary: fc.constant(new Uint8Array(0)) }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }) }),
  }),
).map(([tensors, { told, text, more }]) => {
  let at = 0
  const entries: string[] = []
  const bodies: Uint8Array[] = []
  for (const { name, dtype, dims, odd, offsets, fill } of tensors) {
    const count = dims.reduce((product, one) => product * one, WIDTH[dtype] ?? 4)
    const body = new Uint8Array(count >= 0 && count <= 10_000 ? count : 0).fill(fill)
    entries.push(`${JSON.stringify(name)}:${JSON.stringify(odd ?? { dtype, shape: dims, data_offsets: offsets ?? [at, at + body.length] })}`)
    bodies.push(body)
    at += body.length
  }
  const header = Buffer.from(text ?? `{${entries.join(',')}}`)
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(told ?? BigInt(header.length))
  return only('a.safetensors', Buffer.concat([size, header, ...bodies, more]))
})
