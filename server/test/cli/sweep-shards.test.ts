/** Sweeps in shards: however the runs are shared out, the merged table and reports are those of the single sweep. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { SweepFile } from '../../src/cli/sweep-file.ts'
import { sharesOf } from '../../src/cli/sweep-shares.ts'
import { setting, settingText } from '../../src/cli/settings.ts'
import { folder } from './folder.ts'
import { invoke } from './outputs.ts'

const file = (feature: string, more = '') => `model "../sum.onnx"
data "../sum.jsonl"
metric err = (y - t) ** 2
hypothesis "h" {
  node out = ${feature} at y
}
${more}`
const files = { 'hyp/a.scrub': file('exact', 'expect "h" recovered > 99%\n'), 'hyp/b.scrub': file('any', 'expect "h" recovered > 99%\n') }
const sweep = (path: string, ...more: string[]) => invoke(['run', 'hyp/*.scrub', '--set', 'seed=1..3', '-n', '60', ...more], path)
const read = (path: string, name: string) => JSON.parse(readFileSync(join(path, name), 'utf8')) as SweepFile
/** Without what tells of the work. */
const numbers = ({ runs }: SweepFile) => runs.map(({ set, report: { file, seed, hypotheses } }) => ({ set, file, seed, hypotheses: hypotheses.map(({ recovered, scrubbed, samples, expectations, nodes, null: band }) => ({ recovered, scrubbed, samples, expectations, band, costs: nodes.map(({ cost }) => cost) })) }))

test('every sample of every run is in one share, and no run is cut where whole ones can be shared out', () => {
  for (let runs = 1; runs < 14; runs++) {
    for (let of = 1; of < 40; of++) {
      const all = Array.from({ length: of }, (_, i) => sharesOf({ index: i + 1, of }, runs))
      const cuts = new Map<number, { index: number; of: number }[]>()
      for (const { run, shard } of all.flat()) cuts.set(run, [...(cuts.get(run) ?? []), shard])
      expect([...cuts.keys()]).toEqual(Array.from({ length: runs }, (_, run) => run))
      for (const shards of cuts.values()) expect(shards).toEqual(shards.map((_, i) => ({ index: i + 1, of: shards.length })))
      const counts = all.map(({ length }) => length)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      if (of <= runs) expect([...cuts.values()].every(({ length }) => length === 1)).toBe(true)
      else expect([Math.max(...counts), Math.max(...[...cuts.values()].map(({ length }) => length)) - Math.min(...[...cuts.values()].map(({ length }) => length))].map((n) => n <= 1)).toEqual([true, true])
    }
  }
})

// 6 runs: fewer shards, as many, and more, of which some have a part of a run each.
test.each([2, 6, 8])('6 runs in %i shards', async (of) => {
  const path = folder(files)
  mkdirSync(join(path, 's'))
  const whole = await sweep(path, '--null', '2', '--json', 'whole.json')
  expect(whole.exitCode).toBe(1)
  for (let i = 1; i <= of; i++) {
    const { exitCode, stderr } = await sweep(path, '--null', '2', '--shard', `${i}/${of}`, '--json', `s/${i}.json`)
    // What the files expect is tested when all of it is there.
    expect([exitCode, stderr.split('\n').at(-2)]).toEqual([0, `This is shard ${i} of ${of} of a sweep of 6 runs: \`scrub merge\` makes the table of the whole sweep from all of them.`])
  }
  const merged = await invoke(['merge', 's', '--json', 'merged.json'], path)
  expect([merged.exitCode, merged.stdout, merged.stderr]).toEqual([1, whole.stdout, 'Wrote merged.json\n'])
  expect(merged.stdout).toContain('null')
  expect(numbers(read(path, 'merged.json'))).toEqual(numbers(read(path, 'whole.json')))
  expect(read(path, 'merged.json').shard).toBeUndefined()
  expect(read(path, 'merged.json').runs.map((run) => Object.keys(run))).toEqual(read(path, 'whole.json').runs.map((run) => Object.keys(run)))
  const turned = await invoke(['merge', ...Array.from({ length: of }, (_, i) => `s/${of - i}.json`), '--json', '-'], path)
  expect(JSON.parse(turned.stdout)).toEqual(read(path, 'merged.json'))
}, 120_000)

test('what does not belong together, or is not all there, is refused by name', async () => {
  const path = folder(files)
  mkdirSync(join(path, 's'))
  mkdirSync(join(path, 'empty'))
  for (const i of [1, 2, 3]) await sweep(path, '--shard', `${i}/3`, '--json', `s/${i}.json`)
  await invoke(['run', 'hyp/*.scrub', '--set', 'seed=1..2,4', '-n', '60', '--shard', '2/3', '--json', 'other.json'], path)
  await invoke(['run', 'hyp/*.scrub', '--set', 'seed=1..2', '-n', '60', '--shard', '2/3', '--json', 'fewer.json'], path)
  await invoke(['run', 'hyp/a.scrub', '-n', '60', '--shard', '2/3', '--json', 'single.json'], path)
  await sweep(path, '--json', 'whole.json')
  const edited = (change: (file: { shard: { of: number }; runs: { run: number; report: { schema: number } }[] }) => void): string => {
    const file = structuredClone(read(path, 's/2.json'))
    change(file as never)
    return JSON.stringify(file)
  }
  writeFileSync(join(path, 'lacks.json'), edited(({ runs }) => runs.pop()))
  writeFileSync(join(path, 'broken.json'), edited(({ runs }) => delete (runs[1]!.report as Partial<typeof runs[0]['report']>).schema))
  writeFileSync(join(path, 'odd.json'), edited((file) => (file.shard.of = 0)))
  for (const [args, exitCode, sentence] of [
    [['s/1.json', 's/3.json'], 2, 'scrub: Shard 2 of 3 is missing: run it with `scrub run --shard 2/3`, and name its report too.\n'],
    [['s/1.json', 's/1.json'], 2, 'scrub: s/1.json and s/1.json are both shard 1 of 3; name each shard once.\n'],
    [['s/1.json', 'lacks.json', 's/3.json'], 2, 'scrub: lacks.json lacks run 4 of 6 (hyp/b.scrub seed=1): it failed or was stopped there; run shard 2/3 again.\n'],
    [['s/1.json', 'other.json', 's/3.json'], 2, 'scrub: s/1.json and other.json are not shards of one sweep, they have other settings in run 3: hyp/a.scrub seed=3 and hyp/a.scrub seed=4; merge what one command line made.\n'],
    [['s/1.json', 'fewer.json', 's/3.json'], 2, 'scrub: s/1.json and fewer.json are not shards of one sweep, they have other numbers of runs: 6 and 4; merge what one command line made.\n'],
    [['s/1.json', 'single.json', 's/3.json'], 2, 'scrub: s/1.json is a shard of a sweep, and single.json one of a single run; merge what one command line made.\n'],
    [['s/1.json', 'whole.json'], 2, 'scrub: whole.json is a whole sweep, not a shard of one; name what `scrub run --shard i/n --json` wrote.\n'],
    [['s/1.json', 'broken.json'], 1, 'scrub: Run 2 in broken.json is not a report of Scrub: it has no `schema` number; name a file that `scrub run --json` wrote.\n'],
    [['s/1.json', 'odd.json'], 1, 'scrub: odd.json does not hold the reports of a sweep: `shard.of` must be >= 1; name a file that `scrub run --json` wrote.\n'],
    [['s', '--html', 'x.html'], 2, 'scrub: --html is about one run, and these are shards of a sweep of several; leave it out.\n'],
    [['empty'], 2, 'scrub: There is no report in the folder empty: name one in which `scrub run --shard i/n --json` wrote its reports.\n'],
  ] as const) expect(await invoke(['merge', ...args], path)).toEqual({ exitCode, stdout: '', stderr: sentence })
  // The same files under another name, as on another machine.
  renameSync(join(path, 'hyp'), join(path, 'elsewhere'))
  await invoke(['run', 'elsewhere/*.scrub', '--set', 'seed=1..3', '-n', '60', '--shard', '2/3', '--json', 's/2.json'], path)
  expect(await invoke(['merge', 's'], path)).toMatchObject({ exitCode: 1, stderr: '' })
}, 120_000)

test('a run that fails is told by its shard, and named when shards are merged', async () => {
  const path = folder({ ...files, 'hyp/b.scrub': file('gone') })
  mkdirSync(join(path, 's'))
  expect(await sweep(path, '--shard', '1/2', '--json', 's/1.json')).toMatchObject({ exitCode: 0 })
  expect(await sweep(path, '--shard', '2/2', '--json', 's/2.json')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('unknown-column') })
  expect(await invoke(['merge', 's'], path)).toMatchObject({ exitCode: 2, stderr: 'scrub: s/2.json lacks run 4 of 6 (hyp/b.scrub seed=1): it failed or was stopped there; run shard 2/2 again.\n' })
}, 60_000)

test.each(['seed=1..5', 'seed=1..3,7,9', 'seed=5,4', 'samples=1000,4000', 'metric=loss,accuracy'])('%s is read back as it is written', (text) => expect(settingText(setting(text)[0]!)).toBe(text))
