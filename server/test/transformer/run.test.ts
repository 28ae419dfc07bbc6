/** Hypotheses about parts that are found run for real: against an enumeration in PyTorch, and with all components claimed exactly. */
import { describe, expect, it, test } from 'vitest'
import { openDataset } from '../../src/data/read.ts'
import { Derivation } from '../../src/model/derive.ts'
import { Dag } from '../../src/onnx/dag.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import type { Fact } from '../../src/protocol/inspect.ts'
import { analyse } from '../../src/scrub/analyse.ts'
import { deepCheck } from '../../src/scrub/deep-check.ts'
import { InspectStore } from '../../src/scrub/inspect.ts'
import { inspectionOf } from '../../src/scrub/inspection.ts'
import type { Runtime } from '../../src/scrub/runtime.ts'
import { partsFindings, type Known } from '../../src/scrub/warnings.ts'
import { tableOf } from '../../src/scrub/table.ts'
import { checkTransformer } from '../../src/scrub/transformer-check.ts'
import { bound } from '../hypothesis/check.ts'
import { reportOf, runFile } from '../scrub/run-file.ts'
import { dataOf, firstRows, fixture, fixtureModel, MODELS, relative, text, understood, valuesOf } from './fixtures.ts'

const file = (name: string): string => fixture(`transformers/${name}.scrub`)

test('heads that are no tensors of the file: the expectations that PyTorch enumerates', async () => {
  const oracle = JSON.parse(text(fixture('transformers/gpt2.oracle.json'))) as Record<string, number>
  const { hypotheses } = await reportOf(file('gpt2'), { exact: true })
  expect(hypotheses.map(({ name }) => name).sort()).toEqual(Object.keys(oracle).sort())
  for (const { name, exact, scrubbed } of hypotheses) {
    expect(exact, name).toBe(true)
    expect(scrubbed.mean / oracle[name]!, name).toBeCloseTo(1, 5)
  }
})

describe.each(MODELS.filter((name) => name !== 'gpt2'))('%s', (name) => {
  it('all components claimed exactly are the model, and two heads can be scrubbed', async () => {
    const { hypotheses } = await reportOf(file(name), { exact: true, hypotheses: ['everything exact'] })
    const [everything] = hypotheses
    expect(everything!.scrubbed.mean / everything!.model.mean).toBeCloseTo(1, 4)
    expect(everything!.checks.parts!.largest).toBeLessThan(1e-5)
    const { hypotheses: [two] } = await reportOf(file(name), { samples: 200, hypotheses: ['two heads'] })
    // Two heads stand for something: the rest of the model is drawn.
    expect(Math.abs(two!.scrubbed.mean - two!.model.mean)).toBeGreaterThan(1e-4)
    expect(two!.checks.identity.largest).toBeLessThan(1e-3)
  })
})

describe.each(MODELS)('%s', (name) => {
  it('every part lies on the path: without it the outputs are others', async () => {
    const graph = await fixtureModel(name)
    const { graph: derived, components, points } = understood(graph)
    const feeds = await firstRows(graph, dataOf(name))
    const [output] = derived.outputs as [string]
    const whole = (await valuesOf(derived, feeds, [output]))[output]!
    const idle: string[] = []
    // The first and the last head, of the last layer.
    for (const [part, tensor] of [...components, ...points].filter(([part]) => !/^[am]0|h[12]$/.test(part))) {
      const d = new Derivation(derived)
      // A norm does not see a factor, but a sign.
      d.rereadAll(tensor, d.add('opposite', d.type(tensor)!.dtype === 'bool' ? 'Not' : 'Neg', [tensor]))
      const changed = (await valuesOf(d.finish(), feeds, [output]))[output]!
      // Where all is masked the output is no number: another one, too.
      if (relative(whole.data as Float32Array, changed.data) <= 1e-5) idle.push(part)
    }
    expect(idle).toEqual([])
  })
})

test('parts that are not the model are an error, not a result', async () => {
  const graph = await fixtureModel('packed')
  const view = understood(graph)
  // Found wrongly: a head counts twice.
  const d = new Derivation(view.graph)
  const head = view.components.get('a1.h0')!
  d.rereadAll(head, d.add('twice', 'Add', [head, d.add('itself', 'Mul', [head, d.constant('one', { dtype: 'float32', dims: [], data: Float32Array.of(1) })])]))
  Object.assign(view, { graph: d.finish() })
  const dataset = await openDataset(dataOf('packed'))
  const columns = await dataset.load(['tokens'])
  const { inputs } = bound('', { graph, dataset: dataset.schema, load: () => '', vocab: () => '' })
  const result = await checkTransformer({ view, dag: new Dag(), inputs, columns: columns.columns, table: tableOf(columns), runtime: openRuntime({ device: 'cpu', threads: 1 }), breathe: async () => {} })
  expect(result).toMatchObject({ data: 16, fine: false })
  expect(result.place).toMatch(/final\.in|logits|m1\.in/)
  expect(result.largest).toBeGreaterThan(1e-3)
})

/** A runtime in whose first answer the second datum is wrong by half. */
function corrupted(runtime: Runtime): Runtime {
  let loaded = 0
  return {
    ...runtime,
    device: runtime.device,
    version: runtime.version,
    load: async (bytes, folder) => {
      const session = await runtime.load(bytes, folder)
      if (loaded++ > 0) return session
      return {
        release: () => session.release(),
        run: async (feeds) => {
          const outputs = await session.run(feeds)
          const last = Object.keys(outputs).at(-2)!
          ;(outputs[last]!.data as Float32Array)[1] = 0.5
          return outputs
        },
      }
    },
  }
}

test('a run whose check fails has no result but an error that names the place and the row', async () => {
  const result = await runFile(file('gpt2'), { runtime: corrupted(openRuntime({ device: 'cpu', threads: 1 })), samples: 10 })
  expect(result.kind === 'findings' ? result.findings.map(({ code, message, range }) => [code, message, range.start.line]) : result.kind).toEqual([[
    'transformer-not-equal',
    'What `use transformer` finds in gpt2.onnx is not the model: at `final.in` the parts differ from it by 5.0e-1 of its largest value (row 1 of the data). Declare the heads and MLPs with `component NAME = "tensor"`, and please report this with the model.',
    6,
  ]])
})

test('a deep check tells the same, and does not say that it holds', async () => {
  const request = { file: file('gpt2'), text: text(file('gpt2')) }
  const { findings, checked } = await deepCheck(request, () => corrupted(openRuntime({ device: 'cpu', threads: 1 })), { breathe: async () => {}, progress: () => {}, blamed: () => undefined })
  expect(findings.map(({ code, message }) => [code, /\(row \d+ of the data\)/.exec(message)?.[0]])).toEqual([['transformer-not-equal', '(row 1 of the data)']])
  expect(checked.map(({ what }) => what)).toEqual(['hypotheses', 'metric'])
})

test('the editor asks once for a model and its data, and tells what it hears', async () => {
  const { bound: found } = await analyse(file('gpt2'), text(file('gpt2')))
  const request = inspectionOf(found!, [], undefined, () => false)!
  const facts: Fact[] = []
  await new InspectStore(() => openRuntime({ device: 'cpu', threads: 1 })).answer(request, (fact) => facts.push(fact), async () => {})
  expect(facts).toEqual([{ kind: 'transformer', key: 'parts' }])
  expect(inspectionOf(found!, [], undefined, (kind) => kind === 'transformer')).toBeUndefined()
  const known = (wrong?: { place: string; largest: number; row: number }): Known => (() => ({ kind: 'transformer', key: 'parts', ...(wrong ? { wrong } : {}) })) as never
  expect(partsFindings(found!, known())).toEqual([])
  expect(partsFindings(found!, known({ place: '`a1.in`', largest: 0.01, row: 3 }))).toMatchObject([{ code: 'transformer-not-equal', severity: 'error', message: expect.stringContaining('at `a1.in` the parts differ from it by 1.0e-2') as string }])
})
