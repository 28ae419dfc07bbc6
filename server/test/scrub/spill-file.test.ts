/** The temporary file of activations: seen by nobody, and gone however its process ends. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startRun } from '../../src/runner/client.ts'
import { openSpillFile, spillFolders, sweep } from '../../src/scrub/spill-file.ts'
import { childrenOf } from '../runner/children.ts'
import { fixture } from './run-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spill-test-'))
})
afterEach(() => {
  chmodSync(folder, 0o700)
  rmSync(folder, { recursive: true })
})

const posix = process.platform !== 'win32'

test('what is written is read; the file has no name, and takes at most half of what is free', async () => {
  const file = await openSpillFile([folder])
  if (posix) expect(readdirSync(folder)).toEqual([])
  const { bavail, bsize } = statfsSync(folder)
  expect(file.room / (bavail * bsize)).toBeGreaterThan(0.4)
  expect(file.room / (bavail * bsize)).toBeLessThan(0.6)
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251)
  await file.write(bytes, 0)
  await file.write(bytes, 100_000)
  const back = new Uint8Array(100_000)
  await file.read(back, 100_000)
  expect(Buffer.compare(back, bytes)).toBe(0)
  await expect(file.read(back, 150_000)).rejects.toThrow('it ends early')
  await file.close()
  expect(readdirSync(folder)).toEqual([])
})

test('the first folder that can be written is taken', async () => {
  const file = await openSpillFile([join(folder, 'none'), folder])
  await file.close()
  await expect(openSpillFile([join(folder, 'none'), join(folder, 'neither')])).rejects.toThrow(/ENOENT.*none/)
})

test.runIf(posix && process.getuid?.() !== 0)('a folder that may not be written is an error', async () => {
  chmodSync(folder, 0o500)
  await expect(openSpillFile([folder])).rejects.toThrow('EACCES')
})

test.runIf(process.platform === 'linux')('a folder in the memory is an error: nothing would be won', async () => {
  await expect(openSpillFile(['/dev/shm'])).rejects.toThrow('/dev/shm lies in the memory')
})

test('a folder that is named stands alone; else there are the system’s', () => {
  expect(spillFolders('x')).toEqual(['x'])
  expect(spillFolders(undefined, 'win32')).toEqual([tmpdir()])
  expect(spillFolders('', 'linux')).toEqual([...new Set([tmpdir(), '/var/tmp'])])
})

test('files of processes that have ended are removed when the next one is opened, others are not', async () => {
  const ended = spawnSync(process.execPath, ['-e', '']).pid
  const names = [`scrub-activations-${ended}-a`, `scrub-activations-${process.pid}-b`, 'scrub-activations-x', `other-${ended}-a`]
  for (const name of names) writeFileSync(join(folder, name), '')
  await (await openSpillFile([folder])).close()
  expect(readdirSync(folder).sort()).toEqual(names.slice(1).sort())
  sweep(folder)
  expect(readdirSync(folder).length).toBe(3)
})

test.runIf(posix)('a runner that is killed while it uses the file leaves nothing behind', async () => {
  const before = process.env['SCRUB_SPILL']
  process.env['SCRUB_SPILL'] = folder
  let used = 0
  try {
    const paren = fixture('paren/paren.scrub')
    const text = readFileSync(paren, 'utf8')
    await startRun({ file: paren, text, hypotheses: ['claim 1'], samples: 2000, memory: 2e6, device: 'cpu', costs: false }, {
      onProgress: ({ phase }) => {
        if (phase !== 'run' || used > 0) return
        for (const pid of childrenOf(process.pid, 'runner')) {
          // Where the system tells, the file is open, so that this test is about it.
          if (process.platform !== 'linux' || readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`).startsWith(join(folder, 'scrub-activations-')))) {
            used++
            process.kill(pid, 'SIGKILL')
          }
        }
      },
    }).result
  } finally {
    if (before === undefined) delete process.env['SCRUB_SPILL']
    else process.env['SCRUB_SPILL'] = before
  }
  expect(used).toBe(1)
  expect(readdirSync(folder)).toEqual([])
}, 60_000)

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return '' // Closed meanwhile.
  }
}
