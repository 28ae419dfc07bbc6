/** The runner process: cancelled, killed, fed nonsense; whoever asked always gets one answer. */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import schema from '../../src/protocol/report.schema.json' with { type: 'json' }
import { startClasses, startRun, type RunOutcome } from '../../src/runner/client.ts'
import { fixture } from '../scrub/run-file.ts'
import { childrenOf } from './children.ts'

const paren = fixture('paren/paren.scrub')
const toy = fixture('toy/toy.scrub')
const text = (file: string): string => readFileSync(file, 'utf8')

/** Processes of ours whose parent is this one. */
const runners = (): number[] => childrenOf(process.pid, 'runner')

async function gone(): Promise<void> {
  const end = Date.now() + 5000
  while (runners().length > 0 && Date.now() < end) await new Promise((r) => setTimeout(r, 20))
  expect(runners()).toEqual([])
}

/** Starts a long run and calls `then` when its batches are running, at most `times` times. */
function long(then: (running: { cancel(): void }) => void, times = 1, samples = 3_000_000): Promise<RunOutcome> {
  let last = 0
  const running = startRun({ file: paren, text: text(paren), hypotheses: ['claim 1'], samples, device: 'cpu', costs: false }, {
    onProgress: ({ phase, done }) => {
      if (times === 0 || phase !== 'run' || done <= last) return
      times--
      last = done
      then(running)
    },
  })
  return running.result
}

const kill = (signal: NodeJS.Signals) => (): void => runners().forEach((pid) => process.kill(pid, signal))

test('a run gives its report', async () => {
  const outcome = await startRun({ file: toy, text: text(toy), hypotheses: ['A is all'], samples: 500, device: 'cpu', costs: true }).result
  expect(outcome).toMatchObject({ kind: 'report', partial: false, report: { device: 'cpu', hypotheses: [{ name: 'A is all', samples: 500 }] } })
  await gone()
})

test('a file with errors gives findings', async () => {
  const outcome = await startRun({ file: toy, text: 'model "toy.onnx" data "toy.jsonl" metric m = nothing', device: 'cpu', costs: false }).result
  expect(outcome.kind).toBe('findings')
  await gone()
})

test('a cancelled run keeps what it has, and the process ends', async () => {
  const outcome = await long((running) => running.cancel())
  expect(outcome).toMatchObject({ kind: 'report', partial: true })
  if (outcome.kind === 'report') {
    expect(outcome.report.hypotheses[0]!.samples).toBeGreaterThan(0)
    expect(outcome.report.hypotheses[0]!.samples).toBeLessThan(3_000_000)
    // Nothing is left out of it.
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema)
    validate(outcome.report)
    expect(validate.errors).toBeNull()
  }
  await gone()
}, 60_000)

test('a killed runner is replaced, and the result is the same', async () => {
  const samples = 400_000
  const whole = await long(() => {}, 0, samples)
  const killed = await long(kill('SIGKILL'), 2, samples)
  if (whole.kind !== 'report' || killed.kind !== 'report') throw new Error('no report')
  const timeless = ({ report: { time: _, sharedSeconds: __, ...report } }: typeof whole) => ({ ...report, hypotheses: report.hypotheses.map((h) => ({ ...h, seconds: 0, costSeconds: 0 })) })
  expect(timeless(killed)).toEqual(timeless(whole))
  await gone()
}, 120_000)

test.each([
  ['SIGSEGV', 'crashed', /^The runner stopped \(SIGSEGV\); .*\.$/],
  ['SIGKILL', 'out-of-memory', /--memory/],
] as const)('a runner that dies again and again (%s) is one sentence', async (signal, failure, message) => {
  expect(await long(kill(signal), Infinity)).toMatchObject({ kind: 'failed', failure, message: expect.stringMatching(message) })
  await gone()
}, 120_000)

test('twenty runs started and cancelled at once leave no process', async () => {
  for (let i = 0; i < 20; i++) {
    const running = startRun({ file: toy, text: text(toy), device: 'cpu', costs: false })
    setTimeout(() => running.cancel(), i * 15)
    await running.result
  }
  await gone()
}, 120_000)

test('classes of a node', async () => {
  const outcome = await startClasses({ file: toy, text: text(toy), hypothesis: 'A is all', node: 'A' }).result
  expect(outcome).toMatchObject({ kind: 'classes', answer: { node: 'A', classes: 2, rows: 48 } })
  await gone()
})
