/**
 * Threefry-2x32 with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): only additions,
 * rotations and exclusive ors of 32-bit words, so that it is exact and fast in JavaScript and in any other language.
 */

/** Two 32-bit words. */
export type Key = readonly [number, number]

export const ROTATIONS: readonly number[] = [13, 15, 26, 6, 17, 29, 16, 24]
export const PARITY = 0x1bd11bda

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
