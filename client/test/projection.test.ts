/** What the panel is told: nothing that it has, everything that it lacks, and always the last word. */
import { expect, test } from 'vitest'
import type { HostToPage } from '../../media/src/messages.ts'
import type { HypothesisReport, Interval, Report, Structure } from '../../server/src/protocol/report.ts'
import { Projection } from '../src/projection.ts'
import type { RunHead } from '../src/report-store.ts'
import type { Shown, Target } from '../src/runs.ts'

const at = (value: number): Interval => ({ value, low: value, high: value })
const hypothesis = (name: string, value: number): HypothesisReport => ({ name, recovered: at(value), nodes: [] }) as unknown as HypothesisReport
const report = (name: string, value: number): Report => ({ schema: 2, model: { sha256: 'm' }, data: { sha256: 'd' }, metric: { name: 'loss' }, hypotheses: [hypothesis(name, value)] }) as unknown as Report
const head = (name: string, time: number, partial = false): RunHead => ({ uri: 'file:///a', hypothesis: name, key: `k${time}`, time, partial, seed: 0, samples: 10, recovered: at(0.5) })
const A: Target = { uri: 'file:///a', hypothesis: 'A' }
const B: Target = { uri: 'file:///a', hypothesis: 'B' }

/** `shown` is what the runs hold; each reading of the history waits for `release`, the latest call first where asked for. */
function made() {
  const shown: Record<string, Shown> = { A: { report: null, state: 'empty' }, B: { report: null, state: 'empty' } }
  const sent: HostToPage[] = []
  const waiting: (() => void)[] = []
  const projection = new Projection({
    shown: (target) => shown[target.hypothesis]!,
    history: ({ hypothesis: name }) => new Promise((resolve) => waiting.push(() => resolve([head(name, 2), head(name, 1, true)]))),
    read: async (one) => ({ ...one, report: report(one.hypothesis, 0.1) }),
    names: async () => ['B', 'A'],
    send: (message) => void sent.push(message),
  })
  projection.look(A)
  const set = (target: Target, state: Shown): void => {
    shown[target.hypothesis] = state
    projection.changed(target)
  }
  /** Lets the histories be read, in the order given by their index; all of them otherwise. */
  const settle = async (...order: number[]): Promise<void> => {
    const ready = (order.length > 0 ? order : waiting.map((_, i) => i)).map((i) => waiting[i]!)
    waiting.splice(0)
    for (const go of ready) go()
    await new Promise((resolve) => setTimeout(resolve))
  }
  return { projection, set, settle, sent, said: () => sent.splice(0).map(saying) }
}

function saying(message: HostToPage): string {
  if (message.type === 'report') return `report ${message.hypothesis} ${message.state ?? 'live'} ${message.report?.hypotheses.map(({ name, recovered }) => `${name}=${recovered.value}`).join(' ') ?? message.structure?.nodes.map(({ name }) => name).join(' ') ?? 'none'}`
  if (message.type === 'progress') return `progress ${message.progress?.done ?? ''}${message.message ?? ''}`
  return message.type === 'costs' ? `costs ${Object.keys(message.costs).join(' ')}` : message.type
}

const running = (now: Report | null, done: number): Shown => ({ report: now, state: 'running', progress: { phase: 'samples', done, total: 10, started: 0 } })

test('a run from its beginning to its end', async () => {
  const { set, settle, said } = made()
  set(A, { report: null, state: 'running' })
  await settle()
  expect(said()).toEqual(['report A running none'])
  set(A, running(null, 1))
  expect(said()).toEqual(['progress 1'])
  const structure = { nodes: [{ name: 'n' }, { name: 'm' }] } as unknown as Structure
  set(A, { ...running(null, 1), structure })
  await settle()
  set(A, { ...running(null, 2), structure })
  expect(said()).toEqual(['report A running n m', 'progress 2'])
  const early = report('A', 0.3)
  set(A, running(early, 2))
  await settle()
  set(A, running(early, 3))
  expect(said()).toEqual(['report A running A=0.3', 'progress 3'])
  set(A, { report: report('A', 0.4) })
  await settle()
  expect(said()).toEqual(['report A live A=0.4'])
})

test('steps that come while it is drawn are in what is drawn', async () => {
  const { set, settle, said } = made()
  set(A, { report: null, state: 'running' })
  set(A, running(null, 1))
  set(A, running(report('A', 0.3), 2))
  await settle()
  expect(said()).toEqual(['report A running A=0.3'])
})

test('what was asked for last is shown last, whichever is read first', async () => {
  const { set, settle, said } = made()
  set(A, { report: report('A', 0.3), state: 'stale' })
  set(A, { report: report('A', 0.4) })
  await settle(1, 0)
  expect(said()).toEqual(['report A live A=0.4'])
})

test('another hypothesis in the meantime', async () => {
  const { projection, set, settle, said } = made()
  set(A, { report: report('A', 0.3) })
  projection.look(B)
  set(B, { report: report('B', 0.5) })
  set(A, { report: report('A', 0.4), state: 'stale' })
  await settle()
  expect(said()).toEqual(['report B live B=0.5'])
})

test('the others of the file stand beside it in its order, where they are of the text as it is', async () => {
  const { set, settle, said } = made()
  set(B, { report: report('B', 0.5), state: 'cached' })
  set(A, { report: report('A', 0.3) })
  await settle()
  expect(said()).toEqual(['report A live B=0.5 A=0.3'])
  set(B, running(report('B', 0.6), 1))
  await settle()
  expect(said()).toEqual([])
  set(B, { report: report('B', 0.6) })
  await settle()
  set(B, { report: report('B', 0.6), state: 'stale' })
  await settle()
  expect(said()).toEqual(['report A live B=0.6 A=0.3', 'report A live A=0.3'])
})

test('costs are collected, and no report is drawn for them', async () => {
  const { projection, set, settle, sent, said } = made()
  set(A, { report: report('A', 0.3), state: 'running' })
  // Not drawn yet: what comes now is in the report that will be sent.
  projection.collect(A, { n: at(0.2) })
  await settle()
  expect(said()).toEqual(['report A running A=0.3'])
  for (const name of ['n', 'm']) {
    projection.collect(A, { [name]: at(0.1) })
    set(A, running(report('A', 0.3), 1))
  }
  projection.collect(B, { other: at(0.1) })
  await expect.poll(() => sent.length, { timeout: 10_000 }).toBe(3)
  expect(said()).toEqual(['progress 1', 'progress 1', 'costs n m'])
})

test('a run to compare with, and none again', async () => {
  const { projection, set, settle, sent } = made()
  set(A, { report: report('A', 0.3) })
  await settle()
  const compared = projection.compare(head('B', 1))
  await settle()
  await compared
  void projection.compare(undefined)
  await settle()
  expect(sent.map((message) => message.type === 'report' && message.compare?.hypothesis)).toEqual([undefined, 'B', undefined])
  expect(sent[0]).toMatchObject({ history: [{ time: 2 }] })
})
