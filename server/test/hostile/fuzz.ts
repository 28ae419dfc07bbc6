/**
 * `npm run fuzz -- [--seconds 600] [--seed N] [--only onnx,npz] [--out FOLDER]`: every fuzzer for its share of the time, the language
 * server among them. Says what it ran; failing files are kept, and make the exit code 1.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { converse } from './conversation.ts'
import { fuzz, type Failure } from './run.ts'
import { TARGETS } from './targets.ts'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '600' }, seed: { type: 'string' }, only: { type: 'string' }, out: { type: 'string', default: 'out/fuzz' } } })
const seconds = Number(values.seconds)
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
if (!(seconds > 0) || !Number.isSafeInteger(seed)) {
  process.stderr.write('--seconds wants a number above 0 and --seed a whole one.\n')
  process.exit(2)
}
const wanted = values.only?.split(',')
const targets = TARGETS.filter(({ name }) => wanted?.includes(name) ?? true)
const talks = wanted?.includes('lsp') ?? true
const LSP_SHARE = 4
const shares = targets.reduce((sum, { share }) => sum + share, talks ? LSP_SHARE : 0)
const folder = resolve(values.out)
process.stdout.write(`${seconds} s, seed ${seed}\n`)

let failed = 0
for (const target of targets) {
  const run = await fuzz(target, (seconds * target.share) / shares, seed)
  process.stdout.write(`${run.target.padEnd(12)} ${run.cases} files, ${run.opened} opened, ${run.failures.length} failures\n`)
  run.failures.forEach(keep)
}
if (talks) {
  const { requests, faults } = await converse((seconds * LSP_SHARE) / shares, seed)
  process.stdout.write(`lsp          ${requests} messages, ${faults.length} failures\n`)
  failed += faults.length
  for (const fault of faults) process.stdout.write(`  ${fault}\n`)
}
process.exitCode = failed > 0 ? 1 : 0

/** Keeps the files of a failure with what was wrong. */
function keep({ target, seed: own, fault, smallest }: Failure): void {
  const place = join(folder, `${target}-${own}-${failed++}`)
  for (const [name, content] of Object.entries(smallest.files)) {
    if (!(content instanceof Uint8Array)) continue
    const path = join(place, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
  writeFileSync(join(place, 'fault.txt'), `${target}, seed ${own}: ${fault}\n`)
  process.stdout.write(`  seed ${own}: ${fault.split('\n').slice(0, 3).join(' ').slice(0, 300)}\n  kept in ${relative(process.cwd(), place)}\n`)
}
