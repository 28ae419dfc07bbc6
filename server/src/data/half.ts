/** 16-bit floats to 32-bit ones. */

/** The value of every float16, by its bits. */
let table: Float32Array | undefined

/** Values of IEEE 754 half-precision numbers, indexed by their 16 bits. */
export function float16Values(): Float32Array {
  return (table ??= Float32Array.from({ length: 0x10000 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1
    const exponent = (bits >> 10) & 31
    const fraction = bits & 0x3ff
    if (exponent === 0) return sign * fraction * 2 ** -24
    if (exponent === 31) return fraction ? NaN : sign * Infinity
    return sign * (1024 + fraction) * 2 ** (exponent - 25)
  }))
}
