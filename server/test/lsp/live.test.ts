/** Live mode against the real server: what an edit changes is scrubbed after a pause, and only that. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { recovered } from '../../src/language/numbers.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { fixture, reportOf } from '../scrub/run-file.ts'
import { fixtures, folderWith, PAREN_ARRAYS, start, uriOf } from './client.ts'

const TEXT = readFileSync(fixture('toy/toy.scrub'), 'utf8')

async function opened(options: unknown) {
  const folder = folderWith('toy/toy.onnx', 'toy/toy.jsonl')
  const server = await start({ folders: [folder], options })
  const uri = uriOf(folder, 'a.scrub')
  await server.open(uri, TEXT)
  await server.diagnostics(uri, 1)
  /** Titles of the second lens of every hypothesis. */
  const results = async (): Promise<string[]> => (await server.request('textDocument/codeLens', { textDocument: { uri } })).slice(1).filter((_: unknown, i: number) => i % 2 === 1).map(({ command }: { command: { title: string } }) => command.title)
  return { server, uri, results }
}

/** What a run of so many samples says of a hypothesis of a text. */
async function told(text: string, name: string, samples: number): Promise<string> {
  const { hypotheses } = await reportOf(fixture('toy/toy.scrub'), { text, hypotheses: [name], samples, runtime: openRuntime({ device: 'cpu' }) })
  return `Live: ${recovered(hypotheses[0]!.recovered)} recovered · ${samples} samples`
}

const edit = (text: string, from: string, to: string): string => text.replace(`hypothesis "${from}" {\n  node A   = z1 > 3`, `hypothesis "${from}" {\n  node A   = ${to}`)

test('only what an edit changes is scrubbed; undo brings results back; a whole result comes first', async () => {
  const { server, uri, results } = await opened({ live: { enable: true, samples: 300 } })
  expect((await results()).filter((title) => title !== 'No results yet')).toEqual([])
  const text = edit(TEXT, 'A is all', 'z1 > 2')
  await server.change(uri, text, 2)
  const expected = await told(text, 'A is all', 300)
  await expect.poll(async () => (await results())[1], { timeout: 20_000 }).toBe(expected)
  expect((await results()).filter((title) => title.startsWith('Live'))).toHaveLength(2) // and the one that extends it
  await server.change(uri, TEXT, 3)
  await expect.poll(async () => (await results())[1], { timeout: 20_000 }).toBe(await told(TEXT, 'A is all', 300))
  await server.change(uri, text, 4)
  await server.diagnostics(uri, 4)
  expect((await results())[1]).toBe(expected)
  await server.request('workspace/executeCommand', { command: 'scrub.evaluate', arguments: [{ uri, hypothesis: 'A is all' }] })
  expect((await results())[1]).toMatch(/^Results: /)
  expect(server.log.filter((line) => line.startsWith('live'))).toEqual([])
})

test.each([
  ['is off unless asked for', undefined],
  ['does nothing in a workspace that is not trusted', { live: { enable: true }, trusted: false }],
])('%s', async (_, options) => {
  const { server, uri, results } = await opened(options)
  await server.change(uri, edit(TEXT, 'A is all', 'z1 > 2'), 2)
  await server.diagnostics(uri, 2)
  await new Promise((resolve) => setTimeout(resolve, 2500))
  expect(new Set(await results())).toEqual(new Set(['No results yet']))
})

test('the next key cancels: a scrub of millions of samples gives way to an edit and a hover', async () => {
  const folder = folderWith('paren/paren.onnx', 'paren/paren.npz', ...PAREN_ARRAYS)
  const server = await start({ folders: [folder], options: { live: { enable: true, samples: 3_000_000 } } })
  const uri = uriOf(folder, 'a.scrub')
  const paren = readFileSync(join(fixtures, 'paren/paren.scrub'), 'utf8')
  await server.open(uri, paren)
  await server.diagnostics(uri, 1)
  const variant = (k: number) => paren.replace('hypothesis "count only" {\n  node count[l in [1, 2]] = count_test ', `hypothesis "count only" {\n  node count[l in [1, 2]] = (count_test, opens[1] > ${k}) `)
  expect(variant(1)).not.toBe(paren)
  const children = () => readFileSync(`/proc/${server.process.pid}/task/${server.process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
  for (let k = 1; k <= 4; k++) {
    await server.change(uri, variant(k), k + 1)
    await server.diagnostics(uri, k + 1)
    await new Promise((resolve) => setTimeout(resolve, k === 3 ? 2000 : 100))
  }
  // The runner answers others at once after the change, so the run of three million samples has given way.
  const asked = Date.now()
  await server.change(uri, paren, 9)
  const hover = await server.request('textDocument/hover', { textDocument: { uri }, position: { line: paren.slice(0, paren.indexOf('node verdict')).split('\n').length - 1, character: 8 } })
  expect(hover.contents.value).toContain('equivalence classes')
  expect(Date.now() - asked).toBeLessThan(20_000)
  expect(children()).toHaveLength(1)
})
