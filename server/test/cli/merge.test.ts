/** `scrub run --shard` and `scrub merge`, as they are typed. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Report } from '../../src/protocol/report.ts'
import { folder } from './folder.ts'
import { invoke } from './outputs.ts'

const text = `model "sum.onnx"
data "sum.jsonl"
metric err = (y - t) ** 2
hypothesis "all" {
  node out = any at y
}
expect "all" recovered > 50%
`
const run = (path: string, ...args: string[]) => invoke(['run', 'a.scrub', '-n', '200', ...args], path)
const read = (path: string, name: string) => JSON.parse(readFileSync(join(path, name), 'utf8')) as Report

test('shards that fail no expectation merge to a report that does', async () => {
  const path = folder({ 'a.scrub': text })
  const parts = []
  for (const i of [1, 2, 3]) parts.push(await run(path, '--shard', `${i}/3`, '--json', `${i}.json`))
  expect(parts.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0])
  expect(parts[1]!.stderr).toBe('Wrote 2.json\nThis is shard 2 of 3, samples 66 to 132 of 200: `scrub merge` makes the report of the whole run from all of them and tests what the file expects.\n')
  const single = await run(path, '--json', 'single.json')
  expect(single.exitCode).toBe(1)
  const merged = await invoke(['merge', '3.json', '1.json', '2.json', '--json', 'merged.json', '--samples-out', 'merged.npz'], path)
  expect([merged.exitCode, merged.stderr]).toEqual([1, 'Wrote merged.json\nWrote merged.npz\n'])
  // But for the times.
  const table = (told: string) => told.replaceAll(/\d+\.\d\d( s for|$)/gm, '')
  expect(table(merged.stdout)).toBe(table(single.stdout))
  expect(read(path, 'merged.json').hypotheses[0]!.recovered).toEqual(read(path, 'single.json').hypotheses[0]!.recovered)
  expect(read(path, 'merged.json').shard).toBeUndefined()
  const printed = await invoke(['merge', '1.json', '2.json', '3.json', '--json', '-'], path)
  expect(JSON.parse(printed.stdout)).toEqual(read(path, 'merged.json'))
})

test('merging what is no run of shards is wrong usage, and writes nothing', async () => {
  const path = folder({ 'a.scrub': text })
  await run(path, '--shard', '1/2', '--json', '1.json')
  await run(path, '--shard', '2/2', '--json', '2.json', '--seed', '1')
  writeFileSync(join(path, 'none.json'), '{}')
  for (const [args, exitCode, stderr] of [
    [['1.json'], 2, 'scrub: Shard 2 of 2 is missing: run it with `scrub run --shard 2/2`, and name its report too.\n'],
    [['1.json', '2.json'], 2, 'scrub: 1.json and 2.json are not shards of one run, they have other seeds: 0 and 1; merge what one command line made.\n'],
    [['1.json', 'none.json'], 1, 'scrub: none.json is not a report of Scrub: it has no `schema` number; name a file that `scrub run --json` wrote.\n'],
    [['1.json', 'gone.json'], 2, 'scrub: gone.json cannot be read: there is no such file.\n'],
  ] as const) expect(await invoke(['merge', ...args, '--json', 'out.json'], path)).toEqual({ exitCode, stdout: '', stderr })
  expect(await invoke(['merge', '1.json', '--json', '1.json'], path)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('already an input') })
})

test.each([
  [['--shard', '1/2'], '--shard needs --json OUT'],
  [['--shard', '0/2', '--json', 'x'], '--shard 0/2: it must be the number of this part'],
  [['--shard', '3/2', '--json', 'x'], '--shard 3/2: it must be'],
  [['--shard', '2', '--json', 'x'], '--shard 2: it must be'],
  [['--shard', '1/2', '--json', 'x', '--precision', '1%'], '--shard cannot be combined with --precision'],
  [['--shard', '1/2', '--json', 'x', '--emit', 'y'], '--shard cannot be combined with --emit'],
])('%j is refused', async (args, sentence) => {
  const { exitCode, stderr } = await run(folder({ 'a.scrub': text }), ...args)
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(sentence)])
})
