/** What the data say of hypotheses: facts by closed forms, and the warnings that follow. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { openDataset } from '../../src/data/read.ts'
import { Dag } from '../../src/onnx/dag.ts'
import type { Fact } from '../../src/protocol/inspect.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { analyse } from '../../src/scrub/analyse.ts'
import { findConstantPlaces } from '../../src/scrub/constant-places.ts'
import { restore } from '../../src/scrub/flat.ts'
import { InspectStore } from '../../src/scrub/inspect.ts'
import { featureKey, inspectionOf } from '../../src/scrub/inspection.ts'
import { tableOf } from '../../src/scrub/table.ts'
import { folder } from '../cli/folder.ts'
import { dataWarnings, structuralWarnings, type Known } from '../../src/scrub/warnings.ts'

const fixtures = fileURLToPath(new URL('../../../test-fixtures/', import.meta.url))
const store = new InspectStore(() => openRuntime({ device: 'cpu' }))

/** Bind a text as the file of a fixture folder, and ask all that there is to ask. */
async function inspected(file: string, text = readFileSync(`${fixtures}${file}`, 'utf8'), from = store) {
  const { bound, findings } = await analyse(`${fixtures}${file}`, text)
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  const facts = new Map<string, Fact>()
  const request = inspectionOf(bound!, bound!.hypotheses, undefined, () => false)!
  await from.answer(structuredClone(request), (fact) => facts.set(`${fact.kind} ${fact.key}`, fact), async () => {})
  const known: Known = (kind, key) => facts.get(`${kind} ${key}`) as never
  const warnings = (name: string) => {
    const hypothesis = bound!.hypotheses.find((one) => one.name === name)!
    return [...structuralWarnings(bound!, hypothesis), ...dataWarnings(hypothesis, known)]
  }
  return { bound: bound!, known, warnings, text, facts: (hypothesis: string, node: string) => known('feature', featureKey(bound!.hypotheses.find((h) => h.name === hypothesis)!.nodes.find((n) => n.name === node)!.feature))!.facts }
}

const expected = (JSON.parse(readFileSync(`${fixtures}zoo/expected.json`, 'utf8')) as Record<string, Record<string, { warnings?: string[] }>>)['warnings.scrub']!

test('the warnings of the zoo are those that its author expects', async () => {
  const { bound, warnings } = await inspected('zoo/warnings.scrub')
  const found = Object.fromEntries(bound.hypotheses.map(({ name }) => [name, [...new Set(warnings(name).map(({ code }) => code))].sort()]))
  expect(found).toEqual(Object.fromEntries(Object.entries(expected).map(([name, { warnings: codes }]) => [name, codes])))
})

test('each says what, where and what to do', async () => {
  const { warnings, text } = await inspected('zoo/warnings.scrub')
  const said = (name: string) => warnings(name).map(({ message, span, related }) => [text.slice(span.start, span.end), message, ...(related ?? []).map((one) => text.slice(one.span.start, one.span.end))])
  expect(said('untestable')).toEqual([['a', 'The feature of `A` tells nearly all data apart: 16 classes of 16 data, 100.0 % of the data alone in theirs. A drawn datum is another one only 0.0 % of the time, so the claim is hardly tested; choose a coarser feature, use more data, or write `exact`.']])
  expect(said('vacuous')).toEqual([['a >= 0', 'The feature of `A` has one value on all 16 data (true), so every datum may stand for every other and the node claims nothing; choose a feature that tells data apart, or write `any`.']])
  expect(said('not a function')).toEqual([['a > 3', 'The feature of `out` is not determined by its parents (`A`): they agree on row 0 (a: 0  b: 0) and row 4 (a: 4  b: 0), but it is false on the one and true on the other. Add the parent that it depends on, or make the feature a function of those it has.', 'a > 7']])
  expect(said('indistinguishable')).toEqual([['b > 0', 'The features of `B` and `A` divide the data into the same classes, so scrubbing on these data cannot tell the two apart; use data on which they differ, or one feature for both.', 'a % 2 == 1']])
  expect(said('unreached node')).toEqual([['node B = b at B', '`B` does not reach the output: no path of parents leads from it to `out`, so it claims nothing; make it a parent of another node, or remove it.']])
  expect(said('constant place')).toEqual([['Z', 'Z has the same value for every datum, so nothing changes when another datum is drawn for `Z`; choose another place, or remove the node.']])
})

/** The zoo's 16 data: a = 0 … 15, b = a % 2. */
const HEAD = 'model "warnings.onnx" data "warnings.jsonl" metric err = (y - t) ** 2\ngraph { component A = "A" component B = "B" }\n'
const one = (feature: string, head = HEAD) => inspected('zoo/warnings.scrub', `${head}hypothesis h { node A = ${feature} at A  node out = exact at y from A }`)

test.each([
  // 4 classes of 4
  ['a // 4', { rows: 16, classes: 4, singletons: 0, effectiveClasses: 4, swapRate: 0.75 }],
  // 1, 1, 1 and 13 alike
  ['minimum(a, 3)', { rows: 16, classes: 4, singletons: 3 / 16, effectiveClasses: Math.exp(3 / 16 * Math.log(16) - 13 / 16 * Math.log(13 / 16)), swapRate: 0.75 }],
  ['exact', { rows: 16, classes: 16, singletons: 1, effectiveClasses: 16, swapRate: 0 }],
  ['any', { rows: 16, classes: 1, singletons: 0, effectiveClasses: 1, swapRate: 15 / 16 }],
  ['(a % 2, a % 3)', { rows: 16, classes: 6, singletons: 0, swapRate: 1 - 6 / 16 }],
])('facts of %s', async (feature, figures) => {
  const facts = (await one(feature)).facts('h', 'A')
  for (const [name, value] of Object.entries(figures)) expect(facts[name as 'rows'], name).toBeCloseTo(value, 12)
})

test('classes are listed by size, with rows of the file as examples', async () => {
  expect((await one('a > 2', HEAD.replace('jsonl"', 'jsonl" filter a != 3 limit 14'))).facts('h', 'A').list).toEqual([
    { value: 'true', count: 11, share: 11 / 14, examples: [{ row: 4, text: 'a: 4  b: 0' }, { row: 5, text: 'a: 5  b: 1' }, { row: 6, text: 'a: 6  b: 0' }] },
    { value: 'false', count: 3, share: 3 / 14, examples: [{ row: 0, text: 'a: 0  b: 0' }, { row: 1, text: 'a: 1  b: 1' }, { row: 2, text: 'a: 2  b: 0' }] },
  ])
})

test.each([
  ['a feature that is NaN somewhere', '0 / (a - 5)', ['nan-feature The feature of `A` is not a number (NaN) on some data, such as row 5; all of these form one class. If that is not meant, guard the division or logarithm with `if … then … else`.']],
  ['a feature with one class besides', 'a > 14', []],
  ['a feature with one pair among singletons, 14 of 16 alone', 'if a == 1 then 0 else a', []],
])('%s', async (_, feature, wanted) => {
  const found = (await one(feature)).warnings('h').map(({ code, message }) => `${code} ${message}`)
  expect(found.map((text, i) => text.slice(0, wanted[i]?.length))).toEqual(wanted)
})

test('a feature that cannot be computed is an error of its own, and the others are known', async () => {
  const runtime = openRuntime({ device: 'cpu' })
  // A runtime that lacks one operator.
  const lacking = new InspectStore(() => ({ ...runtime, load: async (bytes, folder) => {
    if (Buffer.from(bytes).includes('Sin')) throw new Error('Sin is not implemented')
    return runtime.load(bytes, folder)
  } }))
  const { warnings, facts } = await inspected('zoo/warnings.scrub', `${HEAD}hypothesis h { node A = sin(a) at A  node B = b at B  node out = exact at y from A, B }`, lacking)
  expect(warnings('h').map(({ code, severity, message }) => `${severity} ${code} ${message}`)).toEqual(['error feature-failed The feature of `A` cannot be computed on the data: Sin is not implemented; change it so that it has a value on every datum.'])
  expect(facts('h', 'B').classes).toBe(2)
})

test('parents that are columns count with their values', async () => {
  const { warnings } = await inspected('zoo/warnings.scrub', `${HEAD}hypothesis h { node A = a > 3 at A from a  node out = exact at y from A }\nhypothesis g { node B = a > 3 at B from b  node out = exact at y from B }`)
  expect(warnings('h')).toEqual([])
  expect(warnings('g').map(({ code }) => code)).toEqual(['not-a-function'])
})

test('a family whose members are alike to another one is told of once', async () => {
  const { warnings } = await inspected('paren/paren.scrub', readFileSync(`${fixtures}paren/paren.scrub`, 'utf8').replace(/hypothesis[^]*/, `hypothesis h {
  node one[h in [0, 1]] = opens[h + 1] at a1.h[h]
  node two[h in [0, 1]] = 3 * opens[h + 1] at a2.h[h]
  node out = exact at logits from one through any, two through any
}`))
  expect(warnings('h').map(({ code }) => code)).toEqual(['indistinguishable'])
})

test('a large tree is told of before it is built', async () => {
  const { bound } = await inspected('zoo/warnings.scrub')
  const base = bound.hypotheses[0]!
  const node = base.nodes[0]!
  const through = { any: false, tensors: new Set<string>() }
  const nodes = Array.from({ length: 12 }, (_, k) => [0, 1, 2].map((i) => ({
    ...node, name: `n${k}_${i}`, parents: k === 0 ? [] : [0, 1, 2].map((p) => ({ kind: 'node' as const, node: `n${k - 1}_${p}`, through, span: node.span })),
  }))).flat()
  const deep = { ...base, nodes, outputs: ['n11_0'] }
  const [found] = structuralWarnings(bound, deep).filter(({ code }) => code === 'large-tree')
  // 1 + 3 + … + 3^11
  expect(found!.message).toBe(`"untestable" has ${((3 ** 12 - 1) / 2).toLocaleString('en')} branches (paths from the output to a node). \`n0_0\` multiplies them most: it is a parent of 3 nodes. Each is drawn and computed by itself: give it fewer children, or set \`option pool 2000\`, with which paths share values.`)
})

/** A store that counts the sessions it makes. */
function counting(): { readonly store: InspectStore; readonly sessions: () => number } {
  let sessions = 0
  const runtime = openRuntime({ device: 'cpu' })
  return { store: new InspectStore(() => ({ ...runtime, load: (...args) => (sessions++, runtime.load(...args)) })), sessions: () => sessions }
}

describe('warm questions are answered from what is kept: nothing is evaluated', () => {
  const ask = async (store: InspectStore, file: string, change: (text: string) => string = (text) => text) => {
    const { bound } = await analyse(file, change(readFileSync(file, 'utf8')))
    const facts: string[] = []
    await store.answer(structuredClone(inspectionOf(bound!, bound!.hypotheses, undefined, () => false)!), (fact) => facts.push(JSON.stringify(fact)), async () => {})
    return facts.sort()
  }

  test.each([
    ['features, places', 'zoo/warnings.scrub'],
    ['what `use transformer` finds', 'transformers/gpt2.scrub'],
    ['families of places', 'paren/layers.scrub'],
    ['rewrites', 'paren/paren.scrub'],
  ])('%s: %s', async (_, file) => {
    const { store: counted, sessions } = counting()
    const first = await ask(counted, `${fixtures}${file}`)
    const cold = sessions()
    expect(cold).toBeGreaterThan(0)
    expect(await ask(counted, `${fixtures}${file}`)).toEqual(first)
    expect(sessions()).toBe(cold)
  })

  test('other rows, and other values of the inputs, are looked at anew', async () => {
    const { store: counted, sessions } = counting()
    const file = `${fixtures}transformers/gpt2.scrub`
    await ask(counted, file)
    for (const change of [(text: string) => text.replace('limit 12', 'limit 11'), (text: string) => text.replace('limit 12', 'as { input_ids = tokens } limit 12')]) {
      const before = sessions()
      expect(change(readFileSync(file, 'utf8'))).not.toBe(readFileSync(file, 'utf8'))
      await ask(counted, file, change)
      expect(sessions()).toBeGreaterThan(before + 1)
    }
  })

  test('a place of which nothing can be said is not looked at again', async () => {
    const { store: counted, sessions } = counting()
    const at = folder()
    cpSync(`${fixtures}zoo/warnings.onnx`, join(at, 'warnings.onnx'))
    // Twice as many data as are looked at, equal in a.
    writeFileSync(join(at, 'd.csv'), `a,b,t\n${'1,0,1\n'.repeat(70_000)}2,0,1\n`)
    writeFileSync(join(at, 'a.scrub'), 'model "warnings.onnx" data "d.csv" metric err = (y - t) ** 2\nhypothesis h { node A = any at A  node out = exact at y from A }')
    const first = await ask(counted, join(at, 'a.scrub'))
    expect(first.filter((fact) => fact.includes('"constant"') && fact.includes('"A '))).toEqual([])
    const cold = sessions()
    await ask(counted, join(at, 'a.scrub'))
    expect(sessions()).toBe(cold)
  })
})

test('a large model is run for places only where somebody waits, and then on few data', async () => {
  const file = `${fixtures}zoo/warnings.scrub`
  const { bound } = await analyse(file, readFileSync(file, 'utf8'))
  const { graph } = bound!
  // Weights that nothing reads.
  const source = { kind: 'file', path: 'weights', offset: 0, length: 2 ** 30 } as never
  const heavy = { ...graph, initializers: new Map([...graph.initializers, ['unused', { name: 'unused', dtype: 'float32', dims: [2 ** 28], source } as never]]) }
  const told = async (large: boolean) => {
    const dag = new Dag()
    const request = inspectionOf(bound!, bound!.hypotheses, undefined, () => false, large)!
    const values = restore(dag, request.values)
    const { columns, rows } = await (async () => {
      const data = await openDataset(bound!.schema.path)
      return data.load(data.schema.columns.map(({ name }) => name))
    })()
    const facts: string[] = []
    await findConstantPlaces({
      question: request.places!, graph: heavy, original: heavy, dag, inputs: new Map(request.places!.inputs.map(({ input, root }) => [input, values[root]!])),
      columns, table: tableOf({ ...bound!.schema, columns, rows }), runtime: openRuntime({ device: 'cpu' }), breathe: async () => {},
    }, (key, constant) => facts.push(`${key} ${constant}`))
    return facts
  }
  expect(await told(false)).toEqual([])
  expect(await told(true)).toContain('Z [] true')
})
