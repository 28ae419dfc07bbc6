/** What works on this machine, and what to do about the rest. */
import { availableParallelism, freemem, totalmem } from 'node:os'
import type { Diagnosis, Probe } from '../protocol/doctor.ts'
import { VERSION } from '../version.ts'
import { advice } from './advice.ts'
import { probe as ask, type Probed } from './probe.ts'
import { keepSpeeds } from './speeds.ts'

/** Devices that ONNX Runtime knows on a system; the first is the reference for all others. */
const DEVICES: Readonly<Record<string, readonly string[]>> = {
  linux: ['cpu', 'webgpu', 'cuda'],
  win32: ['cpu', 'webgpu', 'dml', 'cuda'],
  darwin: ['cpu', 'webgpu', 'coreml'],
}

/** Asks every device, also how fast it is, which `auto` then knows; takes a second or more for each. `probe` is replaced in tests. */
export async function diagnose(probe: (device: string) => Promise<Probed> = (device) => ask(device, undefined, undefined, true)): Promise<Diagnosis> {
  const probes: Probe[] = []
  let version: string | null = null
  let problem = ''
  for (const device of DEVICES[process.platform] ?? ['cpu']) {
    const found = await probe(device)
    if ('died' in found) {
      probes.push({ device, bundled: true, works: false, speed: null, message: `The process that tried it stopped (${found.died}): a driver is broken or missing.` })
      continue
    }
    // Without the library there is nothing to ask the others.
    if (found.version === '') {
      problem = found.problem ?? ''
      break
    }
    version = found.version
    const bundled = found.backends[device] ?? false
    probes.push({ device, bundled, works: found.problem === undefined, speed: found.speed ?? null, message: found.problem === undefined ? '' : advice(device, bundled, found.problem) })
  }
  if (probes.some(({ speed }) => speed !== null)) keepSpeeds(Object.fromEntries(probes.map(({ device, speed, message }) => [device, speed ?? message])))
  return {
    versions: { scrub: VERSION, node: process.version, onnxruntime: version },
    platform: platform(),
    processors: availableParallelism(),
    memory: { total: totalmem(), free: freemem() },
    problem,
    probes,
  }
}

function platform(): string {
  const header = (process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined)?.header
  const library = process.platform !== 'linux' ? '' : header?.glibcVersionRuntime ? ` (glibc ${header.glibcVersionRuntime})` : ' (no glibc)'
  return `${process.platform} ${process.arch}${library}`
}
