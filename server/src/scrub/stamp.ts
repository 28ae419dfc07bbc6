/** Whether a file is the one that was read before. */
import { statSync } from 'node:fs'

/** Changes when the file does; undefined where there is none. */
export function stampOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  return found && `${path} ${found.mtimeMs} ${found.size} ${found.ino}`
}
