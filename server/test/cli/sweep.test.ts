/** Sweeps: several files or settings, one table. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { matching } from '../../src/cli/patterns.ts'
import { choices, setting, type Setting } from '../../src/cli/settings.ts'
import type { SweepRun } from '../../src/cli/sweep-file.ts'
import { folder } from './folder.ts'
import { invoke } from './outputs.ts'

const file = (feature: string, more = '') => `model "sum.onnx"
data "sum.jsonl"
metric err = (y - t) ** 2
metric far = abs(y - t)
hypothesis "h" {
  node out = ${feature} at y
}
${more}`

test.each<[string, Setting['values']]>([
  ['seed=1..3', [1, 2, 3]],
  ['seed=7', [7]],
  ['seed=1,5..6', [1, 5, 6]],
  [' samples = 1000, 1e5 ', [1000, 100_000]],
  ['metric=loss,a..b', ['loss', 'a..b']],
])('--set %s', (text, values) => expect(setting(text)[0]!.values).toEqual(values))

test.each(['seed', 'seed=', 'seed=x', 'seed=3..1', 'seed=1..99999999', 'samples=1', 'speed=1', 'seed=1,1', 'seed=1..3,2', 'metric='])('--set %s is refused', (text) => expect(() => setting(text)).toThrow())

test('settings are combined, each once', () => {
  const two = setting('samples=10,20', setting('seed=1..2'))
  expect(choices(two)).toEqual([{ seed: 1, samples: 10 }, { seed: 1, samples: 20 }, { seed: 2, samples: 10 }, { seed: 2, samples: 20 }])
  expect(() => setting('seed=4', two)).toThrow('seed is set twice')
})

test('patterns that the shell left alone', async () => {
  const path = folder({ 'hyp/b.scrub': '', 'hyp/a.scrub': '', 'hyp/c.txt': '', 'hyp/deep/d.scrub': '', 'hyp/.hidden.scrub': '', 'x*.scrub': '', 'a+b.scrub': '' })
  const found = async (...patterns: string[]) => (await matching(patterns, path)).map((name) => name.replaceAll('\\', '/'))
  expect(await found('hyp/*.scrub')).toEqual(['hyp/a.scrub', 'hyp/b.scrub'])
  expect(await found('hyp/?.scrub', 'hyp/a.scrub')).toEqual(['hyp/a.scrub', 'hyp/b.scrub'])
  expect(await found('**/d.scrub', 'hyp/**/*.scrub')).toEqual(['hyp/deep/d.scrub', 'hyp/a.scrub', 'hyp/b.scrub'])
  expect(await found('x*.scrub')).toEqual(['x*.scrub'])
  expect(await found('a+?.scrub')).toEqual(['a+b.scrub'])
  expect(await found('gone.scrub')).toEqual(['gone.scrub'])
  await expect(matching(['nowhere/*.scrub'], path)).rejects.toThrow('nowhere/*.scrub matches no file.')
})

test('one table of all runs, which are the single ones', async () => {
  const path = folder({ 'hyp/a.scrub': file('exact', 'expect "h" recovered > 99%\n').replaceAll('sum.', '../sum.'), 'hyp/b.scrub': file('any', 'expect "h" recovered > 99%\n').replaceAll('sum.', '../sum.') })
  const { exitCode, stdout, stderr } = await invoke(['run', 'hyp/*.scrub', '--set', 'seed=1..2', '-n', '300', '--json', 'all.json'], path)
  // One file expects what does not hold.
  expect([exitCode, stderr.split('\n').at(-2)]).toEqual([1, 'Wrote all.json'])
  const lines = stdout.split('\n').filter((line) => line.includes('.scrub')).map((line) => line.replaceAll('\\', '/').split(/\s+/))
  expect(lines.map(([name, seed, hypothesis]) => [name, seed, hypothesis])).toEqual([['hyp/a.scrub', '1', 'h'], ['hyp/a.scrub', '2', 'h'], ['hyp/b.scrub', '1', 'h'], ['hyp/b.scrub', '2', 'h']])
  expect(stdout.match(/✓ 1/g)?.length).toBe(2)
  expect(stdout.match(/✗ 0 of 1/g)?.length).toBe(2)
  const { runs } = JSON.parse(readFileSync(join(path, 'all.json'), 'utf8')) as { runs: SweepRun[] }
  expect(runs.map(({ set }) => set)).toEqual([{ seed: 1 }, { seed: 2 }, { seed: 1 }, { seed: 2 }])
  const single = await invoke(['run', 'hyp/b.scrub', '--seed', '2', '-n', '300', '--json', '-'], path)
  expect(runs[3]!.report.hypotheses[0]!.scrubbed).toEqual(JSON.parse(single.stdout).hypotheses[0].scrubbed)
  expect(runs[2]!.report.hypotheses[0]!.scrubbed).not.toEqual(runs[3]!.report.hypotheses[0]!.scrubbed)
}, 60_000)

test('samples and metrics are set, too; what fails does not stop the others', async () => {
  const path = folder({ 'a.scrub': file('any'), 'bad.scrub': file('gone') })
  mkdirSync(join(path, 'out'))
  const { exitCode, stdout, stderr } = await invoke(['run', 'bad.scrub', 'a.scrub', '--set', 'metric=err,far', '--set', 'samples=20,30', '--json', '-'], path)
  expect(exitCode).toBe(1)
  expect(stderr.match(/unknown-column|unknown-\w+/g)?.length).toBe(1)
  const { runs } = JSON.parse(stdout) as { runs: SweepRun[] }
  expect(runs.map(({ report }) => [report.metric.name, report.hypotheses[0]!.samples])).toEqual([['err', 20], ['err', 30], ['far', 20], ['far', 30]])
}, 60_000)

test.each([
  [['--set', 'seed=1..2', '--seed', '3'], '--set seed and --seed both say'],
  [['--set', 'seed=1..2', '--html', 'x.html'], '--html is about one run'],
  [['--set', 'seed=1', '--shard', '1/2'], '--shard needs --json OUT'],
  [['b.scrub', '--emit', 'x.onnx'], '--emit is about one run'],
  [['--set', 'metric=err,gone'], '--metric "gone" is not in the file'],
])('%j is refused', async (args, sentence) => {
  const path = folder({ 'a.scrub': file('any'), 'b.scrub': file('any') })
  writeFileSync(join(path, 'c.txt'), '')
  expect(await invoke(['run', 'a.scrub', ...args], path)).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(sentence) })
})
