/** .npy files, and the arrays inside .npz files: both are a header followed by values. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import { arraySource, type BinaryArray } from './arrays.ts'
import { readNpyHeader } from './npy-header.ts'
import { badColumn, sizeOf, type Source } from './source.ts'

/** Where the bytes of one array lie. */
export interface NpyBytes {
  readonly name: string
  /** Bytes of header and values. */
  readonly size: number
  /** Reads all bytes, `block` at a time or fewer; stopping early frees what was opened. */
  chunks(block: number): AsyncIterable<Uint8Array>
}

/** Bytes read for a header, and for values. */
const HEAD = 1 << 12
const BLOCK = 1 << 20

/** A .npy file is a dataset of one column, named like the file without its extension. Throws DataError. */
export async function openNpy(path: string, memory: number): Promise<Source> {
  const { size } = await stat(path)
  const chunks = (block: number): AsyncIterable<Uint8Array> => createReadStream(path, { highWaterMark: block })
  return arraySource(path, memory, [await readArray(path, { name: basename(path, extname(path)), size, chunks })])
}

/** Reads the header of an array. Throws DataError for a bad one, and for a size that the header does not account for. */
export async function readArray(path: string, { name, size, chunks }: NpyBytes): Promise<BinaryArray> {
  const { type, shape, fortran, offset } = await readNpyHeader(chunks(HEAD), path, name)
  const declared = offset + sizeOf(shape) * type.size
  if (declared !== size) {
    throw badColumn(path, name, `declares shape (${shape.join(', ')}), which takes ${declared} bytes, but has ${size}; save or copy the file again.`)
  }
  return { name, type, shape, fortran, values: () => skip(chunks(BLOCK), offset) }
}

async function* skip(chunks: AsyncIterable<Uint8Array>, bytes: number): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk.subarray(bytes)
    bytes = Math.max(0, bytes - chunk.length)
  }
}
