/** The runner dies, at every stage and of every cause: another one goes on, with the same result; nothing stays behind. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { childrenOf } from '../runner/children.ts'
import { CASES, came, command, expectClear, expectNothingLeft, LONG, numbers, numbersOf, OUTPUTS, place, reportIn, RUN, SEED, type Fault, type Place } from './harness.ts'

const undisturbed = async (args: readonly string[]): Promise<{ numbers: unknown; files: number[] }> => {
  const at = place()
  expect(await command(at, args).ended).toMatchObject({ exitCode: 0 })
  return { numbers: numbersOf(reportIn(at)), files: sizesOf(at) }
}
const sizesOf = (at: Place): number[] => OUTPUTS.slice(1).map((name) => readFileSync(join(at.work, name)).length)

let [whole, long]: Awaited<ReturnType<typeof undisturbed>>[] = []
beforeAll(async () => {
  whole = await undisturbed(RUN)
  long = await undisturbed(LONG)
})

/** Stages of a run in their order, and how often each is reached at least. */
const STAGES: readonly [stage: string, times: number][] = [
  ['start', 1], ['opening', 1], ['session', 6], ['session run', 100], ['features', 1], ['cache', 2], ['baseline', 1], ['run', 2], ['costs', 2], ['null', 1], ['writing', 1], ['rename', 3],
]
const CAUSES = ['SIGKILL', 'SIGSEGV', 'heap', 'memory'] as const

/** The run with its runner dying once is the run that nothing happened to. */
async function survives(fault: Fault): Promise<void> {
  const at = place()
  const { exitCode, stdout, stderr } = await command(at, RUN, fault).ended
  expect(came(at)).toBe(1)
  expectClear(stderr, /^The runner stopped \((SIG[A-Z]+|exit code \d+)\); a new one (goes on from its last batch|starts from the beginning)\.\n|^Wrote /)
  expect(exitCode).toBe(0)
  expect(stdout).toContain('expect "or of two"')
  expect(numbersOf(reportIn(at))).toEqual(whole!.numbers)
  expect(sizesOf(at)).toEqual(whole!.files)
  expectNothingLeft(at, OUTPUTS)
}

test.each(STAGES.flatMap(([stage], i) => {
  // Each cause at some stages, each stage by two causes; SCRUB_FAULT_CASES=12 and more: all of them.
  const causes = CASES >= STAGES.length ? CAUSES : ['SIGKILL' as const, CAUSES[1 + ((i + SEED) % 3)]!]
  return causes.map((cause) => [stage, cause] as const)
}))('at the stage "%s", by %s', (at, fault) => survives({ at, fault }))

const next = numbers(SEED)
test.each(Array.from({ length: CASES }, () => {
  const [stage, times] = STAGES[Math.floor(next() * STAGES.length)]!
  return [1 + Math.floor(next() * times), stage, CAUSES[Math.floor(next() * 2)]!] as const
}))('at the time %i that "%s" is reached, by %s', (nth, at, fault) => survives({ at, nth, fault }))

test.each(Array.from({ length: CASES }, () => Math.round(next() * 1500)))('after %i ms, whatever it is doing then', async (delay) => {
  const at = place()
  const { child, ended } = command(at, LONG)
  setTimeout(() => childrenOf(child.pid!, 'runner').forEach((pid) => process.kill(pid, 'SIGKILL')), delay)
  const { exitCode, stderr } = await ended
  expectClear(stderr, /Wrote report\.json/)
  expect(exitCode).toBe(0)
  expect(numbersOf(reportIn(at))).toEqual(long!.numbers)
  expectNothingLeft(at, OUTPUTS)
})

test('after a batch: what was told of it is not computed again', async () => {
  const at = place()
  const { exitCode, stderr } = await command(at, LONG, { at: 'batch', nth: 2, fault: 'SIGKILL' }).ended
  expectClear(stderr, /^The runner stopped \(SIGKILL\); a new one goes on from its last batch\.$/m)
  expect(exitCode).toBe(0)
  expect(numbersOf(reportIn(at))).toEqual(long!.numbers)
  expectNothingLeft(at, OUTPUTS)
})

test.each(['SIGKILL', 'SIGSEGV', 'heap'] as const)('again and again, by %s: one sentence, and what was there before stays', async (fault) => {
  const at = place()
  writeFileSync(join(at.work, 'report.json'), 'precious')
  const { exitCode, stderr, stdout } = await command(at, RUN, { at: 'features', fault, times: 100 }).ended
  expect(came(at)).toBe(2)
  expectClear(stderr, fault === 'SIGSEGV' ? /^scrub: The runner stopped \(SIGSEGV\); nothing else is affected: run again/m : /^scrub: The runner was stopped \(SIG(KILL|ABRT)\), probably for want of memory: lower --memory or --batch/m)
  expect([exitCode, stdout]).toEqual([3, ''])
  expect(readFileSync(join(at.work, 'report.json'), 'utf8')).toBe('precious')
  expectNothingLeft(at, ['report.json'])
})

test('the command is killed while it writes: the next run takes away what it left, and replaces what was there before', async () => {
  const at = place()
  writeFileSync(join(at.work, 'report.json'), 'precious')
  const { signal } = await command(at, RUN, { process: 'command', at: 'rename', fault: 'SIGKILL' }).ended
  expect(signal).toBe('SIGKILL')
  expect(readFileSync(join(at.work, 'report.json'), 'utf8')).toBe('precious')
  expect((await command(at, RUN).ended).exitCode).toBe(0)
  expect(numbersOf(reportIn(at))).toEqual(whole!.numbers)
  expectNothingLeft(at, OUTPUTS)
})
