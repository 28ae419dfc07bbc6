/** Run lengths of parquet's hybrid encoding, summed without decoding (the decoder trusts them and would fill the memory). */

/** Writers pad the last packed run; anything beyond this many values is damage. */
const PADDING = 512

/**
 * Walks the runs of `width`-bit values in `bytes`, at most `count` values. Returns how many of them are zero, for widths
 * up to 1. Throws for runs that hold more than `count` values.
 */
export function checkRuns(bytes: Uint8Array, width: number, count: number): number {
  let offset = 0
  let seen = 0
  let zeros = 0
  while (seen < count && offset < bytes.length) {
    let header = 0
    let shift = 0
    do header += (bytes[offset]! & 127) * 2 ** shift
    while (bytes[offset++]! > 127 && (shift += 7) < 35)
    const packed = header % 2 === 1
    const length = packed ? 8 * Math.floor(header / 2) : header / 2
    if (seen + length > count + (packed ? PADDING : 0)) throw new Error('a run is longer than its page')
    if (!packed) {
      if (width === 0 || bytes[offset] === 0) zeros += length
      offset += Math.ceil(width / 8)
    } else {
      for (let i = 0; width === 1 && i < length && seen + i < count; i++) zeros += 1 - ((bytes[offset + (i >> 3)]! >> (i & 7)) & 1)
      offset += (length / 8) * width
    }
    seen += length
  }
  return zeros
}
