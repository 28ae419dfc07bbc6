/** A runner that waits between evaluations: the second starts warm and gives the same report; whatever ends badly is not used again. */
import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import type { RunRequest } from '../../src/protocol/runner.ts'
import { startRun, type RunOutcome } from '../../src/runner/client.ts'
import { WarmRunner } from '../../src/runner/warm.ts'
import { fixture } from '../scrub/run-file.ts'
import { childrenOf } from './children.ts'

const paren = fixture('paren/paren.scrub')
const request: RunRequest = { file: paren, text: readFileSync(paren, 'utf8'), hypotheses: ['claim 1'], samples: 400, device: 'cpu', costs: true }

const runners = (): number[] => childrenOf(process.pid, 'runner')

function made(idle = 60_000) {
  const warm = new WarmRunner({ idle: () => idle })
  onTestFinished(async () => {
    warm.close()
    await expect.poll(runners, { timeout: 10_000 }).toEqual([])
  })
  return (more: Partial<RunRequest> = {}) => startRun({ ...request, ...more }, {}, warm)
}

/** Without what is of the moment. */
function told(outcome: RunOutcome): unknown {
  if (outcome.kind !== 'report') throw new Error(JSON.stringify(outcome))
  const { time: _, sharedSeconds: __, hypotheses, ...report } = outcome.report
  return { ...report, hypotheses: hypotheses.map(({ seconds: ___, costSeconds: ____, ...one }) => one) }
}

test('the second evaluation is made by the same process and says the same', async () => {
  const run = made()
  const first = await run().result
  const [pid, ...others] = runners()
  expect(others).toEqual([])
  const second = await run().result
  expect(runners()).toEqual([pid])
  expect(told(second)).toEqual(told(first))
})

test('another hypothesis in a warm runner says what it says in a cold one', async () => {
  const run = made()
  await run().result
  const other = { hypotheses: ['swapped'] }
  expect(told(await run(other).result)).toEqual(told(await startRun({ ...request, ...other }).result))
})

test('two at a time have a process each, of which one waits', async () => {
  const run = made()
  const both = await Promise.all([run().result, run({ hypotheses: ['swapped'] }).result])
  expect(both.map(({ kind }) => kind)).toEqual(['report', 'report'])
  await expect.poll(() => runners().length, { timeout: 10_000 }).toBe(1)
})

test.each<[string, (run: ReturnType<typeof made>) => Promise<unknown>]>([
  ['was cancelled', async (run) => {
    const running = run({ samples: 3_000_000 })
    await expect.poll(() => runners().length, { timeout: 10_000 }).toBe(1)
    setTimeout(() => running.cancel(), 1500)
    return running.result
  }],
  ['failed', (run) => run({ device: 'no such device' }).result],
  ['is of other threads', (run) => run({ threads: 1 }).result.then(() => run({ threads: 2 }).result)],
  ['was killed while it waited', async (run) => {
    await run().result
    for (const pid of runners()) process.kill(pid, 'SIGKILL')
    await expect.poll(runners, { timeout: 10_000 }).toEqual([])
  }],
])('one that %s is not used again, and the next evaluation works', async (_, before) => {
  const run = made()
  await before(run)
  const used = runners()
  const outcome = await run({ threads: 3 }).result
  expect(outcome.kind).toBe('report')
  await expect.poll(() => runners().filter((pid) => used.includes(pid)), { timeout: 10_000 }).toEqual([])
})

test('one that nobody asks ends', async () => {
  const run = made(50)
  expect((await run().result).kind).toBe('report')
  await expect.poll(runners, { timeout: 10_000 }).toEqual([])
})
