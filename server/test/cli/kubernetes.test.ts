/** The Jobs of docs/clusters.md: their commands, run as their pods would run them. */
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Report } from '../../src/protocol/report.ts'
import { folder } from './folder.ts'
import { runProcess } from './process.ts'

const page = readFileSync(new URL('../../../docs/clusters.md', import.meta.url), 'utf8')
const [shards, merge] = /```yaml\n([^]*?)```/.exec(page)![1]!.split('---\n') as [string, string]
/** The block of text under `args`. */
const script = (job: string): string => /args:\n\s+- \|\n((?: {14}.*\n)+)/.exec(job)![1]!.replaceAll(/^ {14}/gm, '')
const main = fileURLToPath(new URL('../../bin/scrub.mjs', import.meta.url))

test.skipIf(process.platform === 'win32')('the pods of the indexed Job make what the merging one puts together', async () => {
  const of = Number(/completions: (\d+)/.exec(shards)![1])
  expect(script(shards)).toContain(`--shard $shard/${of} `)
  const path = folder({
    'paren.scrub': 'model "sum.onnx"\ndata "sum.jsonl"\nmetric err = (y - t) ** 2\nhypothesis "h" {\n  node out = any at y\n}\n',
    'bin/scrub': `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`,
  })
  chmodSync(join(path, 'bin/scrub'), 0o755)
  // Fewer samples and shards than the page has; the rest is as it stands there.
  const few = 3
  const smaller = (text: string): string => text.replace('-n 1e6', '-n 100').replace(`/${of} `, `/${few} `)
  const pod = (text: string, index?: number) => spawnSync('sh', ['-c', smaller(text)], {
    cwd: path, encoding: 'utf8', env: { ...process.env, PATH: `${join(path, 'bin')}${delimiter}${process.env['PATH']}`, ...(index === undefined ? {} : { JOB_COMPLETION_INDEX: String(index) }) },
  })
  for (const index of [2, 0, 1]) {
    expect(pod(script(merge))).toMatchObject({ status: 2 })
    expect(pod(script(shards), index)).toMatchObject({ status: 0 })
  }
  expect(pod(script(merge))).toMatchObject({ status: 0 })
  const single = JSON.parse((await runProcess(['run', 'paren.scrub', '-n', '100', '--device', 'cpu', '--json', '-'], path)).stdout) as Report
  const merged = () => JSON.parse(readFileSync(join(path, 'report.json'), 'utf8')) as Report
  expect(merged().hypotheses[0]!.recovered).toEqual(single.hypotheses[0]!.recovered)
  // Applied again, only what is not there is run.
  const times = () => [1, 3].map((i) => statSync(join(path, `shards/${i}.json`)).mtimeMs)
  const before = times()
  writeFileSync(join(path, 'shards/2.json'), '')
  rmSync(join(path, 'report.json'))
  for (let index = 0; index < few; index++) expect(pod(script(shards), index)).toMatchObject({ status: 0 })
  expect(times()).toEqual(before)
  expect(pod(script(merge))).toMatchObject({ status: 0 })
  expect(merged().hypotheses[0]!.recovered).toEqual(single.hypotheses[0]!.recovered)
  // A sweep takes other arguments, and no other commands.
  rmSync(join(path, 'shards'), { recursive: true })
  const sweep = (text: string): string => text.replace('paren.scrub', 'paren.scrub --set seed=1..2')
  for (const index of [0, 1, 2]) expect(pod(sweep(script(shards)), index)).toMatchObject({ status: 0 })
  expect(pod(script(merge))).toMatchObject({ status: 0, stdout: expect.stringContaining('seed  hypothesis') })
}, 120_000)
