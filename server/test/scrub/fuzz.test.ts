/** Random small problems (test-fixtures/zoo/fuzz.py), exact and sampled, against an independent implementation of the definitions. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { analyse } from '../../src/scrub/analyse.ts'
import { fixture, reportOf } from './run-file.ts'

interface Values {
  model: number
  shuffled: number
  scrubbed: number
  /** `scrubbed` with the claim of each node off. */
  off: Record<string, number>
}

interface Case {
  /** ONNX in base64. */
  model: string
  /** Lines of JSON. */
  data: string
  text: string
  expected: Record<string, Values | { findings: string[] }>
}

const cases = JSON.parse(readFileSync(fixture('zoo/fuzz.json'), 'utf8')) as Record<string, Case>
const folder = mkdtempSync(join(tmpdir(), 'scrub-fuzz-'))
const runtime = openRuntime({ device: 'cpu', threads: 1 })
afterAll(() => rmSync(folder, { recursive: true }))

describe('random problems', () => {
  test.each(Object.entries(cases))('%s', async (_, { model, data, text, expected }) => {
    const file = join(folder, 'case.scrub')
    writeFileSync(join(folder, 'case.onnx'), Buffer.from(model, 'base64'))
    writeFileSync(join(folder, 'case.jsonl'), data)
    writeFileSync(file, text)
    const { bound } = await analyse(file, text)
    const hypotheses: string[] = []
    for (const [name, told] of Object.entries(expected)) {
      const { ok, span } = bound!.hypotheses.find((h) => h.name === name)!
      expect(ok, name).toBe(!('findings' in told))
      if (!('findings' in told)) hypotheses.push(name)
      // Of a hypothesis that extends another, findings may stand in the other.
      else if (!text.slice(span.start, span.end).includes('extends')) {
        const codes = bound!.findings.filter((f) => span.start <= f.span.start && f.span.end <= span.end).map((f) => f.code)
        expect(codes, name).toEqual(expect.arrayContaining(told.findings))
      }
    }
    const exact = await reportOf(file, { exact: true, costs: true, hypotheses, runtime })
    const sampled = await reportOf(file, { samples: 2000, costs: true, hypotheses, runtime })
    exact.hypotheses.forEach((h, i) => {
      const told = expected[h.name] as Values
      const range = told.shuffled - told.model
      const scale = Math.max(Math.abs(range), Math.abs(told.model), Math.abs(told.shuffled))
      const near = (actual: number, wanted: number): void => expect(Math.abs(actual - wanted), `${h.name}: ${actual} for ${wanted}`).toBeLessThanOrEqual(1e-6 * scale + 3e-6)
      near(h.model.mean, told.model)
      near(h.shuffled.mean, told.shuffled)
      near(h.scrubbed.mean, told.scrubbed)
      const s = sampled.hypotheses[i]!
      expect(Math.abs(s.scrubbed.mean - told.scrubbed), `${h.name}: ${s.scrubbed.mean} ± ${s.scrubbed.se} for ${told.scrubbed}`).toBeLessThanOrEqual(5 * s.scrubbed.se + 1e-5 * scale)
      if (Math.abs(range) <= 1e-4 * scale) return
      expect(h.nodes.map((n) => n.name).sort()).toEqual(Object.keys(told.off).sort())
      h.nodes.forEach((node, k) => {
        const wanted = told.scrubbed - told.off[node.name]!
        near(node.cost!.value! * range, wanted)
        const { value, low, high } = s.nodes[k]!.cost!
        expect(Math.abs(value! * range - wanted), `cost of ${node.name}`).toBeLessThanOrEqual(Math.abs(range) * 1.3 * (high! - low!) + 1e-5 * scale)
      })
    })
  })
})
