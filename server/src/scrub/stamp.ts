/** Whether files are those that were read before. */
import { statSync } from 'node:fs'

/** Changes when the file does; undefined where there is none, or none that may be looked at. */
export function stampOf(path: string): string | undefined {
  try {
    const { mtimeMs, ctimeMs, size, ino } = statSync(path)
    return `${path} ${mtimeMs} ${ctimeMs} ${size} ${ino}`
  } catch {
    return undefined
  }
}

/** Stamps by path, of what was about to be read. */
export type Stamps = ReadonlyMap<string, string | undefined>

export const stampsOf = (paths: readonly string[]): Stamps => new Map(paths.map((path) => [path, stampOf(path)]))

/** The first of the files that is another one now, or gone; undefined where all stand. */
export const firstChanged = (stamps: Stamps): string | undefined => [...stamps].find(([path, stamp]) => stampOf(path) !== stamp)?.[0]
