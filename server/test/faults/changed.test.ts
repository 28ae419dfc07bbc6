/** A file changes while a run uses it: either the run is of one version, or it says that it is not; no report mixes two. */
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { run } from '../../src/scrub/run.ts'
import { WorkspaceStore } from '../../src/scrub/store.ts'
import { fixture } from '../scrub/run-file.ts'
import { CASES, command, expectClear, LONG, numbers, numbersOf, OUTPUTS, place, reportIn, RUN, SEED, type Fault, type Place } from './harness.ts'

/** The other versions: fewer data; a model whose weights are others. */
function others(at: Place): Record<string, string> {
  const [data, model] = [join(at.temporary, 'toy.jsonl'), join(at.temporary, 'toy.onnx')]
  writeFileSync(data, readFileSync(fixture('toy/toy.jsonl'), 'utf8').split('\n').slice(0, 30).join('\n'))
  const bytes = readFileSync(fixture('toy/toy.onnx'))
  // The threshold of both comparisons.
  const threshold = bytes.indexOf(Buffer.from(new Float32Array([3]).buffer))
  bytes.writeFloatLE(2, threshold)
  writeFileSync(model, bytes)
  return { 'toy.jsonl': data, 'toy.onnx': model }
}

const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

/** Numbers of a run from nothing, by the hash of the model and of the data. */
const known = new Map<string, unknown>()
async function know(at: Place): Promise<void> {
  const key = `${hash(join(at.work, 'toy.onnx'))} ${hash(join(at.work, 'toy.jsonl'))}`
  const { exitCode } = await command(at, RUN).ended
  if (exitCode < 2) known.set(key, numbersOf(reportIn(at)))
}
beforeAll(async () => {
  for (const name of ['', 'toy.jsonl', 'toy.onnx']) {
    const at = place()
    if (name !== '') cpSync(others(at)[name]!, join(at.work, name))
    await know(at)
  }
  expect(known.size).toBe(3)
  expect(new Set([...known.values()].map((numbers) => JSON.stringify(numbers))).size).toBe(3)
})

async function consistent(name: string, fault: string, at: string, nth = 1): Promise<void> {
  const here = place()
  const from = others(here)[name]!
  writeFileSync(join(here.work, 'report.json'), 'precious')
  const told: Fault = { at, nth, fault, path: join(here.work, name), from }
  const { exitCode, stderr, stdout } = await command(here, RUN, told).ended
  expectClear(stderr, /./)
  if (exitCode < 2 && readFileSync(join(here.work, 'report.json'), 'utf8') !== 'precious') {
    // Of the version that it names.
    const report = reportIn(here)
    expect(numbersOf(report)).toEqual(known.get(`${report.model.sha256} ${report.data.sha256}`))
    return
  }
  expect(stderr).toMatch(new RegExp(`${name.replace('.', '\\.')} (changed while this run used it, so its numbers would be of two versions: run again|was removed while this run used it, so there is no result: put it back, and run again)\\.`))
  expect([exitCode, stdout]).toEqual([3, ''])
  expect(readFileSync(join(here.work, 'report.json'), 'utf8')).toBe('precious')
  expect(OUTPUTS.slice(1).some((output) => existsSync(join(here.work, output)))).toBe(false)
}

const FILES = ['toy.onnx', 'toy.jsonl'] as const
const HOW = ['overwrite', 'truncate', 'replace', 'remove'] as const
const STAGES = ['start', 'opening', 'features', 'session', 'cache', 'baseline', 'run', 'costs', 'null'] as const

const next = numbers(SEED)
const pick = <T>(of: readonly T[]): T => of[Math.floor(next() * of.length)]!

// Each stage with one way to change each file; SCRUB_FAULT_CASES=4 and more: further ones of all, at any time.
test.each(STAGES.flatMap((stage) => FILES.map((name) => [name, pick(HOW), stage] as const)))('%s, %s at the stage "%s"', (name, how, stage) => consistent(name, how, stage))
test.each(Array.from({ length: CASES }, () => [pick(FILES), pick(HOW), pick(['session', 'session run'] as const), 1 + Math.floor(next() * 12)] as const))('%s, %s at the stage "%s", time %i', consistent)

test('when all is computed, a file that changes then changes nothing', async () => {
  const at = place()
  const { exitCode } = await command(at, RUN, { at: 'writing', fault: 'overwrite', path: join(at.work, 'toy.jsonl'), from: others(at)['toy.jsonl']! }).ended
  expect(exitCode).toBe(0)
  const report = reportIn(at)
  expect(numbersOf(report)).toEqual(known.get(`${report.model.sha256} ${report.data.sha256}`))
  expect(report.data.sha256).toBe(hash(fixture('toy/toy.jsonl')))
})

describe('a runner that died goes on from its last batch only on the files that it had', () => {
  test.each(FILES)('%s', async (name) => {
    const at = place()
    const path = join(at.work, name)
    const { child, ended } = command(at, LONG, { at: 'batch', fault: 'SIGKILL' })
    // Changed between the two runners: as soon as the first one is gone.
    child.stderr!.on('data', (text: string) => text.includes('goes on from its last batch') && cpSync(others(at)[name]!, path))
    const { exitCode, stderr } = await ended
    expectClear(stderr, new RegExp(`^scrub: ${name.replace('.', '\\.')} changed while this run used it`, 'm'))
    expect(exitCode).toBe(3)
  })
})

test('what an editor keeps for the next run is dropped with a run that was of two versions', async () => {
  const at = place()
  const path = join(at.work, 'toy.jsonl')
  const store = new WorkspaceStore()
  const file = join(at.work, 'toy.scrub')
  const text = readFileSync(file, 'utf8')
  let change = (): void => writeFileSync(path, readFileSync(others(at)['toy.jsonl']!))
  const told = () => run({ file, text, device: 'cpu', costs: false, samples: 200 }, () => openRuntime({ device: 'cpu', threads: 1 }), '0', {
    breathe: async () => {}, findings: () => {},
    progress: (_, phase) => {
      if (phase !== 'run') return
      change()
      change = () => {}
    },
  }, store)
  await expect(told()).rejects.toThrow('toy.jsonl changed while this run used it')
  // The next one is of the new file from the beginning.
  expect(await told()).toMatchObject({ kind: 'report', report: { data: { rows: 30, sha256: hash(path) } } })
  await store.close()
})
