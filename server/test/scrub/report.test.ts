/** What the views draw of a report, against reading and enumeration on the worked example. */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import type { HypothesisReport } from '../../src/protocol/report.ts'
import schema from '../../src/protocol/report.schema.json' with { type: 'json' }
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { quantiles, Z95 } from '../../src/scrub/statistics.ts'
import { fixture, reportOf, type Given } from './run-file.ts'

const runtime = openRuntime({ device: 'cpu', threads: 1 })
const toy = fixture('toy/toy.scrub')
const through = fixture('zoo/through.scrub')

interface Datum { z1: number; z2: number; z3: number; label: boolean }
const data = readFileSync(fixture('toy/toy.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Datum)
const above = (z: number): boolean => z > 3
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
/** The model by hand: its log loss where the outputs of "or" and z3 come from other data than the label. */
const loss = (or: boolean, z3: number, label: boolean): number => {
  const logit = 6 * Number(or) - 3 + 0.25 * (z3 - 3)
  return Math.log(1 + Math.exp(label ? -logit : logit))
}
const own = (d: Datum): number => loss(above(d.z1) || above(d.z2), d.z3, d.label)

async function one(name: string, given: Given = {}, file = toy): Promise<HypothesisReport> {
  const { hypotheses } = await reportOf(file, { hypotheses: [name], runtime, ...given })
  return hypotheses[0]!
}

const nodeOf = ({ nodes }: HypothesisReport, name: string) => nodes.find((node) => node.name === name)!

describe('edges and what no parent covers', () => {
  test.each<[string, string, [parent: string, through: string[]][], string[]]>([
    ['direct only', 'out', [['A', []], ['B', []]], ['M']],
    // M recomputed from A reads B too, which does not run through it: there B is a random datum's.
    ['A through M', 'out', [['A', ['M']], ['B', []]], ['B']],
    ['both through any', 'out', [['A', ['any']], ['B', ['any']]], []],
    ['A alone through any', 'out', [['A', ['any']]], ['B']],
    ['M named', 'out', [['A', []], ['B', []], ['M', []]], []],
    ['M named', 'M', [['MA', []], ['MB', []]], []],
    ['M named', 'A', [], []],
  ])('%s: %s', async (name, node, edges, unimportant) => {
    const report = nodeOf(await one(name, { samples: 50 }, through), node)
    expect(report.edges).toEqual(edges.map(([parent, passed]) => ({ parent, through: passed })))
    expect(report.parents).toEqual(edges.map(([parent]) => parent))
    expect(report.unimportant).toEqual(unimportant)
  })

  test.each<[string, string, string[]]>([
    ['A is all', 'out', ['z2', 'z3']],
    ['or of two', 'out', ['z3']],
    ['or of two', 'A', []],
    ['or and z3', 'out', []],
    ['nothing', 'out', []],
  ])('%s: %s of the toy', async (name, node, unimportant) => {
    for (const exact of [false, true]) expect(nodeOf(await one(name, { samples: 50, exact }), node).unimportant).toEqual(unimportant)
  })

  test('type and shape at a place', async () => {
    const report = await one('claim 1', { samples: 20 }, fixture('paren/paren.scrub'))
    expect(report.nodes.map(({ name, shape }) => [name, shape])).toEqual([['count', 'float32[42, 56]'], ['verdict', 'float32[42, 56]'], ['depth', 'float32[42, 56]'], ['out', 'float32[2]']])
  })
})

describe('classes', () => {
  // A drawn datum has the same "z1 > 3"; z2 and z3 are another's.
  const scrubbed = (x: Datum): number => mean(data.map((u) => loss(above(x.z1) || above(u.z2), u.z3, x.label)))
  const expected = [false, true].map((value) => {
    const members = data.filter((d) => above(d.z1) === value)
    return {
      value: String(value), count: members.length,
      examples: members.slice(0, 3).map((d) => data.indexOf(d)),
      model: expect.closeTo(mean(members.map(own)), 6), scrubbed: expect.closeTo(mean(members.map(scrubbed)), 6),
    }
  }).sort((a, b) => b.count - a.count)

  test('means over a class are those by hand', async () => {
    const report = await one('A is all', { exact: true })
    for (const name of ['A', 'out']) {
      const { largest, others } = nodeOf(report, name)
      expect(largest.map(({ spread: _, ...told }) => told)).toEqual(expected)
      expect(others).toBe(undefined)
    }
    // The model's metric is that of the members, each as often as it is a reference.
    for (const { value, spread } of nodeOf(report, 'A').largest) {
      const sorted = data.filter((d) => String(above(d.z1)) === value).map(own).sort((a, b) => a - b)
      expect(spread!.model).toEqual([0, 5, 25, 50, 75, 95, 100].map((k) => expect.closeTo(sorted[Math.max(0, Math.ceil((k * sorted.length) / 100) - 1)]!, 5)))
    }
  })

  test('sampled ones are the means of the samples', async () => {
    const { hypotheses, evaluated } = await reportOf(toy, { hypotheses: ['A is all'], samples: 400, runtime })
    const values = evaluated.samples.get('A is all')!
    for (const { value, model, scrubbed: told, spread } of nodeOf(hypotheses[0]!, 'A').largest) {
      const inside = [...values.reference.keys()].filter((i) => String(above(data[values.reference[i]!]!.z1)) === value)
      expect(model).toBeCloseTo(mean(inside.map((i) => values.model[i]!)), 9)
      expect(told).toBeCloseTo(mean(inside.map((i) => values.scrubbed[i]!)), 9)
      for (const of of ['model', 'scrubbed'] as const) expect(spread![of]).toEqual(quantiles(Float64Array.from(inside, (i) => values[of][i]!), undefined, [0, 5, 25, 50, 75, 95, 100]).map((value) => Number(value.toPrecision(6))))
    }
  })

  test('none of `exact` and `any`, at most 30, and null where no sample lies', async () => {
    const report = await one('B does not matter', { samples: 50 })
    expect(nodeOf(report, 'B').largest).toEqual([])
    const few = await one('or and z3', { samples: 1 })
    const { largest } = nodeOf(few, 'C')
    expect(largest.map(({ count }) => count)).toEqual([...nodeOf(few, 'C').sizes])
    expect(largest.filter(({ model }) => model !== null)).toHaveLength(1)
    expect(largest.filter(({ spread }) => spread)).toHaveLength(1)
    const everything = await reportOf(toy, { hypotheses: ['many'], samples: 200, runtime, text: `${readFileSync(toy, 'utf8').replace(/expect[^]*$/, '')}\nhypothesis "many" { node out = z1 * 49 + z2 * 7 + z3 at "logit" }` })
    const many = everything.hypotheses[0]!
    expect(nodeOf(many, 'out').classes).toBeGreaterThan(30)
    const { largest: listed, others } = nodeOf(many, 'out')
    expect(listed).toHaveLength(30)
    // What is not listed is told together: with it, nothing is missing.
    expect(others).toMatchObject({ classes: nodeOf(many, 'out').classes - 30, count: data.length - listed.reduce((all, { count }) => all + count, 0) })
    const values = everything.evaluated.samples.get('many')!
    const valueOf = (row: number) => String(data[row]!.z1 * 49 + data[row]!.z2 * 7 + data[row]!.z3)
    const rest = [...values.reference.keys()].filter((i) => !listed.some(({ value }) => value === valueOf(values.reference[i]!)))
    expect(others!.model).toBeCloseTo(mean(rest.map((i) => values.model[i]!)), 9)
    expect(others!.scrubbed).toBeCloseTo(mean(rest.map((i) => values.scrubbed[i]!)), 9)
  })
})

describe('distributions', () => {
  test('every percent of 0 to 100', () => {
    const percents = Array.from({ length: 101 }, (_, k) => k)
    expect(quantiles(Float64Array.from(percents).reverse())).toEqual(percents)
    expect(quantiles(Float64Array.from(percents), new Float64Array(101).fill(0.25))).toEqual(percents)
  })

  test('weights count as often as they say', () => {
    const repeated = Float64Array.of(1, 1, 1, 2, 5, 5, 5, 5)
    expect(quantiles(Float64Array.of(5, 2, 7, 1), Float64Array.of(0.5, 0.125, 0, 0.375))).toEqual(quantiles(repeated))
    expect(quantiles(Float64Array.of(4))).toEqual(new Array(101).fill(4))
  })

  const close = (values: readonly number[]) => quantiles(Float64Array.from(values)).map((value) => expect.closeTo(value, 5))

  test('enumerated: all outcomes with their probability', async () => {
    const { losses } = await one('A is all', { exact: true })
    const pairs = data.flatMap((x) => data.map((u) => ({ x, scrubbed: loss(above(x.z1) || above(u.z2), u.z3, x.label) })))
    expect(losses).toEqual({
      model: close(data.map(own)),
      scrubbed: close(pairs.map(({ scrubbed }) => scrubbed)),
      shuffled: close(data.flatMap((x) => data.map((u) => loss(above(u.z1) || above(u.z2), u.z3, x.label)))),
      difference: close(pairs.map(({ x, scrubbed }) => scrubbed - own(x))),
    })
  })

  test.each([['whole', true], ['samples', false]])('sampled, lines over the %s', async (_, wholePass) => {
    const { hypotheses, evaluated } = await reportOf(toy, { hypotheses: ['swapped'], samples: 300, wholePass, runtime })
    const { scrubbed, model } = evaluated.samples.get('swapped')!
    const { losses, shuffled } = hypotheses[0]!
    expect(losses.model).toEqual(quantiles(model))
    expect(losses.scrubbed).toEqual(quantiles(scrubbed))
    expect(losses.difference).toEqual(quantiles(scrubbed.map((v, i) => v - model[i]!)))
    expect(losses.shuffled).toHaveLength(101)
    expect(Math.abs(mean(losses.shuffled) - shuffled.mean)).toBeLessThan(0.1 * shuffled.mean)
  })
})

describe('difference to what is extended', () => {
  test('is the mean of the paired differences', async () => {
    const names = ['A is all', 'A is all, separate']
    const { hypotheses, evaluated } = await reportOf(toy, { hypotheses: names, samples: 500, runtime })
    const [base, other] = names.map((name) => evaluated.samples.get(name)!.scrubbed)
    const { extends: extended, difference, shuffled, model } = hypotheses[1]!
    const range = shuffled.mean - model.mean
    const differences = [...base!].map((v, i) => (v - other![i]!) / range)
    const value = mean(differences)
    const half = Z95 * Math.sqrt(differences.reduce((sum, d) => sum + (d - value) ** 2, 0) / 499 / 500)
    expect(extended).toBe('A is all')
    expect(difference).toEqual({ value: expect.closeTo(value, 9), low: expect.closeTo(value - half, 9), high: expect.closeTo(value + half, 9) })
    expect(value).toBeCloseTo(hypotheses[1]!.recovered.value! - hypotheses[0]!.recovered.value!, 9)
    expect(hypotheses[0]).toMatchObject({ extends: null, difference: null })
  })

  test('over samples too: the covariance with the lines is kept', async () => {
    const { hypotheses } = await reportOf(toy, { hypotheses: ['A is all', 'A is all, separate'], samples: 500, wholePass: false, runtime })
    const [base, other] = hypotheses
    expect(other!.model.over).toBe('samples')
    expect(other!.difference!.value).toBeCloseTo(other!.recovered.value! - base!.recovered.value!, 9)
    expect(other!.difference!.low).toBeLessThan(other!.difference!.value!)
  })

  test('enumerated, it has no error', async () => {
    const [base, other] = (await reportOf(toy, { hypotheses: ['A is all', 'A is all, separate'], exact: true, runtime })).hypotheses
    const value = expect.closeTo(other!.recovered.value! - base!.recovered.value!, 9)
    expect(other!.difference).toEqual({ value, low: value, high: value })
  })

  const option = (text: string) => readFileSync(toy, 'utf8').replace('option unimportant separate', `option unimportant separate\n  option ${text}`)

  test.each<[string, Given]>([
    ['without the other', { samples: 100, hypotheses: ['A is all, separate'] }],
    ['with another seed', { samples: 100, text: option('seed 7') }],
    ['with other samples', { text: option('samples 90') }],
  ])('null %s', async (_, given) => {
    const { hypotheses } = await reportOf(toy, { hypotheses: ['A is all', 'A is all, separate'], runtime, ...given })
    expect(hypotheses.at(-1)).toMatchObject({ extends: 'A is all', difference: null })
  })
})

describe('information', () => {
  test('1 where two features make the same classes, symmetric, without `exact` and `any`', async () => {
    const same = await one('A is all', { samples: 20 })
    expect(same.information).toEqual({ nodes: ['A', 'out'], values: [[1, 1], [1, 1]] })
    expect((await one('everything exact', { samples: 20 })).information).toEqual({ nodes: [], values: [] })
    const { nodes, values } = (await one('or of two', { samples: 20 })).information
    expect(nodes).toEqual(['A', 'B', 'out'])
    expect(values).toEqual(values.map((_, i) => values.map((row) => row[i])))
    expect(values[0]![1]!).toBeLessThan(values[0]![2]!)
  })

  test('null where a feature is constant', async () => {
    const text = `${readFileSync(toy, 'utf8').replace(/expect[^]*$/, '')}\nhypothesis "constant" { node A = z1 > 9 at "/A" node out = (A, z2) at "logit" }`
    expect((await one('constant', { samples: 20, text })).information.values).toEqual([[null, null], [null, 1]])
  })
})

test.each<[string, Given]>([
  ['sampled', { samples: 40 }],
  ['enumerated', { exact: true }],
  ['with costs', { samples: 40, costs: true }],
  ['with the null band and sensitivity', { samples: 40, nulls: 2, sensitivity: true }],
  ['lines over the samples', { samples: 40, wholePass: false }],
])('fits the schema: %s', async (_, given) => {
  const { evaluated: _evaluated, ...report } = await reportOf(toy, { runtime, ...given })
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema)
  validate(report)
  expect(validate.errors).toBeNull()
})

describe('samples and texts', () => {
  const text = (row: number): string => `z1: ${data[row]!.z1}  z2: ${data[row]!.z2}  z3: ${data[row]!.z3}`

  test('values are those of the features on the data drawn', async () => {
    const { sampled } = await one('or of two', { samples: 60 })
    for (const { draws, values, reference, features } of sampled) {
      const own = data[reference]!
      expect(features).toEqual({ out: String(above(own.z1) || above(own.z2)), A: String(above(own.z1)), B: String(above(own.z2)) })
      const at = (path: string): Datum => data[draws[path]!]!
      expect(values).toEqual({ out: String(above(at('out').z1) || above(at('out').z2)), 'out/A': String(above(at('out/A').z1)), 'out/B': String(above(at('out/B').z2)) })
    }
    expect((await one('everything exact', { samples: 20 })).sampled.every(({ values }) => Object.keys(values).length === 0)).toBe(true)
  })

  test.each<[string, string]>([['all rows', ''], ['a filter', ' filter z1 > 2'], ['a limit', ' limit 20']])('every row named has its text: %s', async (_, clause) => {
    const report = await one('A is all', { samples: 60, text: readFileSync(toy, 'utf8').replace('data  "toy.jsonl"', `data  "toy.jsonl"${clause}`) })
    const named = new Set([...report.sampled.flatMap(({ reference, draws }) => [reference, ...Object.values(draws)]), ...report.nodes.flatMap(({ largest }) => largest.flatMap(({ examples }) => examples))])
    expect(report.texts).toEqual(Object.fromEntries([...named].map((row) => [row, text(row)])))
    for (const row of named) expect(clause === '' || (clause.includes('limit') ? row < 20 : data[row]!.z1 > 2)).toBe(true)
  })

  test('decoded through the vocabulary, at most 200 characters', async () => {
    const { texts, nodes } = await one('claim 1', { samples: 20 }, fixture('paren/paren.scrub'))
    expect(Object.values(texts).every((one) => /^tokens: \[start\][()]+/.test(one) && [...one].length <= 200)).toBe(true)
    for (const { largest } of nodes) for (const { examples } of largest) for (const row of examples) expect(texts[row]).toBeDefined()
  })
})
