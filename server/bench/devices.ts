/**
 * Samples per second on the CPU and on another device, for the paren claims and for a random model of the size of GPT-2 small
 * (test-fixtures/bench/gpt2.py makes it). One table; with `--peak` also the share of the device's arithmetic limit.
 *
 *   node server/bench/devices.ts [--device webgpu] [--peak TFLOPS] [--only paren|gpt2] [--samples N] [--batch N] [--gpt2 FOLDER] [--no-cpu]
 *
 * `first` is the first run of the process, shaders or kernels being compiled; `cold` starts from nothing else but those; `warm` has all
 * activations, the median of three. The CPU, which compiles nothing, runs once cold and once warm. Operations are counted from the shapes of the graph (`scrub run --explain`), multiplications and additions.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { RunRequest } from '../src/protocol/runner.ts'
import { openRuntime } from '../src/runner/onnxruntime.ts'
import { run } from '../src/scrub/run.ts'
import type { Runtime } from '../src/scrub/runtime.ts'
import { WorkspaceStore } from '../src/scrub/store.ts'

const fixtures = fileURLToPath(new URL('../../test-fixtures/', import.meta.url))
const { values: options } = parseArgs({
  options: {
    device: { type: 'string', default: 'webgpu' }, peak: { type: 'string' }, only: { type: 'string' }, samples: { type: 'string' }, batch: { type: 'string' },
    gpt2: { type: 'string', default: join(fixtures, 'bench', 'gpt2') }, 'no-cpu': { type: 'boolean', default: false },
  },
})
const peak = options.peak === undefined ? undefined : Number(options.peak) * 1e12

interface Task {
  readonly name: string
  readonly file: string
  readonly hypotheses: readonly string[]
  readonly samples: number
}

const TASKS: readonly Task[] = [
  { name: 'paren', file: join(fixtures, 'paren', 'paren.scrub'), hypotheses: ['post: claim 1', 'post: claims 1 and 3'], samples: 20_000 },
  { name: 'gpt2', file: resolve(options.gpt2, 'five.scrub'), hypotheses: ['five'], samples: 400 },
  { name: 'gpt2', file: resolve(options.gpt2, 'ioi.scrub'), hypotheses: ['26 heads'], samples: 2000 },
]
const WARM = 3

const hooks = { breathe: async () => {}, progress: () => {}, findings: () => {} }
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

interface Measured {
  readonly seconds: Record<'first' | 'cold' | 'warm', number>
  /** Of the warm run: sampling itself, without draws, sessions and the report. */
  readonly run: number
  readonly phases: string
  readonly operations: { readonly cold: number; readonly warm: number }
  readonly check: string
}

async function measure(task: Task, hypothesis: string, runtime: Runtime): Promise<Measured> {
  const text = readFileSync(task.file, 'utf8')
  const samples = options.samples === undefined ? task.samples : Number(options.samples)
  const batch = options.batch === undefined ? {} : { batch: Number(options.batch) }
  const request: RunRequest = { ...batch, file: task.file, text, device: runtime.device, costs: false, samples, hypotheses: [hypothesis], wholePass: false }
  const once = async (store: WorkspaceStore, more: Partial<RunRequest> = {}) => {
    const start = performance.now()
    const result = await run({ ...request, ...more }, () => runtime, '0', hooks, store)
    if (result.kind === 'findings') throw new Error(result.findings.map(({ message }) => message).join('\n'))
    return { result, seconds: (performance.now() - start) / 1000 }
  }
  const phasesOf = (profile: Record<string, Record<string, number>>): string => Object.values(profile).flatMap((phases) => Object.entries(phases).filter(([, s]) => s >= 0.0005).map(([phase, s]) => `${phase} ${s.toFixed(3)}`)).join(', ')
  const runOnce = async (store: WorkspaceStore) => {
    const { result, seconds } = await once(store)
    if (result.kind !== 'report') throw new Error('no report')
    const { profile } = result.evaluated
    return { seconds, report: result.report.hypotheses[0]!, phases: phasesOf(profile), run: profile[hypothesis]?.['run'] ?? 0 }
  }
  let store = new WorkspaceStore()
  const first = await runOnce(store)
  let cold = first
  if (runtime.accelerator) {
    await store.close()
    store = new WorkspaceStore()
    cold = await runOnce(store)
  }
  const warm = []
  for (let i = 0; i < (runtime.accelerator ? WARM : 1); i++) warm.push(await runOnce(store))
  const planned = (await once(store, { explain: true })).result
  await store.close()
  const plan = planned.kind === 'plan' ? planned.plans[0]! : undefined
  const sampling = (plan?.operationsPerSample ?? 0) * samples
  const { device } = cold.report.checks
  return {
    seconds: { first: first.seconds, cold: cold.seconds, warm: median(warm.map((one) => one.seconds)) },
    run: median(warm.map((one) => one.run)),
    phases: `first: ${first.phases}\n    cold: ${cold.phases}\n    warm: ${warm.at(-1)!.phases}`,
    operations: { cold: (plan?.rows ?? 0) * (plan?.operationsPerRow ?? 0) + sampling, warm: sampling },
    check: device ? `largest difference from the CPU ${device.largest.toExponential(1)} on ${device.samples} samples; ${Object.values(device.onCpu).reduce((a, b) => a + b, 0)} of ${device.operators} operators on the CPU: ${Object.entries(device.onCpu).map(([op, n]) => `${n} ${op}`).join(', ') || 'none'}` : '',
  }
}

const number = (value: number, digits = 3): string => (Number.isFinite(value) ? value.toPrecision(digits).replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') ? '' : zeros)) : '–')
const rows: string[][] = [['task', 'samples', 'run', 'CPU s', 'CPU samples/s', `${options.device} s`, `${options.device} samples/s`, 'ratio', 'TFLOP/s', 'of peak']]
const details: string[] = []
const print = (): void => {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  console.log(rows.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')).join('\n'))
}

const device = openRuntime({ device: options.device })
const cpu = openRuntime({ device: 'cpu' })
for (const task of TASKS) {
  if (options.only !== undefined && task.name !== options.only) continue
  if (!existsSync(task.file)) {
    console.log(`Left out: ${task.file} is not there; test-fixtures/bench/gpt2.py makes it.`)
    continue
  }
  for (const hypothesis of task.hypotheses) {
    const there = await measure(task, hypothesis, device)
    const here = options['no-cpu'] ? undefined : await measure(task, hypothesis, cpu)
    const samples = options.samples === undefined ? task.samples : Number(options.samples)
    const add = (name: string, own: number | undefined, its: number, operations: number): void => {
      const rate = operations / its
      rows.push([
        `${task.name}: ${hypothesis}`, String(samples), name, own === undefined ? '–' : number(own), own === undefined ? '–' : number(samples / own), number(its), number(samples / its),
        own === undefined ? '–' : number(own / its), number(rate / 1e12), peak === undefined ? '–' : `${number((100 * rate) / peak, 2)} %`,
      ])
    }
    add('first', here?.seconds.first, there.seconds.first, there.operations.cold)
    add('cold', here?.seconds.cold, there.seconds.cold, there.operations.cold)
    add('warm', here?.seconds.warm, there.seconds.warm, there.operations.warm)
    add('warm, sampling alone', here?.run, there.run, there.operations.warm)
    details.push(`${task.name}: ${hypothesis}\n  ${options.device}: ${there.check}\n    ${there.phases}${here ? `\n  cpu\n    ${here.phases}` : ''}`)
    // As it becomes known: a machine that is lent may be gone before the last row.
    console.log(`… ${task.name}: ${hypothesis}`)
    print()
  }
}
console.log(`\nseconds by phase\n${details.join('\n')}\n`)
print()
process.exit(0)
