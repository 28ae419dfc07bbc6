/** What goes wrong, in a real workbench: long runs that are stopped or killed, a server that dies, a folder that is not trusted. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { read } from '../../../server/test/tidy/repository.ts'
import { editor, lens, notification, pictureFailures, processes, until } from './parts.ts'
import { startWorkbench, type Workbench } from './workbench.ts'

let bench: Workbench
const LONG = `option samples 20000000\n${read('test-fixtures/paren/paren.scrub')}`
const FILES = { 'paren.onnx': 'test-fixtures/paren/paren.onnx', 'paren.npz': 'test-fixtures/paren/paren.npz', 'open_direction.npy': 'test-fixtures/paren/open_direction.npy', 'share_weights.npy': 'test-fixtures/paren/share_weights.npy', 'long.scrub': { text: LONG } }

const evaluate = () => until(lens(bench, '■ Stop'), () => lens(bench, '▷ Evaluate').click())
/** Nothing is being evaluated: there are other hypotheses in the file, whose lenses offer to evaluate all the time. */
const atRest = () => lens(bench, '■').waitFor({ state: 'detached' })
const runners = () => processes(bench, 'server/dist/runner.mjs')
const servers = () => processes(bench, 'server/dist/scrub.mjs')

beforeAll(async () => {
  bench = await startWorkbench(FILES, { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' })
  await bench.open('long.scrub')
}, 600_000)
afterAll(() => bench?.close())
pictureFailures(() => bench)

test('a folder that is not trusted is checked, but nothing is evaluated', async () => {
  await lens(bench, 'Validated against paren.onnx').waitFor()
  await until(notification(bench, 'Nothing is evaluated in a workspace that is not trusted'), () => lens(bench, '▷ Evaluate').click())
  expect(await Promise.all(bench.page.frames().map((frame) => frame.locator('main#page').count()))).not.toContain(1)
  await bench.shot('untrusted')
  await bench.command('Notifications: Clear All Notifications')
  bench.settings({ 'security.workspace.trust.enabled': false })
  await bench.open('long.scrub')
}, 600_000)

test('a long run shows how far it is and what it has; Stop keeps that and ends the process', async () => {
  await lens(bench, '▷ Evaluate').waitFor()
  // Classes are counted by a runner of their own.
  await editor(bench).getByText(/\d\sclasses/).first().waitFor()
  const idle = runners().length
  await evaluate()
  const panel = await bench.panel()
  await panel.locator('#status progress').waitFor()
  await panel.locator('svg [data-node="verdict"]').first().waitFor()
  expect(runners().length).toBe(idle + 1)
  await bench.shot('running')
  await panel.getByRole('button', { name: 'Stop' }).first().click()
  await panel.getByText('Stopped before all samples were drawn').first().waitFor()
  await lens(bench, 'stopped early').waitFor()
  await expect.poll(() => runners().length, { timeout: 120_000 }).toBe(idle)
  await bench.shot('stopped')
}, 600_000)

test('a runner that is killed is replaced and goes on; killed too often, it is one message with a retry that works', async () => {
  const before = new Set(runners())
  await evaluate()
  const fresh = () => runners().filter((pid) => !before.has(pid))
  const panel = await bench.panel()
  const message = notification(bench, 'The runner')
  for (let kills = 0; kills < 12 && (await message.count()) === 0; kills++) {
    await expect.poll(async () => fresh().length > 0 || (await message.count()) > 0, { timeout: 120_000 }).toBe(true)
    await bench.page.waitForTimeout(300)
    for (const pid of fresh()) process.kill(pid, 'SIGKILL')
    await bench.page.waitForTimeout(500)
  }
  await message.waitFor()
  await atRest()
  await bench.shot('killed')
  await message.getByRole('button', { name: /^Retry/ }).first().click()
  await lens(bench, '■ Stop').waitFor()
  await panel.locator('#status progress').waitFor()
  await lens(bench, '■ Stop').click()
  await atRest()
}, 600_000)

test('a window that is loaded again while it evaluates shows what is known, and evaluates again from the panel', async () => {
  await evaluate()
  await bench.reload()
  const panel = await bench.panel()
  await panel.locator('h1', { hasText: 'claim 1' }).waitFor()
  await panel.getByRole('button', { name: /Evaluate|Run again/ }).first().click()
  await lens(bench, '■ Stop').waitFor()
  await lens(bench, '■ Stop').click()
  await atRest()
  await bench.shot('reloaded-while-evaluating')
}, 600_000)

test('the doctor tries the devices', async () => {
  await until(bench.page.locator('.monaco-dialog-box', { hasText: /cpu\s+works/ }), () => bench.command('Scrub: GPU Doctor'))
  await bench.shot('doctor')
  await bench.page.keyboard.press('Escape')
}, 600_000)

test('a server that is killed is started again, and takes its runners with it', async () => {
  const [server] = servers()
  const orphans = runners()
  process.kill(server!, 'SIGKILL')
  await expect.poll(() => servers().filter((pid) => pid !== server).length, { timeout: 120_000 }).toBe(1)
  await expect.poll(() => runners().filter((pid) => orphans.includes(pid)), { timeout: 120_000 }).toEqual([])
  await lens(bench, 'Validated against paren.onnx').waitFor()
  await lens(bench, 'stopped early').waitFor()
}, 600_000)
