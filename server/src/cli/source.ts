/** The files a command is given: reading `.scrub` texts, and checking output paths before anything runs. */
import { isUtf8 } from 'node:buffer'
import { constants } from 'node:fs'
import { access, readFile, readlink, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { longestText } from '@scrub/grammar'
import type { FileFinding } from '../protocol/findings.ts'
import { reason } from '../runner/reason.ts'
import { writeAtomically } from '../runner/write.ts'
import { wrongUsage } from './exit.ts'
import { count } from '../language/numbers.ts'

export { reason }

export interface Source {
  /** Absolute. */
  readonly file: string
  readonly text: string
}

/** Read a `.scrub` file. One that cannot be opened is wrong usage; one that is no text has a finding. */
export async function readSource(path: string, folder: string): Promise<Source | FileFinding> {
  const file = resolve(folder, path)
  let bytes: Buffer
  try {
    // Devices have no end. Pipes are what a shell makes of `<(command)`.
    const found = await stat(file)
    if (found.isCharacterDevice() || found.isBlockDevice()) throw new Error('it is a device, not a file')
    bytes = await readFile(file)
  } catch (error) {
    throw wrongUsage(`${path} cannot be read: ${reason(error)}.`)
  }
  const name = basename(path)
  if (bytes.includes(0)) return noText(file, `${name} holds binary data, not text; name a .scrub file.`)
  // Decoding would put other characters in its place, and `fmt` would write them.
  if (!isUtf8(bytes)) return noText(file, `${name} is not UTF-8 text; save it as UTF-8, or name a .scrub file.`)
  const text = bytes.toString('utf8')
  return text.length > longestText ? noText(file, `${name} has ${count(text.length)} characters, and at most ${count(longestText)} are read; name a .scrub file, or split this one.`) : { file, text }
}

/** The one finding of a file that is not read as a hypothesis file. */
function noText(file: string, message: string): FileFinding {
  const start = { line: 0, character: 0 }
  return { code: 'syntax', severity: 'error', message, file, range: { start, end: start } }
}

/** The folder of `--root`, absolute. */
export async function rootFolder(root: string | undefined, folder: string): Promise<string | undefined> {
  if (root === undefined) return undefined
  const path = resolve(folder, root)
  if (!(await statOf(path))?.isDirectory()) throw wrongUsage(`--root ${root} is not a folder.`)
  return path
}

/** An absolute path that can be written later, or a sentence now. Files in `inputs` are never written over. */
export async function outputPath(option: string, path: string, folder: string, inputs: readonly string[]): Promise<string> {
  const file = resolve(folder, path)
  const parent = dirname(file)
  if (!(await statOf(parent))?.isDirectory()) throw wrongUsage(`${option} ${path}: the folder ${shown(parent, folder)} does not exist; create it first.`)
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw wrongUsage(`${option} ${path}: ${reason(error)}; name another file.`)
  })
  if (found?.isDirectory()) throw wrongUsage(`${option} ${path} is a folder; name a file.`)
  // Devices and pipes cannot be replaced whole.
  if (found && !found.isFile()) throw wrongUsage(`${option} ${path} is not a regular file; name one.`)
  const real = await realPath(file)
  if ((await Promise.all(inputs.map(realPath))).includes(real)) throw wrongUsage(`${option} ${path} is already an input or output of the run; choose another name.`)
  await access(dirname(real), constants.W_OK).catch(() => {
    throw wrongUsage(`${option} ${path}: the folder ${shown(dirname(real), folder)} is not writable.`)
  })
  return real
}

const statOf = (file: string) => stat(file).catch(() => undefined)

/** Links to links that are followed, as the system does. */
const MOST_LINKS = 40

/** Where links lead; of a file that does not exist yet, its place in the real folder. */
async function realPath(file: string, links = MOST_LINKS): Promise<string> {
  try {
    return await realpath(file)
  } catch {
    const target = links > 0 ? await readlink(file).catch(() => undefined) : undefined
    if (target !== undefined) return realPath(resolve(dirname(file), target), links - 1)
    return join(await realpath(dirname(file)).catch(() => dirname(file)), basename(file))
  }
}

/** Write a regular file so that a reader finds either the old one or the whole new one. A link stays a link. Throws what the system throws. */
export async function writeWhole(path: string, text: string): Promise<void> {
  writeAtomically(await realPath(path), text)
}

/** A path as the user would type it: relative inside the folder, absolute elsewhere. */
export function shown(file: string, folder: string): string {
  const inside = relative(folder, file)
  return inside === '' ? '.' : inside === '..' || inside.startsWith(`..${sep}`) ? file : inside
}
