/** The doctor: what it says of devices that work, are missing, crash or hang. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { showDiagnosis } from '../../src/language/diagnosis.ts'
import { advice } from '../../src/runner/advice.ts'
import { diagnose } from '../../src/runner/doctor.ts'
import { probe } from '../../src/runner/probe.ts'

/** A program in the place of the runner. */
function program(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'scrub-doctor-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'runner.mjs'), text)
  return join(folder, 'runner.mjs')
}

test('on this machine the processor works', async () => {
  const found = await probe('cpu')
  expect(found).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+/), backends: { cpu: true } })
  expect(found).not.toHaveProperty('problem')
})

test('a device that ONNX Runtime does not know is a problem, not a crash', async () => {
  expect(await probe('abacus')).toMatchObject({ problem: expect.stringContaining('abacus') })
})

test.each([
  ['crashes', "process.send({ type: 'ready' }); process.on('message', () => process.kill(process.pid, 'SIGSEGV'))", { died: 'SIGSEGV' }],
  ['ends', "process.send({ type: 'ready' }); process.on('message', () => process.exit(7))", { died: 'exit code 7' }],
  ['never answers', "process.send({ type: 'ready' }); process.on('message', () => {})", { died: 'no answer within 3 s' }],
  ['says nonsense', "process.send({ type: 'ready' }); process.on('message', () => process.send({ type: 'what' })); setTimeout(() => process.exit(3), 500)", { died: 'exit code 3' }],
])('a driver that %s', async (how, text, expected) => {
  expect(await probe('webgpu', program(text), how === 'never answers' ? 3000 : undefined)).toEqual(expected)
})

test.each([
  ['cuda', false, 'Failed to load library libonnxruntime_providers_cuda.so with error: cannot open shared object file', /not part of the npm package/],
  ['cuda', false, 'libcublasLt.so.12: cannot open shared object file: No such file or directory', /^libcublasLt\.so\.12 was not found: install CUDA/],
  ['webgpu', true, 'Failed to get a WebGPU adapter.\nstack', /^No graphics adapter could be used \(Failed to get a WebGPU adapter\): it needs a driver/],
  ['webgpu', true, '/onnxruntime_src/core/webgpu_context.cc:136 Initialize(const Config&)::<lambda()> status == Success was false. No adapter.', /^No graphics adapter could be used \(No adapter\)/],
  ['dml', true, 'DirectML.dll could not be loaded', /^DirectML\.dll was not found/],
  ['coreml', true, 'no such provider', /^no such provider\.$/],
])('what to do about %s (%s, %s)', (device, bundled, problem, expected) => expect(advice(device, bundled, problem)).toMatch(expected))

test('all of it, in lines', async () => {
  const diagnosis = await diagnose(async (device) => (device === 'cpu' ? { version: '1.2.3', backends: { cpu: true, webgpu: true } } : { died: 'SIGSEGV' }))
  expect(diagnosis.probes[0]).toEqual({ device: 'cpu', bundled: true, works: true, speed: null, message: '' })
  const text = showDiagnosis({ ...diagnosis, versions: { scrub: '0.1.0', node: 'v22.1.0', onnxruntime: '1.2.3' }, platform: 'linux x64 (glibc 2.36)', processors: 8, memory: { total: 16 * 2 ** 30, free: 2 ** 30 }, probes: diagnosis.probes.slice(0, 2) })
  expect(text.split('\n').slice(0, 4)).toEqual([
    'Scrub 0.1.0 · Node 22.1.0 · linux x64 (glibc 2.36) · 8 processors · 1.0 GB of 16.0 GB memory free', 'ONNX Runtime 1.2.3', '  ✓ cpu     works',
    '  ✗ webgpu  The process that tried it stopped (SIGSEGV): a driver is broken or missing.',
  ])
})

test('without ONNX Runtime that is what it says, once', async () => {
  const diagnosis = await diagnose(async () => ({ version: '', backends: {}, problem: 'ONNX Runtime is not part of this installation.' }))
  expect(diagnosis).toMatchObject({ problem: 'ONNX Runtime is not part of this installation.', probes: [] })
  expect(showDiagnosis(diagnosis).split('\n')[1]).toBe('ONNX Runtime is not part of this installation.')
})
