/** `check --deep`: what a run would refuse, found on the weights and the data without one. Real processes; `y = A + B + C` of eight data. */
import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { bytes, floats, ints } from '../model/build.ts'
import { folder } from './folder.ts'
import { invoke } from './outputs.ts'
import { runProcess } from './process.ts'

const server = fileURLToPath(new URL('../../', import.meta.url))
const fixtures = fileURLToPath(new URL('../../../test-fixtures/', import.meta.url))

interface Parts {
  readonly metric?: string
  readonly data?: string
  readonly graph?: string
  readonly nodes?: string
}

const textOf = ({ metric = '(y - t) ** 2', data = '', graph = '', nodes = 'node A = a at "A"\n  node out = exact at y from A' }: Parts): string =>
  `model "sum.onnx"\ndata "sum.jsonl"${data}\nmetric err = ${metric}\ngraph {\n  component B = "B"\n  ${graph}\n}\nhypothesis "h" {\n  ${nodes}\n}\n`

/** Findings of a deep check as `line code message`, and what was checked. */
async function deep(path: string, file = 'a.scrub'): Promise<{ exitCode: number; found: string[]; checked: object[] }> {
  const { exitCode, stdout, stderr } = await runProcess(['check', '--deep', '--no-data', file, '--json'], path)
  expect(stderr).toBe('')
  const { findings, checked } = JSON.parse(stdout) as { findings: { code: string; message: string; range: { start: { line: number } } }[]; checked: object[] }
  return { exitCode, found: findings.map(({ code, message, range }) => `${range.start.line + 1} ${code} ${message}`), checked }
}

test('what holds is told, with the data on which it was tried and the largest difference', async () => {
  const path = folder({ 'a.scrub': textOf({ graph: 'rewrite A = half + rest with half = 0.5 * model["A"]' }) })
  const { exitCode, stdout, stderr } = await runProcess(['check', '--deep', 'a.scrub'], path)
  expect(stdout.replaceAll(/\d(\.\d+)?e-\d+/g, 'tiny')).toMatchInlineSnapshot(`
    "a.scrub: 1 rewrite changes nothing on all 8 data, without any difference.
    a.scrub: 1 hypothesis has features on all 8 data, and compiles.
    a.scrub: the metric is a finite number on all 8 data.
    "
  `)
  expect([exitCode, stderr]).toEqual([0, 'no findings in 1 file\n'])
})

describe('what a run would refuse', () => {
  test.each<[string, Parts, string[]]>([
    ['a rewrite that changes the model', { graph: 'rewrite B = 1.5 * model["B"]' }, [expect.stringMatching(/^6 rewrite-not-equal .*\(row [1-7] of the data: it differs by 0\.5 of its largest value\)/)]],
    ['a metric that is no number, in the rows of the file', { metric: 'log(y - 0.125)', data: ' filter c > 0' }, ['3 metric-not-finite Metric `err` is -Infinity for datum 1 on the unscrubbed model; it must be a finite number for every datum: check the metric\'s expression and that datum.']],
    ['no data', { data: ' filter a > 5' }, [expect.stringMatching(/^2 empty-data /)]],
    ['several things at once', { graph: 'rewrite B = 1.5 * model["B"]', metric: 'log(y)' }, [expect.stringMatching(/^3 metric-not-finite .* datum 0 /), expect.stringMatching(/^6 rewrite-not-equal /)]],
  ])('%s', async (_, parts, wanted) => {
    const { exitCode, found } = await deep(folder({ 'a.scrub': textOf(parts) }))
    expect(found).toEqual(wanted)
    expect(exitCode).toBe(1)
  })

  test('an error elsewhere is told as ever, and what can be tried is', async () => {
    const broken = `${textOf({})}hypothesis "broken" {\n  node out = zz at y\n}\n`
    const { found, checked } = await deep(folder({ 'a.scrub': broken }))
    expect(found).toEqual([expect.stringMatching(/^13 unknown-column /)])
    expect(checked).toMatchObject([{ what: 'hypotheses', count: 1 }, { what: 'metric' }])
    // The metric is part of every hypothesis.
    const wrong = await deep(folder({ 'a.scrub': textOf({ metric: 'zz' }) }))
    expect([wrong.found, wrong.checked]).toEqual([[expect.stringMatching(/^3 unknown-column /)], []])
  })
})

describe('indices of the datum', () => {
  const model = bytes({
    inputs: { x: ['float32', ['batch', 3]] }, weights: { w: floats([3], [1, 10, 100]), axes: ints([1]) }, outputs: ['y'],
    ops: [['Identity', 'x', 'h'], ['Identity', 'h', 'g'], ['Mul', ['g', 'w'], 'gw'], ['ReduceSum', ['gw', 'axes'], 'y', { keepdims: 1 }]],
  })
  const data = [0, 2, 1].map((p) => JSON.stringify({ x: [1, 2, p], p, c: p % 2 })).join('\n')
  const indexed = (nodes: string, parents = 'a'): string => `model "m.onnx"\ndata "d.jsonl"\nmetric err = y[0]\nhypothesis "h" {\n  ${nodes}\n  node out = exact at y from ${parents}\n}\n`

  test.each([
    ['outside its axis', 'node a = c at g[p + 1]', '5 shape-mismatch The place of `a`, g[p + 1], is outside its axis of 3 positions for datum 1: correct `p + 1`, or leave that datum out with `filter`.'],
    ['at the place of another parent', 'node a = c at g[p]\n  node b = c at g[2]', '6 overlapping-places `a` and `b` stand at overlapping places for datum 1: g[p] and g[2] are the same position there; move one of them, or leave that datum out with `filter`.'],
  ])('%s', async (_, nodes, wanted) => {
    const parents = nodes.includes('node b') ? 'a, b' : 'a'
    const { exitCode, found, checked } = await deep(folder({ 'm.onnx': model, 'd.jsonl': data, 'a.scrub': indexed(nodes, parents) }))
    expect([exitCode, found]).toEqual([1, [wanted]])
    expect(checked).toMatchObject([{ what: 'metric', count: 1, data: 3, rows: 3 }])
  })

  test('on its axis', async () => {
    const { checked } = await deep(folder({ 'm.onnx': model, 'd.jsonl': data, 'a.scrub': indexed('node a = c at g[p]') }))
    expect(checked).toContainEqual(expect.objectContaining({ what: 'indices', count: 1, data: 3, rows: 3 }))
  })
})

test('what `use transformer` found is compared with the model', async () => {
  const { exitCode, found, checked } = await deep(fixtures, 'transformers/gpt2.scrub')
  expect([exitCode, found]).toEqual([0, []])
  expect(checked).toMatchObject([{ what: 'transformer', count: 1, data: 12, rows: 12, largest: expect.any(Number) as number }, { what: 'hypotheses', count: 4 }, { what: 'metric', data: 12 }])
  const [{ largest }] = checked as [{ largest: number }]
  expect(largest).toBeGreaterThan(0)
  expect(largest).toBeLessThan(1e-5)
})

test.each([
  // Parts are compared on the first data only.
  [29, ['transformer', 'hypotheses']],
  [3, []],
])('data that the model cannot be run on: row %i', async (row, holds) => {
  const rows = Array.from({ length: 40 }, (_, i) => JSON.stringify({ input_ids: Array.from({ length: 8 }, (_, k) => (i >= row && i % 13 === row % 13 && k === 3 ? 9999 : (i + k) % 7)) }))
  const text = `model "${fixtures}transformers/gpt2.onnx"\ndata "d.jsonl" filter input_ids[1] != 3\nmetric loss = cross_entropy(logits[7], input_ids[0])\ngraph { use transformer }\nhypothesis h { node out = exact at logits }\n`
  const { exitCode, found, checked } = await deep(folder({ 'd.jsonl': rows.join('\n'), 'a.scrub': text }))
  expect(found).toEqual([expect.stringContaining(`2 data-mismatch The model cannot be run on row ${row} of the data. The model looks up entry 9999 of a table whose last one is 10: a token id`)])
  expect(exitCode).toBe(1)
  expect(checked.map((one) => (one as { what: string }).what)).toEqual(holds)
})

test('a tree that cannot be held is an error at its hypothesis, and the others are tried', async () => {
  const layer = (name: string, place: string, parents: string) => `node ${name}[i in range(42)] = exact at ${place}[i] ${parents}`
  const text = `model "${fixtures}paren/paren.onnx"
data "${fixtures}paren/paren.npz" limit 20
metric loss = binary_cross_entropy(logits[1] - logits[0], is_balanced)
graph { use transformer }
hypothesis "small" { node out = exact at logits }
hypothesis "huge" {
  ${layer('e', 'embed', '')} ${layer('f', 'm0', 'from e through any')} ${layer('g', 'm1', 'from f through any')} ${layer('h', 'm2', 'from g through any')}
  node out = exact at logits from h
}
`
  const { found, checked } = await deep(folder({ 'a.scrub': text }))
  expect(found.filter((one) => /^6 large-tree Hypothesis "huge" has more than 1,000,000 branches/.test(one))).toHaveLength(1)
  expect(checked).toMatchObject([{ what: 'transformer', data: 16, rows: 20 }, { what: 'hypotheses', count: 1 }, { what: 'metric', data: 20 }])
})

test('SARIF and text hold the same findings', async () => {
  const path = folder({ 'a.scrub': textOf({ metric: 'log(y)' }) })
  const sarif = JSON.parse((await runProcess(['check', '--deep', 'a.scrub', '--sarif'], path)).stdout)
  expect(sarif.runs[0].results).toMatchObject([{ ruleId: 'metric-not-finite', level: 'error', locations: [{ physicalLocation: { region: { startLine: 3 } } }] }])
  expect((await runProcess(['check', '--deep', 'a.scrub'], path)).stdout).toContain('a.scrub:3:1: error[metric-not-finite] Metric `err` is -Infinity for datum 0')
  // Plain checking runs no metric.
  expect((await runProcess(['check', 'a.scrub'], path)).exitCode).toBe(0)
})

test('Ctrl-C ends it without a word about findings', async () => {
  const { exitCode, stdout } = await invoke(['check', '--deep', 'a.scrub'], folder({ 'a.scrub': textOf({}) }), {
    onInterrupt: (handler) => {
      setImmediate(handler)
      return () => {}
    },
  })
  expect([exitCode, stdout]).toEqual([130, ''])
})

test('an installation without ONNX Runtime says so, once', async () => {
  const path = folder({ 'a.scrub': textOf({}) })
  for (const part of ['bin', 'dist']) cpSync(join(server, part), join(path, 'scrub', part), { recursive: true })
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(path, 'scrub/bin/scrub.mjs'), 'check', '--deep', 'a.scrub'], { cwd: path, encoding: 'utf8' })
  expect([status, stdout]).toEqual([3, ''])
  expect(stderr).toBe('a.scrub was not checked on the weights and the data. ONNX Runtime is not part of this installation of Scrub, so nothing can be computed: install the package for your platform, or run `npm ci` in a clone and use `npx scrub`.\nno findings in 1 file\n')
})
