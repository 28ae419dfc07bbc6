/** Deep hypotheses against an independent implementation (plain recursive sampling in PyTorch, 100,000 samples each). */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { fixture, reportOf } from './run-file.ts'

interface Expected {
  readonly scrubbed: number
  readonly se: number
}

const expected = JSON.parse(readFileSync(fixture('paren/paren.claims.expected.json'), 'utf8')) as { model: number; hypotheses: Record<string, Expected> }
const all = Object.keys(expected.hypotheses)
const posts = all.filter((name) => name.startsWith('post: '))
const story = all.filter((name) => !posts.includes(name))

test.each([['paren/paren.scrub', posts, 10], ['paren/layers.scrub', story, 26]])('%s: scrubbed means lie within four combined standard errors of an independent implementation', async (file, names, count) => {
  const { hypotheses } = await reportOf(fixture(file), { samples: 4000, seed: 11, hypotheses: names, runtime: openRuntime({ device: 'cpu' }) })
  expect(hypotheses).toHaveLength(count)
  expect(hypotheses[0]!.model.mean).toBeCloseTo(expected.model, 8)
  for (const { name, scrubbed } of hypotheses) {
    const other = expected.hypotheses[name]!
    const z = (scrubbed.mean - other.scrubbed) / Math.hypot(scrubbed.se, other.se)
    expect(Math.abs(z), `${name}: ${scrubbed.mean} ± ${scrubbed.se} for ${other.scrubbed} ± ${other.se}`).toBeLessThan(4)
  }
}, 300_000)
