/** Evaluations begun and cancelled, again and again: no process, no file and no memory is left. SCRUB_CYCLES=10000 for as many. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { CAPABLE, startServer, uriOf } from '../lsp/server-process.ts'
import { folderWith } from '../lsp/client.ts'
import { childrenOf } from '../runner/children.ts'
import { fixture } from '../scrub/run-file.ts'
import { numbers, SEED } from './harness.ts'

const CYCLES = Number(process.env['SCRUB_CYCLES'] ?? 200)
/** Cycles after which caches, code and buffers have the size that they keep. */
const WARM = Math.min(500, CYCLES / 4)

interface Measured {
  readonly number: number
  /** Bytes that objects take, without garbage. */
  readonly memory: number
  readonly rss: number
  readonly files: number
  readonly handles: number
}

test.runIf(process.platform === 'linux')(`${CYCLES} evaluations that are cancelled`, async () => {
  const own = mkdtempSync(join(tmpdir(), 'scrub-cycles-'))
  onTestFinished(() => rmSync(own, { recursive: true, force: true }))
  const temporary = join(own, 'tmp')
  mkdirSync(temporary)
  const measure = join(own, 'measured')
  const variables = { NODE_OPTIONS: `--import=${new URL('./measure.mjs', import.meta.url).href}`, SCRUB_MEASURE: measure, TMPDIR: temporary, XDG_CACHE_HOME: temporary }
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]))
  const folder = folderWith('toy/toy.onnx', 'toy/toy.jsonl')
  Object.assign(process.env, variables)
  const server = await startServer({ folders: [folder], capabilities: { ...CAPABLE, experimental: { scrubRuns: true } } }).finally(() => {
    for (const [name, value] of Object.entries(before)) if (value === undefined) delete process.env[name]
    else process.env[name] = value
  })
  onTestFinished(server.stop)
  const pid = server.process.pid!
  const uri = uriOf(folder, 'a.scrub')
  await server.open(uri, `option samples 5000000\n${readFileSync(fixture('toy/toy.scrub'), 'utf8')}`)
  await server.diagnostics(uri, 1)

  let asked = 0
  const measured = async (): Promise<Measured> => {
    // What was cancelled last ends.
    await expect.poll(() => runnersOf(pid), { timeout: 10_000 }).toBe(0)
    asked++
    process.kill(pid, 'SIGUSR2')
    const read = (): Measured | undefined => (existsSync(measure) ? (JSON.parse(readFileSync(measure, 'utf8')) as Measured) : undefined)
    await expect.poll(() => read()?.number, { timeout: 10_000 }).toBe(asked)
    return read()!
  }

  const next = numbers(SEED)
  const told = new Map<string, number>()
  let first: Measured | undefined
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    if (cycle === WARM) first = await measured()
    const answer = server.request('workspace/executeCommand', { command: 'scrub.evaluate', arguments: [{ uri, hypothesis: 'A is all' }] })
    // Most at once, as by somebody who types; some when the runner has started, or samples.
    const delay = next() < 0.8 ? 0 : next() * 400
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
    await server.request('workspace/executeCommand', { command: 'scrub.cancel', arguments: [{ uri, hypothesis: 'A is all' }] })
    const { status, message = '' } = await answer
    told.set(`${status} ${message}`.trim(), (told.get(`${status} ${message}`.trim()) ?? 0) + 1)
  }
  const last = await measured()
  if (process.env['SCRUB_CYCLES']) console.log(JSON.stringify({ cycles: CYCLES, told: Object.fromEntries(told), first, last }))
  expect([...told.keys()].sort().filter((status) => !['cancelled', 'partial'].includes(status))).toEqual([])
  expect(told.get('cancelled')! + (told.get('partial') ?? 0)).toBe(CYCLES)
  expect(last.memory).toBeLessThan(1.1 * first!.memory)
  expect(last.files).toBeLessThanOrEqual(first!.files + 1)
  expect(last.handles).toBeLessThanOrEqual(first!.handles + 2)
  expect(readdirSync(temporary)).toEqual([])
}, 120_000 + CYCLES * 1000)

/** Of evaluations: those that wait for questions about the data stay. */
const runnersOf = (pid: number): number => Math.max(0, childrenOf(pid, 'runner').length - 1)
