/** Bytes of a binary array, arriving in chunks of any size, to the values of a column. */
import { isUtf8 } from 'node:buffer'
import type { TypedArray } from '../onnx/types.ts'
import type { BinaryType } from './binary-type.ts'
import { float16Values } from './half.ts'
import { Integers } from './integers.ts'
import { Dictionary, type StringRoom } from './strings.ts'

/** Bytes decoded at a time. */
const BLOCK = 1 << 20

export interface Values {
  readonly values: TypedArray
  readonly dictionary?: readonly string[]
}

/** Decodes whole values: a block is little-endian, aligned to 8 bytes and overwritten after the call. */
interface Decoder {
  block(bytes: Buffer): void
  finish(): Values
}

/** Makes the DataError of a problem with the array's contents. */
type Refuse = (problem: string) => Error

/**
 * Values of `count` times `type.size` bytes. Only the result and one block are held.
 * Throws what `refuse` makes for missing or surplus bytes, integers beyond int64, text that is not Unicode, and
 * strings beyond `room`.
 */
export async function decodeValues(
  chunks: AsyncIterable<Uint8Array>, type: BinaryType, count: number, room: StringRoom, refuse: Refuse,
): Promise<Values> {
  const decoder = decoderOf(type, count, room, refuse)
  const block = Buffer.from(new ArrayBuffer(Math.max(type.size, BLOCK - (BLOCK % type.size))))
  const width = type.kind === 'unicode' ? 4 : type.size
  const total = count * type.size
  let filled = 0
  let seen = 0
  const flush = (): void => {
    const bytes = block.subarray(0, filled)
    if (type.bigEndian) swap(bytes, width)
    decoder.block(bytes)
    filled = 0
  }
  for await (const chunk of chunks) {
    seen += chunk.length
    if (seen > total) throw refuse(`holds more than the ${count} values its header declares; save the file again.`)
    for (let start = 0; start < chunk.length;) {
      const part = chunk.subarray(start, start + block.length - filled)
      block.set(part, filled)
      filled += part.length
      start += part.length
      if (filled === block.length) flush()
    }
  }
  if (seen < total) throw refuse(`ends after ${seen} of ${total} bytes; save or copy the file again.`)
  if (filled > 0) flush()
  return decoder.finish()
}

function swap(bytes: Buffer, width: number): void {
  if (width === 2) bytes.swap16()
  else if (width === 4) bytes.swap32()
  else if (width === 8) bytes.swap64()
}

function decoderOf(type: BinaryType, count: number, room: StringRoom, refuse: Refuse): Decoder {
  switch (type.kind) {
    case 'bool': return boolDecoder(count)
    case 'int': case 'uint': return intDecoder(type, count, refuse)
    case 'float': return type.size === 2 ? halfDecoder(count) : copyDecoder(type.size === 4 ? new Float32Array(count) : new Float64Array(count))
    case 'bfloat': return bfloatDecoder(count)
    case 'unicode': return stringDecoder(type.size, count, room, refuse, unicodeText)
    case 'bytes': return stringDecoder(type.size, count, room, refuse, utf8Text)
  }
}

function boolDecoder(count: number): Decoder {
  const values = new Uint8Array(count)
  let filled = 0
  return {
    block(bytes) {
      for (let i = 0; i < bytes.length; i++) values[filled++] = bytes[i] ? 1 : 0
    },
    finish: () => ({ values }),
  }
}

/** Floats that are stored as they are kept. */
function copyDecoder(values: Float32Array | Float64Array): Decoder {
  const target = new Uint8Array(values.buffer)
  let filled = 0
  return {
    block(bytes) {
      target.set(bytes, filled)
      filled += bytes.length
    },
    finish: () => ({ values }),
  }
}

function halfDecoder(count: number): Decoder {
  const values = new Float32Array(count)
  const table = float16Values()
  let filled = 0
  return {
    block(bytes) {
      const bits = new Uint16Array(bytes.buffer, 0, bytes.length / 2)
      for (let i = 0; i < bits.length; i++) values[filled++] = table[bits[i]!]!
    },
    finish: () => ({ values }),
  }
}

/** A bfloat16 is the upper half of a float32. */
function bfloatDecoder(count: number): Decoder {
  const values = new Float32Array(count)
  const target = new Uint32Array(values.buffer)
  let filled = 0
  return {
    block(bytes) {
      const bits = new Uint16Array(bytes.buffer, 0, bytes.length / 2)
      for (let i = 0; i < bits.length; i++) target[filled++] = bits[i]! << 16
    },
    finish: () => ({ values }),
  }
}

function intDecoder({ kind, size }: BinaryType, count: number, refuse: Refuse): Decoder {
  const integers = new Integers(count)
  const finish = (): Values => ({ values: integers.values() })
  if (size === 8) {
    return {
      block(bytes) {
        const pairs = new Int32Array(bytes.buffer, 0, bytes.length / 4)
        if (kind === 'uint') checkInt64(pairs, refuse)
        integers.appendPairs(pairs)
      },
      finish,
    }
  }
  if (size === 4 && kind === 'uint') {
    return {
      block(bytes) {
        const words = new Int32Array(bytes.buffer, 0, bytes.length / 4)
        for (let i = 0; i < words.length; i++) integers.appendWords(words[i]!, 0)
      },
      finish,
    }
  }
  return { block: (bytes) => integers.append(smallIntegers(bytes, kind === 'int', size)), finish }
}

/** The integers in a block, of `size` 1, 2 or 4 bytes. */
function smallIntegers({ buffer, length }: Buffer, signed: boolean, size: number): ArrayLike<number> {
  if (size === 4) return new Int32Array(buffer, 0, length / 4)
  if (size === 2) return signed ? new Int16Array(buffer, 0, length / 2) : new Uint16Array(buffer, 0, length / 2)
  return signed ? new Int8Array(buffer, 0, length) : new Uint8Array(buffer, 0, length)
}

function checkInt64(pairs: Int32Array, refuse: Refuse): void {
  for (let i = 1; i < pairs.length; i += 2) {
    if (pairs[i]! < 0) throw refuse('holds a uint64 beyond the range of int64; save smaller integers, or floats.')
  }
}

/** The text of one value, or undefined when it is not valid. */
type TextOf = (bytes: Buffer) => string | undefined

function stringDecoder(size: number, count: number, room: StringRoom, refuse: Refuse, textOf: TextOf): Decoder {
  const values = new Int32Array(count)
  const dictionary = new Dictionary(room, refuse)
  let filled = 0
  return {
    block(bytes) {
      for (let start = 0; start < bytes.length; start += size) {
        const text = textOf(bytes.subarray(start, start + size))
        if (text === undefined) throw refuse(`holds text at value ${filled} that is not Unicode; save it as numpy unicode strings.`)
        values[filled++] = dictionary.code(text)
      }
    },
    finish: () => ({ values, dictionary: dictionary.words }),
  }
}

function unicodeText(bytes: Buffer): string | undefined {
  let end = bytes.length
  while (end > 0 && bytes.readUInt32LE(end - 4) === 0) end -= 4
  let text = ''
  for (let i = 0; i < end; i += 4) {
    const point = bytes.readUInt32LE(i)
    if (point > 0x10ffff) return undefined
    text += String.fromCodePoint(point)
  }
  return text
}

function utf8Text(bytes: Buffer): string | undefined {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end--
  const text = bytes.subarray(0, end)
  return isUtf8(text) ? text.toString('utf8') : undefined
}
