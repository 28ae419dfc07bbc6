/** Pools of scrubbed values: their draws, that they say what branches of their own say, and how sure. */
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { HypothesisReport } from '../../src/protocol/report.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { analyse } from '../../src/scrub/analyse.ts'
import { classesOf, type Classes } from '../../src/scrub/classes.ts'
import { ALL } from '../../src/scrub/draws.ts'
import { PoolDraws, type PoolUrn } from '../../src/scrub/pool-draws.ts'
import { repetitionsOf } from '../../src/scrub/repetitions.ts'
import { Cancelled } from '../../src/scrub/runtime.ts'
import { t95 } from '../../src/scrub/statistics.ts'
import { treeify, untreed } from '../../src/scrub/tree.ts'
import { structuralWarnings } from '../../src/scrub/warnings.ts'
import { fixture, reportOf, runFile } from './run-file.ts'

const runtime = openRuntime({ device: 'cpu', threads: 1 })
const textOf = (name: string): string => readFileSync(fixture(name), 'utf8')
const pooled = (name: string, pool: number): string => `${textOf(name)}\noption pool ${pool}\n`
const boundOf = async (name: string) => (await analyse(fixture(name), textOf(name))).bound!
const strip = (h: HypothesisReport): unknown => ({ ...h, seconds: 0, costSeconds: 0 })

const ROWS = 40
const classesFrom = (of: readonly number[]): Classes => classesOf([{ dtype: 'int32', dims: [ROWS], data: Int32Array.from({ length: ROWS }, (_, i) => of[i % of.length]!) }], ROWS)
const deep3 = untreed((await boundOf('deep/deep3.scrub')).hypotheses[0]!)
const urnOf = (size: number, of: readonly number[], seed = 1): PoolUrn => ({ tree: deep3, classes: new Map(deep3.order.map(({ node }) => [node.name, classesFrom(of)])), rows: ROWS, seed, unimportant: 'together', size })

describe('draws', () => {
  const given = [fc.integer({ min: 2, max: 60 }), fc.array(fc.nat(5), { minLength: 1, maxLength: ROWS }), fc.nat(1000), fc.integer({ min: 1, max: 30 })] as const
  test('every row has members of its parents in its own class, and each member that is taken is there once', () => {
    fc.assert(fc.property(...given, (size, of, seed, samples) => {
      const urn = urnOf(size, of, seed)
      const draws = new PoolDraws(urn, 0, samples)
      for (const { node, leaf, blocks } of deep3.order) {
        const classes = urn.classes.get(node.name)!
        for (const { child } of blocks) {
          const represented = draws.data(child)
          const got = leaf ? draws.drawn(node.name, child) : draws.picks(node.name, child).map((row) => draws.data(node.name)[row]!)
          expect([...got].map((x) => classes.of[x])).toEqual([...represented].map((y) => classes.of[y]))
        }
        if (!leaf) {
          const taken = new Set(blocks.flatMap(({ child }) => [...draws.picks(node.name, child)]))
          expect(taken.size).toBe(draws.data(node.name).length)
        }
      }
      expect(draws.checked).toBe([...draws.swaps.values()].reduce((sum, { all }) => sum + all, 0))
    }))
  })

  test('with all claims off every row of every node is the datum of its child', () => {
    fc.assert(fc.property(...given, (size, of, seed, samples) => {
      const draws = new PoolDraws(urnOf(size, of, seed), 0, samples, ALL)
      for (const { node, leaf, blocks } of deep3.order) {
        for (const { child } of blocks) expect([...(leaf ? draws.drawn(node.name, child) : draws.picks(node.name, child).map((row) => draws.data(node.name)[row]!))]).toEqual([...draws.data(child)])
        if (!leaf) expect([...draws.unimportant(node.name, '')]).toEqual([...draws.data(node.name)])
      }
      expect(draws.checked).toBe(0)
    }))
  })

  test('are a function of seed, repetition and member: more samples leave those before as they were', () => {
    const [few, many, again, other] = [[5, 0], [25, 0], [5, 0], [5, 1]].map(([samples, repetition]) => new PoolDraws(urnOf(30, [0, 1, 2]), repetition!, samples!)) as [PoolDraws, PoolDraws, PoolDraws, PoolDraws]
    const first = (draws: PoolDraws) => ({ reference: [...draws.reference()].slice(0, 5), top: [...draws.picks('n[2,0]', 'out')].slice(0, 5).map((row) => draws.data('n[2,0]')[row]), random: [...draws.unimportant('out', '')].slice(0, 5) })
    expect(first(many)).toEqual(first(few))
    expect(first(again)).toEqual(first(few))
    expect(first(other)).not.toEqual(first(few))
  })

  test('no node has more rows than its pool, where every class has members', () => {
    const draws = new PoolDraws(urnOf(50, [0, 1]), 0, 5000)
    for (const { node, leaf } of deep3.order) if (!leaf && node.name !== 'out') expect(draws.data(node.name).length, node.name).toBeLessThanOrEqual(50)
  })

  test('where a pool of two has nothing of a class, the value is made for it, once for each datum', () => {
    const draws = new PoolDraws(urnOf(2, Array.from({ length: ROWS }, (_, i) => i)), 0, 200)
    const data = [...draws.data('n[2,0]')]
    // Two members for whoever takes them, and each datum at most once besides.
    expect(data.length).toBeLessThanOrEqual(2 + ROWS)
    expect(data.length - new Set(data).size).toBeLessThanOrEqual(2)
  })

  test('data drawn from the pool of a class are uniform in it: chi-squared over 400 repetitions', () => {
    const of = Array.from({ length: ROWS }, (_, i) => (i < 8 ? 0 : 1))
    const counts = new Map<number, number>()
    for (let repetition = 0; repetition < 400; repetition++) {
      const draws = new PoolDraws(urnOf(6, of, 9), repetition, 5)
      draws.picks('n[2,1]', 'out').forEach((row, sample) => {
        if (sample === 0) for (const x of [draws.data('n[2,1]')[row]!]) counts.set(x, (counts.get(x) ?? 0) + 1)
      })
    }
    const [small, large] = [[...Array(8).keys()], Array.from({ length: ROWS - 8 }, (_, i) => i + 8)].map((data) => data.map((x) => counts.get(x) ?? 0)) as [number[], number[]]
    const chi = (all: number[]) => {
      const mean = all.reduce((a, b) => a + b, 0) / all.length
      return all.reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0)
    }
    // 7 and 31 degrees of freedom: above these once in a thousand.
    expect(chi(small)).toBeLessThan(24.3)
    expect(chi(large)).toBeLessThan(61.1)
  })
})

test.each([[10_000, 2000, 1250, 8], [100_000, 2000, 2000, 50], [16, 5, 2, 8], [2, 100, 1, 8], [500, 2000, 63, 8], [30, 2, 2, 15]])('%i samples of pools of %i are %i in each of %i repetitions', (total, size, samples, repetitions) => {
  expect(repetitionsOf(total, size)).toEqual({ samples, repetitions })
})

// From tables of the distribution.
test.each([[7, 2.3646], [15, 2.1314], [49, 2.0096], [1e9, 1.95996]])('the quantile of Student\'s t with %i degrees of freedom is %f', (freedom, value) => expect(t95(freedom)).toBeCloseTo(value, 3))

describe('the mean is the enumerated one, within four standard errors', () => {
  // Trees, in which no two values of a sample come from the same pool on two ways: unbiased however small the pools are.
  test.each([2, 5, 50])('of trees, with pools of %i', async (pool) => {
    for (const name of ['toy/toy.scrub', 'zoo/sum.scrub', 'zoo/chain.scrub', 'zoo/through.scrub', 'zoo/slices.scrub', 'zoo/outputs.scrub', 'zoo/correlated.scrub']) {
      const exact = await reportOf(fixture(name), { exact: true, runtime })
      const trees = exact.hypotheses.filter((h) => h.unimportant !== 'shared' && h.nodes.every(({ branches }) => branches === 1))
      expect(trees.length).toBeGreaterThan(0)
      const alone = textOf(name).replaceAll(/option unimportant shared/g, '')
      const sampled = await reportOf(fixture(name), { text: `${alone}\noption pool ${pool}\n`, samples: 4000, seed: 5, hypotheses: trees.map((h) => h.name), runtime })
      trees.forEach((e, i) => {
        const s = sampled.hypotheses[i]!
        expect(s.pool).toEqual({ size: pool, ...repetitionsOf(4000, pool) })
        expect(Math.abs(s.scrubbed.mean - e.scrubbed.mean), `${name}: ${e.name}: ${s.scrubbed.mean} ± ${s.scrubbed.se} for ${e.scrubbed.mean}`).toBeLessThanOrEqual(4 * s.scrubbed.se + 1e-6 * Math.abs(e.shuffled.mean - e.model.mean))
      })
    }
  }, 120_000)

  test.each(['zoo/shared.scrub', 'zoo/leak.scrub', 'zoo/modes.scrub'])('of %s, with pools of 300', async (name) => {
    const exact = await reportOf(fixture(name), { exact: true, runtime })
    const told = exact.hypotheses.filter((h) => h.unimportant !== 'shared')
    const sampled = await reportOf(fixture(name), { text: `${textOf(name).replaceAll('option unimportant shared', '')}\noption pool 300\n`, samples: 9600, seed: 2, hypotheses: told.map((h) => h.name), runtime })
    told.forEach((e, i) => {
      const s = sampled.hypotheses[i]!
      expect(Math.abs(s.scrubbed.mean - e.scrubbed.mean), `${e.name}: ${s.scrubbed.mean} ± ${s.scrubbed.se} for ${e.scrubbed.mean}`).toBeLessThanOrEqual(4 * s.scrubbed.se + 1e-6 * Math.abs(e.shuffled.mean - e.model.mean))
    })
  }, 120_000)
})

test.each(['deep/deep3.scrub', 'deep/deep7.scrub'])('with every path a branch of its own %s has the same mean, within four combined errors', async (name) => {
  const [own] = (await reportOf(fixture(name), { samples: 4000, runtime })).hypotheses
  const [shared] = (await reportOf(fixture(name), { text: pooled(name, 2000), samples: 16_000, runtime })).hypotheses
  expect(shared!.branches).toBe(own!.branches)
  expect(Math.abs(shared!.scrubbed.mean - own!.scrubbed.mean), `${shared!.scrubbed.mean} ± ${shared!.scrubbed.se} and ${own!.scrubbed.mean} ± ${own!.scrubbed.se}`).toBeLessThanOrEqual(4 * Math.hypot(shared!.scrubbed.se, own!.scrubbed.se))
}, 120_000)

test('3^12 paths: rows grow with the nodes; every one is counted, and nothing but warnings speaks of them', async () => {
  const name = 'deep/deep12.scrub'
  const [h] = (await reportOf(fixture(name), { text: textOf(name).replace("pool 2000", "pool 200"), samples: 800, runtime })).hypotheses
  expect(h!.branches).toBe((3 ** 13 - 3) / 2 + 1)
  expect(h!.nodes.slice(0, 3).map(({ name, branches }) => [name, branches])).toEqual([0, 1, 2].map((i) => [`n[0,${i}]`, 3 ** 11]))
  // One for each parent of a node and of the root.
  expect(h!.checks.replacements).toBe(3 * 33 + 3 + 1)
  // Eight repetitions, 34 nodes that are no leaves with three parents each, at most 200 members and samples.
  expect(h!.checks.draws).toBeLessThanOrEqual(8 * 34 * 3 * 200)
  const bound = await boundOf(name)
  expect(() => treeify(bound.hypotheses[0]!)).not.toThrow()
  const warned = (text: string) => analyse(fixture(name), text).then(({ bound: file }) => structuralWarnings(file!, file!.hypotheses[0]!).map(({ code, message }) => `${code} ${message}`))
  expect(await warned(textOf(name).replace("option pool 2000", ""))).toEqual([expect.stringMatching(/^large-tree .*set `option pool 2000`/)])
  expect(await warned(textOf(name).replace("pool 2000", "pool 200"))).toEqual([])
})

test('the 95 % interval covers the enumerated value in 92 to 98 % of 300 seeds', async () => {
  const [truth] = (await reportOf(fixture('toy/toy.scrub'), { exact: true, hypotheses: ['swapped'], runtime })).hypotheses
  let covered = 0
  for (let seed = 1; seed <= 300; seed++) {
    const [h] = (await reportOf(fixture('toy/toy.scrub'), { text: pooled('toy/toy.scrub', 20), samples: 160, seed, hypotheses: ['swapped'], runtime })).hypotheses
    if (h!.recovered.low! <= truth!.recovered.value! && truth!.recovered.value! <= h!.recovered.high!) covered++
  }
  expect(covered / 300).toBeGreaterThanOrEqual(0.92)
  expect(covered / 300).toBeLessThanOrEqual(0.98)
}, 300_000)

describe('the same report', () => {
  const name = 'deep/deep3.scrub'
  const base = () => reportOf(fixture(name), { text: pooled(name, 100), samples: 400, runtime }).then(({ hypotheses }) => hypotheses.map(strip))
  test.each([['in small batches', { batch: 7 }], ['with little memory', { memory: 20_000 }], ['on two threads', { runtime: openRuntime({ device: 'cpu', threads: 2 }) }]])('%s', async (_, given) => {
    const other = await reportOf(fixture(name), { text: pooled(name, 100), samples: 400, runtime, ...given })
    expect(other.hypotheses.map(strip)).toEqual(await base())
  })
  test('resumed after some repetitions', async () => {
    const whole = await reportOf(fixture(name), { text: pooled(name, 100), samples: 400, runtime })
    const { scrubbed } = whole.evaluated.samples.get('every path')!
    // In the middle of a repetition: what is not whole is done again.
    const resumed = await reportOf(fixture(name), { text: pooled(name, 100), samples: 400, runtime, resume: { 'every path': scrubbed.slice(0, 170) } })
    expect(resumed.hypotheses.map(strip)).toEqual(whole.hypotheses.map(strip))
  })
})

test('a precision ends it as soon as the repetitions agree that well', async () => {
  const name = 'deep/deep3.scrub'
  const [h] = (await reportOf(fixture(name), { text: pooled(name, 100), precision: 0.02, runtime })).hypotheses
  const { value, high } = h!.recovered
  expect(high! - value!).toBeLessThanOrEqual(0.02)
  expect(h!.pool!.repetitions).toBeGreaterThanOrEqual(8)
  expect(h!.samples).toBe(h!.pool!.repetitions * 100)
  expect(h!.samples).toBeLessThan(1_000_000)
})

test('stopped, it keeps whole repetitions; before there are two there is nothing to say', async () => {
  let breathed = 0
  const stopAfter = async (breaths: number) => {
    const { run } = await import('../../src/scrub/run.ts')
    breathed = 0
    const text = pooled('deep/deep3.scrub', 100)
    const result = await run({ file: fixture('deep/deep3.scrub'), text, device: 'cpu', costs: false, samples: 800 }, () => runtime, '0', {
      breathe: async () => {
        if (breathed++ >= breaths) throw new Cancelled()
      }, progress: () => {}, findings: () => {},
    })
    return result.kind === 'report' ? result : undefined
  }
  expect((await stopAfter(Infinity))!.partial).toBe(false)
  // Each of eight repetitions has a breath for the six nodes that are no leaves, for `out` and for the root.
  const all = breathed
  const early = await stopAfter(all - 8 * 8)
  expect([early!.partial, early!.report.hypotheses]).toEqual([true, []])
  const late = await stopAfter(all - 3 * 8)
  const [h] = late!.report.hypotheses
  expect([late!.partial, h!.partial]).toEqual([true, true])
  expect(h!.pool!.repetitions).toBeGreaterThanOrEqual(2)
  expect(h!.pool!.repetitions).toBeLessThan(8)
  expect(h!.samples).toBe(100 * h!.pool!.repetitions)
  expect(h!.recovered.high!).toBeGreaterThan(h!.recovered.value!)
})

test('what pools cannot do is said', async () => {
  const name = fixture('deep/deep3.scrub')
  const text = pooled('deep/deep3.scrub', 50)
  await expect(reportOf(name, { text, samples: 100, emit: '/x.onnx', runtime })).rejects.toThrow('there is no one model of it to write')
  const shared = await runFile(name, { text: `${text}option unimportant shared\n` })
  expect(shared.kind === 'findings' && shared.findings.map(({ code, message }) => `${code} ${message}`)).toEqual([expect.stringMatching(/^unknown-option With `option pool` no sample has a datum of its own/)])
  // Neither the null band nor the other ways to draw, nor a paired difference, nor samples.
  const [h] = (await reportOf(name, { text, samples: 100, nulls: 2, sensitivity: true, costs: true, runtime })).hypotheses
  expect(h).not.toHaveProperty('null')
  expect(h).not.toHaveProperty('sensitivity')
  expect(h!.nodes.every(({ cost }) => cost === null)).toBe(true)
  expect(h!.sampled).toEqual([])
})
