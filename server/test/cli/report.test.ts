/** `scrub report` and `run --html`: a report as one page, and what is no report. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { report } from '../../../media/test/report.ts'
import { REPORT_SCHEMA } from '../../src/protocol/report.ts'
import { folder } from './folder.ts'
import { invoke } from './outputs.ts'

/** The report that a page carries. */
const carried = (page: string): unknown => JSON.parse(/<script type="application\/json" id="report">([^]*?)<\/script>/.exec(page)![1]!)

test('the page lies beside the report and carries it', async () => {
  const path = folder({ 'r.json': JSON.stringify(report()) })
  expect(await invoke(['report', 'r.json'], path)).toEqual({ exitCode: 0, stdout: '', stderr: 'Wrote r.html\n' })
  const page = readFileSync(join(path, 'r.html'), 'utf8')
  expect(carried(page)).toEqual(report())
  expect(page).toContain('90.0 % ± 0.3')
  expect(page).toMatch(/default-src &#39;none&#39;/)
  expect(page.replaceAll('http://www.w3.org/', '')).not.toMatch(/(src|href)="?https?:/)
})

test('-o names the page, - prints it', async () => {
  const path = folder({ 'r.json': JSON.stringify(report()) })
  expect((await invoke(['report', 'r.json', '-o', 'other.html'], path)).stderr).toBe('Wrote other.html\n')
  const { exitCode, stdout } = await invoke(['report', 'r.json', '-o', '-'], path)
  expect(exitCode).toBe(0)
  expect(stdout).toBe(readFileSync(join(path, 'other.html'), 'utf8'))
})

test('run --html writes the page of its report', async () => {
  const path = folder({ 'a.scrub': 'model "sum.onnx"\ndata "sum.jsonl"\nmetric err = (y - t) ** 2\nhypothesis "h" {\n  node out = exact at y\n}\n' })
  const { exitCode, stderr } = await invoke(['run', 'a.scrub', '--json', 'r.json', '--html', 'r.html'], path)
  expect([exitCode, stderr]).toEqual([0, 'Wrote r.json\nWrote r.html\n'])
  expect(carried(readFileSync(join(path, 'r.html'), 'utf8'))).toEqual(JSON.parse(readFileSync(join(path, 'r.json'), 'utf8')))
})

const { scrub: _, ...without } = report()
test.each<[string, string, string]>([
  ['no JSON', '{', 'it is not JSON'],
  ['another JSON', '[1]', 'it has no `schema` number'],
  ['null', 'null', 'it has no `schema` number'],
  ['a newer one', JSON.stringify({ ...report(), schema: REPORT_SCHEMA + 1 }), `newer than this Scrub reads (${REPORT_SCHEMA}); update Scrub.`],
  ['an older one', JSON.stringify({ ...report(), schema: 1 }), `older than this Scrub reads (${REPORT_SCHEMA}); evaluate again`],
  ['a field that is missing', JSON.stringify(without), "must have required property 'scrub'"],
  ['a field of another type', JSON.stringify(report({ seed: 'x' as never })), '`seed` must be integer'],
])('%s is refused', async (_, text, why) => {
  const path = folder({ 'r.json': text })
  const { exitCode, stdout, stderr } = await invoke(['report', 'r.json'], path)
  expect([exitCode, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(/^scrub: r\.json .*\.\n$/)
  expect(stderr).toContain(why)
})

test('the page does not overwrite the report', async () => {
  const path = folder({ 'r.json': JSON.stringify(report()) })
  expect(await invoke(['report', 'r.json', '-o', 'r.json'], path)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('choose another name') })
})
