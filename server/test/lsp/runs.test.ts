/** Evaluations as a client sees them that shows runs by itself: queue, progress, early results, keys, runs kept from before. */
import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Evaluated } from '../../src/lsp/commands.ts'
import type { HypothesisPlace, RunUpdate } from '../../src/protocol/editor.ts'
import { CAPABLE, fixtures, folderWith, PAREN_ARRAYS, start, uriOf } from './client.ts'

const TOY = readFileSync(join(fixtures, 'toy/toy.scrub'), 'utf8')
const PAREN = readFileSync(join(fixtures, 'paren/paren.scrub'), 'utf8')
const capabilities = { ...CAPABLE, experimental: { scrubRuns: true } }

async function opened(text: string, ...copies: string[]) {
  const folder = folderWith(...copies)
  const server = await start({ folders: [folder], capabilities })
  const updates: RunUpdate[] = []
  server.connection.onNotification('scrub/run', (update: RunUpdate) => void updates.push(update))
  const uri = uriOf(folder, 'a.scrub')
  await server.open(uri, text)
  await server.diagnostics(uri, 1)
  const command = (name: string, hypothesis: string): Promise<Evaluated> => server.request('workspace/executeCommand', { command: name, arguments: [{ uri, hypothesis }] })
  const titles = async (): Promise<string[]> => (await server.request('textDocument/codeLens', { textDocument: { uri } })).map((lens: { command: { title: string } }) => lens.command.title)
  const key = async (hypothesis: string): Promise<string | null> => (await server.request('scrub/key', { uri, hypothesis })).key
  return { folder, server, uri, updates, command, titles, key }
}
const toy = (text = TOY) => opened(text, 'toy/toy.onnx', 'toy/toy.jsonl')

test('what is known is told while it runs: the samples first, then the costs, which are those of the end', async () => {
  const { updates, command } = await opened(`option samples 2000\n${PAREN}`, 'paren/paren.onnx', 'paren/paren.npz', ...PAREN_ARRAYS)
  const answer = await command('scrub.evaluate', 'claim 1')
  if (answer.status !== 'done') throw new Error(JSON.stringify(answer))
  const early = updates.flatMap((update) => (update.state === 'early' ? [update.report.hypotheses[0]!] : []))
  const last = early.at(-1)!
  expect(last).toMatchObject({ name: 'claim 1', partial: true, samples: answer.report.samples, recovered: answer.report.recovered, scrubbed: answer.report.scrubbed, sampled: answer.report.sampled, losses: answer.report.losses })
  expect(new Set(last.nodes.map(({ cost }) => cost))).toEqual(new Set([null]))
  // The graph can be drawn before anything is evaluated.
  const [structure] = updates.flatMap((update) => (update.state === 'structure' ? [update.structure] : []))
  expect(updates.findIndex(({ state }) => state === 'structure')).toBeLessThan(updates.findIndex(({ state }) => state === 'early'))
  const unmeasured = answer.report.nodes.map((node) => ({ ...node, swapRate: null, cost: null, largest: node.largest.map(({ spread: _, ...one }) => ({ ...one, model: null, scrubbed: null })), ...(node.others ? { others: { ...node.others, model: null, scrubbed: null } } : {}) }))
  expect(structure).toEqual({ nodes: unmeasured, unimportant: 'together', components: expect.arrayContaining([{ name: 'a1.h0', tensor: 'a1.h0', layer: 3 }]) })
  const costs = Object.assign({}, ...updates.map((update) => (update.state === 'costs' ? update.costs : {})))
  expect(costs).toEqual(Object.fromEntries(answer.report.nodes.map(({ name, cost }) => [name, cost])))
  const phases = updates.flatMap((update) => (update.state === 'running' ? [update.phase] : []))
  // The pass over the data tells how far it is; what is computed between samples is counted in samples.
  const passes = updates.flatMap((update) => (update.state === 'running' && update.phase === 'cache' ? [update] : []))
  expect(passes.at(-1)!.done).toBe(passes.at(-1)!.total)
  expect(passes.at(-1)!.total).toBeGreaterThan(2000)
  expect([...new Set(phases)]).toEqual(expect.arrayContaining(['start', 'run', 'costs']))
  expect(updates.every(({ hypothesis }) => hypothesis === 'claim 1')).toBe(true)
})

test('the hypotheses of a text and what is expected of them, whether it is open or not', async () => {
  const { server, uri, folder } = await toy()
  const names = async (of: string, text: string) => (await server.request('scrub/hypotheses', { uri: of, text })).map(({ name, expectations }: HypothesisPlace) => [name, ...expectations.map((one) => one.text)].join(' | '))
  const small = 'hypothesis "a b" {\n  node n = x at "y"\n}\nhypothesis c {\nexpect "a b" recovered > 1%\n'
  expect(await names(uri, TOY)).toContain('swapped | expect "swapped"             recovered < 30%')
  // What the client has is newer than what the server was told.
  expect(await names(uri, small)).toEqual(['a b | expect "a b" recovered > 1%', 'c'])
  expect(await names(uriOf(folder, 'closed.scrub'), small)).toEqual(['a b | expect "a b" recovered > 1%', 'c'])
})

test('a refinement is told by how much it differs from what it extends, whose nodes are not asked for their costs', async () => {
  const { command } = await opened(PAREN, 'paren/paren.onnx', 'paren/paren.npz', ...PAREN_ARRAYS)
  const answer = await command('scrub.evaluate', 'claim 1, by class')
  if (answer.status !== 'done') throw new Error(JSON.stringify(answer))
  const [own, base] = answer.whole.hypotheses
  expect([own!.name, base!.name]).toEqual(['claim 1, by class', 'claim 1'])
  expect(own!.difference!.value).toBeCloseTo(own!.recovered.value! - base!.recovered.value!, 9)
  expect(own!.nodes.every(({ cost }) => cost)).toBe(true)
  expect(base!.nodes.map(({ cost }) => cost)).toEqual(base!.nodes.map(() => null))
})

test('stopped while that is evaluated which it extends, it is whole', async () => {
  const { command, updates } = await opened(`option samples 400000\n${PAREN}`, 'paren/paren.onnx', 'paren/paren.npz', ...PAREN_ARRAYS)
  const answer = command('scrub.evaluate', 'claim 1, by class')
  const phases = () => updates.flatMap((update) => (update.state === 'running' ? [update.phase] : []))
  await expect.poll(() => phases().lastIndexOf('run') > phases().indexOf('costs') && phases().includes('costs'), { timeout: 110_000 }).toBe(true)
  await command('scrub.cancel', 'claim 1, by class')
  const told = await answer
  if (told.status !== 'done') throw new Error(told.status)
  expect(told.report).toMatchObject({ partial: false, difference: null })
  expect(told.report.nodes.every(({ cost }) => cost)).toBe(true)
})

test('what works on this machine: a request without parameters', async () => {
  const server = await start({})
  expect(await server.connection.sendRequest('scrub/doctor')).toContain('cpu     works')
})

test('what a document is checked against', async () => {
  const { server, uri } = await toy()
  expect(await server.request('scrub/health', { uri })).toEqual({ text: 'Validated against toy.onnx · 10 operators · 48 data', valid: true, memory: expect.any(Number) })
  await server.change(uri, TOY.replace('toy.onnx', 'none.onnx'), 2)
  expect(await server.request('scrub/health', { uri })).toMatchObject({ text: '✕ Not validated: the model cannot be read', valid: false })
  expect(await server.request('scrub/health', { uri: `${uri}.not-open` })).toBe(null)
})

test('one runs at a time; one that waits says behind which, and leaves the queue at once', async () => {
  const { updates, command, titles } = await opened(`option samples 10000000\n${PAREN}`, 'paren/paren.onnx', 'paren/paren.npz', ...PAREN_ARRAYS)
  const first = command('scrub.evaluate', 'claim 1')
  await expect.poll(() => updates.some(({ state }) => state === 'running'), { timeout: 60_000 }).toBe(true)
  const second = command('scrub.evaluate', 'count only')
  await expect.poll(() => updates.find(({ hypothesis }) => hypothesis === 'count only'), { timeout: 60_000 }).toMatchObject({ state: 'queued', behind: 'claim 1' })
  expect(await titles()).toContain('■ Cancel · queued behind "claim 1"')
  expect(await command('scrub.evaluate', 'count only')).toMatchObject({ status: 'failed', message: '"count only" is being evaluated already.' })
  await command('scrub.cancel', 'count only')
  expect(await second).toEqual({ status: 'cancelled' })
  expect((await titles()).filter((title) => title.startsWith('■'))).toEqual([expect.stringMatching(/^■ Stop · started/)])
  await command('scrub.cancel', 'claim 1')
  expect(await first).toMatchObject({ status: expect.stringMatching('cancelled|partial') })
  // The queue goes on after both.
  const third = command('scrub.evaluate', 'count only')
  await expect.poll(() => updates.findLast(({ hypothesis }) => hypothesis === 'count only')?.state, { timeout: 60_000 }).toBe('running')
  await command('scrub.cancel', 'count only')
  expect(await third).toMatchObject({ status: expect.stringMatching('cancelled|partial') })
})

test('stopping is a cancelled request, whenever it comes; what was sampled is the answer', async () => {
  const { server, uri, updates, titles } = await toy(`option samples 10000000\n${TOY}`)
  const { CancellationTokenSource } = await import('vscode-languageserver/node')
  const ask = (source: InstanceType<typeof CancellationTokenSource>): Promise<Evaluated> => server.connection.sendRequest('workspace/executeCommand', { command: 'scrub.evaluate', arguments: [{ uri, hypothesis: 'A is all' }] }, source.token)
  const early = new CancellationTokenSource()
  const first = ask(early)
  early.cancel()
  expect(await first).toEqual({ status: 'cancelled' })
  const late = new CancellationTokenSource()
  const second = ask(late)
  await expect.poll(() => updates.some(({ state }) => state === 'early'), { timeout: 60_000 }).toBe(true)
  late.cancel()
  const answer = await second
  if (answer.status !== 'partial') throw new Error(JSON.stringify(answer))
  expect(answer.report).toMatchObject({ partial: true, name: 'A is all' })
  expect(answer.report.samples).toBeGreaterThan(0)
  expect((await titles()).filter((title) => title.startsWith('■'))).toEqual([])
})

test.each<[string, (text: string) => string, 'same' | 'other' | 'none']>([
  ['a comment', (text) => `# a comment\n${text}`, 'same'],
  ['layout', (text) => text.replace('= z1 > 3', '=    z1   >   3'), 'same'],
  ['another hypothesis', (text) => text.replace('hypothesis "A is all"', 'hypothesis "A alone"'), 'same'],
  ['the feature', (text) => text.replace('= z1 > 3', '= z1 > 2'), 'other'],
  ['the seed', (text) => `option seed 5\n${text}`, 'other'],
  ['an expectation of it', (text) => `${text}\nexpect "or of two" recovered >= 12%\n`, 'other'],
  ['an expectation of another', (text) => `${text}\nexpect "A is all" recovered >= 12%\n`, 'same'],
  ['a mistake in it', (text) => text.replace('= z1 > 3', '= zz1 > 3'), 'none'],
])('the key of a run after a change of %s', async (_, edit, wanted) => {
  const { server, uri, key } = await toy()
  const before = await key('or of two')
  expect(before).toMatch(/^[0-9a-f]{32}$/)
  const text = edit(TOY)
  expect(text).not.toBe(TOY)
  await server.change(uri, text, 2)
  const after = await key('or of two')
  expect(after === null ? 'none' : after === before ? 'same' : 'other').toBe(wanted)
})

test('the key of a document whose files are still being opened is that of later; one that is not open has none to tell', async () => {
  const folder = folderWith('toy/toy.onnx', 'toy/toy.jsonl')
  const server = await start({ folders: [folder], capabilities })
  const uri = uriOf(folder, 'a.scrub')
  const key = () => server.request('scrub/key', { uri, hypothesis: 'or of two' })
  expect(await key()).toBe(null)
  await server.open(uri, TOY)
  const first = await key()
  expect(first).toEqual({ key: expect.stringMatching(/^[0-9a-f]{32}$/) })
  await server.diagnostics(uri, 1)
  expect(await key()).toEqual(first)
})

test('the key changes with the data', async () => {
  const { folder, key } = await toy()
  const before = await key('or of two')
  const path = join(folder, 'toy.jsonl')
  writeFileSync(path, readFileSync(path, 'utf8').split('\n').slice(0, 50).join('\n'))
  utimesSync(path, 1, 1)
  await expect.poll(() => key('or of two'), { timeout: 60_000 }).not.toBe(before)
})

test('a run that the client has kept is the result after a restart, unless the text is another', async () => {
  const first = await toy()
  const answer = await first.command('scrub.evaluate', 'or of two')
  if (answer.status !== 'done') throw new Error(JSON.stringify(answer))
  expect(answer.key).toBe(await first.key('or of two'))
  const second = await toy()
  const key = await second.key('or of two')
  const known = { uri: second.uri, hypothesis: 'or of two', report: answer.whole, time: Date.now() - 120_000 }
  await second.server.connection.sendNotification('scrub/known', { ...known, key })
  expect((await second.titles())[2]).toMatch(/^Results: .* recovered · 2 min ago$/)
  await second.server.connection.sendNotification('scrub/known', { ...known, key: 'other', time: Date.now() - 60_000 })
  expect((await second.titles())[2]).toMatch(/^Results \(older text\): .* · 1 min ago$/)
})

test('the hover of a node that was evaluated leads to the graph, and no other one', async () => {
  const { server, uri, command } = await toy()
  const hover = async (hypothesis: string): Promise<string> => {
    const line = TOY.slice(0, TOY.indexOf('node A', TOY.indexOf(`hypothesis "${hypothesis}"`))).split('\n').length - 1
    return (await server.request('textDocument/hover', { textDocument: { uri }, position: { line, character: 7 } })).contents.value
  }
  expect(await hover('or of two')).not.toContain('command:')
  await command('scrub.evaluate', 'or of two')
  const [, given] = /\[Show in graph\]\(command:scrub\.showNode\?(.*)\)$/.exec(await hover('or of two'))!
  expect(JSON.parse(decodeURIComponent(given!))).toEqual([{ uri, hypothesis: 'or of two', node: 'A' }])
  expect(await hover('and')).not.toContain('command:')
})

test('an expectation about two hypotheses is judged: both are evaluated', async () => {
  const { command } = await toy()
  const answer = await command('scrub.evaluate', 'or of two')
  if (answer.status !== 'done') throw new Error(JSON.stringify(answer))
  expect(answer.report.expectations.map(({ text, holds }) => [text.replace(/ +/g, ' '), holds])).toEqual([['expect "or of two" recovered > 95%', true], ['expect "or of two" recovered > "wrong threshold"', true]])
  expect(answer.whole.hypotheses.map(({ name }) => name)).toEqual(['or of two', 'wrong threshold'])
})

test('a hypothesis that is being typed leaves the others their evaluation, and says why it has none', async () => {
  const typed = `${TOY}\nhypothesis "typed" {\n  node out = any at "logit\n}\n`
  const { command, titles } = await toy(typed)
  expect(await command('scrub.evaluate', 'or of two')).toMatchObject({ status: 'done' })
  expect((await titles()).slice(-2)).toEqual(['✕ Fix 1 error to evaluate', 'No results yet'])
  expect(await command('scrub.evaluate', 'typed')).toMatchObject({ status: 'failed', failure: 'bad-input', message: expect.stringMatching(new RegExp(`^"typed" cannot be evaluated. Line ${TOY.split('\n').length + 2}: .*the string has no end`)) })
})

test('the null band and the other ways to draw are asked for in the settings; a result without them is none for them', async () => {
  const { server, command, key } = await toy()
  const plain = await command('scrub.evaluate', 'A is all')
  const before = await key('A is all')
  await server.connection.sendNotification('workspace/didChangeConfiguration', { settings: { scrub: { evaluate: { nullHypotheses: 3, sensitivity: true } } } })
  await expect.poll(() => key('A is all')).not.toBe(before)
  const answer = await command('scrub.evaluate', 'A is all')
  if (plain.status !== 'done' || answer.status !== 'done') throw new Error(JSON.stringify([plain, answer]))
  expect(plain.report).not.toHaveProperty('null')
  expect(answer.report.null!.values).toHaveLength(3)
  expect(answer.report.sensitivity!.together).toEqual(plain.report.recovered)
})

test('the device is a setting: one that is not there gives no result, and the next run is on the CPU again', async () => {
  const { server, command, key } = await toy()
  const set = (device: string) => server.connection.sendNotification('workspace/didChangeConfiguration', { settings: { scrub: { evaluate: { device } } } })
  const before = await key('A is all')
  // Of another system: neither Linux nor Windows has it.
  const other = process.platform === 'darwin' ? 'dml' : 'coreml'
  await set(other)
  await expect.poll(() => key('A is all')).not.toBe(before)
  expect(await command('scrub.evaluate', 'A is all')).toMatchObject({
    status: 'failed', failure: 'provider-unavailable',
    message: expect.stringMatching(new RegExp(`^Device "${other}" cannot be used on this machine\\. ONNX Runtime for \\w+ \\w+ does not have it\\. Use scrub\\.evaluate\\.device cpu, or see what works here: scrub doctor\\.$`)),
  })
  // A name that is none counts as not set.
  await set('abacus')
  await expect.poll(() => key('A is all')).toBe(before)
  const answer = await command('scrub.evaluate', 'A is all')
  if (answer.status !== 'done') throw new Error(JSON.stringify(answer))
  expect(answer.whole.device).toBe('cpu')
})
