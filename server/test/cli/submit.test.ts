/** `scrub submit --slurm`: what the scripts say, and a real Slurm that runs them where one can be started. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Report } from '../../src/protocol/report.ts'
import { submittedText } from '../../src/cli/finished-shards.ts'
import { commandLine } from '../../src/cli/shell.ts'
import { arrayScript, mergeScript, taskList, type SlurmJob } from '../../src/cli/slurm.ts'
import { folder } from './folder.ts'
import { invoke } from './outputs.ts'
import { runProcess } from './process.ts'
import { startSlurm, until, withoutSlurm } from './slurm.ts'

const text = `model "sum.onnx"
data "sum.jsonl"
metric err = (y - t) ** 2
hypothesis "it's A" {
  node A = exact at A
  node out = exact at y
}
`
const read = (path: string, name: string) => JSON.parse(readFileSync(join(path, name), 'utf8')) as Report

test.each([[[1], '1'], [[1, 2, 3], '1-3'], [[2, 5, 6, 9], '2,5-6,9']])('tasks %j are %s', (numbers, list) => expect(taskList(numbers)).toBe(list))

test('words come through a shell as they are', () => {
  const words = ['plain', 'two words', "it's", '$HOME', '`x`', '"', '\\', 'a\nb', '*', '', 'é', '~', ';']
  const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${commandLine(words)}`], { encoding: 'utf8' })
  expect(stdout.split('\0').slice(0, -1)).toEqual(words)
})

test('the scripts', () => {
  const job: SlurmJob = {
    name: 'scrub-toy', folder: '/cluster/my work', of: 3, missing: [1, 3], scrub: 'module load scrub; scrub', run: ['run', '/cluster/my work/toy.scrub', '-n', '1000'],
    merge: ['merge', '--json', '/data/r.json'], shards: '/data/100%/r.shards', sbatch: ['--partition=short'],
  }
  expect(arrayScript(job)).toBe(`#!/bin/sh
#SBATCH --job-name=scrub-toy
#SBATCH --array=1,3
#SBATCH --chdir="/cluster/my work"
#SBATCH --output=/data/100%%/r.shards/%a.log
#SBATCH --partition=short
module load scrub; scrub run '/cluster/my work/toy.scrub' -n 1000 --shard "$SLURM_ARRAY_TASK_ID"/3 --json /data/100%/r.shards/"$SLURM_ARRAY_TASK_ID"-of-3.json
`)
  expect(mergeScript(job)).toBe(`#!/bin/sh
#SBATCH --job-name=scrub-toy-merge
#SBATCH --chdir="/cluster/my work"
#SBATCH --output=/data/100%%/r.shards/merge.log
#SBATCH --partition=short
module load scrub; scrub merge --json /data/r.json /data/100%/r.shards/1-of-3.json /data/100%/r.shards/2-of-3.json /data/100%/r.shards/3-of-3.json
`)
})

test('--dry-run prints the scripts and writes nothing', async () => {
  const path = folder({ 'a.scrub': text })
  const before = readdirSync(path)
  const { exitCode, stdout, stderr } = await invoke(['submit', 'a.scrub', '--slurm', '--array', '2', '--json', 'r.json', '--scrub', 'scrub', '-H', "it's A", '--dry-run'], path)
  expect([exitCode, stderr]).toEqual([0, ''])
  expect(stdout).toContain('# sbatch r.shards/run.sh\n')
  expect(stdout).toContain("-H 'it'\\''s A' --device auto --shard \"$SLURM_ARRAY_TASK_ID\"/2 --json ")
  expect(stdout).toContain('# sbatch --dependency=afterok:JOB --kill-on-invalid-dep=yes r.shards/merge.sh\n')
  expect(readdirSync(path)).toEqual(before)
})

test('a sweep is one array, and only its shards that are missing are run again', async () => {
  const path = folder({ 'hyp/a.scrub': text.replaceAll('sum.', '../sum.'), 'hyp/b.scrub': text.replaceAll('sum.', '../sum.') })
  const args = ['submit', 'hyp/*.scrub', '--set', 'seed=1..2', '--set', 'samples=20,30', '--slurm', '--array', '3', '--device', 'cpu', '--null', '2', '--sensitivity', '--exact', '--json', 'r.json', '--scrub', 'scrub', '--dry-run']
  const { exitCode, stdout, stderr } = await invoke(args, path)
  expect([exitCode, stderr]).toEqual([0, ''])
  expect(stdout).toContain('#SBATCH --job-name=scrub-sweep\n#SBATCH --array=1-3\n')
  const command = /^scrub (run .*) --shard "\$SLURM_ARRAY_TASK_ID"\/3 --json (.*)\/"\$SLURM_ARRAY_TASK_ID"-of-3\.json$/m.exec(stdout)!
  expect(command[1]).toBe(`run ${path}/hyp/a.scrub ${path}/hyp/b.scrub --set seed=1..2 --set samples=20,30 --exact --device cpu --null 2 --sensitivity`)
  // As the tasks would.
  mkdirSync(join(path, 'r.shards'))
  for (const i of [1, 2, 3]) expect(await invoke([...command[1]!.split(' '), '--shard', `${i}/3`, '--json', `r.shards/${i}-of-3.json`], path)).toMatchObject({ exitCode: 0 })
  writeFileSync(join(path, 'r.shards/submitted.json'), submittedText({ run: command[1]!.split(' '), of: 3 }))
  expect((await invoke(args, path)).stderr).toBe('3 shards of 3 are done already.\n')
  expect(await invoke(['merge', 'r.shards'], path)).toMatchObject({ exitCode: 0, stderr: '' })
  // One lacks a run that failed, and one has a text that has changed since.
  const second = JSON.parse(readFileSync(join(path, 'r.shards/2-of-3.json'), 'utf8')) as { runs: unknown[] }
  second.runs.shift()
  writeFileSync(join(path, 'r.shards/2-of-3.json'), JSON.stringify(second))
  expect((await invoke(args, path)).stdout).toContain('#SBATCH --array=2\n')
  writeFileSync(join(path, 'hyp/b.scrub'), `${readFileSync(join(path, 'hyp/b.scrub'), 'utf8')}# changed\n`)
  expect((await invoke(args, path)).stdout).toContain('#SBATCH --array=2-3\n')
}, 60_000)

test.each([
  [['--set', 'seed=1..2', '--html', 'x.html', '--slurm', '--json', 'r.json'], '--html is about one run'],
  [['--set', 'seed=1..2', '--seed', '3', '--slurm', '--json', 'r.json'], '--set seed and --seed both say'],
  [['--json', 'r.json'], 'Submit to what?'],
  [['--slurm'], "Required option '--json <out>' not specified"],
  [['--slurm', '--json', '-'], '--json must name a file'],
  [['--slurm', '--json', 'r.json', '-H', 'gone'], '-H "gone" is not in the file'],
  [['--slurm', '--json', 'sum.onnx/r.json'], 'does not exist; create it first'],
  [['--slurm', '--json', 'r.json', '--array', '0'], '--array 0'],
])('%j is refused', async (args, sentence) => {
  const { exitCode, stderr } = await invoke(['submit', 'a.scrub', ...args], folder({ 'a.scrub': text }))
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(sentence)])
})

const missing = withoutSlurm()
test.skipIf(missing !== undefined)(`a real Slurm runs the shards, merges them, and runs again only what failed${missing === undefined ? '' : ` (${missing})`}`, async () => {
  const slurm = await startSlurm()
  onTestFinished(slurm.stop)
  const path = folder({ 'a.scrub': text })
  const submit = (...args: string[]) => runProcess(['submit', 'a.scrub', '--slurm', '--array', '3', '-n', '200', '--device', 'cpu', '--json', 'r.json', ...args], path, slurm.variables)
  const idle = () => until(async () => (await slurm.command('squeue', '-h')).trim() === '', 'the end of all jobs', 90)
  const single = await runProcess(['run', 'a.scrub', '-n', '200', '--device', 'cpu', '--json', 'single.json'], path)
  expect(single.exitCode).toBe(0)

  // A shard that cannot write its report fails.
  mkdirSync(join(path, 'r.shards/2-of-3.json'), { recursive: true })
  const first = await submit()
  expect([first.exitCode, first.stderr]).toEqual([0, expect.stringMatching(/^Submitted job \d+: 3 shards, with logs in r\.shards\nSubmitted job \d+: it writes r\.json once all shards are done; if one fails, submit again, and only what is missing is run\n$/)])
  await idle()
  expect(readFileSync(join(path, 'r.shards/2.log'), 'utf8')).toContain('is a folder; name a file.')
  expect(existsSync(join(path, 'r.json'))).toBe(false)
  rmSync(join(path, 'r.shards/2-of-3.json'), { recursive: true })
  const times = () => [1, 3].map((i) => statSync(join(path, `r.shards/${i}-of-3.json`)).mtimeMs)
  const before = times()

  const second = await submit()
  expect(second.stderr).toMatch(/^2 shards of 3 are done already\.\nSubmitted job \d+: 1 shard, /)
  await idle()
  expect(times()).toEqual(before)
  const numbers = (name: string) => read(path, name).hypotheses.map(({ scrubbed, recovered, samples, nodes }) => ({ scrubbed, recovered, samples, costs: nodes.map(({ cost }) => cost) }))
  expect(numbers('r.json')).toEqual(numbers('single.json'))

  // Nothing to run, but to merge.
  rmSync(join(path, 'r.json'))
  const third = await submit()
  expect(third.stderr).toMatch(/^3 shards of 3 are done already\.\nSubmitted job \d+: it writes r\.json\n$/)
  await idle()
  expect(numbers('r.json')).toEqual(numbers('single.json'))

  // Another run takes nothing of this one.
  expect((await submit('--seed', '1', '--dry-run')).stdout).toContain('#SBATCH --array=1-3\n')
  writeFileSync(join(path, 'a.scrub'), `${text}# changed\n`)
  expect((await submit('--dry-run')).stdout).toContain('#SBATCH --array=1-3\n')
}, 300_000)
