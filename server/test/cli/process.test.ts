/** The real process: signals, closed pipes, start-up, and the launcher on an old Node. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { VERSION } from '../../src/version.ts'
import { folder } from './folder.ts'
import { runProcess, start } from './process.ts'

const text = 'model "sum.onnx"\ndata "sum.jsonl"\nmetric err = (y - t) ** 2\nhypothesis "h" {\n  node A = a at "A"\n  node out = A at y\n}\n'
const launcher = fileURLToPath(new URL('../../bin/scrub.mjs', import.meta.url))

/** Far more samples than can be drawn while a test waits. */
const endless = ['run', 'a.scrub', '--samples', '20_000_000', '--batch', '10', '--no-costs']

test('Ctrl-C keeps and prints the partial result', async () => {
  const path = folder({ 'a.scrub': text })
  // A slow machine needs longer until there is something to keep.
  for (const delay of [3000, 10_000, 30_000]) {
    const { child, ended } = start([...endless, '--json', 'report.json'], path)
    setTimeout(() => child.kill('SIGINT'), delay)
    const { exitCode, stdout, stderr } = await ended
    expect(exitCode).toBe(130)
    if (stderr.includes('before there was a result')) continue
    expect(stderr).toContain('this is a partial result')
    expect(stdout).toContain('(partial)')
    expect(existsSync(join(path, 'report.json'))).toBe(true)
    return
  }
  expect.unreachable('no result within half a minute')
})

test('Ctrl-C twice ends at once', async () => {
  const { child, ended } = start(endless, folder({ 'a.scrub': text }))
  setTimeout(() => child.kill('SIGINT'), 3000)
  child.stderr!.on('data', (part: string) => part.includes('press Ctrl-C again') && setTimeout(() => child.kill('SIGINT'), 600))
  expect((await ended).exitCode).toBe(130)
})

test('a reader that has seen enough is no error', async () => {
  const { child, ended } = start(['--help'], '.')
  child.stdout!.destroy()
  const { exitCode, stderr } = await ended
  expect([exitCode, stderr]).toEqual([0, ''])
})

test('colours follow NO_COLOR and FORCE_COLOR', async () => {
  const path = folder({ 'a.scrub': 'nonsense' })
  expect((await runProcess(['check', 'a.scrub'], path, { NO_COLOR: '', FORCE_COLOR: '1' })).stdout).toContain('\u001b[31m')
  expect((await runProcess(['check', 'a.scrub'], path, { NO_COLOR: '1', FORCE_COLOR: '1' })).stdout).not.toContain('\u001b')
})

test('the launcher says what to do where nothing is built', () => {
  const path = folder()
  mkdirSync(join(path, 'bin'))
  cpSync(launcher, join(path, 'bin', 'scrub.mjs'))
  const { status, stderr } = spawnSync(process.execPath, [join(path, 'bin', 'scrub.mjs')], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([3, 'scrub: Scrub is not built yet; run `npm run build` in its folder.\n'])
})

const old = (process.env['PATH'] ?? '').split(':').map((part) => join(part, 'node')).find((file) => existsSync(file) && /^v(18|20)\./.test(spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout))

test.skipIf(old === undefined)('the launcher starts again under a newer Node, with arguments and exit code', async () => {
  const started = spawnSync(old!, [launcher, '--version'], { encoding: 'utf8' })
  expect([started.status, started.stdout]).toEqual([0, `${VERSION}\n`])
  expect(spawnSync(old!, [launcher, 'run', 'nowhere.scrub'], { encoding: 'utf8' })).toMatchObject({ status: 2, stdout: '' })
})
