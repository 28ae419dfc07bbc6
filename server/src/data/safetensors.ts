/** .safetensors files: a JSON header of names, types, shapes and offsets, then the values. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { arraySource, type BinaryArray } from './arrays.ts'
import type { BinaryType } from './binary-type.ts'
import { badColumn, checkColumnCount, sizeOf, unreadable, type Source } from './source.ts'

/** Bytes; far more than the names of all columns take. */
const MAX_HEADER = 1 << 24
const BLOCK = 1 << 20

const TYPES: Readonly<Record<string, readonly [BinaryType['kind'], number]>> = {
  BOOL: ['bool', 1],
  U8: ['uint', 1], I8: ['int', 1], U16: ['uint', 2], I16: ['int', 2], U32: ['uint', 4], I32: ['int', 4], U64: ['uint', 8], I64: ['int', 8],
  F16: ['float', 2], BF16: ['bfloat', 2], F32: ['float', 4], F64: ['float', 8],
}

/** One tensor of the header; offsets count from the end of the header. */
interface Tensor {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

/** One column per tensor. Throws DataError for a bad header and for offsets that do not cover the file exactly. */
export async function openSafetensors(path: string, memory: number): Promise<Source> {
  const { header, start, size } = await readHeader(path)
  const tensors = Object.entries(header).filter(([name]) => name !== '__metadata__')
  checkColumnCount(path, tensors.length)
  const arrays = tensors.map(([name, tensor]) => describe(path, name, tensor, start))
  checkCover(path, tensors.map(([name, tensor]) => [name, (tensor as Tensor).data_offsets]), size - start)
  return arraySource(path, memory, arrays)
}

/** `start` is where the header ends and `size` the file's size, in bytes. */
async function readHeader(path: string): Promise<{ header: object; start: number; size: number }> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const prefix = Buffer.alloc(8)
    await file.read(prefix, 0, 8, 0)
    const length = Number(prefix.readBigUInt64LE())
    if (size < 8 || length > Math.min(size - 8, MAX_HEADER)) {
      throw unreadable(path, 'is not a safetensors file, or is cut short; save or copy it again.')
    }
    const text = Buffer.alloc(length)
    await file.read(text, 0, length, 8)
    return { header: parseHeader(path, text.toString('utf8')), start: 8 + length, size }
  } finally {
    await file.close()
  }
}

function parseHeader(path: string, text: string): object {
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch {
    header = undefined
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw unreadable(path, 'has a header that is not a JSON object; save or copy it again.')
  }
  return header
}

function describe(path: string, name: string, tensor: unknown, start: number): BinaryArray {
  if (!isTensor(tensor)) throw badColumn(path, name, 'has a damaged header; save or copy the file again.')
  const { dtype, shape, data_offsets: [from, to] } = tensor
  const known = Object.hasOwn(TYPES, dtype) ? TYPES[dtype] : undefined
  if (!known) throw badColumn(path, name, `has dtype ${dtype}; save it as one of ${Object.keys(TYPES).join(', ')}.`)
  const [kind, size] = known
  const declared = sizeOf(shape) * size
  if (to - from !== declared) {
    throw badColumn(path, name, `declares shape (${shape.join(', ')}), which takes ${declared} bytes, but has ${to - from}; save or copy the file again.`)
  }
  const values = (): AsyncIterable<Uint8Array> => createReadStream(path, { start: start + from, end: start + to - 1, highWaterMark: BLOCK })
  return { name, type: { kind, size, bigEndian: false }, shape, fortran: false, values }
}

function isTensor(value: unknown): value is Tensor {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Partial<Record<keyof Tensor, unknown>>
  return typeof dtype === 'string' && areSizes(shape) && areSizes(offsets) && offsets.length === 2
}

function areSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0)
}

/** Tensors must follow one another without gap or overlap up to the end of the file. */
function checkCover(path: string, spans: readonly (readonly [string, readonly [number, number]])[], size: number): void {
  let end = 0
  for (const [name, [from, to]] of spans.toSorted(([, a], [, b]) => a[0] - b[0] || a[1] - b[1])) {
    if (from !== end) throw badColumn(path, name, `${from < end ? 'overlaps another tensor' : 'leaves a gap before it'}; save or copy the file again.`)
    end = to
  }
  if (end !== size) throw unreadable(path, `has ${size} bytes of values where its header declares ${end}; save or copy it again.`)
}
