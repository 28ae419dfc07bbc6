/** What is run again when a run is submitted again. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { finishedShards, SUBMITTED, submittedText, type Submitted } from '../../src/cli/finished-shards.ts'
import type { Report } from '../../src/protocol/report.ts'
import { folder } from './folder.ts'
import { invoke } from './outputs.ts'

const text = 'model "sum.onnx"\ndata "sum.jsonl"\nmetric err = (y - t) ** 2\nhypothesis "h" {\n  node out = any at y\n}\n'
const submitted: Submitted = { run: ['run', 'a.scrub', '-n', '30'], of: 3 }

/** A folder in which all three shards are done. */
async function done(): Promise<string> {
  const path = folder({ 'a.scrub': text })
  mkdirSync(join(path, 's'))
  writeFileSync(join(path, 's', SUBMITTED), submittedText(submitted))
  for (const i of [1, 2, 3]) expect(await invoke(['run', 'a.scrub', '-n', '30', '--no-costs', '--shard', `${i}/3`, '--json', `s/${i}-of-3.json`], path)).toMatchObject({ exitCode: 0 })
  return path
}

const edit = (path: string, change: (report: Report) => void): void => {
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report
  change(report)
  writeFileSync(path, JSON.stringify(report))
}

test.each<[string, (path: string) => void, number[], Partial<Submitted>?]>([
  ['nothing happened', () => {}, [1, 2, 3]],
  ['one is cut off', (path) => writeFileSync(join(path, 's/2-of-3.json'), readFileSync(join(path, 's/2-of-3.json'), 'utf8').slice(0, 500)), [1, 3]],
  ['one is empty', (path) => writeFileSync(join(path, 's/1-of-3.json'), ''), [2, 3]],
  ['one was stopped early', (path) => edit(join(path, 's/3-of-3.json'), ({ hypotheses }) => (hypotheses[0]!.partial = true)), [1, 2]],
  ['one was stopped between two hypotheses', (path) => edit(join(path, 's/3-of-3.json'), ({ shard }) => (shard!.stopped = true)), [1, 2]],
  ['one is that of another', (path) => writeFileSync(join(path, 's/3-of-3.json'), readFileSync(join(path, 's/1-of-3.json'))), [1, 2]],
  ['one is that of another cut', (path) => edit(join(path, 's/3-of-3.json'), ({ shard }) => (shard!.of = 4)), [1, 2]],
  ['one is of a whole run', (path) => edit(join(path, 's/3-of-3.json'), (report) => delete report.shard), [1, 2]],
  ['one is of another Scrub', (path) => edit(join(path, 's/2-of-3.json'), (report) => (report.scrub = '0.0.1')), [1, 3]],
  ['the model has changed', (path) => writeFileSync(join(path, 'sum.onnx'), readFileSync(join(path, 'sum.onnx')).subarray(0, -1)), []],
  ['the data have changed', (path) => writeFileSync(join(path, 'sum.jsonl'), `${readFileSync(join(path, 'sum.jsonl'), 'utf8')}\n`), []],
  ['the text has changed', (path) => writeFileSync(join(path, 'a.scrub'), `${text}# changed\n`), []],
  ['other options', () => {}, [], { run: [...submitted.run, '-s', '1'] }],
  ['another number of shards', () => {}, [], { of: 2 }],
  ['nothing was submitted', (path) => writeFileSync(join(path, 's', SUBMITTED), ''), []],
])('%s', async (_, change, kept, other = {}) => {
  const path = await done()
  change(path)
  const file = join(path, 'a.scrub')
  expect([...(await finishedShards(join(path, 's'), { ...submitted, ...other }, [{ file, text: readFileSync(file, 'utf8') }]))]).toEqual(kept)
}, 60_000)
