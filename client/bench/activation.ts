/**
 * `npm run bench:client`: how long a window waits for the extension. Loading the bundle and `activate` up to the start of the
 * server, each in a process of its own with a `vscode` that answers everything at once; then a real server, from the start of its
 * process to the answer of `initialize`, and from there to the first findings about a file; then evaluations, the first of which
 * starts a runner and computes activations that the next has. Milliseconds.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startServer, uriOf } from '../../server/test/lsp/server-process.ts'

const RUNS = 15
/** Servers that evaluate. */
const EVALUATIONS = 5
const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** What VS Code gives an extension, without doing anything. */
const ACTIVATE = `
const Module = require('node:module')
// The extension host has these already.
for (const name of ['child_process', 'crypto', 'events', 'fs', 'fs/promises', 'net', 'os', 'path', 'url', 'util']) require('node:' + name)
const anything = new Proxy(function () {}, {
  get: (target, name) => (name === 'then' ? undefined : name === Symbol.iterator ? function* () {} : name === Symbol.toPrimitive ? () => '' : anything),
  set: () => true,
  apply: () => anything,
  construct: () => anything,
})
const load = Module._load
Module._load = (name, ...rest) => (name === 'vscode' ? anything : load(name, ...rest))
const start = performance.now()
const { activate } = require(process.argv[1])
const loaded = performance.now()
activate({ globalStorageUri: { fsPath: '/' }, extensionUri: anything, subscriptions: [] }).catch((error) => {
  console.error(error)
  process.exit(1)
})
const activated = performance.now()
queueMicrotask(() => {
  console.log(JSON.stringify([loaded - start, activated - loaded]))
  process.exit()
})
`

const shown = (times: readonly number[]): string => {
  const sorted = [...times].sort((a, b) => a - b)
  return [sorted[sorted.length >> 1]!, sorted.at(-1)!].map((time) => time.toFixed(0).padStart(6)).join('')
}

const activations = Array.from({ length: RUNS }, () => JSON.parse(execFileSync(process.execPath, ['-e', ACTIVATE, at('client/dist/extension.cjs')], { encoding: 'utf8' })) as [number, number])

const folder = mkdtempSync(join(tmpdir(), 'scrub-bench-'))
const starts: number[] = []
const findings: number[] = []
const cold: number[] = []
const warm: number[] = []
try {
  for (const name of ['paren.onnx', 'paren.npz', 'open_direction.npy', 'share_weights.npy']) cpSync(at(`test-fixtures/paren/${name}`), join(folder, name))
  const text = readFileSync(at('test-fixtures/paren/paren.scrub'), 'utf8')
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now()
    const server = await startServer({ folders: [folder] })
    starts.push(performance.now() - start)
    const uri = uriOf(folder, 'a.scrub')
    const opened = performance.now()
    await server.open(uri, text)
    await server.diagnostics(uri, 1)
    findings.push(performance.now() - opened)
    if (run < EVALUATIONS) {
      for (const [hypothesis, times] of [['claim 1', cold], ['swapped', warm]] as const) {
        const asked = performance.now()
        await server.request('workspace/executeCommand', { command: 'scrub.evaluate', arguments: [{ uri, hypothesis }] })
        times.push(performance.now() - asked)
      }
    }
    server.stop()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

console.log(`${RUNS} runs, milliseconds            median   max`)
console.log(`load the extension's bundle      ${shown(activations.map(([load]) => load))}`)
console.log(`activate, until the server starts${shown(activations.map(([, activate]) => activate))}`)
console.log(`start of the server              ${shown(starts)}`)
console.log(`first findings of paren.scrub    ${shown(findings)}`)
console.log(`first evaluation of a hypothesis ${shown(cold)}`)
console.log(`evaluation of another one        ${shown(warm)}`)
