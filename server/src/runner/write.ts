/** Files that are whole or not there at all. */
import { renameSync, rmSync, writeFileSync } from 'node:fs'

/** Write beside the target and rename. */
export function writeAtomically(path: string, data: Uint8Array | string): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    writeFileSync(temporary, data)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
