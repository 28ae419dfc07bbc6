/**
 * The post's hypotheses by hand in PyTorch, and by Scrub: claim 1 and claims 1 and 3 of the paren fixture at 4,000 samples, all
 * measured in one run, interleaved. Ratios are taken within a repetition; the medians are printed.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { RunRequest } from '../src/protocol/runner.ts'
import type { Runtime, Session } from '../src/scrub/runtime.ts'
import { run } from '../src/scrub/run.ts'
import { WorkspaceStore } from '../src/scrub/store.ts'

const SAMPLES = 4000
const REPEAT = 3
/** By the names that paren_torch.py knows. */
const CLAIMS = ['claim 1', 'claims 1 and 3']
const file = fileURLToPath(new URL('../../test-fixtures/paren/paren.scrub', import.meta.url))
const byHand = fileURLToPath(new URL('../../test-fixtures/bench/paren_torch.py', import.meta.url))

const ROWS = ['a', 'b', 'c', 'd', 'e', 'f'] as const
type Row = (typeof ROWS)[number]
const WHAT: Readonly<Record<Row, string>> = {
  a: 'PyTorch by hand: every branch runs the model',
  b: 'Scrub, cold',
  c: 'Scrub, after editing one feature',
  d: 'Scrub, warm',
  e: 'one plain forward pass of ONNX Runtime over as many rows',
  f: 'the floor: only the operators after the cached tensors',
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** What ONNX Runtime itself takes for compiled hypotheses: they are what reads index vectors. */
class Measured implements Runtime {
  inside = 0
  private readonly own: Runtime

  constructor(own: Runtime) {
    this.own = own
  }

  get device(): string {
    return this.own.device
  }

  get version(): string {
    return this.own.version
  }

  async load(model: Uint8Array, folder?: string): Promise<Session> {
    const session = await this.own.load(model, folder)
    return {
      release: () => session.release(),
      run: async (feeds) => {
        const start = performance.now()
        const outputs = await session.run(feeds)
        if (Object.keys(feeds).some((name) => name.startsWith('index '))) this.inside += (performance.now() - start) / 1000
        return outputs
      },
    }
  }
}

/** A Python that has PyTorch, if there is one. */
function python(): string | undefined {
  return ['python3', '/usr/bin/python3'].find((program) => spawnSync(program, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0)
}

function handWritten(program: string, claim: string): number {
  const { stdout, stderr, status } = spawnSync(program, [byHand, claim, String(SAMPLES)], { encoding: 'utf8', cwd: fileURLToPath(new URL('.', `file://${byHand}`)) })
  if (status !== 0) throw new Error(stderr)
  return (JSON.parse(stdout) as { seconds: number }).seconds
}

/** Prints the table; `plain` makes one plain pass over 4,000 rows. */
export async function claimsTable(runtime: Runtime, plain: () => Promise<void>): Promise<void> {
  const text = readFileSync(file, 'utf8')
  const edited = text.replace(/(node count\[l in \[1, 2\]\]\s*=) count_test/, '$1 open[1]')
  if (edited === text) throw new Error('the edit does not apply to the fixture')
  const measured = new Measured(runtime)
  const hooks = { breathe: async () => {}, progress: () => {}, findings: () => {} }
  const once = async (store: WorkspaceStore, claim: string, more: Partial<RunRequest> = {}): Promise<void> => {
    const result = await run({ file, text, device: 'cpu', costs: false, samples: SAMPLES, hypotheses: [`post: ${claim}`], ...more }, () => measured, '0', hooks, store)
    if (result.kind !== 'report') throw new Error('the fixture has errors')
  }
  const program = python()
  if (!program) console.log('Left out: PyTorch by hand, for there is no Python with PyTorch here (apt-get install python3-torch).')
  const times = new Map<string, Record<Row, number>[]>(CLAIMS.map((claim) => [claim, []]))
  for (let repetition = 0; repetition < REPEAT; repetition++) {
    for (const claim of CLAIMS) {
      const store = new WorkspaceStore()
      const b = await seconds(() => once(store, claim, { wholePass: false }))
      const c = await seconds(() => once(store, claim, { wholePass: false, text: edited }))
      await once(store, claim, { wholePass: false })
      measured.inside = 0
      const d = await seconds(() => once(store, claim, { wholePass: false }))
      const f = measured.inside
      await store.close()
      times.get(claim)!.push({ a: program ? handWritten(program, claim) : NaN, b, c, d, e: await seconds(plain), f })
    }
  }
  console.log(`The paren claims, ${SAMPLES} samples, median of ${REPEAT}; PyTorch as it is installed, ONNX Runtime ${runtime.version}`)
  const width = Math.max(...ROWS.map((row) => WHAT[row].length))
  console.log(`${''.padEnd(width + 5)}${CLAIMS.map((claim) => `${claim}, s`.padStart(18) + 'a / it'.padStart(9) + 'it / f'.padStart(9)).join('')}`)
  for (const row of ROWS) {
    const cells = CLAIMS.map((claim) => {
      const all = times.get(claim)!
      const number = (value: number, digits: number): string => (Number.isFinite(value) ? value.toFixed(digits) : '–')
      return number(median(all.map((one) => one[row])), 4).padStart(18) + number(median(all.map((one) => one.a / one[row])), 1).padStart(9) + number(median(all.map((one) => one[row] / one.f)), 2).padStart(9)
    })
    console.log(`(${row})  ${WHAT[row].padEnd(width)}${cells.join('')}`)
  }
}
