/** What the data say of hypotheses: facts by closed forms, and the warnings that follow. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Fact } from '../../src/protocol/inspect.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { analyse } from '../../src/scrub/analyse.ts'
import { InspectStore } from '../../src/scrub/inspect.ts'
import { featureKey, inspectionOf } from '../../src/scrub/inspection.ts'
import { dataWarnings, structuralWarnings, type Known } from '../../src/scrub/warnings.ts'

const fixtures = fileURLToPath(new URL('../../../test-fixtures/', import.meta.url))
const store = new InspectStore(() => openRuntime({ device: 'cpu' }))

/** Bind a text as the file of a fixture folder, and ask all that there is to ask. */
async function inspected(file: string, text = readFileSync(`${fixtures}${file}`, 'utf8')) {
  const { bound, findings } = await analyse(`${fixtures}${file}`, text)
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  const facts = new Map<string, Fact>()
  const request = inspectionOf(bound!, bound!.hypotheses, undefined, () => false)!
  await store.answer(structuredClone(request), (fact) => facts.set(`${fact.kind} ${fact.key}`, fact), async () => {})
  const known: Known = (kind, key) => facts.get(`${kind} ${key}`) as never
  const warnings = (name: string) => {
    const hypothesis = bound!.hypotheses.find((one) => one.name === name)!
    return [...structuralWarnings(bound!, hypothesis), ...dataWarnings(bound!, hypothesis, known)]
  }
  return { bound: bound!, known, warnings, text, facts: (hypothesis: string, node: string) => known('feature', featureKey(bound!.hypotheses.find((h) => h.name === hypothesis)!.nodes.find((n) => n.name === node)!.feature))!.facts }
}

const expected = JSON.parse(readFileSync(`${fixtures}zoo/expected.json`, 'utf8')) as Record<string, Record<string, { warnings?: unknown[] }>>

test('the warnings of the zoo, as its author expects them', async () => {
  const { bound, warnings } = await inspected('zoo/warnings.scrub')
  const found = Object.fromEntries(bound.hypotheses.map(({ name }) => [name, [...new Set(warnings(name).map(({ code }) => code))].sort()]))
  console.log(JSON.stringify(expected['warnings.scrub'], null, 1), found, bound.hypotheses.flatMap(({ name }) => warnings(name).map((w) => w.message)))
})
