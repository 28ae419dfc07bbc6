/** Files that are whole or not there at all, whatever happens to the process or to the disk meanwhile. */
import { createHash, randomBytes } from 'node:crypto'
import { closeSync, fchmodSync, fsyncSync, openSync, readdirSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { lives } from '../scrub/lives.ts'

/** Contents by path. */
export type Files = readonly (readonly [path: string, content: Uint8Array | string])[]

/** As `writeTogether`, of one file. */
export const writeAtomically = (path: string, content: Uint8Array | string): void => writeTogether([[path, content]])

/**
 * Writes beside the targets, and renames once all of them are written: a reader finds what was there, or the whole of what comes. A file
 * that is replaced keeps its permissions. Throws what the system throws.
 */
export function writeTogether(files: Files): void {
  const temporaries = files.map(([path]) => temporaryOf(path))
  undisturbed(() => {
    try {
      files.forEach(([path, content], i) => {
        removeTemporaries(path)
        writeNew(temporaries[i]!, content, statSync(path, { throwIfNoEntry: false })?.mode)
      })
      files.forEach(([path], i) => renameSync(temporaries[i]!, path))
    } catch (error) {
      for (const one of temporaries) rmSync(one, { force: true })
      throw error
    }
  })
}

function writeNew(path: string, content: Uint8Array | string, mode: number | undefined): void {
  // Nothing that lies there is followed or written over.
  const file = openSync(path, 'wx')
  try {
    if (mode !== undefined) whereOffered(() => fchmodSync(file, mode & 0o777))
    writeFileSync(file, content)
    // Some disks only tell now that they are full; and a name must not be there before the bytes are.
    whereOffered(() => fsyncSync(file))
  } finally {
    closeSync(file)
  }
}

/** Not every kind of disk can do everything. */
function whereOffered(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!['EPERM', 'EINVAL', 'ENOTSUP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 10)

/** The numbers of processes are those of one machine or container, and folders are shared by many. */
const here = digest(`${hostname()} ${numbering()}`)

function numbering(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

/** Short, for the name of the target may be as long as a name may be. */
const startOf = (path: string): string => `.scrub-${digest(basename(path))}-${here}-`

const temporaryOf = (path: string): string => join(dirname(path), `${startOf(path)}${process.pid}-${randomBytes(6).toString('hex')}.tmp`)

/** Removes what processes left that ended while they wrote this file; `ended` is one that is known to have. */
export function removeTemporaries(path: string, ended?: number): void {
  const start = startOf(path)
  let names: string[]
  try {
    names = readdirSync(dirname(path)).filter((name) => name.startsWith(start) && name.endsWith('.tmp'))
  } catch {
    return // A folder that may be written, but not be listed.
  }
  for (const name of names) {
    const process = Number(/^\d+(?=-)/.exec(name.slice(start.length))?.[0])
    if (process === ended || (process > 0 && !lives(process))) rmSync(join(dirname(path), name), { force: true })
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** Milliseconds in which signals that came meanwhile arrive. */
const ARRIVAL = 20

let waiting: NodeJS.Timeout | undefined

function late(signal: NodeJS.Signals): void {
  leave()
  // Somebody else who listens has heard it too.
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
}

function leave(): void {
  clearTimeout(waiting)
  waiting = undefined
  for (const signal of SIGNALS) process.off(signal, late)
}

/** Signals that would end the process take effect after the work, which lasts no longer than it takes to write a file. */
function undisturbed(work: () => void): void {
  leave()
  for (const signal of SIGNALS) process.on(signal, late)
  try {
    work()
  } finally {
    waiting = setTimeout(leave, ARRIVAL).unref()
  }
}
