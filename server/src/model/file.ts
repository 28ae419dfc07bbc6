/** What can be said of a path before the file is opened. */
import { statSync, type Stats } from 'node:fs'
import { isAbsolute, relative, sep } from 'node:path'

/** What lies at a path, undefined for nothing. A path that the system will not even look at (too long, a NUL in it, a closed folder) is refused. */
export function whatIs(file: string, refusal: (code: string) => Error): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch (error) {
    throw refusal((error as NodeJS.ErrnoException).code ?? 'unknown error')
  }
}

/** True for a path in a folder, however deep. */
export function inside(folder: string, file: string): boolean {
  const path = relative(folder, file)
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path)
}
