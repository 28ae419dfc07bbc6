/**
 * Shards that are killed half-way, at any time: what is there is whole, submitting again runs exactly what is missing, and the merged report
 * is that of the single run. SCRUB_KILL_SEED chooses other times, and SCRUB_KILL_ROUNDS says how often a Slurm array is killed, also by its
 * time limit, which takes a minute.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Report } from '../../src/protocol/report.ts'
import { drawKey, uniform } from '../../src/scrub/random.ts'
import { differences } from '../scrub/report-differences.ts'
import { folder } from './folder.ts'
import { runProcess, start } from './process.ts'
import { startSlurm, until, withoutSlurm, type Slurm } from './slurm.ts'

const text = `model "sum.onnx"
data "sum.jsonl"
metric err = (y - t) ** 2
hypothesis "first" {
  node out = any at y
}
hypothesis "second" {
  node A = a at A
  node out = A at y
}
expect "second" recovered > 5%
`
const seed = Number(process.env['SCRUB_KILL_SEED'] ?? 1)
const rounds = Number(process.env['SCRUB_KILL_ROUNDS'] ?? 0)

/** Numbers from 0 to 1, of this seed. */
function times(of: string, count: number): number[] {
  const numbers = new Float64Array(count)
  uniform(drawKey(seed, of), 0, numbers)
  return [...numbers]
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const read = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8')) as Report

test('a run that is killed while it writes its report leaves the old one or the whole new one', async () => {
  const path = folder({ 'a.scrub': text })
  mkdirSync(join(path, 's'))
  const shard = (seed: number) => start(['run', 'a.scrub', '-n', '400000', '--seed', String(seed), '--no-costs', '--device', 'cpu', '--shard', '1/2', '--json', 's/1.json'], path)
  expect((await shard(0).ended).exitCode).toBe(0)
  const seen: number[] = []
  for (const [i, time] of times('write', 4).entries()) {
    const { child, ended } = shard(i + 1)
    let over = false
    void ended.then(() => (over = true))
    while (!over && !readdirSync(join(path, 's')).some((name) => name.endsWith('.tmp'))) await wait(1)
    await wait(time * 10)
    child.kill('SIGKILL')
    await ended
    seen.push(read(path, 's/1.json').seed)
    expect(read(path, 's/1.json').hypotheses.map(({ samples }) => samples)).toEqual([200_000, 200_000])
  }
  // As far as it came.
  seen.forEach((own, i) => expect([i + 1, ...seen.slice(0, i), 0]).toContain(own))
}, 120_000)

/** Processes of the shards that write into this folder, and their children. */
function processes(shards: string): { readonly pid: number; readonly children: readonly number[] }[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const parent = /^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))![1]!
      return [{ pid: Number(name), parent: Number(parent), line: readFileSync(`/proc/${name}/cmdline`, 'utf8') }]
    } catch {
      return [] // It has just ended.
    }
  })
  return all.filter(({ line }) => line.includes(`\0--json\0${shards}/`) && line.includes('\0--shard\0')).map(({ pid }) => ({ pid, children: all.filter(({ parent }) => parent === pid).map((child) => child.pid) }))
}

function signal(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, name)
  } catch {
    // It has just ended.
  }
}

type Way = 'cancelled' | 'killed' | 'without its runner' | 'out of time'
const OF = 4

async function kill(way: Way, job: string, shards: string, slurm: Slurm): Promise<void> {
  const running = processes(shards)
  if (way === 'cancelled') await slurm.command('scancel', job)
  // Of two that run at once, one.
  if (way === 'killed') signal(running.at(-1)?.pid, 'SIGKILL')
  if (way === 'without its runner') for (const { children } of running) children.forEach((pid) => signal(pid, 'SIGKILL'))
  if (way === 'out of time') signal(running[0]?.pid, 'SIGSTOP')
}

/** Shards whose reports are whole. */
const done = (shards: string): number[] => Array.from({ length: OF }, (_, i) => i + 1).filter((i) => existsSync(join(shards, `${i}-of-${OF}.json`)) && read(shards, `${i}-of-${OF}.json`).shard!.stopped !== true)

const missing = withoutSlurm()
test.skipIf(missing !== undefined)(`an array of a real Slurm that is killed half-way${missing === undefined ? '' : ` (${missing})`}`, async () => {
  const slurm = await startSlurm()
  onTestFinished(slurm.stop)
  const path = folder({ 'a.scrub': text })
  const shards = join(path, 'r.shards')
  const run = ['a.scrub', '-n', '1000000', '--device', 'cpu', '--null', '2', '--sensitivity']
  const idle = () => until(async () => (await slurm.command('squeue', '-h')).trim() === '', 'the end of all jobs', 240)
  const single = await runProcess(['run', ...run, '--json', 'single.json'], path)
  expect(single).toMatchObject({ exitCode: 0 })
  const ways: Way[] = rounds > 0 ? times('ways', rounds).map((x) => (['cancelled', 'killed', 'without its runner', 'out of time'] as const)[Math.floor(x * 4)]!) : ['cancelled', 'killed', 'without its runner']
  for (const [i, way] of ways.entries()) {
    rmSync(shards, { recursive: true, force: true })
    rmSync(join(path, 'r.json'), { force: true })
    const submit = async (...args: string[]) => {
      const told = await runProcess(['submit', ...run, '--slurm', '--array', String(OF), '--json', 'r.json', ...args], path, slurm.variables)
      expect(told.exitCode).toBe(0)
      return told.stderr
    }
    const job = /Submitted job (\d+): 4 shards/.exec(await submit(...(way === 'out of time' ? ['--sbatch=--time=1'] : [])))![1]!
    await until(() => processes(shards).length > 0, 'the first shard')
    await wait(times(`${i}`, 1)[0]! * 6000)
    await kill(way, job, shards, slurm)
    await idle()
    const kept = done(shards)
    const before = kept.map((index) => statSync(join(shards, `${index}-of-${OF}.json`)).mtimeMs)
    // A runner that dies is replaced, unless it dies before its first batch.
    if (way === 'without its runner') for (const index of [1, 2, 3, 4].filter((one) => !kept.includes(one))) expect(readFileSync(join(shards, `${index}.log`), 'utf8')).toContain('The runner was stopped (SIGKILL)')
    expect(existsSync(join(path, 'r.json'))).toBe(kept.length === OF)
    const told = await submit()
    if (rounds > 0) console.log(`${way}: ${kept.length} of ${OF} shards were done`)
    if (kept.length < OF) expect(told).toContain(`: ${OF - kept.length} shard${kept.length === OF - 1 ? '' : 's'}, with logs in r.shards\n`)
    await idle()
    expect(kept.map((index) => statSync(join(shards, `${index}-of-${OF}.json`)).mtimeMs)).toEqual(before)
    expect(done(shards).length).toBe(OF)
    expect(readdirSync(shards).filter((name) => name.endsWith('.tmp'))).toEqual([])
    expect(differences(read(path, 'single.json'), read(path, 'r.json'))).toEqual([])
  }
}, 240_000 + rounds * 150_000)
