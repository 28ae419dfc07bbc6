/** A first file: for every model of the fixtures it checks and evaluates; where there can be none, a sentence says why. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { analyse } from '../../src/scrub/analyse.ts'
import { firstFile } from '../../src/scrub/first-file.ts'
import { MODELS } from '../transformer/fixtures.ts'
import { fixture, reportOf } from './run-file.ts'

function folder(...files: string[]): string {
  const made = mkdtempSync(join(tmpdir(), 'scrub-first-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  for (const file of files) cpSync(fixture(file), join(made, basename(file)))
  return made
}

const made = async (at: string, model: string, data: string): Promise<string> => {
  const found = await firstFile(join(at, model), join(at, data), join(at, 'first.scrub'), { root: at })
  return found.kind === 'first' ? found.text : found.message
}

test.each([
  ['toy/toy.onnx', 'toy/toy.jsonl', 'metric loss = binary_cross_entropy(logit, label)', 'node hidden = label at'],
  ['tutorial/model.onnx', 'tutorial/data.npz', 'metric loss = binary_cross_entropy(logit, label)', 'node hidden = label at'],
])('%s: what is written evaluates, and chance recovers nothing', async (model, data, metric, told) => {
  const at = folder(model, data)
  const text = await made(at, basename(model), basename(data))
  expect(text).toContain(metric)
  expect(text).toContain(told)
  writeFileSync(join(at, 'first.scrub'), text)
  const { hypotheses } = await reportOf(join(at, 'first.scrub'), { text, samples: 300, runtime: openRuntime({ device: 'cpu' }) })
  expect(hypotheses.map(({ name }) => name)).toEqual(['one place', 'only the label', 'nothing'])
  const [, , nothing] = hypotheses
  expect(Math.abs(nothing!.recovered.value!)).toBeLessThan(0.5)
})

test.each(['paren/paren', ...MODELS.map((name) => `transformers/${name}`)])('%s: heads of a transformer, by their names', async (model) => {
  const data = model === 'paren/paren' ? 'paren/paren.npz' : model === 'transformers/vit' ? 'transformers/pixels.npz' : 'transformers/tokens.npz'
  const at = folder(`${model}.onnx`, data)
  const text = await made(at, `${basename(model)}.onnx`, basename(data))
  // No tensor is named: exporters give them other names each time.
  expect(text).not.toMatch(/at +"/)
  const { findings, bound } = await analyse(join(at, 'first.scrub'), text)
  expect(findings).toEqual([])
  const every = [...bound!.transformer!.view.components.keys()].filter((name) => /^a\d+\.h\d+$/.test(name))
  expect(bound!.hypotheses[0]!.nodes.map(({ place }) => place.text)).toEqual([...every, bound!.metric!.outputs[0]])
  const { hypotheses } = await reportOf(join(at, 'first.scrub'), { text, samples: 64, runtime: openRuntime({ device: 'cpu' }) })
  // A label of one number for each datum; otherwise tokens are told, of which each datum has others.
  const label = bound!.schema.columns.some(({ name, shape }) => shape.length === 0 && bound!.metric!.columns.includes(name))
  expect(hypotheses.map(({ name }) => name)).toEqual(['every head', ...(label ? ['only the label'] : []), 'nothing'])
})

test('what the heads are told to be about is the label', async () => {
  const at = folder('paren/paren.onnx', 'paren/paren.npz')
  const text = await made(at, 'paren.onnx', 'paren.npz')
  expect(text).toContain('metric loss = binary_cross_entropy(logits[1] - logits[0], is_balanced)')
  expect(text).toContain('hypothesis "only the label" extends "every head" {\n  refine head[l in range(3), h in range(2)] = is_balanced\n}')
})

test('inputs that go by other names are given by what fits; without a label the model is compared with itself', async () => {
  const at = folder('toy/toy.onnx')
  writeFileSync(join(at, 'd.csv'), `first,second,the third\n${Array.from({ length: 40 }, (_, i) => `${i % 7},${(3 * i) % 5},${(5 * i) % 3}`).join('\n')}\n`)
  const text = await made(at, 'toy.onnx', 'd.csv')
  expect(text).toContain('as { z1 = first, z2 = second, z3 = data["the third"] }')
  expect(text).toContain('metric moved = mse(logit, model.logit)')
  const { hypotheses } = await reportOf(join(at, 'first.scrub'), { text, samples: 200, runtime: openRuntime({ device: 'cpu' }) })
  expect(hypotheses.map(({ name }) => name)).toEqual(['one place', 'nothing'])
})

test.each([
  ['data that do not fit', ['toy/toy.onnx', 'paren/paren.npz'], 'toy.onnx', 'paren.npz', /No column of paren\.npz fits the input `z\d` of toy\.onnx, which is \w+\[\] for each datum; there are `tokens` \(int64\[42\]\)/],
  ['no model', ['toy/toy.jsonl'], 'toy.jsonl', 'toy.jsonl', /\.$/],
  ['no data', ['toy/toy.onnx'], 'toy.onnx', 'none.npz', /none\.npz/],
])('%s: one sentence', async (_, files, model, data, expected) => {
  const text = await made(folder(...files), model, data)
  expect(text).toMatch(expected)
  expect(text.split('\n')).toHaveLength(1)
})
