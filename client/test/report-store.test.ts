/** The store of runs: newest first, one for each key, no more than fits. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Report } from '../../server/src/protocol/report.ts'
import { ReportStore, type StoredRun } from '../src/report-store.ts'

let time = 1000
const run = (uri: string, hypothesis: string, key: string, scrub = 'x'): StoredRun => ({
  uri, hypothesis, key, time: time++, partial: false, seed: 0, samples: 10, recovered: { value: 0.5, low: 0.4, high: 0.6 },
  report: { scrub, hypotheses: [] } as unknown as Report,
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'scrub-store-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

test('runs are found by key and as history, also by another store; the same key replaces', async () => {
  const storage = folder()
  const store = new ReportStore(storage)
  expect(await store.get('file:///a', 'h')).toBeUndefined()
  for (const [uri, hypothesis, key, scrub] of [['file:///a', 'h', 'k1', '1'], ['file:///a', 'h', 'k2', '2'], ['file:///a', 'h', 'k1', '3'], ['file:///a', 'i', 'k1', '4'], ['file:///b', 'h', 'k1', '5']] as const) await store.keep(run(uri, hypothesis, key, scrub))
  const other = new ReportStore(storage)
  expect((await other.get('file:///a', 'h'))?.report.scrub).toBe('3')
  expect((await other.get('file:///a', 'h', 'k2'))?.report.scrub).toBe('2')
  expect(await other.get('file:///a', 'h', 'k3')).toBeUndefined()
  const [newest] = await other.history('file:///a', 'h')
  expect(JSON.parse(readFileSync(other.fileOf(newest!), 'utf8')).report.scrub).toBe('3')
  expect((await other.history('file:///a', 'h')).map(({ key }) => key)).toEqual(['k1', 'k2'])
  expect((await other.heads('file:///a')).map(({ hypothesis, key }) => `${hypothesis} ${key}`)).toEqual(['i k1', 'h k1', 'h k2'])
  expect(await other.heads()).toHaveLength(4)
  expect(readdirSync(join(storage, 'runs'))).toHaveLength(8)
})

test('the oldest are given up where there is too much, never the newest', async () => {
  const storage = folder()
  const store = new ReportStore(storage, 1500)
  const reports = () => readdirSync(join(storage, 'runs')).filter((name) => !name.endsWith('.head.json'))
  const seen: string[] = []
  for (const hypothesis of ['a', 'b', 'c']) {
    await store.keep(run('file:///x', hypothesis, 'k', 'x'.repeat(600)))
    seen.push(...reports().filter((name) => !seen.includes(name)))
    // A second apart, in the order in which they were kept.
    seen.forEach((name, i) => reports().includes(name) && utimesSync(join(storage, 'runs', name), 1000 + i, 1000 + i))
  }
  expect((await store.heads()).map(({ hypothesis }) => hypothesis)).toEqual(['c', 'b'])
  await store.keep(run('file:///x', 'd', 'k', 'x'.repeat(5000)))
  expect((await store.heads()).map(({ hypothesis }) => hypothesis)).toEqual(['d'])
})

test('what is no run is passed over: the one before it is the last', async () => {
  const storage = folder()
  const store = new ReportStore(storage)
  await store.keep(run('file:///a', 'h', 'k1', '1'))
  const [kept] = readdirSync(join(storage, 'runs')).filter((name) => !name.endsWith('.head.json'))
  await store.keep(run('file:///a', 'h', 'k2', '2'))
  const newer = readdirSync(join(storage, 'runs')).find((name) => !name.endsWith('.head.json') && name !== kept)!
  for (const [name, text] of [[newer, '{"report":'], ['cut.head.json', '{"uri":'], ['other.head.json', '{}'], ['list.head.json', '[]'], ['null.head.json', 'null']] as const) writeFileSync(join(storage, 'runs', name), text)
  expect((await store.get('file:///a', 'h'))?.report.scrub).toBe('1')
  expect(await store.heads()).toHaveLength(2)
})
