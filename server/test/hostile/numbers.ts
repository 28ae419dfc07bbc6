/** Numbers, names and texts at which readers break. */
import fc from 'fast-check'

const EDGES = [0, 1, -1, 2, 3, 7, 64, 127, 128, 255, 256, 4096, 65_535, 65_536, 2 ** 24, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53 - 1, -(2 ** 53)]

/** Whole numbers within a float64, mostly small. */
export const whole: fc.Arbitrary<number> = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -3, max: 9 }) }, { weight: 1, arbitrary: fc.constantFrom(...EDGES) })

/** Lengths: mostly small, some huge or negative. */
export const length: fc.Arbitrary<number> = fc.oneof({ weight: 12, arbitrary: fc.integer({ min: 0, max: 6 }) }, { weight: 1, arbitrary: fc.constantFrom(...EDGES) })

/** The same with what only 64 bits hold. */
export const int64: fc.Arbitrary<bigint> = fc.oneof(
  { weight: 20, arbitrary: whole.map(BigInt) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 62n, -(2n ** 62n), 2n ** 63n - 1n, -(2n ** 63n), 2n ** 40n) },
)

export const real: fc.Arbitrary<number> = fc.oneof({ weight: 3, arbitrary: fc.float() }, { weight: 1, arbitrary: fc.constantFrom(0, -0, NaN, Infinity, -Infinity, Math.fround(1e38), Math.fround(1e-45), 0.5) })

/** Names that end quotes, lines and tags, or are nobody's. */
export const oddName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', ' ', '.', '..', '/', '\\', '\n', '\r\n', '\u0000', '\u001b[31mred', '`', '``', '"', "'", '</script>', '<img src=x onerror=alert(1)>', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '\u202eevil', '🦊', 'ﬀ', '\ud800', 'a'.repeat(5000), 'N', '?0', 'x*y', 'floor(N/2)', '[', '%s', '${x}', 'node'),
  fc.string({ maxLength: 8 }),
)

/** One of a few, or now and then an odd one. */
export const mostly = (names: readonly string[], odd = 1): fc.Arbitrary<string> => fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...names) }, { weight: odd, arbitrary: oddName })
