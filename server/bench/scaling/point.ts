/**
 * One point: a scrub from nothing, the same again, and a plain pass of ONNX Runtime, in a process of its own, whose memory is
 * then that of the scrub alone. Reads a `Load` as JSON from its argument, prints a `Measured` as JSON.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openDataset } from '../../src/data/read.ts'
import type { Tensor } from '../../src/onnx/types.ts'
import type { RunRequest } from '../../src/protocol/runner.ts'
import { openRuntime } from '../../src/runner/onnxruntime.ts'
import { run } from '../../src/scrub/run.ts'
import { WorkspaceStore } from '../../src/scrub/store.ts'

/** What to evaluate. */
export interface Load {
  readonly folder: string
  /** Names of files in the folder. */
  readonly model: string
  readonly data: string
  readonly file: string
  readonly hypothesis: string
  readonly samples: number
}

export interface Measured {
  /** The first run of the process. */
  readonly cold: number
  readonly warm: number
  /** Of as many rows as there are samples. */
  readonly plain: number
  /** Megabytes: before the first run, and the most until the last. */
  readonly before: number
  readonly most: number
  readonly phases: { readonly cold: Record<string, number>; readonly warm: Record<string, number> }
  readonly branches: number
}

/** Seconds after which a measurement is not repeated, and the most repetitions. */
const ENOUGH = 1.5
const MOST = 5
/** Rows after which a plain pass is no longer measured, but its time multiplied. */
const PLAIN_ROWS = 8192
const PLAIN_SECONDS = 4

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** The least of several: what else the machine does only ever adds. */
async function repeated(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let all = 0; times.length < MOST && all < ENOUGH; all += times.at(-1)!) times.push(await seconds(work))
  return Math.min(...times)
}

/** The most memory that the process has had. Linux counts what it was started from to `maxRSS`, so there it is asked otherwise. */
function mostMemory(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'latin1'))![1]) / 1024
}

async function measure({ folder, model, data, file, hypothesis, samples }: Load): Promise<Measured> {
  const runtime = openRuntime({ device: 'cpu' })
  const before = mostMemory()
  const path = join(folder, file)
  const request: RunRequest = { file: path, text: readFileSync(path, 'utf8'), device: 'cpu', costs: false, samples, hypotheses: [hypothesis] }
  const store = new WorkspaceStore()
  let branches = 0
  let phases: Record<string, number> = {}
  const once = async (): Promise<void> => {
    const result = await run(request, () => runtime, '0', { breathe: async () => {}, progress: () => {}, findings: () => {} }, store)
    if (result.kind !== 'report') throw new Error(result.kind === 'findings' ? result.findings.map(({ message }) => message).join('\n') : 'no report')
    branches = result.report.hypotheses[0]!.branches
    phases = {}
    for (const some of Object.values(result.evaluated.profile)) for (const [phase, s] of Object.entries(some)) phases[phase] = (phases[phase] ?? 0) + s
  }
  const cold = await seconds(once)
  const ofCold = phases
  const warm = await repeated(once)
  const most = mostMemory()
  await store.close()
  return { cold, warm, plain: await plainPass(join(folder, model), join(folder, data), samples), before, most, phases: { cold: ofCold, warm: phases }, branches }
}

/** Seconds of the model as it is over `samples` rows, in the batch size that suits it best; the first rows again where the data are fewer. */
async function plainPass(model: string, data: string, samples: number): Promise<number> {
  const runtime = openRuntime({ device: 'cpu' })
  const session = await runtime.load(readFileSync(model))
  const { load, schema } = await openDataset(data)
  const input = ['tokens', 'x'].find((name) => schema.columns.some((column) => column.name === name))!
  const column = (await load([input])).columns[0]!
  const width = column.shape[0]!
  const there = column.values as Float32Array | Int32Array
  const feeds = (first: number, rows: number): Record<string, Tensor> => {
    const dims = [rows, width]
    const value = (i: number): number => there[(first * width + i) % there.length]!
    return { [input]: input === 'x' ? { dtype: 'float32', dims, data: Float32Array.from({ length: rows * width }, (_, i) => value(i)) } : { dtype: 'int64', dims, data: BigInt64Array.from({ length: rows * width }, (_, i) => BigInt(value(i))) } }
  }
  const pass = async (batch: number, rows: number): Promise<number> => {
    let all = 0
    for (let start = 0; start < rows; start += batch) {
      const given = feeds(start, Math.min(batch, rows - start))
      all += await seconds(() => session.run(given))
    }
    return all
  }
  await pass(1, 1)
  let best = { batch: 1, each: Infinity }
  for (const batch of [4, 32, 128, 512]) {
    if (batch > samples) break
    const each = (await pass(batch, batch)) / batch
    if (each < best.each) best = { batch, each }
    // More rows of what is slow would be slower still.
    if (each * batch > PLAIN_SECONDS / 4) break
  }
  const rows = Math.max(1, Math.min(samples, PLAIN_ROWS, Math.ceil(PLAIN_SECONDS / best.each)))
  const times: number[] = []
  for (let i = 0; i < 3; i++) times.push(await pass(best.batch, rows))
  await session.release()
  return (Math.min(...times) * samples) / rows
}

process.stdout.write(JSON.stringify(await measure(JSON.parse(process.argv[2]!) as Load)))
process.exit(0)
