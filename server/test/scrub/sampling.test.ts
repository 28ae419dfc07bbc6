/** Sampled runs: against the enumerated truth, and the same whatever the batch, memory, threads and company. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { HypothesisReport } from '../../src/protocol/report.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { fixture, reportOf, type Given } from './run-file.ts'

const runtime = openRuntime({ device: 'cpu', threads: 1 })
const toy = fixture('toy/toy.scrub')

const FILES = ['toy/toy.scrub', ...['sum', 'slices', 'chain', 'through', 'shared', 'outputs', 'modes', 'leak', 'cancel', 'correlated', 'score', 'kl'].map((name) => `zoo/${name}.scrub`)]

describe('a sampled mean lies within four standard errors of the enumerated one', () => {
  test.each(FILES)('%s', async (name) => {
    const file = fixture(name)
    const exact = await reportOf(file, { exact: true, runtime })
    const sampled = await reportOf(file, { samples: 4000, seed: 11, runtime })
    exact.hypotheses.forEach((e, i) => {
      const s = sampled.hypotheses[i]!
      expect(e.exact && !s.exact, e.name).toBe(true)
      const range = Math.abs(e.shuffled.mean - e.model.mean)
      expect(Math.abs(s.scrubbed.mean - e.scrubbed.mean), `${e.name}: ${s.scrubbed.mean} ± ${s.scrubbed.se} for ${e.scrubbed.mean}`).toBeLessThanOrEqual(4 * s.scrubbed.se + 1e-6 * range)
      expect(s.model.mean).toBeCloseTo(e.model.mean, 9)
    })
  })
})

test('what a node costs lies within four standard errors of the enumerated cost, also where unimportant inputs share a datum', async () => {
  const file = fixture('zoo/modes.scrub')
  const exact = await reportOf(file, { exact: true, costs: true, runtime })
  const sampled = await reportOf(file, { samples: 4000, costs: true, runtime })
  expect(new Set(exact.hypotheses.map((h) => h.unimportant))).toEqual(new Set(['together', 'separate', 'shared']))
  exact.hypotheses.forEach((h, i) => h.nodes.forEach((node, k) => {
    const { value, low, high } = sampled.hypotheses[i]!.nodes[k]!.cost!
    expect(Math.abs(value! - node.cost!.value!), `${h.name}: ${node.name}`).toBeLessThanOrEqual((4 / 3.92) * (high! - low!) + 1e-6)
  }))
})

test('the 95 % interval covers the enumerated value in 93 to 97 % of 400 seeds', async () => {
  const names = ['A is all', 'swapped', 'A inside, shared']
  const exact = await reportOf(toy, { exact: true, hypotheses: names, runtime })
  const covered = names.map(() => ({ scrubbed: 0, recovered: 0 }))
  for (let seed = 1; seed <= 400; seed++) {
    const { hypotheses } = await reportOf(toy, { samples: 1000, seed, hypotheses: names, runtime })
    hypotheses.forEach((h, i) => {
      const truth = exact.hypotheses[i]!
      if (Math.abs(h.scrubbed.mean - truth.scrubbed.mean) <= 1.959964 * h.scrubbed.se) covered[i]!.scrubbed++
      if (h.recovered.low! <= truth.recovered.value! && truth.recovered.value! <= h.recovered.high!) covered[i]!.recovered++
    })
  }
  for (const { scrubbed, recovered } of covered) {
    for (const count of [scrubbed, recovered]) {
      expect(count / 400).toBeGreaterThanOrEqual(0.93)
      expect(count / 400).toBeLessThanOrEqual(0.97)
    }
  }
}, 300_000)

const strip = (h: HypothesisReport): unknown => ({ ...h, seconds: 0, costSeconds: 0 })

test('the same run twice gives the same report, but for times', async () => {
  const [a, b] = [await reportOf(toy, { samples: 500, costs: true }), await reportOf(toy, { samples: 500, costs: true })]
  expect(a.hypotheses.map(strip)).toEqual(b.hypotheses.map(strip))
})

describe('per-sample values are equal to 1e-6 of the range', () => {
  const variants: [string, Given][] = [
    ['in batches of 7', { batch: 7 }],
    ['in batches of 1', { batch: 1 }],
    ['on two threads', { runtime: openRuntime({ device: 'cpu', threads: 2 }) }],
    ['with activations in parts', { memory: 20_000 }],
    ['with only the drawn data computed', { wholePass: false }],
    ['both', { wholePass: false, memory: 20_000 }],
  ]
  for (const file of [toy, fixture('zoo/slices.scrub'), fixture('zoo/shared.scrub')]) {
    test.each(variants)(`${file.split('/').pop()} %s`, async (_, given) => {
      const base = await reportOf(file, { samples: 300, runtime })
      const other = await reportOf(file, { samples: 300, runtime, ...given })
      for (const h of other.hypotheses) {
        const a = base.evaluated.samples.get(h.name)!
        const b = other.evaluated.samples.get(h.name)!
        const range = Math.abs(h.shuffled.mean - h.model.mean)
        expect(b.reference).toEqual(a.reference)
        b.scrubbed.forEach((v, i) => expect(Math.abs(v - a.scrubbed[i]!)).toBeLessThanOrEqual(1e-6 * range + 1e-12))
        b.model.forEach((v, i) => expect(Math.abs(v - a.model[i]!)).toBeLessThanOrEqual(1e-6 * range + 1e-12))
      }
    })
  }
})

describe('identities', () => {
  test('the same hypothesis has the same draws and value in another file', async () => {
    const alone = await reportOf(toy, { samples: 200, hypotheses: ['swapped'], runtime })
    const all = await reportOf(toy, { samples: 200, runtime })
    expect(strip(alone.hypotheses[0]!)).toEqual(strip(all.hypotheses.find((h) => h.name === 'swapped')!))
  })

  test('`any` at the output is shuffled; everything exact is the model', async () => {
    const { hypotheses } = await reportOf(toy, { exact: true, hypotheses: ['nothing', 'everything exact'], runtime })
    expect(hypotheses[0]!.scrubbed.mean).toBeCloseTo(hypotheses[0]!.shuffled.mean, 9)
    expect(hypotheses[1]!.scrubbed.mean).toBeCloseTo(hypotheses[1]!.model.mean, 9)
  })

  test('a seed of the hypothesis stands above the file’s, and one that is asked for above both', async () => {
    const text = (file: string, own: string): string => `${readFileSync(toy, 'utf8')}\n${file}\nhypothesis "again" extends "A is all" { ${own} }`
    const mean = async (given: string, own: string, seed?: number) => {
      const { hypotheses } = await reportOf(toy, { text: text(given, own), samples: 300, hypotheses: ['again'], runtime, ...(seed === undefined ? {} : { seed }) })
      return [hypotheses[0]!.seed, hypotheses[0]!.scrubbed.mean]
    }
    const [of3, of7] = [await mean('', '', 3), await mean('', '', 7)]
    expect(of3[1]).not.toBe(of7[1])
    expect(await mean('option seed 3', '')).toEqual(of3)
    expect(await mean('option seed 3', 'option seed 7')).toEqual(of7)
    expect(await mean('option seed 7', 'option seed 7', 3)).toEqual(of3)
  })

  test('the self-checks are in the report', async () => {
    const { hypotheses } = await reportOf(toy, { samples: 300, runtime })
    for (const { checks, nodes } of hypotheses) {
      expect(checks.identity.samples).toBe(64)
      expect(checks.identity.largest).toBeLessThan(1e-6)
      expect(checks.replacements).toBeGreaterThanOrEqual(nodes.length)
      expect(checks.draws).toBeGreaterThanOrEqual(300)
    }
  })

  test('a node’s cost, sampled, is near its enumerated cost', async () => {
    const given = { hypotheses: ['A is all', 'or of two', 'swapped'], costs: true, runtime }
    const exact = await reportOf(toy, { ...given, exact: true })
    const sampled = await reportOf(toy, { ...given, samples: 20_000 })
    exact.hypotheses.forEach((e, i) => e.nodes.forEach((node, k) => {
      const { value, low, high } = sampled.hypotheses[i]!.nodes[k]!.cost!
      expect(Math.abs(value! - node.cost!.value!), `${e.name} ${node.name}`).toBeLessThanOrEqual(2.1 * (high! - low!) + 1e-9)
    }))
  })

  test('precision stops early', async () => {
    const { hypotheses } = await reportOf(toy, { precision: 0.05, hypotheses: ['A is all'], runtime })
    const { recovered, samples } = hypotheses[0]!
    expect((recovered.high! - recovered.low!) / 2).toBeLessThanOrEqual(0.05)
    expect(samples).toBeLessThan(1_000_000)
  })
})
