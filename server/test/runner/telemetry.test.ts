/** ONNX Runtime's vendor telemetry stays off: no file appears, in no process of ours. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const root = mkdtempSync(join(tmpdir(), 'scrub-telemetry-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const server = fileURLToPath(new URL('../../', import.meta.url))
const toy = fileURLToPath(new URL('../../../test-fixtures/toy/toy.scrub', import.meta.url))

/** Files that a process leaves in its home and temporary folders. */
function filesLeftBy(name: string, args: string[], input = ''): string[] {
  const home = mkdtempSync(join(root, name))
  // Telemetry is off anyway where CI is set, so a test that keeps it would notice nothing.
  const { CI: _, ORT_DISABLE_TELEMETRY: __, ...env } = process.env
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: server, input, encoding: 'utf8',
    env: { ...env, HOME: home, USERPROFILE: home, XDG_CACHE_HOME: join(home, '.cache'), LOCALAPPDATA: home, TMPDIR: home, TEMP: home, TMP: home },
  })
  expect(status, stderr).toBe(0)
  return readdirSync(home, { recursive: true }).map(String)
}

test('a run leaves nothing behind', () => {
  expect(filesLeftBy('ours', ['bin/scrub.mjs', 'run', toy, '-H', 'A is all', '--samples', '100'])).toEqual([])
  expect(filesLeftBy('classes', ['bin/scrub.mjs', 'classes', toy, '-H', 'A is all', 'A'])).toEqual([])
})

test.runIf(process.platform === 'linux')('without the switch this test would see files', () => {
  const model = fileURLToPath(new URL('../../../test-fixtures/toy/toy.onnx', import.meta.url))
  const plain = `const ort = require('onnxruntime-node'); ort.InferenceSession.create(${JSON.stringify(model)}).then(() => setTimeout(() => process.exit(0), 500))`
  expect(filesLeftBy('plain', ['-'], plain)).not.toEqual([])
})
