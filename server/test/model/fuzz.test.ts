/** Damaged files: whatever is cut off or flipped, readModel answers quickly, with a graph or a ModelError. */
import fc from 'fast-check'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ModelError } from '../../src/model/graph.ts'
import { readModel } from '../../src/model/read.ts'
import { bytes, floats, folder, ints } from './build.ts'

const original = bytes({
  opset: 13,
  inputs: { x: ['float32', ['batch', 6]], ids: ['int64', ['batch', 'seq']] },
  weights: { w: floats([6, 60]), e: floats([9, 8]), shape: ints([0, -1, 4]) },
  ops: [
    ['MatMul', ['x', 'w'], 'a'], ['Softmax', 'a', 'b', { axis: 1 }], ['Reshape', ['b', 'shape'], 'c'], ['Gather', ['e', 'ids'], 'd'],
    ['ReduceMean', 'd', 'm', { axes: [1] }], ['Constant', [], 'k', { value_ints: [1, 2] }], ['Split', ['c', 'k2'], ['p', 'q'], { axis: 1 }],
    ['Constant', [], 'k2', { value_ints: [5, 10] }], ['Relu', 'p', 'y'],
  ],
  outputs: ['y', 'm'],
})
const path = join(folder, 'fuzz.onnx')

async function outcome(content: Uint8Array): Promise<string> {
  writeFileSync(path, content)
  const start = performance.now()
  const result = await readModel(path).then(() => 'read', (error: unknown) => (error instanceof ModelError ? 'refused' : String((error as Error).stack)))
  expect(performance.now() - start).toBeLessThan(2000)
  return result
}

describe('damaged files', () => {
  it('the original is fine', async () => expect(await outcome(original)).toBe('read'))

  it('cut off at any length', async () => {
    for (let length = 0; length < original.length; length += 7) expect(await outcome(original.subarray(0, length))).toBe('refused')
  })

  it('with flipped bits', async () => {
    const flips = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(7)), { minLength: 1, maxLength: 4 })
    await fc.assert(fc.asyncProperty(flips, async (places) => {
      const content = original.slice()
      for (const [at, bit] of places) content[at] = (content[at] as number) ^ (1 << bit)
      expect(['read', 'refused']).toContain(await outcome(content))
    }), { numRuns: 600, seed: 1 })
  })

  it('millions of empty nodes are refused before they take memory', async () => {
    const count = 4_000_000
    const content = new Uint8Array(6 + 2 * count)
    content.set([7 * 8 + 2, ...[0, 7, 14, 21].map((shift) => ((2 * count) >> shift) & 127 | (shift < 21 ? 128 : 0))])
    for (let at = 5; at < 5 + 2 * count; at += 2) content[at] = 10
    const before = process.memoryUsage().rss
    expect(await outcome(content.subarray(0, 5 + 2 * count))).toBe('refused')
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 2 ** 20)
  })

  it('with stretches replaced', async () => {
    const patches = fc.tuple(fc.nat(original.length - 1), fc.uint8Array({ minLength: 1, maxLength: 12 }))
    await fc.assert(fc.asyncProperty(patches, async ([at, patch]) => {
      const content = original.slice()
      content.set(patch.subarray(0, content.length - at), at)
      expect(['read', 'refused']).toContain(await outcome(content))
    }), { numRuns: 600, seed: 2 })
  })
})
