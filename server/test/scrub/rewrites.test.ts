/** Rewrites run: what is claimed of their parts is what is claimed of the components that they are. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { analyse } from '../../src/scrub/analyse.ts'
import { fixture, reportOf, runFile, type Given } from './run-file.ts'

const runtime = openRuntime({ device: 'cpu', threads: 1 })

/** A fixture's head with another graph and hypotheses. */
function fileOf(name: string, graph: string, hypotheses: string): { file: string; text: string } {
  const file = fixture(`zoo/${name}.scrub`)
  const head = readFileSync(file, 'utf8').split('\n').filter((line) => /^(model|data|metric)/.test(line)).join('\n')
  return { file, text: `${head}\ngraph { ${graph} }\n${hypotheses}` }
}

async function hypothesesOf(name: string, graph: string, hypotheses: string, given: Given = {}) {
  const { file, text } = fileOf(name, graph, hypotheses)
  return (await reportOf(file, { text, runtime, ...given })).hypotheses
}

const components = 'component A = "A" component B = "B" component C = "C"'

describe.each([['enumerated', { exact: true }], ['sampled', { samples: 500, seed: 3 }]] as const)('%s', (_, how) => {
  test.each([
    ['a term that is a tensor', 'component C = "C" rewrite AB = pa + rest with pa = A', 'node A = a at pa node out = A at y', 'node A = a at A node out = A at y'],
    ['the rest', 'component C = "C" rewrite AB = pa + rest with pa = A', 'node B = b at AB.rest node out = B at y', 'node B = b at B node out = B at y'],
    ['both', 'component C = "C" rewrite AB = pa + rest with pa = A', 'node A = b at pa node B = a at AB.rest node out = (A, B) at y', 'node A = b at A node B = a at B node out = (A, B) at y'],
    ['of a column', 'component B = "B" component C = "C" rewrite A = u + rest with u = a * 0.25', 'node u = a at u node r = exact at A.rest node out = exact at y from u, r', 'node A = a at A node out = exact at y from A'],
    ['one after the other', 'component C = "C" rewrite AB = pa + rest with pa = A rewrite AB.rest = pb + rest with pb = B', 'node A = a at pa node B = b at pb node out = (A, B) at y', 'node A = a at A node B = b at B node out = (A, B) at y'],
    ['a product', 'component C = "C" rewrite AB = p * q with p = A + B, q = 1 + 0 * a', 'node p = (a, b) at p node out = (a, b) at y from p', 'node A = exact at AB node out = (a, b) at y from A'],
  ])('%s', async (_, graph, rewritten, own) => {
    const [made] = await hypothesesOf('sum', graph, `hypothesis h { ${rewritten} }`, how)
    const plain = graph.includes('p * q') ? 'component AB = "AB" component C = "C"' : components
    const [known] = await hypothesesOf('sum', plain, `hypothesis h { ${own} }`, 'exact' in how ? how : { ...how, samples: 20_000 })
    const error = 'exact' in how ? 0 : 4 * Math.hypot(made!.scrubbed.se, known!.scrubbed.se)
    // What is sampled on equal paths has equal draws; otherwise only the distribution is the same.
    expect(Math.abs(made!.scrubbed.mean - known!.scrubbed.mean)).toBeLessThanOrEqual(error + 1e-6)
    expect(made!.checks.rewrites!.largest).toBeLessThan(1e-6)
  })
})

test('equal draws: a part with the name of the component gives the same samples', async () => {
  const of = (graph: string, place: string) => hypothesesOf('sum', graph, `hypothesis h { node A = a > 1 at ${place} node out = exact at y from A }`, { samples: 200, seed: 4 })
  const [made] = await of('component C = "C" rewrite AB = pa + rest with pa = A', 'pa')
  const [own] = await of(components, 'A')
  expect(made!.sampled.map(({ draws, scrubbed }) => [draws, scrubbed.toFixed(5)])).toEqual(own!.sampled.map(({ draws, scrubbed }) => [draws, scrubbed.toFixed(5)]))
})

describe('slices', () => {
  const graph = 'component h = "h" point g = "g" rewrite h[1] = u + rest with u = 0.25 * h[1] rewrite h[2] = v + rest with v = x[2] * ones([2])'
  const own = 'component h = "h" point g = "g"'
  test.each([
    ['a place that was rewritten is what it was', 'node p = x[1] at h[1] node out = exact at y from p', 'node p = x[1] at h[1] node out = exact at y from p'],
    ['its parts together', 'node u = x[1] at u node r = x[1] at h[1].rest node out = exact at y from u, r', 'node p = x[1] at h[1] node out = exact at y from p'],
    ['parts of two slices', 'node u = x[1] at u node r = x[1] at h[1].rest node v = x[2] at v node s = x[2] at h[2].rest node out = exact at y from u, r, v, s', 'node p[i in [1, 2]] = x[i] at h[i] node out = exact at y from p'],
    ['as parents of the slice', 'node u = x[1] at u node r = x[1] at h[1].rest node p = x[1] at h[1] from u, r node out = exact at y from p', 'node p = x[1] at h[1] node out = exact at y from p'],
    ['the rest of the tensor blocks as before', 'node p = x[0] at h[0] node out = exact at y from p', 'node p = x[0] at h[0] node out = exact at y from p'],
  ])('%s', async (_, made, known) => {
    const [a] = await hypothesesOf('slices', graph, `hypothesis h { ${made} }`, { exact: true })
    const [b] = await hypothesesOf('slices', own, `hypothesis h { ${known} }`, { exact: true })
    expect(a!.exact && b!.exact).toBe(true)
    expect(a!.scrubbed.mean).toBeCloseTo(b!.scrubbed.mean, 6)
  })

  test('what blocks is the rest of the tensor, and `through` passes it', async () => {
    const errors = async (hypothesis: string) => {
      const { file, text } = fileOf('slices', graph, `hypothesis h { ${hypothesis} }`)
      return (await analyse(file, text)).findings.filter(({ severity }) => severity === 'error').map(({ code }) => code)
    }
    expect(await errors('node c = x at xe node out = exact at y from c')).toEqual(['blocked-edge'])
    expect(await errors('node c = x at xe node out = exact at y from c through [h]')).toEqual([])
    expect(await errors('node c = x at xe node u = x[1] at u from c node out = exact at y from u')).toEqual([])
    expect(await errors('node p = x[1] at h[1] node u = x[1] at u node out = exact at y from p, u')).toEqual(['blocked-edge'])
  })
})

test('columns that feed no input of the model become inputs of their own, and can be parents', async () => {
  const { file, text } = fileOf('sum', 'rewrite A = u + rest with u = t * 2 component B = "B" component C = "C"', 'hypothesis h { node u = t at u from t node r = exact at A.rest node out = exact at y from u, r }')
  const { bound } = await analyse(file, text)
  expect(bound!.graph.inputs).toEqual(['a', 'b', 'c', 'data.t'])
  expect(bound!.original!.inputs).toEqual(['a', 'b', 'c'])
  expect(bound!.findings.filter(({ severity }) => severity === 'error')).toEqual([])
  const [h] = (await reportOf(file, { text, runtime, exact: true })).hypotheses
  const [known] = await hypothesesOf('sum', components, 'hypothesis h { node A = exact at A node out = exact at y from A }', { exact: true })
  expect(h!.scrubbed.mean).toBeCloseTo(known!.scrubbed.mean, 5)
})

test('a column that feeds an input as it is is that input', async () => {
  const { file, text } = fileOf('slices', 'rewrite s = u + rest with u = x', 'hypothesis h { node out = exact at y }')
  expect((await analyse(file, text)).bound!.graph.inputs).toEqual(['x'])
})

describe('what changes the model is refused', () => {
  test.each([
    ['another factor', 'rewrite A = 1.01 * A', /A would be another value \(row \d+ of the data: it differs by [\d.e-]+ of its largest value\)/],
    ['a term too few', 'rewrite AB = A', /AB would be another value/],
    ['no number', 'rewrite A = A / (0 * A)', /it is no number/],
  ])('%s', async (_, graph, message) => {
    const { file, text } = fileOf('sum', graph, 'hypothesis h { node out = exact at y }')
    const result = await runFile(file, { text, runtime, samples: 10 })
    expect(result.kind === 'findings' && result.findings.map((f) => `${f.code} ${f.message}`)).toEqual([expect.stringMatching(message)])
    expect(result.kind === 'findings' && result.findings[0]!.code).toBe('rewrite-not-equal')
  })

  test('what is equal but for rounding is not', async () => {
    const [h] = await hypothesesOf('sum', 'rewrite A = 3 * A / 3 rewrite AB = B + A', 'hypothesis h { node out = exact at y }', { exact: true })
    expect(h!.checks.rewrites).toEqual({ data: expect.any(Number), largest: expect.any(Number) })
  })
})

test('the key of a run is another with another rewrite, and the same with the same', async () => {
  const hash = async (graph: string) => (await hypothesesOf('sum', graph, 'hypothesis h { node out = exact at y }', { samples: 5 }))[0]!.sha256
  const own = await hash('rewrite A = u + rest with u = 2 * a')
  expect(await hash('rewrite A = u + rest with u = 2*a  # again\n')).toBe(own)
  expect(await hash('rewrite A = u + rest with u = 3 * a')).not.toBe(own)
  expect(await hash('')).not.toBe(own)
})

test('equal rewrites of one model are one graph', async () => {
  const { file, text } = fileOf('sum', 'rewrite A = u + rest with u = 2 * a', 'hypothesis h { node out = exact at y }')
  const { bind } = await import('../../src/hypothesis/bind.ts')
  const { parse } = await import('@scrub/grammar')
  const { graph, dataset } = await analyse(file, text)
  const graphOf = (one: string) => bind(parse(one).file, one, { graph: graph!, dataset: dataset!.schema, load: () => 'none', vocab: () => 'none' }).graph
  expect(graphOf(`# a line more\n${text}`)).toBe(graphOf(text))
  expect(graphOf(text.replace('2 * a', '3 * a'))).not.toBe(graphOf(text))
})
