/** Vectors of numbers as text, in reports of shards: compressed in the format of zlib, then in base64. */
import { deflateSync, inflateSync } from 'node:zlib'

type Vector = Float64Array | Int32Array | Uint8Array

export const packed = (values: Vector): string => deflateSync(Buffer.from(values.buffer, values.byteOffset, values.byteLength)).toString('base64')

/** `make` says of what; undefined where the text holds no `count` of them. */
export function unpacked<T extends Vector>(text: string, make: { new (buffer: ArrayBuffer): T; readonly BYTES_PER_ELEMENT: number }, count: number): T | undefined {
  const size = count * make.BYTES_PER_ELEMENT
  try {
    const bytes = inflateSync(Buffer.from(text, 'base64'), { maxOutputLength: Math.max(1, size) })
    // In memory of its own, aligned.
    return bytes.length === size ? new make(Uint8Array.from(bytes).buffer) : undefined
  } catch {
    return undefined
  }
}
