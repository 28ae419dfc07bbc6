/** Activations kept as float16: half the memory, an error that is told, and exact ones where float16 cannot hold them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { encodeModel } from '../../src/onnx/encode.ts'
import { fixture, reportOf } from './run-file.ts'

const paren = fixture('paren/paren.scrub')
const hypotheses = ['claim 1', 'post: claims 1 and 3']
const folder = mkdtempSync(join(tmpdir(), 'scrub-half-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The logit is the product of `by * x` and `x / 2`; 200 data. */
function scaled(by: number): string {
  const at = join(folder, String(by))
  const number = (value: number) => ({ dtype: 'float32' as const, dims: [], data: Float32Array.of(value) })
  const op = (opType: string, inputs: string[], output: string) => ({ name: '', domain: '', opType, inputs, outputs: [output], attributes: {}, captures: [] })
  writeFileSync(`${at}.onnx`, encodeModel({
    opset: 18,
    inputs: [{ name: 'x', type: { dtype: 'float32', shape: ['N'] } }],
    outputs: [{ name: 'logit', type: { dtype: 'float32', shape: ['N'] } }],
    ops: [op('Mul', ['x', 'by'], 'large'), op('Mul', ['x', 'half'], 'small'), op('Mul', ['large', 'small'], 'logit')],
    initializers: [['by', by], ['half', 0.5]].map(([name, value]) => ({ name: name as string, tensor: number(value as number) })),
  }))
  writeFileSync(`${at}.jsonl`, Array.from({ length: 200 }, (_, i) => JSON.stringify({ x: 1 + ((i * 37) % 200) / 199, label: i % 2 })).join('\n'))
  writeFileSync(`${at}.scrub`, `model "${by}.onnx"
data "${by}.jsonl"
metric loss = binary_cross_entropy(logit, label)
graph {
  component large = "large"
  component small = "small"
}
hypothesis "h" {
  node large = x > 1.5  at large
  node out   = exact    at "logit"  from large
}
`)
  return `${at}.scrub`
}

describe('the paren model', () => {
  const both = Promise.all([reportOf(paren, { hypotheses, samples: 2000 }), reportOf(paren, { hypotheses, samples: 2000, cache: 'float16' })])

  test('activations take half the memory', async () => {
    const [exact, half] = await both
    // Columns of the data stay as they are.
    expect(half.evaluated.cached / exact.evaluated.cached).toBeGreaterThanOrEqual(0.5)
    expect(half.evaluated.cached / exact.evaluated.cached).toBeLessThan(0.52)
  })

  test('the metric is nearly the same, sample by sample, and the report says how nearly', async () => {
    const [exact, half] = await both
    exact.hypotheses.forEach((one, i) => {
      const other = half.hypotheses[i]!
      expect(one.checks.cache).toBeUndefined()
      const range = Math.abs(one.shuffled.mean - one.model.mean)
      const [a, b] = [exact, half].map(({ evaluated }) => evaluated.samples.get(one.name)!.scrubbed) as [Float64Array, Float64Array]
      const differences = a.map((value, s) => Math.abs(value - b[s]!) / range)
      const { dtype, samples, largest, mean } = other.checks.cache!
      expect([dtype, samples]).toEqual(['float16', 64])
      // As told of the first samples; of all, not much more.
      expect(largest).toBeGreaterThan(0)
      expect(largest).toBeLessThan(0.01)
      expect(Math.abs(Math.max(...differences.subarray(0, 64)) - largest)).toBeLessThan(1e-4)
      expect(Math.abs(mean)).toBeLessThanOrEqual(largest)
      expect(Math.max(...differences)).toBeLessThan(0.05)
      expect(other.checks.identity.largest).toBeLessThan(0.05)
    })
  })

  test('with what each node costs', async () => {
    const [exact, half] = await Promise.all([undefined, 'float16' as const].map((cache) => reportOf(paren, { hypotheses: ['claim 1'], samples: 500, costs: true, ...(cache ? { cache } : {}) })))
    exact!.hypotheses[0]!.nodes.forEach(({ cost }, i) => expect(half!.hypotheses[0]!.nodes[i]!.cost!.value).toBeCloseTo(cost!.value!, 2))
  })
})

describe('numbers beyond float16', () => {
  test('within it, a tensor is kept so', async () => {
    const report = await reportOf(scaled(1000), { cache: 'float16', samples: 500 })
    expect(report.notes).toBeUndefined()
    expect(report.hypotheses[0]!.checks.cache!.largest).toBeGreaterThan(0)
  })

  test.each([undefined, false])('beyond it, it stays float32, and a note says so; whole pass: %s', async (wholePass) => {
    const given = { samples: 500, ...(wholePass === undefined ? {} : { wholePass }) }
    const report = await reportOf(scaled(1e6), { ...given, cache: 'float16' })
    expect(report.notes).toEqual(['One cached tensor holds numbers beyond 65504, the largest of float16, and is kept as float32.'])
    const exact = await reportOf(scaled(1e6), given)
    expect(report.hypotheses[0]!.scrubbed.mean / exact.hypotheses[0]!.scrubbed.mean).toBeCloseTo(1, 3)
  })
})

test.each([[{ exact: true }, '--exact has none'], [{ emit: 'x.onnx' }, '--emit writes activations as they are']])('refused with %j', async (given, why) => {
  await expect(reportOf(scaled(1000), { cache: 'float16', samples: 10, ...given })).rejects.toThrow(why)
})
