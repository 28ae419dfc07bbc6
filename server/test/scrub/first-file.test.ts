/** A first file: for every model of the fixtures it checks and evaluates; where there can be none, a sentence says why. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { firstFile } from '../../src/scrub/first-file.ts'
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
  ['paren/paren.onnx', 'paren/paren.npz', 'metric loss = binary_cross_entropy(logits[1] - logits[0], is_balanced)', 'node hidden = is_balanced at'],
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
