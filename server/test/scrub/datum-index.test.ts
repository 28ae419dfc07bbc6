/** Places at an index of the datum's own, against the definition, enumerated by hand. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { analyse } from '../../src/scrub/analyse.ts'
import { bytes, floats } from '../model/build.ts'
import { reportOf, runFile } from './run-file.ts'

const runtime = openRuntime({ device: 'cpu', threads: 1 })
const folder = mkdtempSync(join(tmpdir(), 'scrub-index-'))

interface Datum {
  readonly x: readonly number[]
  /** A position of `h`. */
  readonly p: number
  /** Another one, from the end. */
  readonly q: number
  readonly c: number
}

const DATA: Datum[] = [
  { x: [1, -2, 0.5], p: 0, q: -1, c: 0 }, { x: [2, 3, -1], p: 2, q: -2, c: 0 }, { x: [0, 1, 4], p: 1, q: -3, c: 1 },
  { x: [-1, 2, 2], p: 1, q: -1, c: 1 }, { x: [3, 0, 1], p: 0, q: -3, c: 0 },
]
// h = x with a channel besides, g = h again, y weighs its positions.
const WEIGHTS = [1, 10, 100]
writeFileSync(join(folder, 'm.onnx'), bytes({
  inputs: { x: ['float32', ['batch', 3]] },
  weights: { W: floats([1, 2], [1, -0.5]), C: floats([3], WEIGHTS), axis: { dtype: 'int64', dims: [1], data: BigInt64Array.of(2n) }, last: { dtype: 'int64', dims: [1], data: BigInt64Array.of(1n) } },
  ops: [['Unsqueeze', ['x', 'axis'], 'e'], ['MatMul', ['e', 'W'], 'h'], ['Relu', 'h', 'g'], ['ReduceSum', ['g', 'axis'], 's', { keepdims: 0 }], ['Mul', ['s', 'C'], 'w'], ['ReduceSum', ['w', 'last'], 'y', { keepdims: 0 }]],
  outputs: ['y'],
}))
writeFileSync(join(folder, 'd.jsonl'), DATA.map((row) => JSON.stringify({ ...row, one: 1 })).join('\n'))

const HEAD = 'model "m.onnx"\ndata "d.jsonl"\nmetric m = y\ngraph { component h = "h" component g = "g" }\n'
const file = join(folder, 'f.scrub')
const textOf = (hypothesis: string): string => `${HEAD}hypothesis t { ${hypothesis} }`
const exact = async (hypothesis: string): Promise<number> => (await reportOf(file, { text: textOf(hypothesis), exact: true, runtime })).hypotheses[0]!.scrubbed.mean

const relu = (v: number): number => Math.max(0, v)
/** What position i of a datum adds to y. */
const part = ({ x }: Datum, i: number): number => relu(x[i]!) + relu(-0.5 * x[i]!)
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
const classOf = (y: Datum, of: (d: Datum) => unknown): Datum[] => DATA.filter((d) => of(d) === of(y))
/** y where position `to` holds `value` and the others are those of u. */
const yWith = (u: Datum, at: ReadonlyMap<number, number>): number => WEIGHTS.reduce((sum, w, i) => sum + w * (at.get(i) ?? part(u, i)), 0)

describe('the value is read at the drawn datum\'s position and stands at that of the datum it represents', () => {
  test.each([
    ['a column', 'node a = c at h[p] node out = exact at y from a through any', (d: Datum) => d.p],
    ['the same seen by a point', 'node a = c at g[p] node out = exact at y from a', (d: Datum) => d.p],
    ['counted from the end', 'node a = c at g[q] node out = exact at y from a', (d: Datum) => d.q + 3],
    ['an expression', 'let half = (p + 2) // 2 node a = c at g[half - 1] node out = exact at y from a', (d: Datum) => Math.floor((d.p + 2) / 2) - 1],
  ])('%s', async (_, hypothesis, at) => {
    const text = hypothesis.startsWith('let') ? `${HEAD}let half = (p + 2) // 2\nhypothesis t { ${hypothesis.replace(/^let .* \/\/ 2 /, '')} }` : textOf(hypothesis)
    const [h] = (await reportOf(file, { text, exact: true, runtime })).hypotheses
    const known = mean(DATA.map((y) => mean(classOf(y, (d) => d.c).map((x) => mean(DATA.map((u) => yWith(u, new Map([[at(y), part(x, at(x))]]))))))))
    expect(h!.exact).toBe(true)
    expect(h!.scrubbed.mean).toBeCloseTo(known, 4)
  })

  test('below a node, which reads its place at its own position', async () => {
    // g[p] of a node that is no leaf: h[p] of another datum of its class at its position, relu of it.
    const known = mean(DATA.map((y) => mean(classOf(y, (d) => d.c).map((n) => mean(classOf(n, (d) => d.x[0]! > 0).map((x) => mean(DATA.map((u) => yWith(u, new Map([[y.p, part(x, x.p)]])))))))))
    )
    expect(await exact('node b = x[0] > 0 at h[p] node a = c at g[p] from b node out = exact at y from a')).toBeCloseTo(known, 4)
  })

  test('two indices of one node', async () => {
    const ok = DATA.every((d) => d.p !== d.q + 3)
    expect(ok).toBe(false)
    const known = mean(DATA.map((y) => mean(classOf(y, (d) => d.c).map((x) => mean(DATA.map((u) => yWith(u, new Map([[y.p, part(x, x.p)], [(y.p + 1) % 3, part(y, (y.p + 1) % 3)]])))))))
    )
    expect(await exact('node a = c at g[p] node b = exact at g[(p + 1) % 3] node out = exact at y from a, b')).toBeCloseTo(known, 4)
  })
})

test('an index that is the same for every datum is that index, draw by draw', async () => {
  const of = async (place: string) => (await reportOf(file, { text: textOf(`node a = c at ${place} node out = exact at y from a`), samples: 300, seed: 2, runtime })).hypotheses[0]!
  const [datum, known] = [await of('g[one]'), await of('g[1]')]
  expect(datum.scrubbed).toEqual(known.scrubbed)
  expect(datum.sampled.map(({ draws }) => draws)).toEqual(known.sampled.map(({ draws }) => draws))
})

test('with all claims off it is the model, sampled and with pools', async () => {
  for (const more of ['', 'option pool 20 ']) {
    const [h] = (await reportOf(file, { text: textOf(`${more}node b = c at h[p] node a = c at g[p] from b node out = exact at y from a`), samples: 200, runtime })).hypotheses
    expect(h!.checks.identity.largest).toBeLessThan(1e-5)
  }
})

describe('what is found before and on the data', () => {
  const errors = async (hypothesis: string) => (await analyse(file, textOf(hypothesis))).findings.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code} ${message}`)
  test.each([
    ['a float', 'node a = c at h[x[0]] node out = exact at y from a', 'type-mismatch `x[0]` is float64 per datum, and an index is one integer; compare and count with it, as in `sum(tokens != 0) - 1`.'],
    ['several', 'node a = c at h[(p, q)] node out = exact at y from a', 'type-mismatch `(p, q)` is a tuple per datum, and an index is one integer; compare and count with it, as in `sum(tokens != 0) - 1`.'],
    ['a name that is not there', 'node a = c at h[pp] node out = exact at y from a', expect.stringMatching(/^type-mismatch This must be known without the data/)],
    ['the same index twice', 'node a = c at g[p] node b = c at g[p] node out = exact at y from a, b', expect.stringMatching(/^overlapping-places /)],
    ['a bound of a range', 'node a = c at h[p:] node out = exact at y from a', expect.stringMatching(/^type-mismatch /)],
  ])('%s', async (_, hypothesis, message) => expect(await errors(hypothesis)).toEqual([message]))

  test.each([
    ['outside its axis', 'node a = c at g[p + 1] node out = exact at y from a', /The place of `a`, g\[p \+ 1\], is outside its axis of 3 positions for datum 1/],
    ['over another of its node', 'node a = c at g[p] node b = c at g[q] node out = exact at y from a, b', /`a` and `b` stand at overlapping places for datum 4: g\[p\] and g\[q\]|overlapping places for datum \d/],
    ['over one that is the same for all', 'node a = c at g[p] node b = c at g[0] node out = exact at y from a, b', /overlapping places for datum 0/],
  ])('%s', async (_, hypothesis, message) => {
    await expect(runFile(file, { text: textOf(hypothesis), samples: 10, runtime })).rejects.toThrow(message)
  })
})
