/**
 * `npm run bench:lsp`: how long a person waits for the language server, and what it holds. Every figure is from a real server
 * process over JSON-RPC, edited key by key. `--edits N` adds N edits and prints the growth of memory.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer, uriOf, type Started } from '../test/lsp/server-process.ts'
import { layersOf, textOf, writeData, writeModel } from './synthetic.ts'

const KEYS = 60
const REQUESTS = 40
const edits = Number(process.argv[process.argv.indexOf('--edits') + 1]) || 0

const percentile = (times: readonly number[], share: number): number => [...times].sort((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))]!
const shown = (times: readonly number[]): string => [0.5, 0.95, 0.99].map((share) => percentile(times, share).toFixed(0).padStart(5)).join(' ')
/** Resident megabytes of a process. */
const memory = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) / 1024

async function timed(answer: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await answer()
  return performance.now() - start
}

/** The text with a number typed in a feature in its middle, digit by digit and away again. */
function typing(text: string): (key: number) => string {
  const at = text.indexOf('= exact', text.length >> 1)
  const start = at < 0 ? text.lastIndexOf('= exact') + 2 : at + 2
  return (key) => `${text.slice(0, start)}sum(open) + ${'7'.repeat(1 + (key % 9))}${text.slice(start + 'exact'.length)}`
}

async function measure(lines: number, operators: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'scrub-bench-'))
  let server: Started | undefined
  try {
    const layers = layersOf(operators)
    writeModel(folder, layers)
    writeData(folder, 1000)
    server = await startServer({ folders: [folder] })
    const uri = uriOf(folder, 'a.scrub')
    const text = textOf(lines, layers)
    const { process: child } = server
    const first = await timed(async () => {
      await server!.open(uri, text)
      await server!.diagnostics(uri, 1)
    })
    await server.request('textDocument/hover', { textDocument: { uri }, position: { line: 20, character: 9 } })
    const typed = typing(text)
    let version = 1
    const keys: number[] = []
    for (let key = 0; key < KEYS; key++) {
      keys.push(await timed(async () => {
        await server!.change(uri, typed(key), ++version)
        await server!.diagnostics(uri, version)
      }))
    }
    const lineCount = text.split('\n').length
    const ask = async (method: string, position: (i: number) => { line: number; character: number }, params: object = {}): Promise<number[]> => {
      const times: number[] = []
      for (let i = 0; i < REQUESTS; i++) times.push(await timed(() => server!.request(`textDocument/${method}`, { textDocument: { uri }, position: position(i), ...params })))
      return times
    }
    const node = typed(KEYS - 1).split('\n').findIndex((line) => line.includes('node depth'))
    const hovers = await ask('hover', () => ({ line: node, character: 8 }))
    const completions = await ask('completion', (i) => ({ line: node, character: typed(KEYS - 1).split('\n')[node]!.indexOf('at a') + 3 + (i % 2) }))
    const tokens = await ask('semanticTokens/full', () => ({ line: 0, character: 0 }))
    console.log(`${String(lineCount).padStart(6)} ${String(operators).padStart(9)}   ${first.toFixed(0).padStart(6)}   ${shown(keys)}   ${shown(hovers)}   ${shown(completions)}   ${shown(tokens)}   ${memory(child.pid!).toFixed(0).padStart(6)}`)
  } finally {
    server?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function soak(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'scrub-bench-'))
  const layers = layersOf(5000)
  writeModel(folder, layers)
  writeData(folder, 1000)
  const server = await startServer({ folders: [folder] })
  try {
    const uri = uriOf(folder, 'a.scrub')
    const text = textOf(500, layers)
    await server.open(uri, text)
    await server.diagnostics(uri, 1)
    const before: number[] = []
    for (let i = 0; i < count; i++) {
      await server.change(uri, text.replace('let k = 3', `let k = ${i}`), i + 2)
      await server.diagnostics(uri, i + 2)
      if (i % Math.max(1, Math.floor(count / 10)) > 0) continue
      // In quiet, memory is given back.
      await new Promise((resolve) => setTimeout(resolve, 6000))
      before.push(memory(server.process.pid!))
    }
    console.log(`\n${count} edits of 500 lines on 5,000 operators: resident MB along the way ${before.map((mb) => mb.toFixed(0)).join(' ')}`)
  } finally {
    server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** From the key that changes a feature to the hover that shows its classes, over 100,000 data. */
async function classes(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'scrub-bench-'))
  writeModel(folder, 2)
  writeData(folder, 100_000)
  const server = await startServer({ folders: [folder] })
  try {
    const uri = uriOf(folder, 'a.scrub')
    const text = textOf(30, 2)
    const line = text.split('\n').findIndex((one) => one.includes('node depth'))
    const hover = () => server.request('textDocument/hover', { textDocument: { uri }, position: { line, character: 8 } })
    await server.open(uri, text)
    await hover()
    // The questions that the first version raises about all features take their time.
    await new Promise((resolve) => setTimeout(resolve, 15_000))
    let version = 1
    for (const feature of ['sum(open) > K', 'sum(2 * opens <= parens + K)']) {
      const fresh: number[] = []
      const again: number[] = []
      for (let k = 0; k < 7; k++) {
        await server.change(uri, text.replace('all(2 * opens <= parens + k)', feature.replace('K', String(k + 3))), ++version)
        fresh.push(await timed(hover))
        again.push(await timed(hover))
      }
      console.log(`classes of ${feature} over 100,000 data: ${percentile(fresh, 0.5).toFixed(0)} ms (at most ${Math.max(...fresh).toFixed(0)}); again ${percentile(again, 0.5).toFixed(0)} ms`)
    }
  } finally {
    server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

console.log('Milliseconds: p50, p95, p99 of each; 1,000 data.\n')
console.log(' lines operators    first   key to diagnostics    hover               completion          semantic tokens      MB')
for (const operators of [500, 5000, 50_000]) for (const lines of [100, 1000, 5000]) await measure(lines, operators)
console.log()
await classes()
if (edits > 0) await soak(edits)
