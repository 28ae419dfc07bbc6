/**
 * What a scrub costs, as ratios measured in one run: claim 1 of the paren fixture at 4,000 samples against one plain
 * forward pass of ONNX Runtime over 4,000 rows. Times are medians; only the ratios mean anything on a shared machine.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openDataset } from '../src/data/read.ts'
import type { RunRequest } from '../src/protocol/runner.ts'
import { openRuntime } from '../src/runner/onnxruntime.ts'
import { run } from '../src/scrub/run.ts'
import type { Runtime } from '../src/scrub/runtime.ts'
import { WorkspaceStore } from '../src/scrub/store.ts'

const SAMPLES = 4000
const REPEAT = 5
const folder = fileURLToPath(new URL('../../test-fixtures/paren/', import.meta.url))
const file = `${folder}paren.scrub`
const text = readFileSync(file, 'utf8')
const runtime = openRuntime({ device: 'cpu' })

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** One pass of the model as it is over 4,000 rows, in the batch size that suits it best. */
async function plainPass(runtime: Runtime): Promise<{ seconds: number; batch: number }> {
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
  let best = { seconds: Infinity, batch: 0 }
  for (const batch of [64, 128, 250, 500]) {
    await pass(batch)
    const times: number[] = []
    for (let i = 0; i < REPEAT; i++) times.push(await timed(() => pass(batch)))
    const seconds = median(times)
    if (seconds < best.seconds) best = { seconds, batch }
  }
  await session.release()
  return best
}

interface Row {
  readonly name: string
  readonly seconds: number
}

const request = (given: Partial<RunRequest>): RunRequest => ({ file, text, device: 'cpu', costs: false, samples: SAMPLES, hypotheses: ['claim 1'], ...given })
const hooks = { breathe: async () => {}, progress: () => {}, findings: () => {} }

async function once(given: Partial<RunRequest>, store: WorkspaceStore): Promise<Record<string, number>> {
  const result = await run(request(given), () => runtime, '0', hooks, store)
  if (result.kind !== 'report') throw new Error('the fixture has errors')
  const phases: Record<string, number> = {}
  for (const profile of Object.values(result.evaluated.profile)) for (const [phase, s] of Object.entries(profile)) phases[phase] = (phases[phase] ?? 0) + s
  return phases
}

const total = (phases: Record<string, number>, ...only: string[]): number =>
  Object.entries(phases).reduce((sum, [phase, s]) => (only.length === 0 || only.includes(phase) ? sum + s : sum), 0)

async function main(): Promise<void> {
  const plain = await plainPass(runtime)
  const cold: Record<string, number>[] = []
  const coldDrawn: Record<string, number>[] = []
  const warm: Record<string, number>[] = []
  const edited: Record<string, number>[] = []
  const costs: number[] = []
  const names = [...text.matchAll(/^hypothesis "([^"]+)"/gm)].map((m) => m[1]!)
  const several: number[] = []
  for (let i = 0; i < REPEAT; i++) {
    const store = new WorkspaceStore()
    cold.push(await once({}, store))
    warm.push(await once({}, store))
    // Another seed draws other data; another feature needs other classes: the activations stay.
    edited.push(await once({ text: text.replace('node count             = count_test', 'node count             = open[1]') }, store))
    costs.push(total(await once({ costs: true }, store), 'costs'))
    await store.close()
    const drawn = new WorkspaceStore()
    coldDrawn.push(await once({ wholePass: false }, drawn))
    await drawn.close()
    const shared = new WorkspaceStore()
    several.push(total(await once({ hypotheses: names }, shared)))
    await shared.close()
  }
  const rows: Row[] = [
    { name: `plain forward pass, ${SAMPLES} rows (batches of ${plain.batch})`, seconds: plain.seconds },
    { name: 'claim 1 cold, with model and shuffled over all 12,000 data', seconds: median(cold.map((p) => total(p))) },
    { name: 'claim 1 cold, only the data that were drawn', seconds: median(coldDrawn.map((p) => total(p, 'features', 'compile', 'draw', 'cache', 'session', 'check', 'run'))) },
    { name: 'claim 1 after an edited feature', seconds: median(edited.map((p) => total(p))) },
    { name: 'claim 1 warm', seconds: median(warm.map((p) => total(p))) },
    { name: `  of which draws`, seconds: median(warm.map((p) => total(p, 'draw'))) },
    { name: `  of which features and classes`, seconds: median(warm.map((p) => total(p, 'features'))) },
    { name: `  of which compiling, session`, seconds: median(warm.map((p) => total(p, 'compile', 'session'))) },
    { name: `  of which the self-check`, seconds: median(warm.map((p) => total(p, 'check'))) },
    { name: `  of which the run`, seconds: median(warm.map((p) => total(p, 'run'))) },
    { name: 'costs of its 4 nodes', seconds: median(costs) },
    { name: `${names.length} hypotheses cold, per hypothesis`, seconds: median(several) / names.length },
  ]
  console.log(`paren, ${SAMPLES} samples, median of ${REPEAT}, ONNX Runtime ${runtime.version}`)
  const width = Math.max(...rows.map((r) => r.name.length))
  console.log(`${''.padEnd(width)}  ${'seconds'.padStart(9)}  of a plain pass`)
  for (const { name, seconds } of rows) console.log(`${name.padEnd(width)}  ${seconds.toFixed(4).padStart(9)}  ${(seconds / plain.seconds).toFixed(3)}`)
  console.log('\ncold, by phase:', Object.entries(cold[0]!).map(([p, s]) => `${p} ${s.toFixed(3)}`).join(', '))
}

await main()
