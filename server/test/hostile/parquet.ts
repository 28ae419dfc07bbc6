/** Parquet files that are whole as files and lie in their metadata, their pages and their runs. */
import fc from 'fast-check'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { type Case, only } from './case.ts'
import { mostly, oddName } from './numbers.ts'
import { type Thrift, thrift } from './thrift.ts'

const ROWS = 6
/** BOOLEAN, INT32, INT64, FLOAT, DOUBLE, BYTE_ARRAY. */
const TYPES = [0, 1, 2, 4, 5, 6]
const WIDTH: Readonly<Record<number, number>> = { 1: 4, 2: 8, 4: 4, 5: 8 }

const seldom = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.oneof({ weight: 40, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })
const int32 = fc.constantFrom(-1, 0, 1, 7, 1000, 2 ** 20, 2 ** 31 - 1, -(2 ** 31))
const int64 = fc.constantFrom(-1n, 0n, 1n, 7n, 1000n, 2n ** 31n, 2n ** 40n, 2n ** 62n)

/** What stands for `ROWS` values of a type. */
function plain(type: number): Buffer {
  if (type === 0) return Buffer.from([0b101010])
  if (type === 6) return Buffer.concat(Array.from({ length: ROWS }, (_, i) => Buffer.from([2, 0, 0, 0, 97 + i, 98])))
  return Buffer.alloc(ROWS * WIDTH[type]!, 1)
}

/** A run of the hybrid encoding: `count` times a value of one byte. */
function run(count: number): Buffer {
  const out: number[] = []
  for (let rest = count * 2; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) {
      out.push(rest, 0)
      return Buffer.from(out)
    }
    out.push((rest % 128) + 128)
  }
}

const varints = fc.array(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0x80, 0xff, 0x7f)), { maxLength: 40 }).map((bytes) => Buffer.from(bytes))

interface Body {
  readonly encoding: number
  readonly values: Buffer
}

const bodyOf = (type: number): fc.Arbitrary<Body> => fc.oneof(
  { weight: 6, arbitrary: fc.constant({ encoding: 0, values: plain(type) }) },
  { weight: 3, arbitrary: fc.constant({ encoding: 8, values: Buffer.concat([Buffer.from([1]), run(ROWS)]) }) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(2, 8), fc.integer({ min: 0, max: 64 }), fc.constantFrom(1, ROWS, 1000, 2 ** 24, 2 ** 30, 2 ** 40)).map(([encoding, width, count]) => ({ encoding, values: Buffer.concat([Buffer.from([width]), run(count)]) })) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom(0, 2, 3, 4, 5, 6, 7, 8, 9, 99), varints).map(([encoding, values]) => ({ encoding, values })) },
  // Delta: a block size, miniblocks, a count, a first value.
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(5, 6, 7), fc.array(fc.constantFrom(0, 1, 4, 6, 32, 127, 128), { minLength: 4, maxLength: 12 })).map(([encoding, bytes]) => ({ encoding, values: Buffer.from(bytes) })) },
  { weight: 1, arbitrary: fc.constantFrom(1, 20).map((mega) => ({ encoding: 0, values: Buffer.alloc(mega * 2 ** 20) })) },
)

/** UNCOMPRESSED, SNAPPY, GZIP, BROTLI, LZ4, ZSTD, LZ4_RAW; what is packed otherwise than said is damage. */
function packed(codec: number, bytes: Buffer): Buffer {
  if (codec === 2) return gzipSync(bytes)
  if (codec === 4) return brotliCompressSync(bytes)
  if (codec !== 1) return bytes
  // One literal after another, of 60 bytes at most.
  const parts: Buffer[] = [Buffer.from(lengthOf(bytes.length))]
  for (let at = 0; at < bytes.length; at += 60) parts.push(Buffer.from([(Math.min(60, bytes.length - at) - 1) * 4]), bytes.subarray(at, at + 60))
  return Buffer.concat(parts)
}

function lengthOf(length: number): number[] {
  return length < 128 ? [length] : [(length % 128) + 128, ...lengthOf(Math.floor(length / 128))]
}

const column = (index: number) => fc.record({
  name: fc.oneof({ weight: 12, arbitrary: fc.constant('abcd'[index]!) }, { weight: 1, arbitrary: oddName }),
  type: fc.constantFrom(...TYPES),
  codec: fc.oneof({ weight: 12, arbitrary: fc.constantFrom(0, 0, 1, 2, 4) }, { weight: 1, arbitrary: fc.constantFrom(3, 5, 6, 7, 99) }),
  repetition: fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(1, 2, 9) }),
  converted: fc.oneof({ weight: 12, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.integer({ min: -1, max: 25 }) }),
  count: seldom(int32), pageSize: seldom(int32), inflated: seldom(int32), valuesTold: seldom(int64), total: seldom(int64), offset: seldom(int64), dictionary: seldom(int64),
  second: fc.oneof({ weight: 5, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  levels: fc.tuple(seldom(int32), seldom(int32)), dictionaryCount: seldom(int32),
}).chain((own) => bodyOf(own.type).map((body) => ({ ...own, body })))

type Column = typeof column extends (index: number) => fc.Arbitrary<infer One> ? One : never

/** The pages of a column, and its metadata if they begin at `at`. */
function chunk(one: Column, at: number): { bytes: Buffer; meta: Thrift } {
  const { name, type, codec, body: { encoding, values }, second } = one
  const pages: Buffer[] = []
  let dictionaryAt: bigint | undefined
  if (encoding === 8 || encoding === 2) {
    const words = plain(type)
    const page = packed(codec, words)
    dictionaryAt = BigInt(at)
    pages.push(thrift({ fields: { 1: 2, 2: words.length, 3: page.length, 7: { fields: { 1: one.dictionaryCount ?? ROWS, 2: 0 } } } }), page)
  }
  const dataAt = at + pages.reduce((sum, page) => sum + page.length, 0)
  const page = packed(codec, values)
  const count = one.count ?? ROWS
  const head = second
    ? { 8: { fields: { 1: count, 2: 0, 3: count, 4: encoding, 5: one.levels[0] ?? 0, 6: one.levels[1] ?? 0, 7: true } } }
    : { 5: { fields: { 1: count, 2: encoding, 3: 3, 4: 3 } } }
  pages.push(thrift({ fields: { 1: second ? 3 : 0, 2: one.inflated ?? values.length, 3: one.pageSize ?? page.length, ...head } }), page)
  const bytes = Buffer.concat(pages)
  const meta: Thrift = { fields: {
    1: type, 2: [encoding], 3: [name], 4: codec, 5: one.valuesTold ?? BigInt(ROWS), 6: one.total ?? BigInt(values.length + (dictionaryAt === undefined ? 0 : plain(type).length)), 7: one.total ?? BigInt(bytes.length),
    9: one.offset ?? BigInt(dataAt), 11: one.dictionary ?? dictionaryAt,
  } }
  return { bytes, meta }
}

export const parquet: fc.Arbitrary<Case> = fc.record({
  columns: fc.integer({ min: 1, max: 3 }).chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => column(i)))),
  rows: seldom(int64), groupRows: seldom(int64), children: seldom(int32), footer: seldom(fc.constantFrom(0, 1, 2 ** 16, 2 ** 31, 2 ** 32 - 1)),
  nested: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(3, 100, 20_000) }),
  groups: fc.oneof({ weight: 12, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constantFrom(0, 2, 1500) }),
  magic: mostly(['PAR1']), junk: seldom(fc.uint8Array({ maxLength: 200 })),
}).map(({ columns, rows, groupRows, children, footer, nested, groups, magic, junk }) => {
  const bodies: Buffer[] = [Buffer.from('PAR1')]
  const chunks: Thrift[] = []
  let at = 4
  for (const one of columns) {
    const { bytes, meta } = chunk(one, at)
    bodies.push(bytes)
    chunks.push({ fields: { 2: BigInt(at), 3: meta } })
    at += bytes.length
  }
  const leaves: Thrift[] = columns.map(({ name, type, repetition, converted }) => ({ fields: { 1: type, 3: repetition, 4: name, 6: converted } }))
  const deep: Thrift[] = Array.from({ length: nested }, (_, i) => ({ fields: { 3: 2, 4: `n${i}`, 5: 1 } }))
  const schema: Thrift[] = [{ fields: { 4: 'schema', 5: children ?? columns.length } }, ...deep, ...leaves]
  const group: Thrift = { fields: { 1: chunks, 2: BigInt(at), 3: groupRows ?? BigInt(ROWS) } }
  const meta = junk === undefined ? thrift({ fields: { 1: 1, 2: schema, 3: rows ?? BigInt(ROWS * groups), 4: Array.from({ length: groups }, () => group) } }) : Buffer.from(junk)
  const size = Buffer.alloc(4)
  size.writeUInt32LE(footer ?? meta.length)
  return only('a.parquet', Buffer.concat([...bodies, meta, size, Buffer.from(magic, 'latin1')]))
})
