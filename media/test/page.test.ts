/** The page in a real browser: what a reader clicks and types, what the panel's host hears, what a screen reader meets. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Report } from '../../server/src/protocol/report.ts'
import { html } from '../src/html.ts'
import { recovered } from '../../server/src/language/numbers.ts'
import { hypothesis, node, report, sampleOf } from './report.ts'

const asset = (name: string) => readFileSync(new URL(`../dist/${name}`, import.meta.url), 'utf8')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))

let browser: Browser
const complaints: string[] = []

beforeAll(async () => {
  if (browserPath === undefined) throw new Error('This test needs Chromium: apt-get install chromium.')
  browser = await chromium.launch({ executablePath: browserPath, args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
})

afterAll(() => browser?.close())

async function opened(content: Report, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1000, height: 900 }, reducedMotion: 'reduce', ...options })
  complaints.length = 0
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => request.url().startsWith('http') && !request.url().startsWith('http://report.test/') && complaints.push(request.url()))
  await page.route('http://report.test/', (route) => route.fulfill({ contentType: 'text/html', body: html(content, { script: asset('page.js'), style: asset('page.css') }) }))
  await page.goto('http://report.test/')
  return page
}

/** The page as the panel has it: a nonce policy, and a host that writes down what it hears. */
async function inPanel(kept: object = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 460, height: 900 } })
  complaints.length = 0
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  const policy = `default-src 'none'; script-src 'nonce-n'; style-src 'nonce-n'; img-src data:`
  const body = `<!DOCTYPE html><html lang="en"><head><title>Scrub</title><meta http-equiv="Content-Security-Policy" content="${policy}"><style nonce="n">${asset('page.css')}</style></head><body class="vscode-dark"><main id="page"></main>
<script nonce="n">window.heard = []; window.state = ${JSON.stringify(kept)}; window.acquireVsCodeApi = () => ({ postMessage: (m) => heard.push(m), setState: (s) => { state = s }, getState: () => state })</script><script nonce="n">${asset('page.js')}</script></body></html>`
  await page.route('http://panel.test/', (route) => route.fulfill({ contentType: 'text/html', body }))
  await page.goto('http://panel.test/')
  return page
}

/** The panel after its window was loaded again, with what it kept. */
async function reloaded(page: Page): Promise<Page> {
  const kept = (await page.evaluate('state')) as object
  await page.close()
  return inPanel(kept)
}

const heard = (page: Page): Promise<Record<string, unknown>[]> => page.evaluate('heard')
const tell = (page: Page, message: object) => page.evaluate((data) => window.dispatchEvent(new MessageEvent('message', { data })), message)

test('shows the report, says nothing to the console and asks the network for nothing', async () => {
  const page = await opened(report())
  expect(await page.locator('.large').textContent()).toBe('90.0 % ± 0.3')
  expect(await page.locator('svg.graph [data-node]').count()).toBe(3)
  expect(complaints).toEqual([])
  await page.close()
})

test('a family opens into its members and folds again; what was zoomed stays so when numbers change', async () => {
  const members = Array.from({ length: 5 }, (_, index) => node({ name: `head[${index}]` }))
  const family = (value: number) => report({ hypotheses: [hypothesis({ nodes: [...members.map((one) => ({ ...one, cost: { value, low: value, high: value } })), node({ name: 'out', parents: members.map(({ name }) => name), edges: members.map(({ name }) => ({ parent: name, through: [] })) })] })] })
  const page = await inPanel()
  await tell(page, { type: 'report', report: family(0.1), hypothesis: 'claim' })
  const cards = () => page.locator('svg.graph .card').count()
  expect(await cards()).toBe(2)
  await page.locator('svg.graph .card[data-family="head"]').click()
  expect(await cards()).toBe(6)
  await page.getByRole('button', { name: 'Fold head' }).click()
  expect(await cards()).toBe(2)
  await page.getByRole('button', { name: 'Zoom in' }).click()
  const moved = () => page.locator('svg.graph .zoomed').getAttribute('transform')
  await expect.poll(moved).toContain('scale(1.4')
  const before = await moved()
  await tell(page, { type: 'report', report: family(0.2), hypothesis: 'claim' })
  expect(await moved()).toBe(before)
  await page.close()
})

test('who looks at a card goes on looking at it when the hypothesis is edited', async () => {
  const edited = (...added: string[]) => report({ hypotheses: [hypothesis({ nodes: [...hypothesis().nodes.map((one) => (one.name === 'count' ? { ...one, parents: added } : one)), ...added.map((name) => node({ name }))] })] })
  const page = await inPanel()
  await tell(page, { type: 'report', report: edited(), hypothesis: 'claim' })
  await page.locator('#graph').scrollIntoViewIfNeeded()
  for (const _ of [1, 2, 3]) await page.getByRole('button', { name: 'Zoom in' }).click()
  await tell(page, { type: 'select', node: 'count' })
  const card = async () => Object.values((await page.locator('svg.graph [data-node="count"]').boundingBox())!).map(Math.round)
  const middle = async () => (await page.locator('svg.graph').boundingBox())!
  const [before, frame] = [await card(), await middle()]
  await tell(page, { type: 'report', report: edited('below', 'beside'), hypothesis: 'claim' })
  expect(await page.locator('svg.graph .card').count()).toBe(5)
  const [after, now] = [await card(), await middle()]
  expect(after.slice(2)).toEqual(before.slice(2))
  // From the middle of the picture, which is higher now.
  expect(Math.abs(after[0]! - now.x - now.width / 2 - (before[0]! - frame.x - frame.width / 2))).toBeLessThanOrEqual(1)
  expect(Math.abs(after[1]! - now.y - now.height / 2 - (before[1]! - frame.y - frame.height / 2))).toBeLessThanOrEqual(1)
  await page.close()
})

test('a comparison stands below the header, and goes when it is stopped; history is drawn', async () => {
  const page = await inPanel()
  const history = [{ hypothesis: 'claim', time: 0, seed: 1, samples: 10, recovered: { value: 0.5, low: 0.4, high: 0.6 } }]
  await tell(page, { type: 'report', report: report(), hypothesis: 'claim', history })
  expect(await page.locator('#hypotheses .earlier').count()).toBe(1)
  await tell(page, { type: 'report', report: report(), hypothesis: 'claim', history, compare: { label: 'then', hypothesis: 'claim', report: report() } })
  expect(await page.locator('main > section').evaluateAll((all) => all.map(({ id }) => id))).toEqual(['header', 'comparison', 'graph', 'hypotheses', 'losses', 'samples', 'classes'])
  await page.getByRole('button', { name: 'Stop comparing' }).click()
  expect((await heard(page)).at(-1)).toEqual({ type: 'compare', with: null })
  await tell(page, { type: 'report', report: report(), hypothesis: 'claim', history })
  expect(await page.locator('#comparison').count()).toBe(0)
  await page.close()
})

test('before there are numbers the graph is drawn, its costs queued; the report takes its place', async () => {
  const page = await inPanel()
  const { nodes, unimportant } = hypothesis()
  await tell(page, { type: 'report', report: null, hypothesis: 'claim', state: 'running', structure: { nodes: nodes.map((one) => ({ ...one, cost: null, swapRate: null })), unimportant } })
  expect(await page.locator('main > section').evaluateAll((all) => all.map(({ id }) => id))).toEqual(['header', 'graph'])
  expect(await page.locator('#header h1').textContent()).toBe('claim')
  expect(await page.locator('svg.graph .card').count()).toBe(3)
  expect(await page.locator('svg.graph .card', { hasText: 'cost: queued' }).count()).toBe(3)
  await tell(page, { type: 'progress', progress: { phase: 'cache', done: 1, total: 4, started: Date.now() } })
  expect(await page.locator('svg.graph .card').count()).toBe(3)
  await tell(page, { type: 'report', report: report(), hypothesis: 'claim' })
  expect(await page.locator('main > section').count()).toBe(6)
  expect(await page.locator('nav a').count()).toBe(5)
  expect(await page.locator('#graph').textContent()).not.toContain('queued')
  expect(await page.locator('#problem').count()).toBe(0)
  await page.close()
})

test('while a run goes on, its steps and costs are shown without drawing the report anew', async () => {
  const page = await inPanel()
  const early = report({ hypotheses: [hypothesis({ partial: true, nodes: hypothesis().nodes.map((one) => ({ ...one, cost: null })) })] })
  await tell(page, { type: 'report', report: early, hypothesis: 'claim', state: 'running' })
  const mark = () => page.locator('#losses').evaluate((section) => 'mine' in section)
  await page.locator('#losses').evaluate((section) => void Object.assign(section, { mine: true }))
  await tell(page, { type: 'progress', progress: { phase: 'costs', done: 1, total: 4, started: Date.now() } })
  expect(await page.locator('#status').textContent()).toContain('Evaluating. Costs of nodes: 1 of 4 · 25 %')
  expect(await mark()).toBe(true)
  await tell(page, { type: 'costs', hypothesis: 'claim', costs: { depth: { value: 0.25, low: 0.24, high: 0.26 } } })
  expect(await page.locator('#graph tr', { hasText: 'depth' }).first().textContent()).toContain('+25.0 % ± 1.0')
  expect(await page.locator('#header').textContent()).toContain('depth gives back 25.0 %')
  expect(await mark()).toBe(true)
  await page.close()
})

test('a node that is clicked is marked in the graph and in the table', async () => {
  const page = await opened(report())
  await page.locator('svg.graph [data-node="depth"]').click()
  expect(await page.locator('.card[aria-pressed="true"]').getAttribute('data-node')).toBe('depth')
  expect(await page.locator('#graph tr.selected th').textContent()).toBe('depth')
  await page.close()
})

test('a class that is chosen is emphasised, and its samples are listed; chosen again, all are', async () => {
  const sampled = [sampleOf({ features: { count: 'true' } }), sampleOf({ sample: 8, features: { count: 'false' } })]
  const page = await opened(report({ hypotheses: [hypothesis({ sampled })] }))
  const rows = () => page.locator('#samples .scroll').first().locator('tbody tr').count()
  expect(await rows()).toBe(2)
  await page.locator('#classes svg [data-class="false"]').first().click()
  expect(await rows()).toBe(1)
  expect(await page.locator('#losses .row.selected').getAttribute('data-class')).toBe('false')
  expect(await page.locator('#classes tr.selected').count()).toBe(1)
  await page.locator('#losses summary', { hasText: 'By class' }).click()
  await page.locator('#losses button[data-class="true"]').focus()
  await page.keyboard.press('Enter')
  expect(await page.locator('#samples').textContent()).toContain('count: true')
  await page.getByRole('button', { name: 'All samples' }).click()
  expect(await rows()).toBe(2)
  await page.close()
})

test('arrow keys walk along edges, Enter selects', async () => {
  const page = await opened(report())
  await page.locator('svg.graph [data-node="out"]').focus()
  const focused = () => page.evaluate(() => (document.activeElement as HTMLElement).dataset['node'])
  await page.keyboard.press('ArrowDown')
  const first = await focused()
  expect(['count', 'depth']).toContain(first)
  await page.keyboard.press((await page.locator('svg.graph [data-node="count"]').boundingBox())!.x < (await page.locator('svg.graph [data-node="depth"]').boundingBox())!.x === (first === 'count') ? 'ArrowRight' : 'ArrowLeft')
  expect(await focused()).toBe(first === 'count' ? 'depth' : 'count')
  await page.keyboard.press('Enter')
  expect(await page.locator('.card[aria-pressed="true"]').getAttribute('data-node')).toBe(await focused())
  await page.keyboard.press('ArrowUp')
  expect(await focused()).toBe('out')
  await page.close()
})

test('Enter lists the unimportant inputs of a card, and folds the list; the focus stays', async () => {
  const page = await opened(report())
  await page.locator('svg.graph [data-node="out"]').focus()
  await page.keyboard.press('Tab')
  const stub = page.locator('svg.graph .stub[data-stub="node out"]')
  const state = () => stub.evaluate((element) => [element === document.activeElement, element.getAttribute('aria-expanded'), element.querySelectorAll('.mono').length])
  expect(await state()).toEqual([true, 'false', 0])
  await page.keyboard.press('Enter')
  expect(await state()).toEqual([true, 'true', 3])
  await page.keyboard.press(' ')
  expect(await state()).toEqual([true, 'false', 0])
  await page.keyboard.press('ArrowUp')
  expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset['node'])).toBe('out')
  await stub.click()
  expect((await state())[1]).toBe('true')
  // The card is not selected by it.
  expect(await page.locator('.card[aria-pressed="true"]').count()).toBe(0)
  await page.close()
})

test('the menu and the forest plot choose the hypothesis', async () => {
  const page = await opened(report())
  await page.selectOption('#choose', 'finer')
  expect(await page.locator('h1').textContent()).toBe('finer')
  await page.locator('g.row[data-hypothesis="claim"]').click()
  expect(await page.locator('h1').textContent()).toBe('claim')
  await page.close()
})

test('finding a node fades the others', async () => {
  const page = await opened(report())
  await page.fill('#find', 'horizon')
  expect(await faded(page)).toEqual(['count', 'out'])
  // Also after the graph was drawn anew.
  await page.setViewportSize({ width: 800, height: 900 })
  await expect.poll(() => page.locator('svg.graph').evaluate((svg) => svg.clientWidth)).toBeLessThan(780)
  expect(await page.locator('#find').inputValue()).toBe('horizon')
  expect(await faded(page)).toEqual(['count', 'out'])
  await page.fill('#find', '')
  expect(await faded(page)).toEqual([])
  await page.close()
})

test('the host hears that the page is ready, what is selected, and what is asked for', async () => {
  const page = await inPanel()
  await tell(page, { type: 'report', report: report(), hypothesis: 'finer', state: 'stale' })
  expect(await page.locator('main.stale').count()).toBe(1)
  await page.locator('svg.graph [data-node="count"]').click()
  await page.locator('[data-act="evaluate"]').click()
  await page.selectOption('#choose', 'claim')
  await page.locator('[data-export="csv"][data-view="hypotheses"]').click()
  expect(await heard(page)).toEqual([
    { type: 'ready' },
    { type: 'select', hypothesis: 'finer', node: 'count' },
    { type: 'evaluate', hypothesis: 'finer' },
    { type: 'hypothesis', name: 'claim' },
    { type: 'export', name: 'claim-hypotheses.csv', mime: 'text/csv', text: expect.stringMatching(/^hypothesis,recovered,.*\r\nclaim,90\.0 % ± 0\.3,/) },
  ])
  expect(complaints).toEqual([])
  await page.close()
})

test('the host selects a node, and is not told so', async () => {
  const page = await inPanel()
  await tell(page, { type: 'report', report: report() })
  await tell(page, { type: 'select', node: 'depth' })
  expect(await page.locator('.card[aria-pressed="true"]').getAttribute('data-node')).toBe('depth')
  expect(await heard(page)).toEqual([{ type: 'ready' }])
  expect(await page.evaluate('state')).toMatchObject({ hypothesis: 'claim', node: 'depth' })
  await page.close()
})

test('what was chosen is there again after a reload', async () => {
  const page = await inPanel({ hypothesis: 'finer', node: 'depth' })
  await tell(page, { type: 'report', report: report() })
  expect(await page.locator('h1').textContent()).toBe('finer')
  expect(await page.locator('.card[aria-pressed="true"]').getAttribute('data-node')).toBe('depth')
  await page.close()
})

test('the graph is a tree when asked, also after a reload; a node is marked on every branch', async () => {
  const shared = report({ hypotheses: [hypothesis({ nodes: [node({ name: 'out', parents: ['count', 'depth'] }), node({ parents: ['token'] }), node({ name: 'depth', parents: ['token'] }), node({ name: 'token' })] })] })
  const page = await inPanel()
  await tell(page, { type: 'report', report: shared })
  const cards = () => page.locator('svg.graph .card').count()
  expect(await cards()).toBe(4)
  const button = page.getByRole('button', { name: 'Tree' })
  expect(await button.getAttribute('aria-pressed')).toBe('false')
  await button.click()
  expect(await button.evaluate((element) => [element === document.activeElement, element.getAttribute('aria-pressed')])).toEqual([true, 'true'])
  expect(await cards()).toBe(5)
  await page.locator('svg.graph [data-node="token"]').last().click()
  expect(await page.locator('.card[aria-pressed="true"]').evaluateAll((all) => all.map((card) => (card as unknown as SVGElement).dataset['branch']!.replaceAll('\n', ' < ')))).toEqual(['node out < node count < node token', 'node out < node depth < node token'])
  expect(await page.locator('svg.graph [data-node="token"]').last().getAttribute('tabindex')).toBe('0')
  await page.keyboard.press('ArrowUp')
  expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset['node'])).toBe('depth')
  expect(complaints).toEqual([])
  const again = await reloaded(page)
  await tell(again, { type: 'report', report: shared })
  expect(await again.locator('svg.graph .card').count()).toBe(5)
  await again.getByRole('button', { name: 'Tree' }).click()
  expect(await again.locator('svg.graph .card').count()).toBe(4)
  await again.close()
})

test('the components of the model stand beside the graph when asked, also after a reload; a click on one selects the node there', async () => {
  const layered = report({ model: { ...report().model, components: [{ name: 'a1.h0', tensor: 'blocks.1.h0', layer: 0 }, { name: 'm1', tensor: 'blocks.1.m', layer: 1 }] } })
  const page = await inPanel()
  await tell(page, { type: 'report', report: report() })
  expect(await page.getByRole('button', { name: 'Model' }).count(), 'nothing to show').toBe(0)
  await tell(page, { type: 'report', report: layered })
  expect(await page.locator('svg .component').count()).toBe(0)
  await page.getByRole('button', { name: 'Model' }).click()
  expect(await page.locator('svg .component').evaluateAll((all) => all.map((one) => one.getAttribute('class')))).toEqual(['component passed', 'component mapped'])
  await page.locator('svg .component.mapped').click()
  expect(await page.locator('.card[aria-pressed="true"]').getAttribute('data-node')).toBe('count')
  await page.locator('.card[data-node="count"]').focus()
  await tell(page, { type: 'report', report: { ...layered, time: 'another' } })
  expect(await page.evaluate(() => document.activeElement!.classList.contains('card')), 'the card keeps the focus when the picture is drawn anew').toBe(true)
  await page.getByText('2 components of the model as a table').click()
  expect(await page.locator('#graph tbody').last().locator('tr').allInnerTexts()).toEqual([expect.stringMatching(/^m1.*passed by values on their way/), expect.stringMatching(/^a1.h0.*where count, depth, out stand/)])
  expect(complaints).toEqual([])
  const again = await reloaded(page)
  await tell(again, { type: 'report', report: layered })
  expect(await again.locator('svg .component').count()).toBe(2)
  await again.close()
})

test.each([
  [{ report: null, state: 'empty', hypothesis: 'claim' }, /^Not evaluated yet\.Evaluate$/],
  [{ report: null, state: 'running', hypothesis: 'claim', progress: { phase: 'run', done: 250, total: 1000, started: 0 } }, /Samples: 250 of 1,000 · 25 % · about .* leftStop$/],
  [{ report: report(), state: 'failed', message: 'The evaluation ran out of memory.' }, /^The evaluation ran out of memory\.Try again$/],
  [{ report: report(), state: 'partial' }, /partial results\.Evaluate again$/],
])('state %#', async (message, expected) => {
  const page = await inPanel()
  await tell(page, { type: 'report', ...message })
  expect(await page.locator('.status').textContent()).toMatch(expected)
  await page.locator('.status button').click()
  expect((await heard(page)).at(-1)).toEqual({ type: message.state === 'running' ? 'stop' : 'evaluate', hypothesis: 'claim' })
  await page.close()
})

test('a hypothesis that the report does not hold is not replaced by another one', async () => {
  const page = await inPanel()
  await tell(page, { type: 'report', report: report(), hypothesis: 'new', state: 'empty' })
  expect(await page.locator('section').count()).toBe(0)
  await page.locator('[data-act="evaluate"]').click()
  expect((await heard(page)).at(-1)).toEqual({ type: 'evaluate', hypothesis: 'new' })
  await page.close()
})

test('a report that the page cannot show is an error in the page, and the next one is shown', async () => {
  const page = await inPanel()
  await tell(page, { type: 'report', report: { hypotheses: [{ name: 'x' }] } })
  expect(await page.locator('#problem').textContent()).toMatch(/^The page could not show this: /)
  await tell(page, { type: 'report', report: report() })
  expect(await page.locator('#problem').count()).toBe(0)
  expect(await page.locator('.large').textContent()).toBe(recovered(report().hypotheses[0]!.recovered))
  await page.close()
})

test('a hostile report stays text', async () => {
  const evil = `</script><script>window.owned = 1</script><img src=x onerror="window.owned = 1">"'\u202e`
  const page = await opened(report({ hypotheses: [hypothesis({ name: evil, nodes: [node({ name: evil, feature: evil, place: evil })], constant: { mean: 0.7, method: evil }, texts: { 0: evil } })] }))
  expect(await page.evaluate('window.owned')).toBeUndefined()
  expect(await page.locator('img').count()).toBe(0)
  expect(await page.locator('h1').textContent()).toBe(evil.replace('\u202e', '\\u{202e}'))
  await page.locator('svg.graph .card').click()
  expect(await page.locator('.card[aria-pressed="true"]').count()).toBe(1)
  expect(complaints).toEqual([])
  await page.close()
})

test.each([['SVG', /^<svg [^]*recovered 90\.0 % ± 0\.3 of loss, 10,000 samples, seed 3[^]*<\/svg>$/, 'image/svg+xml'], ['PNG', /^iVBORw0KGgo/, 'image/png'], ['JSON', /"name": "claim"/, 'application/json']])('exports the graph as %s', async (kind, content, mime) => {
  const page = await inPanel()
  await tell(page, { type: 'report', report: report() })
  await page.locator(`[data-export="${kind.toLowerCase()}"][data-view="graph"]`).click()
  await page.waitForFunction('heard.length > 1')
  expect((await heard(page)).at(-1)).toMatchObject({ type: 'export', mime, text: expect.stringMatching(content) })
  expect(complaints).toEqual([])
  await page.close()
})

test.each([['SVG', /^<svg [^]*10,000 samples, seed 3[^]*underline[^]*verdict[^]*<\/svg>$/, 'image/svg+xml'], ['PNG', /^iVBORw0KGgo/, 'image/png']])('exports the tree of the chosen sample as %s', async (kind, content, mime) => {
  const page = await inPanel()
  const chosen = sampleOf({ sample: 9, draws: { out: 1, 'out/verdict': 2 }, values: {} })
  await tell(page, { type: 'report', report: report({ hypotheses: [hypothesis({ sampled: [sampleOf(), chosen] })] }) })
  await page.locator('#samples button[data-sample="1"]').first().click()
  await page.locator(`[data-export="${kind.toLowerCase()}"][data-view="samples"]`).click()
  await expect.poll(async () => (await heard(page)).at(-1)).toMatchObject({ type: 'export', mime, text: expect.stringMatching(content) })
  expect(complaints).toEqual([])
  await page.close()
})

test.each([{ colorScheme: 'light' }, { colorScheme: 'dark' }, { viewport: { width: 420, height: 900 } }] as const)('axe finds nothing: %o', async (options) => {
  const page = await opened(report(), options)
  await page.locator('summary').evaluateAll((all) => all.forEach((one) => (one as HTMLElement).click()))
  await page.locator('.stub').click()
  // Evaluated by the debugger, which the page's policy does not bind.
  await page.evaluate(axe)
  const violations = (await page.evaluate('axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 200) + failureSummary)]))')) as unknown[]
  expect(violations).toEqual([])
  await page.close()
})

/** Nodes whose cards lie under the veil of a search. */
const faded = (page: Page) =>
  page.locator('svg.graph').evaluate((svg) => {
    const veil = svg.querySelector<SVGPathElement>('.veil')!
    const toVeil = veil.getScreenCTM()!.inverse()
    return [...svg.querySelectorAll<SVGElement>('[data-node]')].filter((card) => {
      const { left, top, width, height } = card.getBoundingClientRect()
      return veil.isPointInFill(new DOMPoint(left + width / 2, top + height / 2).matrixTransform(toVeil))
    }).map(({ dataset }) => dataset['node'])
  })

/** How many elements of the graph `act` touches: of a large one a page must touch few. */
async function touched(page: Page, act: () => Promise<unknown>): Promise<number> {
  await page.evaluate(() => {
    const targets = new Set<Node>()
    const observer = new MutationObserver((records) => records.forEach(({ target }) => targets.add(target)))
    observer.observe(document.getElementById('graph')!, { subtree: true, childList: true, attributes: true, characterData: true })
    Object.assign(window, { targets })
  })
  await act()
  return page.evaluate(() => (window as unknown as { targets: Set<Node> }).targets.size)
}

test('a place on the curve of gains and losses gives the sample that lies there, also one of another class', async () => {
  const one = hypothesis({ sampled: [sampleOf({ features: { count: 'true' } }), sampleOf({ sample: 9, kind: 'best', scrubbed: 0.05, features: { count: 'false' } }), sampleOf({ sample: 11, kind: 'random', scrubbed: 0.3, features: { count: 'true' } })] })
  const page = await inPanel()
  await tell(page, { type: 'report', report: report({ hypotheses: [one] }), hypothesis: 'claim' })
  // From the largest gain to the largest loss.
  expect(await page.locator('#losses svg.difference [data-sample]').evaluateAll((all) => all.map((each) => each.getAttribute('data-sample')))).toEqual(['1', '2', '0'])
  const at = async (share: number) => {
    const curve = page.locator('#losses svg.difference')
    await curve.click({ position: { x: share * (await curve.boundingBox())!.width, y: 30 } })
  }
  const heading = () => page.locator('#samples h3').textContent()
  for (const [share, sample] of [[0.3, 'best sample 9'], [0.6, 'random sample 11'], [0.95, 'worst sample 7']] as const) {
    await at(share)
    expect(await heading()).toContain(sample)
    expect(await page.locator('#losses p', { hasText: 'Chosen:' }).textContent()).toContain(sample)
    expect(await page.locator('#losses .sampled.chosen').count()).toBe(1)
  }
  await page.locator('#classes svg [data-class="true"]').first().click()
  await at(0.3)
  expect(await heading()).toContain('best sample 9')
  expect(await page.locator('#losses .row.selected[data-class]').count()).toBe(0)
  await page.locator('#losses a', { hasText: 'What was swapped in' }).click()
  expect(((await page.evaluate('state')) as { view?: string }).view).toBe('samples')
  expect(complaints).toEqual([])
  await page.close()
})

test('the panel\'s host is asked for the lines of Python; a page alone has nobody to ask', async () => {
  const page = await inPanel()
  await tell(page, { type: 'report', report: report(), hypothesis: 'finer' })
  await page.getByRole('button', { name: 'Copy as Python' }).click()
  expect((await heard(page)).at(-1)).toEqual({ type: 'python', hypothesis: 'finer' })
  await page.close()
  const alone = await opened(report())
  expect(await alone.getByRole('button', { name: 'Copy as Python' }).count()).toBe(0)
  await alone.close()
})

const many = (): Report => report({ hypotheses: [hypothesis({ nodes: Array.from({ length: 5000 }, (_, index) => node({ name: `n${index}`, parents: index < 70 ? [] : [0, 13, 31].map((step) => `n${(Math.floor(index / 70) - 1) * 70 + ((index + step) % 70)}`) })) })] })

test('5,000 nodes are shown, found and selected', async () => {
  const page = await opened(many())
  expect(await page.locator('svg.graph [data-node]').count()).toBe(5000)
  // A card is one element, links are drawn together, and neither words that cannot be read nor a table that is closed are there.
  expect(await page.locator('#graph *').count()).toBeLessThan(5200)
  expect(await touched(page, () => page.getByRole('button', { name: 'Zoom in' }).click())).toBeLessThan(5)
  expect(await touched(page, () => page.fill('#find', 'n471'))).toBeLessThan(10)
  await page.fill('#find', 'n4711')
  await page.press('#find', 'Enter')
  expect(await page.locator('.card[aria-pressed="true"]').getAttribute('data-node')).toBe('n4711')
  const menu = page.locator('#choose-node')
  expect(await menu.inputValue()).toBe('n4711')
  // The menu of all of them is made when somebody opens it.
  expect(await menu.locator('option').count()).toBe(1)
  expect(await touched(page, () => page.locator('svg.graph [data-node="n4710"]').press('Enter'))).toBeLessThan(40)
  await menu.focus()
  expect(await menu.locator('option').count()).toBe(5000)
  await menu.selectOption('n4711')
  expect(await page.locator('.card[aria-pressed="true"]').getAttribute('data-node')).toBe('n4711')
  // What is found is large enough to be read; of the rest only what is seen has words.
  expect(await page.locator('.words').textContent()).toContain('n4711')
  expect(await page.locator('.words > g').count()).toBeLessThan(300)
  expect(await touched(page, () => page.locator('svg.graph [data-node="n4711"]').press('ArrowUp'))).toBeLessThan(10)
  await page.getByRole('button', { name: 'Fit' }).click()
  expect(await page.locator('.words > g').count()).toBe(0)
  expect(complaints).toEqual([])
  await page.close()
})

test('of 5,000 nodes the table shows as many as are asked for, and files hold all', async () => {
  const page = await inPanel()
  await tell(page, { type: 'report', report: many(), hypothesis: 'claim' })
  const rows = () => page.locator('#graph tbody tr').count()
  expect(await rows()).toBe(0)
  await page.getByText('All 5,000 nodes as a table').click()
  await expect.poll(rows).toBe(500)
  await page.getByRole('button', { name: 'Show 500 more of 5,000 nodes' }).click()
  expect(await rows()).toBe(1000)
  await page.locator('#graph tbody button', { hasText: /^n999$/ }).click()
  expect(await page.locator('#graph tr.selected th').textContent()).toBe('n999')
  const file = async (kind: string) => {
    const before = (await heard(page)).length
    await page.locator(`[data-export="${kind}"][data-view="graph"]`).click()
    await page.waitForFunction((count) => (window as unknown as { heard: unknown[] }).heard.length > count, before)
    return String((await heard(page)).at(-1)!['text'])
  }
  expect((await file('csv')).trim().split('\r\n')).toHaveLength(5001)
  expect((await file('svg')).match(/<text class="title"[^>]*>n\d+</g)).toHaveLength(5000)
  expect(complaints).toEqual([])
  await page.close()
})

test('the same report once more draws nothing anew', async () => {
  const page = await inPanel()
  await tell(page, { type: 'report', report: report(), hypothesis: 'claim', state: 'running' })
  expect(await touched(page, () => tell(page, { type: 'report', report: report(), hypothesis: 'claim', state: 'stale' }))).toBe(0)
  const other = report({ hypotheses: [hypothesis({ nodes: [...hypothesis().nodes.slice(0, 2), node({ name: 'out', parents: ['count'] })] })] })
  await page.locator('#graph').evaluate((section) => void Object.assign(section, { mine: true }))
  await tell(page, { type: 'report', report: other, hypothesis: 'claim', state: 'stale' })
  expect(await page.locator('#graph').evaluate((section) => 'mine' in section)).toBe(false)
  await page.close()
})
