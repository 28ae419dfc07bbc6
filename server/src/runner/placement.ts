/** Which operators ran on the device and which on the processor instead, as ONNX Runtime's profile of a run tells. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ownFolder } from '../scrub/own-folder.ts'
import type { Placement } from '../scrub/runtime.ts'

/** What ONNX Runtime calls its own types. */
const DTYPE: Readonly<Record<string, string>> = { float: 'float32', double: 'float64' }

interface ProfileEvent {
  readonly cat: string
  readonly name: string
  readonly args?: { readonly op_name?: string; readonly provider?: string; readonly input_type_shape?: readonly Record<string, unknown>[] }
}

/** What the folders are for that hold profiles. */
export const PROFILE = 'profile'

/** Prefix of a profile that no other session writes; undefined where none can be written, for nothing depends on it but a line of the report. */
export function profileFile(): string | undefined {
  try {
    return join(ownFolder(PROFILE), 'run')
  } catch {
    return undefined
  }
}

/** Reads the profile of one run and removes it. */
export function takePlacement(prefix: string): Placement | undefined {
  const folder = join(prefix, '..')
  try {
    const [file] = readdirSync(folder)
    return file === undefined ? undefined : placementOf(JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProfileEvent[])
  } catch {
    return undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Of the events of a profile. Copies between the two memories are no operators of the model. */
export function placementOf(events: readonly ProfileEvent[]): Placement {
  const onCpu = new Map<string, number>()
  let operators = 0
  for (const { cat, name, args } of events) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time') || !args?.op_name || /^Memcpy/.test(args.op_name)) continue
    operators++
    if (args.provider !== 'CPUExecutionProvider') continue
    const [type] = Object.keys(args.input_type_shape?.[0] ?? {})
    const key = type === undefined ? args.op_name : `${args.op_name} (${DTYPE[type] ?? type})`
    onCpu.set(key, (onCpu.get(key) ?? 0) + 1)
  }
  return { operators, onCpu }
}
