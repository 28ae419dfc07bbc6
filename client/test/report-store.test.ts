/** The store of runs: newest first, one for each hypothesis, no more than fits. */
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Report } from '../../server/src/protocol/report.ts'
import { ReportStore } from '../src/report-store.ts'

const report = (scrub: string): Report => ({ scrub, hypotheses: [] }) as unknown as Report

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'scrub-store-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

/** Sets the files' times a second apart, in the order in which they were kept. */
function apart(storage: string, names: readonly string[]): void {
  names.forEach((name, i) => utimesSync(join(storage, 'runs', name), 1000 + i, 1000 + i))
}

test('the last run of a hypothesis is kept, also for another store', async () => {
  const storage = folder()
  const store = new ReportStore(storage)
  expect(await store.get('file:///a', 'h')).toBeUndefined()
  await store.keep({ uri: 'file:///a', hypothesis: 'h', report: report('1') })
  await store.keep({ uri: 'file:///a', hypothesis: 'h', report: report('2') })
  await store.keep({ uri: 'file:///b', hypothesis: 'h', report: report('3') })
  expect((await new ReportStore(storage).get('file:///a', 'h'))?.report.scrub).toBe('2')
  expect(await store.all()).toHaveLength(2)
})

test('the oldest are given up where there is too much, never the newest', async () => {
  const storage = folder()
  const store = new ReportStore(storage, 1500)
  const names: string[] = []
  for (const hypothesis of ['a', 'b', 'c']) {
    await store.keep({ uri: 'file:///x', hypothesis, report: report('x'.repeat(600)) })
    names.push(...readdirSync(join(storage, 'runs')).filter((name) => !names.includes(name)))
    apart(storage, names.filter((name) => readdirSync(join(storage, 'runs')).includes(name)))
  }
  expect((await store.all()).map(({ hypothesis }) => hypothesis)).toEqual(['c', 'b'])
  await store.keep({ uri: 'file:///x', hypothesis: 'd', report: report('x'.repeat(5000)) })
  expect((await store.all()).map(({ hypothesis }) => hypothesis)).toEqual(['d'])
})

test('what is no run is passed over', async () => {
  const storage = folder()
  const store = new ReportStore(storage)
  await store.keep({ uri: 'file:///a', hypothesis: 'h', report: report('1') })
  for (const [name, text] of [['cut.json', '{"uri":'], ['other.json', '{}'], ['list.json', '[]'], ['null.json', 'null']] as const) writeFileSync(join(storage, 'runs', name), text)
  expect(await store.all()).toHaveLength(1)
})
