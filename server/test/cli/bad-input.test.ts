/** Bad input: one clear message, exit code 1 or 3, no stack trace, no hang, nothing written over. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { folder } from './folder.ts'
import { runProcess } from './process.ts'

const model = readFileSync(new URL('../../../test-fixtures/zoo/sum.onnx', import.meta.url))

interface Parts {
  readonly model?: string
  readonly data?: string
  readonly metric?: string
  readonly feature?: string
  readonly more?: string
}

const scrubFile = ({ model = 'sum.onnx', data = 'sum.jsonl', metric = '(y - t) ** 2', feature = 'a', more = '' }: Parts): string =>
  `model "${model}"\ndata "${data}"\nmetric err = ${metric}\n${more}\nhypothesis "h" {\n  node A = ${feature} at "A"\n  node out = exact at y from A\n}\n`

/** A file in numpy's format with this header and these bytes. */
function npy(header: string, values: Uint8Array): Buffer {
  const padded = header.padEnd(64 * Math.ceil((header.length + 11) / 64) - 11) + '\n'
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, padded.length & 255, padded.length >> 8])
  return Buffer.concat([start, Buffer.from(padded), values])
}

interface Member {
  readonly name: string
  readonly packed: Uint8Array
  /** As the archive declares it. */
  readonly size: number
}

/** A zip archive of deflated members, as they are declared. */
function zip(...members: readonly Member[]): Buffer {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  for (const { name, packed, size } of members) {
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(20, 4)
    local.writeUInt16LE(8, 8)
    local.writeUInt32LE(packed.length, 18)
    local.writeUInt32LE(size, 22)
    local.writeUInt16LE(name.length, 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(20, 4)
    local.copy(central, 6, 4, 30)
    central.writeUInt32LE(Buffer.concat(locals).length, 42)
    locals.push(local, Buffer.from(name), Buffer.from(packed))
    centrals.push(central, Buffer.from(name))
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(members.length, 8)
  end.writeUInt16LE(members.length, 10)
  end.writeUInt32LE(Buffer.concat(centrals).length, 12)
  end.writeUInt32LE(Buffer.concat(locals).length, 16)
  return Buffer.concat([...locals, ...centrals, end])
}

const floats = (rows: number): Buffer => npy(`{'descr': '<f4', 'fortran_order': False, 'shape': (${rows},), }`, new Uint8Array())
const zeros = deflateRawSync(Buffer.concat([floats(8), Buffer.alloc(64_000_000)]))
const columns = ['a', 'b', 'c', 't'].map((name) => `${name}.npy`)

/** Small columns that inflate to 64 MB each. */
const hiddenBomb = (): Buffer => zip(...columns.map((name) => ({ name, packed: zeros, size: 128 + 32 })))

/** Columns of 4 GB each, which really inflate to 64 MB. */
const openBomb = (): Buffer => {
  const packed = deflateRawSync(Buffer.concat([floats(1_000_000_000), Buffer.alloc(64_000_000)]))
  return zip(...columns.map((name) => ({ name, packed, size: 4_000_000_128 })))
}

/** The same bytes every time. */
function noise(length: number, low: number, high: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = 12345
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    bytes[i] = low + (state >>> 16) % (high - low)
  }
  return bytes
}

const row = '{"a": 1, "b": 0, "c": 0, "t": 2}\n'

const cases: [string, string | Uint8Array, Record<string, string | Uint8Array>, number, string][] = [
  ['a truncated model', scrubFile({ model: 'm.onnx' }), { 'm.onnx': model.subarray(0, model.length / 2) }, 1, 'model-unreadable'],
  ['a text named .onnx', scrubFile({ model: 'm.onnx' }), { 'm.onnx': 'This is not a model.\n'.repeat(10) }, 1, 'model-unreadable'],
  ['an empty model', scrubFile({ model: 'm.onnx' }), { 'm.onnx': '' }, 1, 'model-unreadable'],
  ['a model that is not there', scrubFile({ model: 'm.onnx' }), {}, 1, 'model-unreadable'],
  ['an npz with a wrong header', scrubFile({ data: 'd.npz' }), { 'd.npz': zip({ name: 'a.npy', packed: deflateRawSync(npy("{'descr': '<f4', 'shape': ", new Uint8Array(8))), size: 136 }) }, 1, 'data-unreadable'],
  ['a zip bomb that hides its size', scrubFile({ data: 'd.npz' }), { 'd.npz': hiddenBomb() }, 1, 'data-unreadable'],
  ['a zip bomb that declares its size', scrubFile({ data: 'd.npz' }), { 'd.npz': openBomb() }, 3, 'd.npz'],
  ['an npy that declares more than it has', scrubFile({ data: 'd.npy' }), { 'd.npy': npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }", new Uint8Array(8)) }, 1, 'data-unreadable'],
  ['a text named .npz', scrubFile({ data: 'd.npz' }), { 'd.npz': 'not a zip' }, 1, 'data-unreadable'],
  ['data that are not there', scrubFile({ data: 'd.csv' }), {}, 1, 'data-unreadable'],
  ['data of an unknown kind', scrubFile({ data: 'd.docx' }), { 'd.docx': 'x' }, 1, 'data-unreadable'],
  ['a missing column', scrubFile({ data: 'd.jsonl' }), { 'd.jsonl': '{"a": 1, "b": 0, "t": 2}\n' }, 1, 'data-mismatch'],
  ['ragged rows', scrubFile({ data: 'd.jsonl' }), { 'd.jsonl': `${row}{"a": [1, 2], "b": 0, "c": 0, "t": 2}\n` }, 1, 'data-unreadable'],
  ['ragged rows of a csv', scrubFile({ data: 'd.csv' }), { 'd.csv': 'a,b,c,t\n1,0,0,2\n1,0\n' }, 1, 'data-unreadable'],
  ['an empty dataset', scrubFile({ data: 'd.jsonl' }), { 'd.jsonl': '' }, 1, 'empty-data'],
  ['a filter that leaves nothing', scrubFile({ data: 'sum.jsonl" filter a > 100 #' }), {}, 3, 'leaves no datum'],
  ['a metric that is NaN', scrubFile({ metric: 'log(y - 100)' }), {}, 3, 'NaN'],
  ['a metric of the wrong shape', scrubFile({ metric: 'stack([y, y])' }), {}, 1, 'metric-shape'],
  ['a string that is no token', scrubFile({ feature: 'a == "x"', more: 'vocab a = ["(", ")"]' }), {}, 1, 'unknown-token'],
  ['noise', noise(10_000_000, 32, 127), {}, 1, 'a.scrub has 10,000,000 characters, and at most 2,000,000 are read'],
  ['another encoding', Buffer.from(scrubFile({ more: '# caf\u00e9' }), 'latin1'), {}, 1, 'a.scrub is not UTF-8 text; save it as UTF-8'],
  ['binary noise', noise(10_000_000, 0, 256), {}, 1, 'syntax'],
  ['brackets without end', Buffer.from(`metric m = ${'('.repeat(1_000_000)}`), {}, 1, ''],
  ['an empty file', '', {}, 1, 'missing-statement'],
]

test.for(cases)('%s', async ([, text, files, exitCode, word]) => {
  const path = folder({ 'a.scrub': text, 'report.json': 'precious', ...files })
  const before = readdirSync(path)
  const result = await runProcess(['run', 'a.scrub', '--json', 'report.json'], path)
  expect(result.stderr).toContain(word)
  expect(result.exitCode).toBe(exitCode)
  expect(result.stdout).toBe('')
  expect(result.stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m)
  expect(result.stderr).not.toContain('Something went wrong')
  expect(result.stderr.length).toBeLessThan(20_000)
  expect(readFileSync(join(path, 'report.json'), 'utf8')).toBe('precious')
  expect(readdirSync(path)).toEqual(before)
})
