/** Ways to a smaller error: none moves the mean, each knows its own error, and shards and batches change nothing. */
import { describe, expect, test } from 'vitest'
import { REDUCTIONS, type Reduction } from '../../src/protocol/reductions.ts'
import type { Mean } from '../../src/protocol/report.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { mergeShards } from '../../src/scrub/merge-shards.ts'
import { WorkspaceStore } from '../../src/scrub/store.ts'
import { fixture, reportOf, type Given } from './run-file.ts'

const runtime = openRuntime({ device: 'cpu', threads: 1 })
const toy = fixture('toy/toy.scrub')
const WAYS: [string, Reduction[]][] = [...REDUCTIONS.map((way): [string, Reduction[]] => [way, [way]]), ['all', [...REDUCTIONS]]]

/** Of independent runs, from the errors that each tells of itself: whether those are right is tested below. */
const together = (runs: readonly Mean[]): Mean => ({
  mean: runs.reduce((sum, { mean }) => sum + mean, 0) / runs.length,
  se: Math.sqrt(runs.reduce((sum, { se }) => sum + se ** 2, 0)) / runs.length,
})

describe('the mean of 60 runs of 320 samples lies within four standard errors of the enumerated one', () => {
  describe.each(['toy/toy', 'zoo/slices', 'zoo/modes', 'zoo/through'])('%s', (name) => {
    test.each(WAYS)('%s', async (_, reduce) => {
      const file = fixture(`${name}.scrub`)
      const store = new WorkspaceStore()
      try {
        const exact = await reportOf(file, { exact: true, runtime, store })
        const means = exact.hypotheses.map((): Mean[] => [])
        for (let seed = 1; seed <= 60; seed++) {
          const { hypotheses } = await reportOf(file, { samples: 320, seed, reduce, runtime, store })
          hypotheses.forEach((h, i) => means[i]!.push(h.scrubbed))
        }
        exact.hypotheses.forEach((e, i) => {
          const { mean, se } = together(means[i]!)
          const range = Math.abs(e.shuffled.mean - e.model.mean)
          expect(Math.abs(mean - e.scrubbed.mean), `${e.name}: ${mean} ± ${se} for ${e.scrubbed.mean}`).toBeLessThanOrEqual(4 * se + 1e-6 * range)
        })
      } finally {
        await store.close()
      }
    }, 120_000)
  })
})

describe('the 95 % interval covers the enumerated value in 92.5 to 97.5 % of 400 seeds', () => {
  const names = ['A is all', 'swapped', 'A inside, shared']
  const cases: [string, Given][] = [
    ...WAYS.map(([name, reduce]): [string, Given] => [name, { samples: 1600, reduce }]),
    ['stopped at a precision, most at the second look', { precision: 0.015 }],
    ['stopped at a precision, with all ways', { precision: 0.01, reduce: [...REDUCTIONS] }],
  ]
  test.each(cases)('%s', async (_, given) => {
    const store = new WorkspaceStore()
    try {
      const exact = await reportOf(toy, { exact: true, hypotheses: names, runtime, store })
      const covered = names.map(() => 0)
      for (let seed = 1; seed <= 400; seed++) {
        const { hypotheses, notes } = await reportOf(toy, { ...given, seed, hypotheses: names, runtime, store })
        expect(notes).toBeUndefined()
        hypotheses.forEach(({ recovered: { low, high } }, i) => {
          const truth = exact.hypotheses[i]!.recovered.value!
          if (low! <= truth && truth <= high!) covered[i]!++
        })
      }
      for (const count of covered) {
        expect(count / 400).toBeGreaterThanOrEqual(0.925)
        expect(count / 400).toBeLessThanOrEqual(0.975)
      }
    } finally {
      await store.close()
    }
  }, 300_000)
})

describe('with all ways', () => {
  const given: Given = { samples: 1000, reduce: [...REDUCTIONS], costs: true, runtime }

  test('samples come in whole groups, and the report tells what was gained', async () => {
    const { hypotheses } = await reportOf(toy, given)
    for (const h of hypotheses) {
      expect(h.samples).toBe(1008)
      expect(h.reduced).toMatchObject({ ways: [...REDUCTIONS], group: 16, controls: 1 })
    }
    expect(Math.min(...hypotheses.map((h) => h.reduced!.variance))).toBeLessThan(0.6)
  })

  test.each<[string, Given]>([['in batches of 7', { batch: 7 }], ['with activations in parts', { memory: 20_000 }]])('%s nothing changes', async (_, other) => {
    const [a, b] = [await reportOf(toy, given), await reportOf(toy, { ...given, ...other })]
    a.hypotheses.forEach((h, i) => {
      const range = Math.abs(h.shuffled.mean - h.model.mean)
      expect(Math.abs(h.scrubbed.mean - b.hypotheses[i]!.scrubbed.mean)).toBeLessThanOrEqual(1e-6 * range)
      expect(Math.abs(h.scrubbed.se - b.hypotheses[i]!.scrubbed.se)).toBeLessThanOrEqual(1e-6 * range)
      h.nodes.forEach((node, k) => expect(b.hypotheses[i]!.nodes[k]!.cost!.high!).toBeCloseTo(node.cost!.high!, 5))
    })
  })

  test('merged shards are the whole run', async () => {
    const whole = await reportOf(toy, given)
    const shards = await Promise.all([1, 2, 3].map(async (index) => ({ name: `${index}.json`, report: await reportOf(toy, { ...given, shard: { index, of: 3 } }) })))
    const { report } = mergeShards(shards)
    report.hypotheses.forEach((h, i) => {
      const w = whole.hypotheses[i]!
      expect(h.samples).toBe(w.samples)
      for (const [a, b] of [[h.scrubbed.mean, w.scrubbed.mean], [h.scrubbed.se, w.scrubbed.se], [h.recovered.low!, w.recovered.low!], [h.reduced!.variance, w.reduced!.variance]] as const) expect(a).toBeCloseTo(b, 9)
      h.nodes.forEach((node, k) => expect(node.cost!.low!).toBeCloseTo(w.nodes[k]!.cost!.low!, 9))
    })
    const other = { name: 'plain.json', report: await reportOf(toy, { samples: 1008, costs: true, runtime, shard: { index: 3, of: 3 } }) }
    expect(() => mergeShards([shards[0]!, shards[1]!, other])).toThrow(/other ways to a smaller error.*stratified, latin, control and none/)
  })

  test('control leaves the draws as they are', async () => {
    const [plain, control] = [await reportOf(toy, { samples: 500, runtime }), await reportOf(toy, { samples: 500, reduce: ['control'], runtime })]
    for (const [name, { scrubbed, reference }] of plain.evaluated.samples) expect(control.evaluated.samples.get(name)).toMatchObject({ scrubbed, reference })
  })
})

describe('what cannot be had is said', () => {
  test.each<[string, Given, string]>([
    ['a precision beyond the samples', { precision: 0.001, samples: 5000 }, 'The intervals of "A is all" are wider than the ± 0.1 % asked for, after as many samples as the run may take: give more (-n), or a precision that can be had.'],
    ['control variates without the whole dataset', { reduce: ['control'], samples: 500, wholePass: false }, 'There were no control variates for "A is all": they need the model\'s own metric of all data, which would take too long here.'],
  ])('%s', async (_, given, sentence) => {
    const { notes } = await reportOf(toy, { ...given, hypotheses: ['A is all'], runtime })
    expect(notes).toEqual([sentence])
  })
})
