/** How fast the devices of this machine are, kept between runs: to measure takes seconds. */
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir, hostname } from 'node:os'
import { join } from 'node:path'
import { writeAtomically } from './write.ts'

/** Multiplications and additions a second by device, or why there are none. */
export type Speeds = Readonly<Record<string, number | string>>

/** Milliseconds after which they are measured again: drivers come and go. */
const FRESH = 7 * 24 * 3600 * 1000

interface File {
  readonly of: string
  readonly time: number
  readonly speeds: Speeds
}

/** Without loading it: this is also asked by processes that run nothing native. */
const version = (): string => (createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }).version

/** What the numbers are of. */
const here = (): string => JSON.stringify([hostname(), process.platform, process.arch, version(), process.env['VK_ICD_FILENAMES'] ?? '', process.env['VK_DRIVER_FILES'] ?? '', process.env['LD_LIBRARY_PATH'] ?? ''])

/** The platform's folder for what can be made again. */
function folder(): string {
  const own = process.env['XDG_CACHE_HOME'] || (process.platform === 'win32' ? process.env['LOCALAPPDATA'] : process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : undefined)
  return join(own || join(homedir(), '.cache'), 'scrub')
}

const file = (): string => join(folder(), 'devices.json')

/** Undefined where they are not known, are old, or are of another machine, driver or version. */
export function keptSpeeds(): Speeds | undefined {
  try {
    const { of, time, speeds } = JSON.parse(readFileSync(file(), 'utf8')) as File
    return of === here() && Math.abs(Date.now() - time) < FRESH ? speeds : undefined
  } catch {
    return undefined
  }
}

/** Where nothing can be written, they are measured every time. */
export function keepSpeeds(speeds: Speeds): void {
  try {
    mkdirSync(folder(), { recursive: true })
    writeAtomically(file(), `${JSON.stringify({ of: here(), time: Date.now(), speeds } satisfies File, null, 2)}\n`)
  } catch {}
}
