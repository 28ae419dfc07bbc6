/** What works on this machine, and what to do about the rest. */
import { availableParallelism, freemem, totalmem } from 'node:os'
import type { Diagnosis, Probe } from '../protocol/doctor.ts'
import { VERSION } from '../version.ts'
import { probe as ask, type Probed } from './probe.ts'

/** Devices that ONNX Runtime knows on a system; the first is the reference for all others. */
const DEVICES: Readonly<Record<string, readonly string[]>> = {
  linux: ['cpu', 'webgpu', 'cuda'],
  win32: ['cpu', 'webgpu', 'dml', 'cuda'],
  darwin: ['cpu', 'webgpu', 'coreml'],
}

/** Asks every device; takes a second or more for each. `probe` is replaced in tests. */
export async function diagnose(probe: (device: string) => Promise<Probed> = ask): Promise<Diagnosis> {
  const probes: Probe[] = []
  let version: string | null = null
  let problem = ''
  for (const device of DEVICES[process.platform] ?? ['cpu']) {
    const found = await probe(device)
    if ('died' in found) {
      probes.push({ device, bundled: true, works: false, message: `The process that tried it stopped (${found.died}): a driver is broken or missing.` })
      continue
    }
    // Without the library there is nothing to ask the others.
    if (found.version === '') {
      problem = found.problem ?? ''
      break
    }
    version = found.version
    const bundled = found.backends[device] ?? false
    probes.push({ device, bundled, works: found.problem === undefined, message: found.problem === undefined ? '' : advice(device, bundled, found.problem) })
  }
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

/** One sentence for what ONNX Runtime says, and what to do. */
export function advice(device: string, bundled: boolean, problem: string): string {
  const missing = /\b((?:lib)[\w+.-]+\.(?:so|dylib)[\w.]*|[\w-]+\.dll)\b/.exec(problem)?.[1]
  // Without the places in ONNX Runtime's sources that it comes from.
  const first = problem.split('\n', 1)[0]!.replace(/^\/onnxruntime_src\/.*? was false\. /, '').replace(/\.$/, '').slice(0, 160)
  if (device === 'cuda' && !bundled && !/providers_cuda/.test(problem) && missing) return `${missing} was not found: install CUDA 12 and cuDNN 9, or put the folder of a Python environment that has them (site-packages/nvidia/*/lib) into LD_LIBRARY_PATH.`
  if (device === 'cuda' && !bundled) return `The CUDA libraries of ONNX Runtime are not part of the npm package (${first}).`
  if (device === 'webgpu') return `No graphics adapter could be used (${first}): it needs a driver for Vulkan, Metal or Direct3D 12.`
  return missing ? `${missing} was not found (${first}).` : `${first}.`
}
