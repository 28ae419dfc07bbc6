/** What a fuzzer hands over: files that lie together in a folder of their own, one of which is opened. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Case {
  /** Contents by path in the folder; `{ link }` is a symbolic link. */
  readonly files: Readonly<Record<string, Uint8Array | { readonly link: string }>>
  /** The one that is opened. */
  readonly main: string
}

/** A single file. */
export const only = (main: string, content: Uint8Array | string): Case => ({ files: { [main]: bytesOf(content) }, main })

export const bytesOf = (content: Uint8Array | string): Uint8Array => (typeof content === 'string' ? new TextEncoder().encode(content) : content)

/** Bytes of all its files. */
export const sizeOf = ({ files }: Case): number => Object.values(files).reduce((sum, content) => sum + (content instanceof Uint8Array ? content.length : 0), 0)

/** Writes the files into an emptied folder; returns the path of the one to open. */
export function layOut({ files, main }: Case, folder: string): string {
  rmSync(folder, { recursive: true, force: true })
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    if (content instanceof Uint8Array) writeFileSync(path, content)
    else symlinkSync(content.link, path)
  }
  return join(folder, main)
}
