/** Temporary folders of one process each: those of processes that could not remove theirs go when the next one is made. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lives } from './lives.ts'

/** A new folder; `kind` says what it is for, in letters. Throws what the system throws. */
export function ownFolder(kind: string): string {
  removeFolders(kind)
  return mkdtempSync(join(tmpdir(), `scrub-${kind}-${process.pid}-`))
}

/** Removes folders of processes that have ended, or of the one that is given. */
export function removeFolders(kind: string, ended?: number): void {
  const start = `scrub-${kind}-`
  let names: string[]
  try {
    names = readdirSync(tmpdir()).filter((name) => name.startsWith(start))
  } catch {
    return // Where it cannot even be listed, there is none to remove.
  }
  for (const name of names) {
    const process = Number(/^\d+(?=-)/.exec(name.slice(start.length))?.[0])
    if (process > 0 && (ended === undefined ? !lives(process) : process === ended)) rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
}
