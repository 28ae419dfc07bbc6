/** A hypothesis written as a model gives, on the data that were drawn, the metric that the run gave. */
import { expect, test } from 'vitest'
import type { Tensor } from '../../src/onnx/types.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { fixture, reportOf } from './run-file.ts'

const runtime = openRuntime({ device: 'cpu', threads: 1 })

test.each<[string, string, (draws: Readonly<Record<string, number>>, reference: number) => Record<string, number[]>]>([
  ['toy/toy.scrub', 'A is all', (d, reference) => ({ reference: [reference], 'datum of A': [d['out/A']!], 'random datum of out': [d['out/~']!], 'datum of out': [d['out']!] })],
  ['toy/toy.scrub', 'A inside, together', (d, reference) => ({ reference: [reference], 'datum of A': [d['out/either/A']!], 'random datum of either': [d['out/either/~']!], 'random datum of out': [d['out/~']!] })],
  // A head that is no tensor of the file.
  ['transformers/gpt2.scrub', 'one head', (d, reference) => ({ reference: [reference], 'datum of head': [d['out/head']!], 'random datum of out': [d['out/~']!], 'datum of out': [d['out']!] })],
])('%s %s', async (file, name, inputsOf) => {
  const report = await reportOf(fixture(file), { hypotheses: [name], samples: 300, emit: 'asked for', runtime })
  const { bytes, note } = report.evaluated.emitted!
  expect(note.hypothesis).toBe(name)
  const session = await runtime.load(bytes)
  for (const { draws, reference, scrubbed } of report.hypotheses[0]!.sampled) {
    const given = inputsOf(draws, reference)
    const feeds: Record<string, Tensor> = {}
    for (const { name: input } of note.inputs) feeds[input] = { dtype: 'int32', dims: [given[input]!.length], data: Int32Array.from(given[input]!) }
    const { metric } = await session.run(feeds)
    expect(metric!.dims).toEqual([1])
    expect(Number(metric!.data[0])).toBeCloseTo(scrubbed, 9)
  }
  await session.release()
})

test('a node with several branches takes its data branch by branch, and rows are counted in the graph', async () => {
  const report = await reportOf(fixture('zoo/shared.scrub'), { samples: 64, emit: 'asked for', runtime })
  const { bytes, note } = report.evaluated.emitted!
  const session = await runtime.load(bytes)
  const rows = report.data.rows
  const samples = 5
  // Every input the reference: all claims off.
  const feeds: Record<string, Tensor> = {}
  for (const { name, rows: shape } of note.inputs) {
    const branches = Number(/^(\d+) x/.exec(shape)?.[1] ?? 1)
    feeds[name] = { dtype: 'int32', dims: [branches * samples], data: Int32Array.from({ length: branches * samples }, (_, i) => (i % samples) % rows) }
  }
  const { metric } = await session.run(feeds)
  expect(metric!.dims).toEqual([samples])
  const model = new Map<number, number>()
  const { reference, model: own } = report.evaluated.samples.get(report.hypotheses[0]!.name)!
  reference.forEach((x, i) => model.set(x, own[i]!))
  for (let i = 0; i < samples; i++) if (model.has(i)) expect(Number(metric!.data[i])).toBeCloseTo(model.get(i)!, 6)
  await session.release()
})
