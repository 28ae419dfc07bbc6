/** The extension as it is shipped, in a real workbench: from a mistake to a result. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signedPercent, significant } from '../../../media/src/numbers.ts'
import { recovered } from '../../../server/src/language/numbers.ts'
import type { Report } from '../../../server/src/protocol/report.ts'
import { read } from '../../../server/test/tidy/repository.ts'
import { editor, lens, line, notification, pictureFailures, reportOf, until } from './parts.ts'
import { startWorkbench, type Workbench } from './workbench.ts'

let bench: Workbench
/** As the tests edit it: the first hypothesis is looked at. */
const TOY = read('test-fixtures/toy/toy.scrub')
const PAREN = read('test-fixtures/paren/paren.scrub')

beforeAll(async () => {
  bench = await startWorkbench({
    'toy.onnx': 'test-fixtures/toy/toy.onnx', 'toy.jsonl': 'test-fixtures/toy/toy.jsonl', 'toy.scrub': { text: `${TOY}\nexpect "swapped" recovered > 90%    # does not hold\n` },
    'paren.onnx': 'test-fixtures/paren/paren.onnx', 'paren.npz': 'test-fixtures/paren/paren.npz', 'paren.scrub': 'test-fixtures/paren/paren.scrub',
    'open_direction.npy': 'test-fixtures/paren/open_direction.npy', 'share_weights.npy': 'test-fixtures/paren/share_weights.npy',
    'broken.scrub': { text: PAREN.replace('at a1.h0', 'at a1.h7').replace('= both_tests', '= both_test') },
  })
}, 600_000)
afterAll(() => bench?.close())
pictureFailures(() => bench)

test('paren.scrub: the model is read, lenses offer to evaluate', async () => {
  await bench.open('paren.scrub')
  await lens(bench, 'Validated against paren.onnx').waitFor()
  await lens(bench, '▷ Evaluate').waitFor()
  await bench.shot('1-lenses')
}, 600_000)

test('a hover shows the equivalence classes', async () => {
  await until(bench.page.locator('.monaco-hover:not(.hidden) .hover-contents', { hasText: 'equivalence classes' }).first(), async () => {
    await line(bench, 'node count').hover()
    await line(bench, 'node verdict').locator('span', { hasText: /^verdict$/ }).first().hover()
  })
  await bench.shot('2-hover')
}, 600_000)

test('completion offers the components', async () => {
  await line(bench, 'node verdict').click()
  await bench.page.keyboard.press('End')
  await bench.page.keyboard.press('Enter')
  await bench.page.keyboard.type('node extra = count_test at a')
  for (const component of ['a1.h0', 'a2.h1']) await until(bench.page.locator('.suggest-widget .monaco-list-row', { hasText: component }).first(), () => bench.page.keyboard.press('Control+Space'))
  await bench.shot('3-completion')
  await bench.page.keyboard.press('Escape')
  for (let i = 0; i < 40 && (await line(bench, 'node extra').count()) > 0; i++) await bench.page.keyboard.press('Control+z')
}, 600_000)

test('the broken copy: squiggles, and both mistakes in the Problems panel', async () => {
  await bench.open('broken.scrub')
  await bench.page.locator('.squiggly-error').first().waitFor()
  await lens(bench, 'Fix 2 errors to evaluate').waitFor()
  await until(bench.page.locator('.markers-panel').first(), () => bench.page.keyboard.press('Control+Shift+m'))
  for (const part of ['a1.h7', 'both_test']) await bench.page.locator('.markers-panel .monaco-list-row', { hasText: part }).first().waitFor()
  await bench.shot('4-problems')
  await bench.page.keyboard.press('Control+Shift+m')
}, 600_000)

test('a click evaluates; the panel has the numbers of a run of the command line', async () => {
  await bench.open('toy.scrub')
  await until(lens(bench, /■ Stop|Results: /), () => lens(bench, '▷ Evaluate').click())
  const panel = await bench.panel()
  const report = reportOf(bench, 'toy.scrub', 'or of two')
  const [told] = report.hypotheses
  const value = recovered(told!.recovered)
  await panel.locator('.figure', { hasText: value }).first().waitFor()
  await lens(bench, `Results: ${value} recovered`).waitFor()
  const text = await panel.locator('main#page').innerText()
  const content = await panel.locator('main#page').evaluate((main) => main.textContent ?? '')
  for (const { name, feature } of told!.nodes) {
    await panel.locator(`svg [data-node="${name}"]`).first().waitFor()
    expect(content, `the graph or its table names ${name}`).toContain(feature)
  }
  expect(text).toContain(value)
  // Costs in the table of nodes, the reference of the worst sample, the classes of a node: as the JSON says.
  for (const { name, cost } of told!.nodes) {
    const row = await panel.locator(`#graph tr[data-row-node="${name}"]`).evaluate((one) => one.textContent ?? '')
    expect(row).toContain(signedPercent(cost!))
  }
  for (const view of ['graph', 'hypotheses', 'losses', 'samples', 'classes']) await panel.locator(`#${view}`).waitFor()
  const worst = told!.sampled.find(({ kind }) => kind === 'worst')!
  expect(await panel.locator('#samples').evaluate((one) => one.textContent ?? '')).toContain(told!.texts[worst.reference]!)
  const losses = await panel.locator('#losses').evaluate((one) => one.textContent ?? '')
  for (const values of [told!.losses.model, told!.losses.scrubbed, told!.losses.shuffled, told!.losses.difference]) expect(losses).toContain(significant(values[75]!))
  await panel.locator('svg [data-node="A"]').first().click()
  const classes = await panel.locator('#classes').evaluate((one) => one.textContent ?? '')
  for (const one of told!.nodes.find(({ name }) => name === 'A')!.largest) expect(classes).toContain(one.count.toLocaleString('en-US'))
  await bench.shot('5-results')
}, 600_000)

test('a click on a node selects it in the text', async () => {
  const panel = await bench.panel()
  const row = readFileSync(join(bench.folder, 'toy.scrub'), 'utf8').split('\n').findIndex((text) => text.includes('node B')) + 1
  await until(bench.page.locator('.line-numbers.active-line-number', { hasText: String(row) }).first(), () => panel.locator('svg [data-node="B"]').first().click())
}, 600_000)

test('the cursor in the text selects the node in the panel', async () => {
  const panel = await bench.panel()
  await until(panel.locator('svg .card[data-node="A"][aria-pressed="true"]').first(), async () => {
    await line(bench, 'node A').click()
    // Wherever in the line that was, in a comment perhaps.
    await bench.page.keyboard.press('Home')
  })
  await bench.shot('6-follows')
}, 600_000)

test('an edit makes the results stale in the lens and in the panel; undone, they are live again', async () => {
  const panel = await bench.panel()
  await line(bench, 'node B').click()
  await bench.page.keyboard.press('Home')
  for (let i = 0; i < 'node B   = z2 > '.length; i++) await bench.page.keyboard.press('ArrowRight')
  await bench.page.keyboard.press('Delete')
  await bench.page.keyboard.type('4')
  await lens(bench, 'Results (older text):').waitFor()
  await panel.getByText('changed since this was evaluated').first().waitFor()
  await bench.shot('7-stale')
  await bench.page.keyboard.press('Control+z')
  await bench.page.keyboard.press('Control+z')
  await lens(bench, 'Results: ').waitFor()
  await panel.getByText('changed since this was evaluated').first().waitFor({ state: 'detached' })
}, 600_000)

test('a mistake makes them stale too', async () => {
  const panel = await bench.panel()
  await line(bench, 'node B').click()
  await bench.page.keyboard.press('Home')
  await bench.page.keyboard.type('x')
  await bench.page.locator('.squiggly-error').first().waitFor()
  await lens(bench, /Fix 1 error|Fix \d errors/).waitFor()
  await panel.getByText('From before the mistakes').first().waitFor()
  await bench.page.keyboard.press('Backspace')
  await expect.poll(() => bench.page.locator('.squiggly-error').count(), { timeout: 120_000 }).toBe(0)
  await panel.getByText('From before the mistakes').first().waitFor({ state: 'detached' })
}, 600_000)

test('the Test Explorer evaluates what is expected of hypotheses, and says which expectation fails', async () => {
  const row = (text: string) => bench.page.locator('.test-explorer .monaco-list-row', { hasText: text }).first()
  await bench.command('Testing: Focus on Test Explorer View')
  for (const file of ['broken.scrub', 'paren.scrub', 'toy.scrub']) await row(file).waitFor()
  await until(row('or of two'), () => row('toy.scrub').locator('.monaco-tl-twistie').click())
  await line(bench, 'node A').click()
  await bench.command('Test: Run Tests in Current File')
  await row('swapped').locator('.codicon-testing-failed-icon').waitFor()
  await row('or of two').locator('.codicon-testing-passed-icon').waitFor()
  await bench.shot('8-tests')
  await bench.command('View: Show Explorer')
  // The panel of test results.
  await bench.page.keyboard.press('Control+j')
}, 700_000)

test('the results are copied as lines of Python, and the file that they read is there', async () => {
  const panel = await bench.panel()
  await until(notification(bench, /Copied the lines of Python/), () => panel.getByRole('button', { name: 'Copy as Python' }).click())
  const name = (await panel.locator('#header h1').textContent())!
  const runs = join(bench.folder, '..', 'user', 'User', 'globalStorage', 'scrub.scrub', 'runs')
  const kept = readdirSync(runs).filter((file) => file.endsWith('.json') && !file.endsWith('.head.json')).map((file) => JSON.parse(readFileSync(join(runs, file), 'utf8')) as { report: Report })
  expect(kept.some(({ report }) => report.hypotheses.some((one) => one.name === name))).toBe(true)
}, 600_000)

test('a run is set beside another one', async () => {
  const panel = await bench.panel()
  await until(panel.locator('#comparison', { hasText: 'swapped' }), async () => {
    await bench.command('Scrub: Compare with Run…')
    await bench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'swapped' }).first().click()
  })
  await bench.shot('8-comparison')
  await panel.getByRole('button', { name: 'Stop comparing' }).click()
  await panel.locator('#comparison').waitFor({ state: 'detached' })
}, 600_000)

test('after a reload of the window the panel is there again, with its report, and the lens knows it', async () => {
  await bench.reload()
  const panel = await bench.panel()
  await panel.locator('svg [data-node="out"]').first().waitFor()
  await panel.locator('h1', { hasText: 'or of two' }).waitFor()
  await panel.getByText('From an earlier run of the same hypothesis').first().waitFor()
  await lens(bench, 'Results: ').waitFor()
  await bench.shot('9-reloaded')
}, 600_000)

test.each([
  ['light', 'Light Modern', 'vs', 'vscode-light'],
  ['dark', 'Dark Modern', 'vs-dark', 'vscode-dark'],
  ['high contrast', 'Default High Contrast', 'hc-black', 'vscode-high-contrast'],
  ['high contrast light', 'Default High Contrast Light', 'hc-light', 'vscode-high-contrast-light'],
])('in the %s theme the panel has the colours of the editor', async (name, theme, ofWindow, kind) => {
  // A busy window may miss the setting.
  await until(bench.page.locator(`.monaco-workbench.${ofWindow}`), async () => {
    bench.settings({ 'workbench.colorTheme': theme })
    await bench.reload()
  })
  const panel = await bench.panel()
  await expect.poll(() => panel.locator('body').getAttribute('class'), { timeout: 120_000 }).toContain(kind)
  const [behind, page] = [await editor(bench).locator('.monaco-editor-background').first().evaluate('(one) => getComputedStyle(one).backgroundColor'), await panel.locator('body').evaluate('(one) => getComputedStyle(one).backgroundColor')]
  expect([behind, 'rgba(0, 0, 0, 0)']).toContain(page)
  await bench.shot(`theme-${name.replaceAll(' ', '-')}`)
}, 600_000)
