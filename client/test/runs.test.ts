/** The states of evaluations: what is shown of each hypothesis, whatever else goes on. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { HypothesisReport, Interval, Report } from '../../server/src/protocol/report.ts'
import { ReportStore } from '../src/report-store.ts'
import { Runs, type Answer, type Shown, type Target } from '../src/runs.ts'

const at = (value: number): Interval => ({ value, low: value, high: value })
const report = (hypothesis: string, value: number, partial = false): Report =>
  ({ time: '2026-01-01T00:00:00Z', hypotheses: [{ name: hypothesis, partial, seed: 0, samples: 10, recovered: at(value), nodes: [{ name: 'n', cost: null }, { name: 'm', cost: null }] } as unknown as HypothesisReport] }) as unknown as Report
const A = { uri: 'file:///a', hypothesis: 'A' }
const B = { uri: 'file:///a', hypothesis: 'B' }

/** `keys` are those of the text as it is; evaluations are answered when the test says so. */
function made() {
  const folder = mkdtempSync(join(tmpdir(), 'scrub-runs-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const keys: Record<string, string | null | undefined> = { A: 'a1', B: 'b1' }
  const log: string[] = []
  const asked: string[] = []
  const answers = new Map<string, (answer: Answer | null | Error) => void>()
  const make = () => new Runs(new ReportStore(folder), {
    evaluate: ({ hypothesis }, batch, stopped) => new Promise((resolve, reject) => {
      stopped.addEventListener('abort', () => log.push(`stop ${hypothesis}`))
      asked.push(`${hypothesis}${batch ?? ''}`)
      answers.set(hypothesis, (answer) => (answer instanceof Error ? reject(answer) : resolve(answer)))
    }),
    key: async ({ hypothesis }) => keys[hypothesis],
    known: ({ hypothesis, key }) => void log.push(`known ${hypothesis} ${key}`),
    changed: ({ hypothesis }, shown) => void log.push(`${hypothesis}: ${said(shown)}`),
    failed: (what) => void log.push(`failed ${what}`),
  })
  /** Answers once the server has been asked. */
  const answer = async (hypothesis: string, given: Answer | null | Error): Promise<void> => {
    await expect.poll(() => answers.has(hypothesis), { timeout: 60_000 }).toBe(true)
    answers.get(hypothesis)!(given)
    answers.delete(hypothesis)
  }
  const done = (hypothesis: string, value: number): Answer => ({ status: 'done', whole: report(hypothesis, value), key: keys[hypothesis]! })
  return { runs: make(), make, keys, log, asked, answer, done }
}

const said = ({ report: shown, state, message }: Shown): string => [state ?? 'live', shown ? shown.hypotheses[0]!.recovered.value : 'none', ...(message ? [message] : [])].join(' ')

test('two at a time: each has its own result, in whatever order they end', async () => {
  const { runs, answer, done } = made()
  const [a, b] = [runs.evaluate(A), runs.evaluate(B)]
  await answer('B', done('B', 0.2))
  expect(await b).toMatchObject({ kind: 'done' })
  expect([said(runs.shown(A)), said(runs.shown(B))]).toEqual(['running none', 'live 0.2'])
  await answer('A', done('A', 0.1))
  await a
  expect([said(runs.shown(A)), said(runs.shown(B))]).toEqual(['live 0.1', 'live 0.2'])
})

test('a second call while it runs waits for the same end', async () => {
  const { runs, answer, asked, done } = made()
  const both = [runs.evaluate(A), runs.evaluate(A)]
  await answer('A', done('A', 0.1))
  expect(new Set(await Promise.all(both)).size).toBe(1)
  expect(asked).toEqual(['A'])
})

test('what was evaluated is not evaluated again, unless that is wanted; also by another window', async () => {
  const { runs, make, answer, asked, log, done } = made()
  const first = runs.evaluate(A)
  await answer('A', done('A', 0.1))
  await first
  expect(await runs.evaluate(A)).toMatchObject({ kind: 'done', cached: true })
  expect(await make().evaluate(A)).toMatchObject({ kind: 'done', cached: true })
  expect(log.filter((line) => line.startsWith('known'))).toEqual(['known A a1', 'known A a1'])
  expect(asked).toEqual(['A'])
  const again = runs.evaluate(A, { again: true, batch: 64 })
  await answer('A', done('A', 0.3))
  expect(await again).toMatchObject({ cached: false })
  expect(asked).toEqual(['A', 'A64'])
})

test('a result that was stopped early is none to come back to', async () => {
  const { runs, answer, asked } = made()
  const first = runs.evaluate(A)
  await answer('A', { status: 'partial', whole: report('A', 0.1, true), key: 'a1' })
  expect(await first).toMatchObject({ kind: 'partial' })
  expect(said(runs.shown(A))).toBe('partial 0.1')
  const again = runs.evaluate(A)
  await answer('A', { status: 'cancelled' })
  await again
  expect(asked).toEqual(['A', 'A'])
})

test.each<[string, string | null | undefined, string]>([
  ['another text', 'a2', 'stale 0.1 The text, the model or the data changed since this was evaluated.'],
  ['a mistake', null, 'stale 0.1 From before the mistakes that this hypothesis has now.'],
  ['the same text', 'a1', 'live 0.1'],
  ['no server to ask', undefined, 'live 0.1'],
])('after an edit to %s', async (_, key, expected) => {
  const { runs, answer, keys, done } = made()
  const first = runs.evaluate(A)
  await answer('A', done('A', 0.1))
  await first
  keys['A'] = key
  await runs.age(A)
  expect(said(runs.shown(A))).toBe(expected)
  keys['A'] = 'a1'
  await runs.age(A)
  expect(said(runs.shown(A))).toBe('live 0.1')
})

test('while it runs: queued, steps, what is known, costs; stopping is said at once', async () => {
  const { runs, answer, asked, log } = made()
  const run = runs.evaluate(A)
  await expect.poll(() => asked, { timeout: 60_000 }).toEqual(['A'])
  runs.take({ ...A, state: 'queued', behind: 'B' })
  expect(said(runs.shown(A))).toBe('running none Waits for "B" to finish.')
  runs.take({ ...A, state: 'running', phase: 'run', done: 5, total: 10, started: 7 })
  expect(runs.shown(A)).toEqual({ report: null, state: 'running', progress: { phase: 'run', done: 5, total: 10, started: 7 } })
  runs.take({ ...A, state: 'early', report: report('A', 0.4, true) })
  runs.take({ ...A, state: 'costs', costs: { m: at(0.05) } })
  expect(runs.shown(A).report!.hypotheses[0]!.nodes.map(({ cost }) => cost?.value)).toEqual([undefined, 0.05])
  runs.take({ ...B, state: 'early', report: report('B', 0.9) })
  expect(said(runs.shown(B))).toBe('empty none')
  runs.stop(A)
  expect(log.slice(-2)).toEqual(['A: running 0.4 Stopping.', 'stop A'])
  await answer('A', { status: 'partial', whole: report('A', 0.45, true), key: 'a1' })
  await run
  runs.take({ ...A, state: 'early', report: report('A', 0.4, true) })
  expect(said(runs.shown(A))).toBe('partial 0.45')
})

test.each<[string, Answer | null | Error, string]>([
  ['it fails', { status: 'failed', failure: 'out-of-memory', message: 'Too large.' }, 'failed 0.1 Too large.'],
  ['there is no answer', null, 'failed 0.1 The language server gave no answer: see the log.'],
  ['the server dies', new Error('gone'), 'failed 0.1 The language server stopped during the evaluation: it is started again; evaluate once more.'],
  ['it is stopped', { status: 'cancelled' }, 'stale 0.1 Stopped before the first samples; this is an earlier run.'],
])('the earlier result stays where %s', async (_, given, expected) => {
  const { runs, answer, keys, done } = made()
  const first = runs.evaluate(A)
  await answer('A', done('A', 0.1))
  await first
  keys['A'] = 'a2'
  const second = runs.evaluate(A)
  await answer('A', given)
  await second
  expect(said(runs.shown(A))).toBe(expected)
})

test('what is on disk is opened as what it is', async () => {
  const { runs, make, answer, keys, done } = made()
  for (const target of [A, B]) {
    const run = runs.evaluate(target)
    await answer(target.hypothesis, done(target.hypothesis, 0.1))
    await run
  }
  keys['B'] = 'b2'
  const later = make()
  const opened = async (target: Target) => said(await later.open(target))
  expect(await opened(A)).toBe('cached 0.1 From an earlier run of the same hypothesis, model, data and options.')
  expect(await opened(B)).toBe('stale 0.1 The text, the model or the data changed since this was evaluated.')
  expect(await opened({ uri: 'file:///c', hypothesis: 'A' })).toBe('empty none')
})
