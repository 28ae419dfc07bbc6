/** Edit after edit in one store: each run gives what a run from nothing gives. */
import { cpSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { run } from '../../src/scrub/run.ts'
import { WorkspaceStore } from '../../src/scrub/store.ts'
import { fixture } from './run-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'scrub-kept-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
for (const name of ['toy.onnx', 'toy.jsonl']) cpSync(fixture(`toy/${name}`), join(folder, name))
const file = join(folder, 'toy.scrub')
const TOY = readFileSync(fixture('toy/toy.scrub'), 'utf8')
const [first] = /hypothesis "[^"]+"/.exec(TOY)!

/** What is told of a text, but for times and how long things took. */
async function told(text: string, store?: WorkspaceStore): Promise<unknown> {
  const result = await run({ file, text, device: 'cpu', costs: true, samples: 300 }, () => openRuntime({ device: 'cpu', threads: 1 }), '0', { breathe: async () => {}, progress: () => {}, findings: () => {} }, store)
  if (result.kind === 'findings') return result.findings
  if (result.kind === 'plan') throw new Error('only a plan was asked for')
  return JSON.parse(JSON.stringify(result.report, (key, value: unknown) => (/^(time|seconds|costSeconds|sharedSeconds)$/.test(key) ? 0 : value)))
}

const EDITS: readonly [string, (text: string) => string][] = [
  ['nothing', (text) => text],
  ['a line above everything', (text) => `# moved\n${text}`],
  ['a feature', (text) => text.replace(/(node \w+ *= )/, '$1not ')],
  ['a hypothesis with a mistake', (text) => text.replace(first, `hypothesis "broken" {\n  node h = nothing at nowhere\n}\n\n${first}`)],
  ['a word that is half typed', (text) => text.replace(first, `hypo\n${first}`)],
  ['the data', (text) => text.replace(/^(data +"[^"]+")/m, '$1 limit 30')],
  ['the metric', (text) => text.replace(/^(metric +\w+ *= )(.*)$/m, '$12 * ($2)')],
  ['an option', (text) => `option seed 7\n${text}`],
  ['a let that nobody uses', (text) => text.replace(first, `let unused = 1\n${first}`)],
  ['all at once', (text) => `option seed 7\n${text.replace(/^(data +"[^"]+")/m, '$1 limit 30').replace(/^(metric +\w+ *= )(.*)$/m, '$12 * ($2)')}`],
]

test('each edit after each', async () => {
  const store = new WorkspaceStore()
  for (const [what, edit] of [...EDITS, ...[...EDITS].reverse()]) {
    const text = edit(TOY)
    if (what !== 'nothing') expect(text, what).not.toBe(TOY)
    expect(await told(text, store), what).toEqual(await told(text))
  }
  await store.close()
})

test('a file that changes on the disk is opened again', async () => {
  const store = new WorkspaceStore()
  await told(TOY, store)
  const data = join(folder, 'toy.jsonl')
  const lines = readFileSync(data, 'utf8').trimEnd().split('\n')
  writeFileSync(data, `${lines.slice(0, 20).join('\n')}\n`)
  utimesSync(data, new Date(), new Date(Date.now() + 5000))
  const now = await told(TOY, store)
  expect(now).toMatchObject({ data: { rows: 20 } })
  expect(now).toEqual(await told(TOY))
  rmSync(data)
  expect(await told(TOY, store)).toEqual([expect.objectContaining({ code: 'data-unreadable' })])
  await store.close()
})
