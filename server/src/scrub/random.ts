/** Draws as a function: a counter-based generator, keyed by (seed, path of names in the tree), counted by the sample number. */
import { createHash } from 'node:crypto'
import { LANE_BLOCK, openLanes, type Lanes } from './random-lanes.ts'
import { PARITY, type Key } from './threefry.ts'

/** The key of a draw: the first eight bytes of SHA-256 of `seed`, a zero byte and the path, little-endian. */
export function drawKey(seed: number, path: string): Key {
  const digest = createHash('sha256').update(`${seed}\0${path}`).digest()
  return [digest.readUInt32LE(0), digest.readUInt32LE(4)]
}

/** Counters below which the high word stays the same. */
const WORDS = 2 ** 32
/** Fewer numbers are made one by one, without WebAssembly. */
const FEW = 256

/** Opened when it is first of use; null where there is none. */
let lanes: Lanes | null | undefined

/**
 * Uniform numbers in [0, 1) with 53 bits, for samples `first` to `first + out.length - 1`. The word pair of counter
 * (sample mod 2^32, sample div 2^32) gives one number: high word first.
 */
export function uniform(key: Key, first: number, out: Float64Array): void {
  let done = 0
  // Where there is none, that is found out once.
  if (lanes === undefined && out.length >= FEW) lanes = openLanes() ?? null
  const fast = out.length < FEW ? null : lanes
  for (let n = 0; fast && done < out.length; done += n) {
    n = Math.min(LANE_BLOCK, out.length - done)
    const low = (first + done) % WORDS
    if (low + n > WORDS) break
    fast.fill(key[0], key[1], low, Math.floor((first + done) / WORDS), n)
    out.set(n === LANE_BLOCK ? fast.numbers : fast.numbers.subarray(0, n), done)
  }
  if (done < out.length) oneByOne(key, first + done, out.subarray(done))
}

/** The same, in JavaScript alone. */
export function oneByOne(key: Key, first: number, out: Float64Array): void {
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
