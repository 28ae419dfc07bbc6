/** What stands beside a result on request: the null band, and the other ways to draw unimportant inputs. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { anyClass, classesOf, exactClasses } from '../../src/scrub/classes.ts'
import { permutationOf, permuted } from '../../src/scrub/null-band.ts'
import { fixture, reportOf } from './run-file.ts'

const runtime = openRuntime({ device: 'cpu', threads: 1 })
const toy = fixture('toy/toy.scrub')

describe('a permutation', () => {
  test.each([1, 2, 7, 1000])('of %i data holds each once', (rows) => {
    expect([...permutationOf(rows, 3, 0)].sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i))
  })

  test('is a function of seed and number', () => {
    expect(permutationOf(50, 3, 1)).toEqual(permutationOf(50, 3, 1))
    expect(permutationOf(50, 3, 1)).not.toEqual(permutationOf(50, 3, 2))
    expect(permutationOf(50, 3, 1)).not.toEqual(permutationOf(50, 4, 1))
  })

  test('puts every datum first equally often: chi-squared of 6 data in 6,000 permutations', () => {
    const first = [0, 0, 0, 0, 0, 0]
    for (let k = 0; k < 6000; k++) first[permutationOf(6, 1, k)[0]!]!++
    // 5 degrees of freedom: above 20.5 once in a thousand.
    expect(first.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)).toBeLessThan(20.5)
  })
})

describe('permuted classes', () => {
  const classes = classesOf([{ dtype: 'int32', dims: [6], data: Int32Array.of(0, 0, 1, 0, 2, 1) }], 6)
  test('keep their sizes, and hold the data that lie where theirs lay', () => {
    const permutation = Int32Array.of(5, 4, 3, 2, 1, 0)
    const made = permuted(classes, permutation)
    expect([...made.of]).toEqual([1, 2, 0, 1, 0, 0])
    expect([...made.start]).toEqual([...classes.start])
    expect([...made.order]).toEqual([2, 4, 5, 0, 3, 1])
  })
  test('of `exact` and `any` are what they were', () => {
    const permutation = permutationOf(6, 0, 0)
    for (const own of [exactClasses(6), anyClass(6)]) expect(permuted(own, permutation)).toBe(own)
  })
})

// The permuted hypotheses written out, on a dataset that holds their features as columns: another way to the same draws.
test('the null band is what the hypotheses recover whose features are permuted columns', async () => {
  const rows = readFileSync(fixture('toy/toy.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { z1: number; z2: number })
  const K = 4
  const folder = mkdtempSync(join(tmpdir(), 'scrub-null-'))
  const permutations = Array.from({ length: K }, (_, k) => permutationOf(rows.length, 5, k))
  writeFileSync(join(folder, 'data.jsonl'), rows.map((row, i) => JSON.stringify({ ...row, ...Object.fromEntries(permutations.flatMap((p, k) => [[`a${k}`, rows[p[i]!]!.z1 > 3], [`b${k}`, rows[p[i]!]!.z2 > 3]])) })).join('\n'))
  const head = `model "${fixture('toy/toy.onnx')}"\ndata "${join(folder, 'data.jsonl')}"\nmetric log_loss = binary_cross_entropy(logit, label)\n`
  const written = (a: string, b: string, name: string) => `hypothesis "${name}" { node A = ${a} at "/A"  node B = ${b} at "/B"  node either = A or B at "/or"  node out = either at "logit" }\n`
  const file = join(folder, 'null.scrub')
  const own = await reportOf(file, { text: head + written('z1 > 3', 'z2 > 3', 'own'), samples: 6000, nulls: K, seed: 5, runtime })
  const byHand = await reportOf(file, { text: head + permutations.map((_, k) => written(`a${k}`, `b${k}`, `permuted ${k}`)).join(''), samples: 4096, seed: 5, runtime })
  const band = own.hypotheses[0]!.null!
  expect(band.samples).toBe(4096)
  expect(band.values).toHaveLength(K)
  byHand.hypotheses.map((h) => h.recovered.value!).sort((a, b) => a - b).forEach((value, i) => expect(band.values[i]).toBeCloseTo(value, 6))
  // The right hypothesis stands clear of it.
  expect(own.hypotheses[0]!.recovered.low!).toBeGreaterThan(band.values.at(-1)!)
})

test('a run with the null band and the other ways says the same of everything else', async () => {
  const [plain, more] = [await reportOf(toy, { samples: 500, runtime }), await reportOf(toy, { samples: 500, nulls: 3, sensitivity: true, runtime })]
  const without = more.hypotheses.map(({ null: _, sensitivity: __, ...rest }) => ({ ...rest, seconds: 0 }))
  expect(without).toEqual(plain.hypotheses.map((h) => ({ ...h, seconds: 0 })))
})

test('neither is told where nobody asked, and no null where nothing can be recovered', async () => {
  const { hypotheses } = await reportOf(toy, { samples: 100, runtime })
  for (const one of hypotheses) expect(one).not.toHaveProperty('null')
  for (const one of hypotheses) expect(one).not.toHaveProperty('sensitivity')
  const nothing = await reportOf(toy, { text: readFileSync(toy, 'utf8').replace('binary_cross_entropy(logit, label)', '0 * logit'), samples: 100, nulls: 2, hypotheses: ['A is all'], runtime })
  expect(nothing.hypotheses[0]!.recovered.value).toBeNull()
  expect(nothing.hypotheses[0]!).not.toHaveProperty('null')
})

describe.each([['sampled', { samples: 2000, seed: 3 }], ['enumerated', { exact: true }]] as const)('%s, sensitivity is what the same story with the other options gives', (_, how) => {
  test.each(['', 'through M, ', 'wrong feature, '])('%smodes', async (story) => {
    const { hypotheses } = await reportOf(fixture('zoo/modes.scrub'), { ...how, sensitivity: true, hypotheses: ['together', 'separate', 'shared'].map((way) => story + way), runtime })
    for (const one of hypotheses) {
      for (const other of hypotheses) expect(one.sensitivity![other.unimportant].value, `${one.name} as ${other.unimportant}`).toBeCloseTo(other.recovered.value!, 9)
      expect(one.sensitivity![one.unimportant]).toEqual(one.recovered)
    }
    expect(new Set(hypotheses.map((one) => one.recovered.value!.toFixed(4))).size, 'the ways differ here').toBeGreaterThan(1)
  })
})
