/** What a report shows besides numbers, against the files themselves. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { fixture, reportOf } from './run-file.ts'

const runtime = openRuntime({ device: 'cpu', threads: 1 })
const rows = readFileSync(fixture('toy/toy.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { z1: number; z2: number; z3: number; label: boolean })
const toy = await reportOf(fixture('toy/toy.scrub'), { samples: 3000, runtime })
const exact = await reportOf(fixture('toy/toy.scrub'), { exact: true, runtime })
const of = (name: string, report = toy) => report.hypotheses.find((one) => one.name === name)!
const node = (hypothesis: string, name: string) => of(hypothesis).nodes.find((one) => one.name === name)!

test.each([
  ['or of two', 'A', [{ parent: 'z1', through: [] }], []],
  ['or of two', 'out', [{ parent: 'A', through: [] }, { parent: 'B', through: [] }], ['z3']],
  ['A is all', 'A', [], []],
  ['A is all', 'out', [{ parent: 'A', through: [] }], ['z2', 'z3']],
  ['or and z3', 'out', [{ parent: 'A', through: [] }, { parent: 'B', through: [] }, { parent: 'C', through: [] }], []],
])('%s: parents and unimportant inputs of %s', (hypothesis, name, edges, unimportant) => {
  expect(node(hypothesis, name)).toMatchObject({ edges, unimportant, shape: 'float32' })
})

test('edges that run through components; the components that stay unimportant', async () => {
  const paren = await reportOf(fixture('paren/paren.scrub'), { hypotheses: ['claim 1'], samples: 200, runtime })
  const out = of('claim 1', paren).nodes.find(({ name }) => name === 'out')!
  expect(out.edges).toEqual([{ parent: 'count', through: ['m1', 'm2'] }, { parent: 'verdict', through: ['m2'] }, { parent: 'depth', through: ['m2'] }])
  expect([...out.unimportant].sort()).toEqual(['a0.h0', 'a0.h0[1].rest', 'a0.h1', 'a1.h1', 'embed', 'm0', 'phi'])
  expect(of('claim 1', paren).nodes[0]!.shape).toBe('float32[42, 56]')
  expect(paren.model.components!.map(({ name, layer }) => `${name} ${layer}`)).toEqual(['embed 0', 'phi 0', 'a0.h0 1', 'a0.h1 1', 'a0.h0[1].rest 1', 'm0 2', 'a1.h0 3', 'a1.h1 3', 'm1 4', 'a2.h0 5', 'a2.h1 5', 'm2 6'])
  expect(toy.model).not.toHaveProperty('components')
})

test('classes: values, sizes, rows, and the means of the samples that fall into them', () => {
  const { largest } = node('A is all', 'A')
  const members = (value: boolean) => rows.flatMap(({ z1 }, row) => (z1 > 3 === value ? [row] : []))
  expect(largest.map(({ value, count, examples }) => [value, count, examples])).toEqual([false, true].map((value) => [String(value), members(value).length, members(value).slice(0, 3)]))
  const { reference, scrubbed, model } = toy.evaluated.samples.get('A is all')!
  for (const one of largest) {
    const own = [...reference.keys()].filter((i) => String(rows[reference[i]!]!.z1 > 3) === one.value)
    const mean = (values: Float64Array) => own.reduce((sum, i) => sum + values[i]!, 0) / own.length
    expect(one.scrubbed).toBeCloseTo(mean(scrubbed), 12)
    expect(one.model).toBeCloseTo(mean(model), 12)
  }
  expect(node('everything exact', 'A').largest).toEqual([])
})

test('samples: the feature values on every branch, equal to what the child must represent; the content of every row', () => {
  for (const [name, feature] of [['or of two', { A: (r: typeof rows[0]) => r.z1 > 3, B: (r: typeof rows[0]) => r.z2 > 3, out: (r: typeof rows[0]) => r.z1 > 3 || r.z2 > 3 }], ['A is all', { A: (r: typeof rows[0]) => r.z1 > 3, out: (r: typeof rows[0]) => r.z1 > 3 }]] as const) {
    const { sampled, texts } = of(name)
    expect(sampled).toHaveLength(200)
    for (const { reference, draws, values } of sampled) {
      const byNode = feature as Record<string, (row: typeof rows[0]) => boolean>
      for (const [path, value] of Object.entries(values)) {
        const last = path.split('/').at(-1)!
        expect(value).toBe(String(byNode[last]!(rows[draws[path]!]!)))
        const child = path.includes('/') ? draws[path.slice(0, path.lastIndexOf('/'))]! : reference
        expect(value).toBe(String(byNode[last]!(rows[child]!)))
      }
      expect(Object.keys(values).sort()).toEqual(Object.keys(draws).filter((path) => !path.includes('~')).sort())
      for (const row of [reference, ...Object.values(draws)]) expect(texts[row]).toBe(`z1: ${rows[row]!.z1}  z2: ${rows[row]!.z2}  z3: ${rows[row]!.z3}`)
    }
  }
})

test('rows are those of the file, also behind a filter', async () => {
  const text = readFileSync(fixture('toy/toy.scrub'), 'utf8').replace('data  "toy.jsonl"', 'data  "toy.jsonl" filter z2 > 1')
  const report = await reportOf(fixture('toy/toy.scrub'), { text, samples: 200, runtime })
  const { sampled, nodes, texts } = of('A is all', report)
  const named = [...sampled.flatMap(({ reference, draws }) => [reference, ...Object.values(draws)]), ...nodes.flatMap(({ largest }) => largest.flatMap(({ examples }) => examples))]
  expect(named.length).toBeGreaterThan(600)
  for (const row of named) {
    expect(rows[row]!.z2).toBeGreaterThan(1)
    expect(texts[row]).toBe(`z1: ${rows[row]!.z1}  z2: ${rows[row]!.z2}  z3: ${rows[row]!.z3}`)
  }
})

test('distributions: ends and means of sampled and enumerated runs agree', () => {
  for (const name of ['or of two', 'A is all', 'nothing']) {
    const [drawn, enumerated] = [of(name), of(name, exact)]
    for (const key of ['model', 'scrubbed', 'shuffled', 'difference'] as const) {
      expect(drawn.losses[key]).toHaveLength(101)
      expect(enumerated.losses[key]).toHaveLength(101)
      expect([...drawn.losses[key]].sort((a, b) => a - b)).toEqual(drawn.losses[key])
      // 3,000 samples of 48 data reach both ends of what can happen.
      expect(drawn.losses[key][0], `${name} ${key}`).toBeCloseTo(enumerated.losses[key][0]!, 6)
      expect(drawn.losses[key][100], `${name} ${key}`).toBeCloseTo(enumerated.losses[key][100]!, 6)
    }
    const mean = (list: readonly number[]) => list.slice(1).reduce((sum, v) => sum + v, 0) / 100
    expect(Math.abs(mean(enumerated.losses.scrubbed) - enumerated.scrubbed.mean)).toBeLessThan(0.04)
    expect(Math.abs(mean(enumerated.losses.shuffled) - enumerated.shuffled.mean)).toBeLessThan(0.04)
  }
})

test('information: 1 for features that make the same classes, null for those that make one', async () => {
  expect(of('A is all').information).toEqual({ nodes: ['A', 'out'], values: [[1, 1], [1, 1]] })
  const { nodes, values } = of('or of two').information
  expect(nodes).toEqual(['A', 'B', 'out'])
  values.forEach((row, i) => row.forEach((value, k) => {
    expect(value).toBe(values[k]![i])
    if (i === k) expect(value).toBe(1)
    else expect(Math.abs(value!)).toBeLessThan(0.9)
  }))
  const text = readFileSync(fixture('toy/toy.scrub'), 'utf8').replace('node A   = z1 > 3    at "/A"      from z1', 'node A   = z1 > 99    at "/A"      from z1')
  expect(of('or of two', await reportOf(fixture('toy/toy.scrub'), { text, samples: 100, runtime })).information.values[0]).toEqual([null, null, null])
})

test('the difference to the hypothesis that is extended, paired', () => {
  const [base, own] = [of('A is all'), of('A is all, separate')]
  expect([own.extends, base.extends, base.difference]).toEqual(['A is all', null, null])
  expect(own.difference!.value).toBeCloseTo(own.recovered.value! - base.recovered.value!, 12)
  const [a, b] = [base, own].map(({ name }) => toy.evaluated.samples.get(name)!.scrubbed)
  const change = [...a!].map((v, i) => v - b![i]!)
  const mean = change.reduce((x, y) => x + y, 0) / change.length
  const se = Math.sqrt(change.reduce((x, y) => x + (y - mean) ** 2, 0) / (change.length - 1) / change.length)
  const range = own.shuffled.mean - own.model.mean
  // Here model and shuffled are enumerated, so the differences are all that is uncertain.
  expect(own.difference!.high! - own.difference!.low!).toBeCloseTo((2 * 1.959963984540054 * se) / range, 12)
  expect(of('A is all, separate', exact).difference!.value).toBeCloseTo(of('A is all, separate', exact).recovered.value! - of('A is all', exact).recovered.value!, 12)
})
