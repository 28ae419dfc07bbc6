/** Makes files for the tests: bytes of npy, zip and safetensors, in a temporary folder that goes with the tests. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync } from 'node:zlib'
import { afterAll } from 'vitest'
import { DataError, type Column, type Dataset } from '../../src/data/columns.ts'
import { openDataset, type OpenOptions } from '../../src/data/read.ts'

export const folder = mkdtempSync(join(tmpdir(), 'scrub-data-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Writes a file into the temporary folder; returns its path. */
export function write(name: string, contents: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, contents)
  return path
}

/** The path of a committed file. */
export function fixture(name: string): string {
  return join(import.meta.dirname, 'fixtures', name)
}

export async function load(path: string, columns?: readonly string[], options?: OpenOptions): Promise<Dataset> {
  return (await openDataset(path, options)).load(columns)
}

/** A column as plain values: strings for strings, nested no further than one list. */
export function plain({ values, dictionary }: Column): unknown[] {
  return [...values].map((value) => dictionary?.[Number(value)] ?? value)
}

/** `name dtype [shape] values` of every column. */
export async function render(path: string): Promise<string[]> {
  const { columns } = await load(path)
  return columns.map((column) => `${column.name} ${column.dtype} [${column.shape.join()}] ${plain(column).join(' ')}`)
}

/** What opening and loading throws: `code: message`; anything but a DataError is thrown on. */
export async function problem(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof DataError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'no problem'
}

/** A .npy file whose header says what it is told; `values` are the bytes after it. */
export function npy(descr: string, shape: string, values: Uint8Array, { fortran = false, magic = '\x93NUMPY', version = 1 } = {}): Buffer {
  const text = `{'descr': ${descr}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shape}, }`
  const length = Buffer.alloc(version === 1 ? 2 : 4)
  const padded = text.padEnd(64 * Math.ceil((text.length + 13) / 64) - 8 - length.length - 1) + '\n'
  if (version === 1) length.writeUInt16LE(padded.length)
  else length.writeUInt32LE(padded.length)
  return Buffer.concat([Buffer.from(magic, 'latin1'), Buffer.from([version, 0]), length, Buffer.from(padded), values])
}

export interface Entry {
  readonly name: string
  readonly bytes: Uint8Array
  readonly deflate?: boolean
  /** Bytes that the tables declare, where they should lie. */
  readonly declared?: number
  readonly method?: number
  readonly crc?: number
}

/** A zip file. */
export function zip(entries: readonly Entry[]): Buffer {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  let offset = 0
  for (const { name, bytes, deflate = false, declared = bytes.length, method = deflate ? 8 : 0, crc = crc32(bytes) } of entries) {
    const data = deflate ? deflateRawSync(bytes) : bytes
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(method, 4)
    common.writeUInt32LE(crc, 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(declared, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), data])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, tail, Buffer.from(name)]))
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(centrals)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}

/** A .safetensors file; `header` is written as JSON unless it is text. */
export function safetensors(header: object | string, values: Uint8Array, length?: bigint): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(length ?? BigInt(text.length))
  return Buffer.concat([prefix, text, values])
}
