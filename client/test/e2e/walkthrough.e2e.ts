/** The first minutes: the walkthrough, step by step. With SCRUB_PICTURES=1 it makes the pictures that the walkthrough shows. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Locator } from 'playwright-core'
import { lens, line, pictureFailures, until } from './parts.ts'
import { startWorkbench, type Workbench } from './workbench.ts'

let bench: Workbench
const pictures = process.env['SCRUB_PICTURES'] ? fileURLToPath(new URL('../../walkthrough/', import.meta.url)) : undefined

/** The part of the window that a step is about, from `top` on. */
async function picture(name: string, of: Locator, { height = 520, top = of }: { height?: number; top?: Locator } = {}): Promise<void> {
  // Away from whatever has a tooltip.
  await bench.page.mouse.move(700, 895)
  await bench.shot(`walkthrough-${name}`)
  const [box, from] = [await of.boundingBox(), await top.boundingBox()]
  if (pictures && box && from) await bench.page.screenshot({ path: join(pictures, `${name}.png`), clip: { x: box.x, y: from.y, width: Math.min(box.width, 760), height: Math.min(box.y + box.height - from.y, height) } })
}

const group = (n: number): Locator => bench.page.locator('.editor-group-container').nth(n)

beforeAll(async () => {
  bench = await startWorkbench({ 'notes.md': { text: '# Notes\n' } }, { 'workbench.colorTheme': 'Dark Modern', 'breadcrumbs.enabled': false })
  await bench.open('notes.md')
}, 900_000)
afterAll(() => bench?.close())
pictureFailures(() => bench)

test('the walkthrough opens, and its first step opens the sample', async () => {
  await until(bench.page.getByRole('button', { name: 'Open Sample' }).first(), async () => {
    await bench.command('Welcome: Open Walkthrough...')
    await bench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Get Started with Scrub' }).first().click()
  })
  await bench.shot('walkthrough')
  await bench.page.getByRole('button', { name: 'Open Sample' }).first().click()
  await lens(bench, 'Validated against paren.onnx').waitFor()
  await picture('sample', group(0))
}, 600_000)

test('the mistake has a quick fix', async () => {
  await bench.page.locator('.squiggly-error').first().waitFor()
  const fix = bench.page.locator('.action-widget .monaco-list-row', { hasText: 'Change to `horizon_test`' }).first()
  await until(fix, async () => {
    await line(bench, 'horizon_tests').locator('span', { hasText: 'horizon_tests' }).last().click()
    await bench.page.keyboard.press('Control+.')
  })
  await picture('mistake', group(0), { top: line(bench, 'graph {'), height: 400 })
  await fix.click()
  await expect.poll(() => bench.page.locator('.squiggly-error').count(), { timeout: 120_000 }).toBe(0)
}, 600_000)

test('all hypotheses are evaluated: one keeps little, the others nearly all', async () => {
  await bench.command('Scrub: Evaluate All Hypotheses of the File')
  await expect.poll(() => bench.page.locator('.codelens-decoration a', { hasText: 'Results:' }).count(), { timeout: 600_000 }).toBe(3)
  const panel = await bench.panel()
  await panel.locator('#hypotheses [data-hypothesis="claim 1"]').first().waitFor()
  await picture('evaluate', group(0), { top: line(bench, 'graph {'), height: 480 })
  await panel.locator('svg [data-node="depth"]').first().waitFor()
  await picture('graph', group(1), { height: 810 })
}, 800_000)

test('its expectations are tests', async () => {
  await bench.command('Testing: Focus on Test Explorer View')
  const row = (text: string) => bench.page.locator('.test-explorer .monaco-list-row', { hasText: text }).first()
  await until(row('claim 1'), () => row('paren.scrub').locator('.monaco-tl-twistie').click())
  await row('claim 1').locator('.codicon-testing-passed-icon').first().waitFor()
  await picture('tests', bench.page.locator('.part.sidebar'), { height: 180 })
}, 600_000)
