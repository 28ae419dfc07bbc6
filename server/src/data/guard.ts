/** What holds for every file that is read: where it may lie, and that only DataError is thrown. */
import { constants } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { basename, isAbsolute, relative, sep } from 'node:path'
import { DataError } from './columns.ts'
import { reasonOf } from './reason.ts'
import { unreadable } from './source.ts'

/** Runs one step; what the system or a library throws becomes a DataError about the file. */
export async function guarded<Result>(path: string, step: () => Promise<Result>): Promise<Result> {
  try {
    return await step()
  } catch (error) {
    if (error instanceof DataError) throw error
    throw unreadable(path, explain(error as NodeJS.ErrnoException))
  }
}

function explain({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'does not exist; check the path.'
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read; check its permissions.'
  return `cannot be read (${reasonOf(new Error(message))}); check the file.`
}

/**
 * Size in bytes and a version that changes with the file.
 * Throws DataError for anything but a file, and when `root` is given and the real path does not lie inside it.
 */
export async function checkFile(path: string, root: string | undefined): Promise<{ size: number; version: string }> {
  if (root !== undefined) {
    const way = relative(await realpath(root), await realpath(path))
    if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) {
      throw new DataError('outside-root', `${basename(path)} lies outside ${root}; move it there, or choose another root.`)
    }
  }
  const file = await stat(path)
  if (!file.isFile()) throw unreadable(path, 'is not a file; name a file.')
  // Said here, because a library may take what it cannot open for damaged.
  await access(path, constants.R_OK)
  return { size: file.size, version: `${file.size} ${file.mtimeMs}` }
}
