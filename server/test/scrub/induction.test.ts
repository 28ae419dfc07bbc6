/** The ladder of the induction post, up to 3,274 branches, against an independent implementation (plain sampling in PyTorch, 20,000 samples). */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { fixture, reportOf } from './run-file.ts'

interface Expected {
  readonly model: { readonly loss: number }
  readonly shuffled: { readonly loss: number }
  readonly hypotheses: Record<string, { readonly loss: { readonly scrubbed: number; readonly se: number } }>
}

const expected = JSON.parse(readFileSync(fixture('induction/induction.expected.json'), 'utf8')) as Expected

const LADDER = ['heads off', 'naive', 'three words', 'first layer', 'identity', 'identity, keys too']

test('scrubbed means lie within four combined standard errors', async () => {
  const { hypotheses } = await reportOf(fixture('induction/induction.scrub'), { samples: 200, seed: 3, costs: false, hypotheses: LADDER, runtime: openRuntime({ device: 'cpu' }) })
  expect(hypotheses.map(({ name }) => name)).toEqual(LADDER)
  expect(hypotheses[0]!.model.mean).toBeCloseTo(expected.model.loss, 4)
  for (const { name, scrubbed, shuffled } of hypotheses) {
    const told = expected.hypotheses[name]!.loss
    expect(Math.abs(scrubbed.mean - told.scrubbed), name).toBeLessThan(4 * Math.hypot(scrubbed.se, told.se))
    expect(Math.abs(shuffled.mean - expected.shuffled.loss), 'shuffled').toBeLessThan(5 * shuffled.se)
  }
  // Pairs of nodes grow with the square of their number: a report keeps to the first.
  const { information, nodes } = hypotheses[3]!
  expect(nodes.length).toBeGreaterThan(1900)
  expect(information.nodes).toHaveLength(256)
}, 400_000)
