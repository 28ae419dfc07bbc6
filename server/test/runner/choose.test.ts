/** What `auto` takes: which devices are asked, when, and what is said. */
import { expect, test } from 'vitest'
import { chooseDevice, runtimeFor, type ChooseTools } from '../../src/runner/choose.ts'
import type { Probed } from '../../src/runner/probe.ts'
import type { Speeds } from '../../src/runner/speeds.ts'

const LONG = 1e13
const works = (speed: number): Probed => ({ version: '1', backends: { webgpu: true }, speed })
const fails = (problem: string): Probed => ({ version: '1', backends: { webgpu: true }, problem })

/** Tools that know these devices, and what was asked of them. */
function tools(devices: Readonly<Record<string, Probed>>, kept?: Speeds) {
  const asked: string[] = []
  const keptNow: Speeds[] = []
  const made: ChooseTools = {
    candidates: () => Object.keys(devices).filter((name) => name !== 'cpu'),
    kept: () => kept,
    keep: (speeds) => void keptNow.push(speeds),
    measure: async (device) => {
      asked.push(device)
      return devices[device]!
    },
  }
  return { tools: made, asked, keptNow }
}

test.each<[string, Record<string, Probed>, number, Speeds | undefined, object, string[]]>([
  ['nothing but the CPU', { cpu: works(1e11) }, LONG, undefined, { device: 'cpu' }, []],
  ['a short run asks nobody', { cpu: works(1e11), webgpu: works(1e13) }, 1e10, undefined, { device: 'cpu' }, []],
  ['a fast card', { cpu: works(1e11), webgpu: works(5e12) }, LONG, undefined, { device: 'webgpu', reason: '`auto` took webgpu, 50 times as fast as the CPU in products of matrices.' }, ['cpu', 'webgpu']],
  ['the first that is faster', { cpu: works(1e11), cuda: fails('libcudnn.so.9: cannot open shared object file'), webgpu: works(5e11) }, LONG, undefined, { device: 'webgpu', reason: '`auto` took webgpu, 5.0 times as fast as the CPU in products of matrices.' }, ['cpu', 'cuda', 'webgpu']],
  ['a slow card, or software', { cpu: works(1e11), webgpu: works(1e9) }, LONG, undefined, { device: 'cpu', reason: '`auto` stayed on the CPU (webgpu is 0.010 times as fast).' }, ['cpu', 'webgpu']],
  ['a driver that crashes', { cpu: works(1e11), webgpu: { died: 'SIGSEGV' } }, LONG, undefined, { device: 'cpu', reason: '`auto` stayed on the CPU (webgpu: the process that tried it stopped, SIGSEGV).' }, ['cpu', 'webgpu']],
  ['no driver', { cpu: works(1e11), webgpu: fails('No supported adapters') }, LONG, undefined, { device: 'cpu', reason: '`auto` stayed on the CPU (webgpu: No graphics adapter could be used (No supported adapters): it needs a driver for Vulkan, Metal or Direct3D 12).' }, ['cpu', 'webgpu']],
  ['what is known is not asked again', { cpu: works(1), webgpu: works(1) }, LONG, { cpu: 1e11, webgpu: 1e12 }, { device: 'webgpu', reason: '`auto` took webgpu, 10 times as fast as the CPU in products of matrices.' }, []],
  ['a device of which nothing is known is', { cpu: works(1e11), webgpu: works(1e12), dml: works(1e12) }, LONG, { cpu: 1e11, webgpu: 'gone' }, { device: 'webgpu' }, ['cpu', 'webgpu', 'dml']],
])('%s', async (_, devices, work, kept, expected, questions) => {
  const { tools: given, asked, keptNow } = tools(devices, kept)
  expect(await chooseDevice(() => work, given)).toMatchObject(expected)
  expect(asked).toEqual(questions)
  expect(keptNow.length).toBe(questions.length > 0 ? 1 : 0)
})

test('how long a run takes is worked out only where there is a choice', async () => {
  const { tools: given } = tools({ cpu: works(1) })
  const work = (): number => expect.fail('asked')
  expect(await chooseDevice(work, given)).toEqual({ device: 'cpu' })
})

test('a device that was measured and is gone', async () => {
  const { tools: given } = tools({ abacus: works(1) }, { cpu: 1, abacus: 100 })
  const runtime = await runtimeFor({ device: 'auto' }, () => LONG, given)
  expect(runtime.device).toBe('cpu')
  expect(runtime.reason).toMatch(/^`auto` stayed on the CPU: abacus worked before, but not now \(.+\)\.$/)
})

test.each([['cpu', 'cpu', undefined]])('%s is what was asked for', async (device, expected, reason) => {
  const runtime = await runtimeFor({ device }, () => expect.fail('asked'))
  expect([runtime.device, runtime.reason]).toEqual([expected, reason])
})

test('there is no device "abacus"', async () => {
  await expect(runtimeFor({ device: 'abacus' }, () => 0)).rejects.toThrow('There is no device "abacus": it is one of cpu, webgpu, cuda, dml, coreml.')
})
