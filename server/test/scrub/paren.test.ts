/** The paren fixture against an independent implementation: PyTorch activations, plain sampling, 100,000 samples each. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { fixture, reportOf } from './run-file.ts'

interface Expected {
  readonly scrubbed: number
  readonly se: number
}

const expected = JSON.parse(readFileSync(fixture('paren/paren.expected.json'), 'utf8')) as { model: number; shuffled: number; constant: number; hypotheses: Record<string, Expected> }

test('scrubbed means lie within four combined standard errors of an independent implementation', async () => {
  const report = await reportOf(fixture('paren/paren.scrub'), { samples: 30_000, seed: 5, runtime: openRuntime({ device: 'cpu' }) })
  const compared = report.hypotheses.filter((h) => expected.hypotheses[h.name])
  const [{ model, shuffled, constant }] = report.hypotheses as [(typeof report.hypotheses)[0]]
  expect(model.mean).toBeCloseTo(expected.model, 8)
  expect(shuffled.mean).toBeCloseTo(expected.shuffled, 3)
  expect(constant.mean).toBeCloseTo(expected.constant, 9)
  expect(compared.length).toBeGreaterThanOrEqual(15)
  for (const { name, scrubbed } of compared) {
    const other = expected.hypotheses[name]!
    const z = (scrubbed.mean - other.scrubbed) / Math.hypot(scrubbed.se, other.se)
    // Losses of a millionth are the rounding of two float32 implementations.
    if (Math.abs(scrubbed.mean - other.scrubbed) > 2e-6) expect(Math.abs(z), `${name}: ${scrubbed.mean} for ${other.scrubbed}`).toBeLessThan(4)
  }
}, 120_000)
