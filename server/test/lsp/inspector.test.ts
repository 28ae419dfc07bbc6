/** The editor asks about the data once for as long as what it asks about is the same, however often the text is bound. */
import { parse } from '@scrub/grammar'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bind } from '../../src/hypothesis/bind.ts'
import { Inspector } from '../../src/lsp/inspector.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import type { RunnerService } from '../../src/runner/service.ts'
import { InspectStore } from '../../src/scrub/inspect.ts'
import { isRefusal, openArray, openData, openModel } from '../../src/scrub/opening.ts'
import { fixture } from '../scrub/run-file.ts'

const store = new InspectStore(() => openRuntime({ device: 'cpu', threads: 1 }))

/** Views of versions of a file's text, each bound anew, and how often the runner was asked. */
async function views(file: string) {
  const text = readFileSync(fixture(file), 'utf8')
  const [, model, data] = /model\s+"(.*?)"[^]*data\s+"(.*?)"/.exec(text)!
  const at = (name: string): string => fixture(`${file.slice(0, file.lastIndexOf('/'))}/${name}`)
  const opened = await openData(at(data!), {})
  if (isRefusal(opened)) throw new Error(opened.message)
  const graph = await openModel(at(model!), new Map(opened.schema.columns.map((column) => [column.name, column.shape])), {})
  if (isRefusal(graph)) throw new Error(graph.message)
  const arrays = new Map(await Promise.all([...text.matchAll(/load\("(.*?)"\)/g)].map(async ([, name]) => [name!, await openArray(at(name!), {})] as const)))
  let asked = 0
  const runner = { inspect: (...[request, tell]: Parameters<RunnerService['inspect']>) => (asked++, store.answer(structuredClone(request), tell, async () => {})) } as RunnerService
  const inspector = new Inspector(runner, () => true, () => {})
  const view = async (change = (whole: string) => whole) => {
    const changed = change(text)
    const bound = bind(parse(changed).file, changed, { graph, dataset: opened.schema, load: (path) => arrays.get(path) as never, vocab: () => '' }, undefined)
    expect(bound.findings.filter(({ severity }) => severity === 'error')).toEqual([])
    const made = inspector.view(bound, undefined, new AbortController().signal, () => {})
    await made.settled(60_000)
    return made.findings().map(({ code }) => code)
  }
  return { view, asked: () => asked }
}

describe.each(['zoo/warnings.scrub', 'transformers/gpt2.scrub', 'paren/paren.scrub'])('%s', (file) => {
  test('is asked about once', async () => {
    const { view, asked } = await views(file)
    const first = await view()
    expect(asked()).toBe(1)
    expect(await view((text) => `# a comment\n${text}`)).toEqual(first)
    // Everything outside of hypotheses is bound anew, and rewrites make another graph.
    expect(await view((text) => text.replace(/^metric/m, 'let more = 1\nmetric'))).toEqual(first)
    expect(asked()).toBe(1)
  })
})

test('other rewrites are asked about', async () => {
  const { view, asked } = await views('paren/paren.scrub')
  await view()
  expect(await view((text) => text.replace(/phi \+ rest/, '2 * phi + rest'))).not.toContain('rewrite-not-equal')
  expect(await view((text) => text.replace(/phi \+ rest/, 'phi + 0.5 * model["a0.h0"][1]'))).toContain('rewrite-not-equal')
  expect(asked()).toBe(3)
})
