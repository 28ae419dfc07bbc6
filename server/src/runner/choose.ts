/** Which device `auto` is: another one than the CPU where a run is long enough to be worth it, and a measurement says that it is faster. */
import { existsSync, readdirSync } from 'node:fs'
import type { RunRequest } from '../protocol/runner.ts'
import type { Runtime } from '../scrub/runtime.ts'
import { advice } from './advice.ts'
import { cudaProvider } from './cuda.ts'
import { openRuntime, tryDevice } from './onnxruntime.ts'
import { keptSpeeds, keepSpeeds, type Speeds } from './speeds.ts'
import { probe, type Probed } from './probe.ts'

/** Multiplications and additions of a run that takes the CPU some ten seconds: below that, a device is not asked. */
const WORTH = 1e12
/** Times as fast as the CPU in products of matrices: less is lost again where data cross. */
const FASTER = 2
/** Milliseconds that a device has to show how fast it is; software that pretends to be one does not. */
const PATIENCE = 15_000

export interface Choice {
  readonly device: string
  /** A sentence, where another device was tried. */
  readonly reason?: string
}

export interface ChooseTools {
  /** Devices that could be there, the best first; looked up without asking any. */
  readonly candidates: () => readonly string[]
  readonly kept: () => Speeds | undefined
  readonly keep: (speeds: Speeds) => void
  /** Asks a process of its own how fast a device is. */
  readonly measure: (device: string) => Promise<Probed>
}

const TOOLS: ChooseTools = {
  candidates,
  kept: keptSpeeds,
  keep: keepSpeeds,
  measure: (device) => probe(device, undefined, PATIENCE, true),
}

/** `work` counts the multiplications and additions of the run; it is asked only where there is a choice. */
export async function chooseDevice(work: () => number, { candidates, kept, keep, measure }: ChooseTools = TOOLS): Promise<Choice> {
  const others = candidates()
  if (others.length === 0 || work() < WORTH) return { device: 'cpu' }
  let speeds = kept()
  if (!speeds || !others.every((device) => device in speeds!)) {
    const found: Record<string, number | string> = {}
    for (const device of ['cpu', ...others]) found[device] = told(device, await measure(device))
    keep((speeds = found))
  }
  const { cpu } = speeds
  const reasons: string[] = []
  for (const device of others) {
    const speed = speeds[device]!
    if (typeof speed === 'string') reasons.push(`${device}: ${speed}`)
    else if (typeof cpu !== 'number') continue
    else if (speed >= FASTER * cpu) return { device, reason: `\`auto\` took ${device}, ${(speed / cpu).toFixed(speed < 10 * cpu ? 1 : 0)} times as fast as the CPU in products of matrices.` }
    else reasons.push(`${device} is ${(speed / cpu).toPrecision(2)} times as fast`)
  }
  return { device: 'cpu', reason: `\`auto\` stayed on the CPU (${reasons.join('; ').replace(/\.$/, '')}).` }
}

function told(device: string, found: Probed): number | string {
  if ('died' in found) return `the process that tried it stopped, ${found.died}`
  if (found.problem !== undefined) return advice(device, found.backends[device] ?? false, found.problem)
  return found.speed!
}

/** What could be a device here. Software that computes as if it were a graphics processor counts for nothing. */
function candidates(): string[] {
  switch (process.platform) {
    case 'linux': return graphicsOfLinux() ? [...(existsSync(cudaProvider()) ? ['cuda'] : []), 'webgpu'] : []
    case 'win32': return ['webgpu', 'dml']
    case 'darwin': return ['webgpu']
    default: return []
  }
}

/** A driver has made a device file. */
function graphicsOfLinux(): boolean {
  if (existsSync('/dev/nvidiactl') || existsSync('/dev/dxg')) return true
  try {
    return readdirSync('/dev/dri').some((name) => name.startsWith('renderD'))
  } catch {
    return false
  }
}

/** The runtime that a run asks for. Throws ProviderUnavailable for a device that was named and is not there. */
export async function runtimeFor({ device, threads }: Pick<RunRequest, 'device' | 'threads'>, work: () => number, tools?: ChooseTools): Promise<Runtime> {
  const open = (name: string, reason?: string): Runtime => ({ ...openRuntime({ device: name, ...(threads === undefined ? {} : { threads }) }), ...(reason === undefined ? {} : { reason }) })
  if (device !== 'auto') return open(device)
  const choice = await chooseDevice(work, tools)
  if (choice.device === 'cpu') return open('cpu', choice.reason)
  try {
    // It was there when it was measured.
    await tryDevice(choice.device)
  } catch (error) {
    return open('cpu', `\`auto\` stayed on the CPU: ${choice.device} worked before, but not now (${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}).`)
  }
  return open(choice.device, choice.reason)
}
