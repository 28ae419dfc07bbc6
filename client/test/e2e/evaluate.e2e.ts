/** The extension as it is shipped, in a real workbench: from a mistake to a result. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Report } from '../../../server/src/protocol/report.ts'
import { recovered } from '../../../server/src/language/numbers.ts'
import { startWorkbench, type Workbench } from './workbench.ts'

let bench: Workbench

beforeAll(async () => {
  bench = await startWorkbench({ 'toy.onnx': 'test-fixtures/toy/toy.onnx', 'toy.jsonl': 'test-fixtures/toy/toy.jsonl', 'toy.scrub': 'test-fixtures/toy/toy.scrub' })
  await bench.open('toy.scrub')
}, 300_000)
afterAll(() => bench?.close())

const editor = () => bench.page.locator('.editor-instance .monaco-editor').first()
const lens = (title: string | RegExp) => bench.page.locator('.codelens-decoration a', { hasText: title }).first()

test('the model is read, lenses offer to evaluate', async () => {
  await lens('Validated against toy.onnx').waitFor({ timeout: 60_000 })
  await lens('▷ Evaluate').waitFor()
  await bench.shot('1-lenses')
}, 90_000)

test('a click evaluates; the panel has the numbers of a run of the command line', async () => {
  await lens('▷ Evaluate').click()
  const panel = await bench.panel()
  const json = execFileSync(process.execPath, [fileURLToPath(new URL('../../../server/dist/scrub.mjs', import.meta.url)), 'run', 'toy.scrub', '-H', 'or of two', '--json', '-'], { cwd: bench.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const [told] = (JSON.parse(json) as Report).hypotheses
  await panel.getByText(recovered(told!.recovered), { exact: false }).first().waitFor({ timeout: 60_000 })
  for (const name of ['A', 'B', 'out']) await panel.locator(`[data-node="${name}"]`).first().waitFor()
  await lens(`Results: ${recovered(told!.recovered)} recovered`).waitFor()
  await bench.shot('2-results')
}, 120_000)

test('a click on a node selects it in the text', async () => {
  const panel = await bench.panel()
  await panel.locator('svg [data-node="B"]').first().click()
  const line = readFileSync(join(bench.folder, 'toy.scrub'), 'utf8').split('\n').findIndex((text) => text.includes('node B')) + 1
  await bench.page.locator('.line-numbers.active-line-number', { hasText: String(line) }).first().waitFor({ timeout: 20_000 })
  await bench.shot('3-selected')
}, 60_000)

test('a mistake has a squiggle; the results are stale, and live again when it is undone', async () => {
  const row = editor().locator('.view-line', { hasText: 'node B' }).first()
  await row.click()
  await bench.page.keyboard.press('End')
  await bench.page.keyboard.press('Home')
  await bench.page.keyboard.type('nodde ')
  await bench.page.locator('.squiggly-error').first().waitFor({ timeout: 30_000 })
  await lens(/Fix 1 error|Fix \d errors/).waitFor()
  await bench.shot('4-mistake')
  for (let i = 0; i < 6; i++) await bench.page.keyboard.press('Backspace')
  await expect.poll(() => bench.page.locator('.squiggly-error').count(), { timeout: 30_000 }).toBe(0)
  await lens('Results:').waitFor()
}, 90_000)

test('a hover shows the equivalence classes', async () => {
  await editor().locator('.view-line', { hasText: 'node A' }).first().locator('span', { hasText: /^A$/ }).first().hover()
  await bench.page.locator('.monaco-hover:not(.hidden) .hover-contents', { hasText: 'equivalence classes' }).first().waitFor({ timeout: 20_000 })
  await bench.shot('5-hover')
}, 60_000)

test('after a reload of the window the panel is there again, with its report', async () => {
  await bench.reload()
  const panel = await bench.panel()
  await panel.locator('[data-node="out"]').first().waitFor({ timeout: 60_000 })
  await panel.getByText('From an earlier run; the text').first().waitFor()
  await bench.shot('6-reloaded')
}, 120_000)
