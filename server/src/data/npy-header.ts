/** The header of numpy's .npy format, versions 1 to 3 (numpy.lib.format). */
import { badColumn } from './source.ts'
import type { BinaryType } from './binary-type.ts'

const MAGIC = '\x93NUMPY'
/** Longer headers than this belong to structured types, which are refused anyway. */
const MAX_HEADER = 1 << 16

/** `offset` is where the values start, in bytes; `shape` includes the row axis. */
export interface NpyHeader {
  readonly type: BinaryType
  readonly shape: readonly number[]
  readonly fortran: boolean
  readonly offset: number
}

/**
 * Reads the header of the array `name` of the file `path` from its first bytes.
 * Throws DataError for anything that is not an array of numbers, booleans or strings.
 */
export async function readNpyHeader(chunks: AsyncIterable<Uint8Array>, path: string, name: string): Promise<NpyHeader> {
  let head = Buffer.alloc(0)
  let needed = 12
  for await (const chunk of chunks) {
    head = Buffer.concat([head, chunk])
    if (head.length >= 12) needed = headerEnd(head, path, name)
    if (head.length >= needed) return parseHeader(head.toString('utf8', versionOf(head) === 1 ? 10 : 12, needed), needed, path, name)
  }
  throw badColumn(path, name, 'ends within its header; save or copy the file again.')
}

function versionOf(head: Buffer): number {
  return head[6]!
}

function headerEnd(head: Buffer, path: string, name: string): number {
  if (head.toString('latin1', 0, 6) !== MAGIC) throw badColumn(path, name, 'is not a numpy array; write it with numpy.save or numpy.savez.')
  const version = versionOf(head)
  if (version < 1 || version > 3) throw badColumn(path, name, `has version ${version} of the npy format and 1 to 3 are known; save it with another numpy.`)
  const length = version === 1 ? head.readUInt16LE(8) : head.readUInt32LE(8)
  if (length > MAX_HEADER) throw badColumn(path, name, 'has a header longer than 64 KiB; save plain arrays of numbers, booleans or strings.')
  return length + (version === 1 ? 10 : 12)
}

function parseHeader(text: string, offset: number, path: string, name: string): NpyHeader {
  const descr = /['"]descr['"]\s*:\s*(?:(\[)|['"]([^'"]*)['"])/.exec(text)
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)
  const shape = /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/.exec(text)
  if (descr?.[1]) throw badColumn(path, name, 'has a structured dtype; save one plain array per field.')
  if (!descr || !fortran || !shape) throw badColumn(path, name, 'has a damaged header; save or copy the file again.')
  const lengths = shape[1]!.split(',').map((part) => part.trim().replace(/L$/, '')).filter((part) => part !== '').map(Number)
  if (!lengths.every(Number.isSafeInteger)) throw badColumn(path, name, 'has a damaged shape in its header; save or copy the file again.')
  return { type: parseType(descr[2]!, path, name), shape: lengths, fortran: fortran[1] === 'True', offset }
}

const KINDS: Readonly<Record<string, { kind: BinaryType['kind']; sizes: readonly number[] }>> = {
  b: { kind: 'bool', sizes: [1] },
  i: { kind: 'int', sizes: [1, 2, 4, 8] },
  u: { kind: 'uint', sizes: [1, 2, 4, 8] },
  f: { kind: 'float', sizes: [2, 4, 8] },
}

function parseType(descr: string, path: string, name: string): BinaryType {
  const parts = /^([<>|=])?([A-Za-z])(\d*)$/.exec(descr)
  const [order, letter, digits] = [parts?.[1], parts?.[2] ?? '', Number(parts?.[3] ?? 0)]
  const bigEndian = order === '>'
  if (letter === 'U' && digits > 0) return { kind: 'unicode', size: 4 * digits, bigEndian }
  if (letter === 'S' && digits > 0) return { kind: 'bytes', size: digits, bigEndian: false }
  const known = KINDS[letter]
  if (known?.sizes.includes(digits)) return { kind: known.kind, size: digits, bigEndian }
  const what = letter === 'O' ? 'holds Python objects' : `has dtype ${descr}`
  throw badColumn(path, name, `${what}; save it as bool, int, float (16 to 64 bits) or string.`)
}
