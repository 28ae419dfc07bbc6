/**
 * A temporary file that nobody else sees and nothing leaves behind: its name is gone as soon as it is open, so that the system frees it
 * with the process, however that ends. Where a system keeps the name of an open file, it goes at the end, or when the next one is opened.
 */
import { close, openSync, read, readdirSync, unlinkSync, write } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { lives } from './lives.ts'

export interface SpillFile {
  /** Bytes that it may grow to. */
  readonly room: number
  /** All of the bytes, at a byte of the file. Throws what the system throws. */
  write(bytes: Uint8Array, at: number): Promise<void>
  /** Fills `into`. Throws what the system throws, and where the file ends early. */
  read(into: Uint8Array, at: number): Promise<void>
  close(): Promise<void>
}

export type OpenSpillFile = () => Promise<SpillFile>

const PREFIX = 'scrub-activations-'
/** Of what is free on the disk, at most: the rest is for everyone else. */
const SHARE = 0.5
/** File systems that lie in the memory (tmpfs and ramfs of Linux): nothing is won there. */
const IN_MEMORY: ReadonlySet<number> = new Set([0x01021994, 0x858458f6])

/** Folders for large temporary files: the one that was chosen, or the system's, best first. */
export const spillFolders = (chosen: string | undefined, platform: NodeJS.Platform = process.platform): string[] => (chosen ? [chosen] : platform === 'win32' ? [tmpdir()] : [...new Set([tmpdir(), '/var/tmp'])])

/** The first of these folders on a disk. Throws what the system throws where none can be written. */
export async function openSpillFile(folders: readonly string[]): Promise<SpillFile> {
  let problem: unknown
  for (const folder of folders) {
    try {
      return await openIn(folder)
    } catch (error) {
      problem ??= error
    }
  }
  throw problem
}

async function openIn(folder: string): Promise<SpillFile> {
  const { type, bavail, bsize } = await statfs(folder)
  if (process.platform === 'linux' && IN_MEMORY.has(type)) throw new Error(`${folder} lies in the memory`)
  sweep(folder)
  const path = join(folder, `${PREFIX}${process.pid}-${randomBytes(6).toString('hex')}`)
  const descriptor = openSync(path, 'wx+', 0o600)
  const named = !removed(path)
  return {
    room: SHARE * bavail * bsize,
    write: async (bytes, at) => {
      for (let done = 0; done < bytes.length; ) done += (await writeAt(descriptor, bytes, done, bytes.length - done, at + done)).bytesWritten
    },
    read: async (into, at) => {
      for (let done = 0; done < into.length; ) {
        const { bytesRead } = await readAt(descriptor, into, done, into.length - done, at + done)
        if (bytesRead === 0) throw new Error('it ends early')
        done += bytesRead
      }
    },
    close: async () => {
      await promisify(close)(descriptor)
      if (named) removed(path)
    },
  }
}

const writeAt = promisify(write)
const readAt = promisify(read)

function removed(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch {
    return false
  }
}

/** Removes files of processes that have ended, which could not remove them. */
export function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const process = name.startsWith(PREFIX) ? Number(/^\d+(?=-)/.exec(name.slice(PREFIX.length))?.[0]) : NaN
    if (process > 0 && !lives(process)) removed(join(folder, name))
  }
}
