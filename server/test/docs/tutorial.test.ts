/** The tutorial: its programs are the files of its folder, its hypotheses make up the file there, its figures are those of a run. */
import { expect, test } from 'vitest'
import { mean, recovered } from '../../src/language/numbers.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { fixture, reportOf } from '../scrub/run-file.ts'
import { read } from '../tidy/repository.ts'
import { examplesOf } from './examples.ts'

const PAGE = 'docs/tutorial.md'
const FILE = 'tutorial/tutorial.scrub'
const page = read(PAGE)

test('the hypotheses, one after the other, are the file', () => {
  const parts = examplesOf(PAGE).filter(({ language }) => language === 'scrub').map(({ text }) => text)
  expect(parts.join('\n')).toBe(read(`test-fixtures/${FILE}`).replace(/^#.*\n/, ''))
})

test('the programs are the files', () => {
  const shown = [...page.matchAll(/<!-- file: (.*) -->\n```python\n([^]*?)```/g)]
  expect(shown.length).toBeGreaterThan(0)
  for (const [, path, text] of shown) expect(text).toBe(read(path!))
  const [call] = /^export\(.*"model.onnx".*$/m.exec(read('test-fixtures/tutorial/make.py'))!
  expect(page).toContain(`\`\`\`python\n${call}\n\`\`\``)
})

test('the figures are those of a run', async () => {
  const { hypotheses } = await reportOf(fixture(FILE), { costs: true, runtime: openRuntime({ device: 'cpu' }) })
  const rows = (part: string) => [...part.matchAll(/^\| (?!hypothesis|node)([^|-].*) \|$/gm)].map(([, row]) => row!.split(' | '))
  const told = [...page.matchAll(/<!-- results: (.*) -->([^]*?)<!-- end -->/g)].flatMap(([, names, part]) => names!.split(', ').map((name) => [name, rows(part!)] as const))
  expect(told.map(([name]) => name).sort()).toEqual(hypotheses.map(({ name }) => name).sort())
  for (const [name, cells] of told) {
    const hypothesis = hypotheses.find((one) => one.name === name)!
    const [, percent, scrubbed, model, shuffled, constant] = cells.find(([first]) => first === name)!
    expect(percent, name).toBe(recovered(hypothesis.recovered, 2))
    // Losses of a millionth are the rounding of one machine's float32.
    if (hypothesis.scrubbed.mean > 1e-3) expect(scrubbed, name).toBe(mean(hypothesis.scrubbed))
    expect(Number(model) / hypothesis.model.mean).toBeCloseTo(1, 1)
    expect(Number(shuffled)).toBeCloseTo(hypothesis.shuffled.mean, 2)
    expect(Number(constant)).toBeCloseTo(hypothesis.constant.mean, 3)
    for (const [node, place, cost] of cells.filter((row) => row.length === 3)) {
      expect(hypothesis.nodes.map((one) => [one.name, one.place, one.cost && recovered(one.cost, 2)])).toContainEqual([node, place, cost])
    }
  }
}, 60_000)
