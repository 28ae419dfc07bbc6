/**
 * Draws as a function: a counter-based generator, keyed by (seed, path of names in the tree), counted by the sample number.
 *
 * Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): only additions,
 * rotations and exclusive ors of 32-bit words, so that it is exact and fast in JavaScript and in any other language.
 */
import { createHash } from 'node:crypto'

/** Two 32-bit words. */
export type Key = readonly [number, number]

/** The key of a draw: the first eight bytes of SHA-256 of `seed`, a zero byte and the path, little-endian. */
export function drawKey(seed: number, path: string): Key {
  const digest = createHash('sha256').update(`${seed}\0${path}`).digest()
  return [digest.readUInt32LE(0), digest.readUInt32LE(4)]
}

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24]
const PARITY = 0x1bd11bda

/** One block: two 32-bit words from a key and a counter of two words. */
export function threefry(key: Key, c0: number, c1: number): [number, number] {
  const ks = [key[0] | 0, key[1] | 0, key[0] ^ key[1] ^ PARITY]
  let x0 = (c0 + ks[0]!) | 0
  let x1 = (c1 + ks[1]!) | 0
  for (let group = 0; group < 5; group++) {
    for (let r = 0; r < 4; r++) {
      const rotation = ROTATIONS[(group & 1) * 4 + r]!
      x0 = (x0 + x1) | 0
      x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0
    }
    x0 = (x0 + ks[(group + 1) % 3]!) | 0
    x1 = (x1 + ks[(group + 2) % 3]! + group + 1) | 0
  }
  return [x0 >>> 0, x1 >>> 0]
}

/**
 * Uniform numbers in [0, 1) with 53 bits, for samples `first` to `first + out.length - 1`. The word pair of counter
 * (sample mod 2^32, sample div 2^32) gives one number: high word first.
 */
export function uniform(key: Key, first: number, out: Float64Array): void {
  const k0 = key[0] | 0
  const k1 = key[1] | 0
  const k2 = k0 ^ k1 ^ PARITY
  for (let i = 0; i < out.length; i++) {
    const sample = first + i
    // Written out: this is the inner loop of every draw.
    let a = (sample + k0) | 0
    let b = (Math.floor(sample / 4294967296) + k1) | 0
    a = (a + b) | 0; b = ((b << 13) | (b >>> 19)) ^ a
    a = (a + b) | 0; b = ((b << 15) | (b >>> 17)) ^ a
    a = (a + b) | 0; b = ((b << 26) | (b >>> 6)) ^ a
    a = (a + b) | 0; b = ((b << 6) | (b >>> 26)) ^ a
    a = (a + k1) | 0; b = (b + k2 + 1) | 0
    a = (a + b) | 0; b = ((b << 17) | (b >>> 15)) ^ a
    a = (a + b) | 0; b = ((b << 29) | (b >>> 3)) ^ a
    a = (a + b) | 0; b = ((b << 16) | (b >>> 16)) ^ a
    a = (a + b) | 0; b = ((b << 24) | (b >>> 8)) ^ a
    a = (a + k2) | 0; b = (b + k0 + 2) | 0
    a = (a + b) | 0; b = ((b << 13) | (b >>> 19)) ^ a
    a = (a + b) | 0; b = ((b << 15) | (b >>> 17)) ^ a
    a = (a + b) | 0; b = ((b << 26) | (b >>> 6)) ^ a
    a = (a + b) | 0; b = ((b << 6) | (b >>> 26)) ^ a
    a = (a + k0) | 0; b = (b + k1 + 3) | 0
    a = (a + b) | 0; b = ((b << 17) | (b >>> 15)) ^ a
    a = (a + b) | 0; b = ((b << 29) | (b >>> 3)) ^ a
    a = (a + b) | 0; b = ((b << 16) | (b >>> 16)) ^ a
    a = (a + b) | 0; b = ((b << 24) | (b >>> 8)) ^ a
    a = (a + k1) | 0; b = (b + k2 + 4) | 0
    a = (a + b) | 0; b = ((b << 13) | (b >>> 19)) ^ a
    a = (a + b) | 0; b = ((b << 15) | (b >>> 17)) ^ a
    a = (a + b) | 0; b = ((b << 26) | (b >>> 6)) ^ a
    a = (a + b) | 0; b = ((b << 6) | (b >>> 26)) ^ a
    a = (a + k2) | 0; b = (b + k0 + 5) | 0
    out[i] = ((a >>> 0) * 2097152 + (b >>> 11)) / 9007199254740992
  }
}
