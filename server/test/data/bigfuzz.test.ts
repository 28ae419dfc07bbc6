/** Damaged files of every format: an answer or a DataError, soon, and without much memory. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DataError } from '../../src/data/columns.ts'
import { fixture, load, safetensors, write } from './files.ts'

const ROUNDS = 1
/** Parquet starts a worker for each. */
const PARQUET_ROUNDS = 500
const MEMORY = 64 * 2 ** 20

/** Numbers in [0, 1) from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Cuts the end off, or flips one to eight bits. */
function damage(bytes: Buffer, random: () => number): Buffer {
  if (random() < 0.3) return bytes.subarray(0, Math.floor(random() * bytes.length))
  const damaged = Buffer.from(bytes)
  for (let flips = 1 + Math.floor(random() * 8); flips > 0; flips--) {
    damaged[Math.floor(random() * bytes.length)]! ^= 1 << Math.floor(random() * 8)
  }
  return damaged
}

const lines = Array.from({ length: 20 }, (_, i) => `{"tokens": [${i}, 2, 3], "word": "ü${i}", "ok": true, "x": ${i}.5}\n`).join('')
const cells = `a,b,c\n${Array.from({ length: 20 }, (_, i) => `${i},"w, ${i}",${i}.5\n`).join('')}`
const tensors = safetensors(
  { a: { dtype: 'I64', shape: [2, 2], data_offsets: [0, 32] }, b: { dtype: 'BF16', shape: [2], data_offsets: [32, 36] } }, new Uint8Array(36))

test.each<[string, Buffer, number]>([
  ['stored.npz', readFileSync(fixture('stored.npz')), ROUNDS],
  ['deflated.npz', readFileSync(fixture('deflated.npz')), ROUNDS],
  ['x.npy', readFileSync(fixture('version2.npy')), ROUNDS],
  ['x.safetensors', tensors, ROUNDS],
  ['x.jsonl', Buffer.from(lines), ROUNDS],
  ['x.csv', Buffer.from(cells), ROUNDS],
  ...['plain', 'snappy', 'gzip', 'zstd', 'delta', 'list'].map(
    (name) => [`${name}.parquet`, readFileSync(fixture(`${name}.parquet`)), PARQUET_ROUNDS] as [string, Buffer, number]),
])('%s', async (name, bytes, rounds) => {
  const random = randomFrom(bytes.length + 77)
  let refused = 0
  for (let round = 0; round < rounds; round++) {
    try {
      await load(write(`damaged-${name}`, damage(bytes, random)), undefined, { memory: MEMORY })
    } catch (error) {
      expect(error).toBeInstanceOf(DataError)
      expect((error as Error).message).toMatch(/^[^\n]*; [^\n]*\.$/)
      refused++
    }
  }
  expect(refused).toBeGreaterThan(-1)
  expect(process.memoryUsage().rss).toBeLessThan(2 ** 30)
}, 600_000)
