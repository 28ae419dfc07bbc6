/** A device that fails: when a session is made, at its first run, in the middle. The stand-in for the device is the processor under its name. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Report } from '../../src/protocol/report.ts'
import { keepSpeeds } from '../../src/runner/speeds.ts'
import { fixture } from '../scrub/run-file.ts'
import { came, command, expectClear, expectNothingLeft, LONG, numbersOf, OUTPUTS, place, reportIn, RUN, type Fault, type Place } from './harness.ts'

const onDevice = (args: readonly string[]): string[] => args.map((word) => (word === 'cpu' ? 'webgpu' : word))
const device = 'webgpu'

test('the stand-in computes what the processor does', async () => {
  const [at, other] = [place(), place()]
  expect((await command(at, onDevice(RUN), { device }).ended).exitCode).toBe(0)
  expect((await command(other, RUN).ended).exitCode).toBe(0)
  expect(reportIn(at).device).toBe('webgpu')
  expect(losses(reportIn(at))).toEqual(losses(reportIn(other)))
  expectNothingLeft(at, OUTPUTS)
})

/** What does not tell where it was computed. */
const losses = ({ hypotheses }: Report): unknown => hypotheses.map(({ scrubbed, nodes }) => [scrubbed, nodes.map(({ cost }) => cost)].map((value) => JSON.parse(JSON.stringify(value, (_, v: unknown) => (typeof v === 'number' ? Number(v.toFixed(5)) : v)))))

test.each<[string, Fault, number]>([
  ['when the device is tried', { at: 'session', nth: 1 }, 0],
  ['when a session is made', { at: 'session', nth: 3 }, 0],
  ['at the first run', { at: 'session run', nth: 2 }, 0],
])('named, and failing %s: one sentence, no result', async (_, fault) => {
  const at = place()
  const { exitCode, stdout, stderr } = await command(at, onDevice(RUN), { ...fault, device, fault: 'throw', times: 100 }).ended
  expectClear(stderr, /^scrub: Device "webgpu" (cannot be used on this machine\. No graphics adapter could be used \(injected: the device was lost\): .*|failed in the middle of the run \(injected: the device was lost\)\. Run again, or use --device cpu\.)$/m)
  expect([exitCode, stdout]).toEqual([3, ''])
  expectNothingLeft(at, [])
})

test('named, and failing in the middle once: another process goes on from the last batch', async () => {
  const at = place()
  const { exitCode, stderr } = await command(at, onDevice(LONG), { at: 'session run', nth: 250, device, fault: 'throw' }).ended
  expect(came(at)).toBe(1)
  expectClear(stderr, /^Device "webgpu" failed in the middle of the run \(injected: the device was lost\)\. Run again, or use --device cpu; a new one goes on from its last batch\.$/m)
  expect(exitCode).toBe(0)
  expect(reportIn(at).device).toBe('webgpu')
  expectNothingLeft(at, OUTPUTS)
})

/** Long enough for `auto` to look for a device, and over soon. */
const AUTO = ['run', 'few.scrub', '-H', 'claim 1', '--samples', '3000000', '--precision', '20%', '--no-costs', '--threads', '1', '--json', 'report.json']

function withDevice(): Place {
  const at = place()
  mkdirSync(join(at.work, 'paren'))
  for (const name of readdirSync(fixture('paren')).filter((one) => /\.(onnx|npz|npy)$/.test(one))) cpSync(join(fixture('paren'), name), join(at.work, 'paren', name))
  writeFileSync(join(at.work, 'paren', 'few.scrub'), readFileSync(fixture('paren/paren.scrub'), 'utf8').replace(/^(data +"[^"]+")/m, '$1 limit 200'))
  const before = process.env['XDG_CACHE_HOME']
  process.env['XDG_CACHE_HOME'] = at.cache
  keepSpeeds({ cpu: 1e9, webgpu: 1e13 })
  if (before === undefined) delete process.env['XDG_CACHE_HOME']
  else process.env['XDG_CACHE_HOME'] = before
  return { ...at, work: join(at.work, 'paren') }
}

describe.runIf(process.platform === 'linux')('taken by auto', () => {
  let plain: Report
  beforeAll(async () => {
    const at = withDevice()
    expect((await command(at, [...AUTO, '--device', 'cpu']).ended).exitCode).toBeLessThan(2)
    plain = reportIn(at)
  })

  test('and working, it is told of', async () => {
    const at = withDevice()
    expect((await command(at, AUTO, { device }).ended).exitCode).toBeLessThan(2)
    expect(reportIn(at)).toMatchObject({ device: 'webgpu', deviceReason: expect.stringMatching(/^`auto` took webgpu, 10000 times as fast as the CPU/) })
  })

  test.each<[string, Fault, RegExp]>([
    ['when it is tried', { at: 'session', nth: 1, fault: 'throw' }, /^`auto` stayed on the CPU: webgpu worked before, but not now \(injected: the device was lost\)\.$/],
    ['when a session is made', { at: 'session', nth: 4, fault: 'throw' }, /^`auto` took webgpu, which failed \(Device "webgpu" failed in the middle of the run \(injected: the device was lost\)\): everything was computed on the CPU instead\.$/],
    ['at the first run', { at: 'session run', nth: 3, fault: 'throw' }, /^`auto` took webgpu, which failed \(Device "webgpu" failed in the middle of the run/],
    ['in the middle, each time', { at: 'session run', nth: 6, fault: 'throw' }, /^`auto` took webgpu, which failed \(Device "webgpu" failed in the middle of the run/],
    ['with its process', { at: 'session run', nth: 6, fault: 'SIGSEGV' }, /^`auto` took webgpu, which failed \(the runner stopped, SIGSEGV\)/],
  ])('and failing %s: the CPU gives the result, and the report says so', async (_, fault, reason) => {
    const at = withDevice()
    const { exitCode, stdout, stderr } = await command(at, AUTO, { ...fault, device, times: 100 }).ended
    expectClear(stderr, /Wrote report\.json/)
    expect(exitCode).toBeLessThan(2)
    const report = reportIn(at)
    expect(report.device).toBe('cpu')
    expect(report.deviceReason).toMatch(reason)
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(report.deviceReason!)
    expect(numbersOf(report)).toEqual(numbersOf(plain))
    rmSync(join(at.cache, 'scrub'), { recursive: true })
    expect([readdirSync(at.temporary), readdirSync(at.cache)]).toEqual([[], []])
  })
})
