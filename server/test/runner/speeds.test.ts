/** Speeds of devices are kept: for this machine, this version, and a week. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { keepSpeeds, keptSpeeds } from '../../src/runner/speeds.ts'

const SPEEDS = { cpu: 1e11, webgpu: 'No graphics adapter.' }

function cacheFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'scrub-speeds-'))
  onTestFinished(() => {
    vi.unstubAllEnvs()
    vi.useRealTimers()
    rmSync(folder, { recursive: true, force: true })
  })
  vi.stubEnv('XDG_CACHE_HOME', folder)
  return join(folder, 'scrub', 'devices.json')
}

test('what is kept is known again', () => {
  cacheFolder()
  expect(keptSpeeds()).toBeUndefined()
  keepSpeeds(SPEEDS)
  expect(keptSpeeds()).toEqual(SPEEDS)
})

test.each<[string, (file: string) => void]>([
  ['with another driver', () => vi.stubEnv('VK_ICD_FILENAMES', '/another.json')],
  ['after eight days', () => void vi.useFakeTimers({ now: Date.now() + 8 * 24 * 3600 * 1000, toFake: ['Date'] })],
  ['when the file is broken', (file) => writeFileSync(file, readFileSync(file, 'utf8').slice(0, 20))],
])('not %s', (_, change) => {
  const file = cacheFolder()
  keepSpeeds(SPEEDS)
  change(file)
  expect(keptSpeeds()).toBeUndefined()
})

test('where nothing can be written nothing is kept, and nobody is told', () => {
  const file = cacheFolder()
  writeFileSync(join(file, '..', '..', 'scrub'), 'a file where the folder would be')
  keepSpeeds(SPEEDS)
  expect(keptSpeeds()).toBeUndefined()
})
