/**
 * What a scrub costs, as ratios measured in one run: claim 1 of the paren fixture at 4,000 samples against one plain
 * forward pass of ONNX Runtime over 4,000 rows. Times are medians; only the ratios mean anything on a shared machine.
 * Then how costs grow, along each axis of scaling/axes.ts.
 *
 *   node server/bench/bench.ts [--only paren|batch|scaling|AXIS …]
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openDataset } from '../src/data/read.ts'
import type { RunRequest } from '../src/protocol/runner.ts'
import { openRuntime } from '../src/runner/onnxruntime.ts'
import { run } from '../src/scrub/run.ts'
import { batchTable } from './batch.ts'
import { claimsTable } from './claims.ts'
import { drawsLine } from './draws.ts'
import { AXES } from './scaling/axes.ts'
import { scaling } from './scaling/scaling.ts'
import { WorkspaceStore } from '../src/scrub/store.ts'

const SAMPLES = 4000
const REPEAT = 5
const folder = fileURLToPath(new URL('../../test-fixtures/paren/', import.meta.url))
const file = `${folder}paren.scrub`
const text = readFileSync(file, 'utf8')
const runtime = openRuntime({ device: 'cpu' })

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

/** Wall and processor seconds: the second is steady where other work shares the machine. */
interface Time {
  readonly wall: number
  readonly cpu: number
}

async function timed(work: () => Promise<unknown>): Promise<Time> {
  const start = performance.now()
  const used = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(used)
  return { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 }
}

/** One pass of the model as it is over 4,000 rows, in the batch size that suits it best. */
async function plainPass(): Promise<{ pass: () => Promise<void>; batch: number; release: () => Promise<void> }> {
  const { load } = await openDataset(`${folder}paren.npz`)
  const [tokens] = (await load(['tokens'])).columns
  const width = tokens!.shape[0]!
  const rows = BigInt64Array.from(tokens!.values.subarray(0, SAMPLES * width) as Int32Array, (v) => BigInt(v))
  const session = await runtime.load(readFileSync(`${folder}paren.onnx`))
  const pass = async (batch: number): Promise<void> => {
    for (let start = 0; start < SAMPLES; start += batch) {
      const n = Math.min(batch, SAMPLES - start)
      await session.run({ tokens: { dtype: 'int64', dims: [n, width], data: rows.subarray(start * width, (start + n) * width) } })
    }
  }
  let best = { cpu: Infinity, batch: 0 }
  for (const batch of [32, 64, 128, 250, 500]) {
    await pass(batch)
    const cpu = median([await timed(() => pass(batch)), await timed(() => pass(batch)), await timed(() => pass(batch))].map((t) => t.cpu))
    if (cpu < best.cpu) best = { cpu, batch }
  }
  return { pass: () => pass(best.batch), batch: best.batch, release: () => session.release() }
}

const request = (given: Partial<RunRequest>): RunRequest => ({ file, text, device: 'cpu', costs: false, samples: SAMPLES, hypotheses: ['claim 1'], ...given })
const hooks = { breathe: async () => {}, progress: () => {}, findings: () => {} }

let phases: Record<string, number> = {}

/** One run in a workspace; its phases are left in `phases`. */
async function once(given: Partial<RunRequest>, store: WorkspaceStore): Promise<void> {
  const result = await run(request(given), () => runtime, '0', hooks, store)
  if (result.kind !== 'report') throw new Error('the fixture has errors')
  phases = {}
  for (const profile of Object.values(result.evaluated.profile)) for (const [phase, s] of Object.entries(profile)) phases[phase] = (phases[phase] ?? 0) + s
}

async function main(): Promise<void> {
  drawsLine()
  const plain = await plainPass()
  await claimsTable(runtime, plain.pass)
  console.log('')
  const names = [...text.matchAll(/^hypothesis "([^"]+)"/gm)].map((m) => m[1]!)
  const edit = { text: text.replace(/(node count\s*=) count_test/, '$1 open[1]') }
  if (edit.text === text) throw new Error('the edit does not apply to the fixture')
  const measured = new Map<string, Time[]>()
  const note = (name: string, time: Time): void => void measured.set(name, [...(measured.get(name) ?? []), time])
  const warm: Record<string, number>[] = []
  const cold: Record<string, number>[] = []
  const drawnPhases: Record<string, number>[] = []
  for (let i = 0; i < REPEAT; i++) {
    // Interleaved, so that whatever else the machine does falls on all of them.
    note('plain', await timed(plain.pass))
    const store = new WorkspaceStore()
    note('claim 1, cold: draws, activations, run, and model and shuffled over all data', await timed(() => once({}, store)))
    cold.push(phases)
    note('claim 1, warm', await timed(() => once({}, store)))
    warm.push(phases)
    note('claim 1, one feature edited', await timed(() => once(edit, store)))
    note('claim 1, warm, with the cost of each node', await timed(() => once({ costs: true }, store)))
    await store.close()
    const drawn = new WorkspaceStore()
    note('claim 1, cold, nothing computed but what is drawn', await timed(() => once({ wholePass: false }, drawn)))
    drawnPhases.push(phases)
    await drawn.close()
    const shared = new WorkspaceStore()
    note(`${names.length} hypotheses, cold, together`, await timed(() => once({ hypotheses: names }, shared)))
    await shared.close()
  }
  await plain.release()
  const of = (name: string, key: keyof Time): number => median(measured.get(name)!.map((t) => t[key]))
  // Ratios within a repetition, then the median.
  const ratio = (name: string, key: keyof Time): number => median(measured.get(name)!.map((t, i) => t[key] / measured.get('plain')![i]![key]))
  console.log(`paren, ${SAMPLES} samples, median of ${REPEAT}, ONNX Runtime ${runtime.version}; times of a plain forward pass of ${SAMPLES} rows in batches of ${plain.batch}: ${of('plain', 'wall').toFixed(3)} s, processor ${of('plain', 'cpu').toFixed(3)} s`)
  const lines = [...measured.keys()].filter((n) => n !== 'plain')
  const width = Math.max(...lines.map((l) => l.length))
  console.log(`${''.padEnd(width)}  ${'seconds'.padStart(8)}  ${'ratio'.padStart(7)}  ${'cpu ratio'.padStart(9)}`)
  for (const name of lines) {
    console.log(`${name.padEnd(width)}  ${of(name, 'wall').toFixed(4).padStart(8)}  ${ratio(name, 'wall').toFixed(3).padStart(7)}  ${ratio(name, 'cpu').toFixed(3).padStart(9)}`)
  }
  console.log(`  per hypothesis of the ${names.length}: ${(ratio(lines[lines.length - 1]!, 'wall') / names.length).toFixed(3)}`)
  const plainSeconds = of('plain', 'wall')
  for (const [name, all] of [['cold', cold], ['cold, only what is drawn', drawnPhases], ['warm', warm]] as const) {
    const shares = Object.keys(all[0]!).map((phase) => `${phase} ${(median(all.map((p) => p[phase] ?? 0)) / plainSeconds).toFixed(4)}`)
    console.log(`  ${name}, by phase, of a plain pass: ${shares.join(', ')}`)
  }
}

const { values: { only } } = parseArgs({ options: { only: { type: 'string', multiple: true } } })
const axes = AXES.map(({ name }) => name)
const unknown = only?.find((name) => !['paren', 'batch', 'scaling', ...axes].includes(name))
if (unknown !== undefined) {
  console.error(`There is no part "${unknown}": --only takes paren, batch, scaling, or one of its axes: ${axes.join(', ')}.`)
  process.exit(2)
}
if (!only || only.includes('paren')) await main()
if (!only || only.includes('batch')) await batchTable(runtime)
if (!only || only.includes('scaling')) scaling()
else if (only.some((name) => axes.includes(name))) scaling(only)
process.exit(0)
