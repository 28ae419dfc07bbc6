/** The files of the repository, for tests that read them. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repository = fileURLToPath(new URL('../../../', import.meta.url))

const LEFT_OUT = new Set(['node_modules', 'dist', 'out', '.git', '.scrub', 'coverage', '__pycache__'])

/** Paths relative to the repository, of all files below a folder whose name matches. */
export function files(folder: string, name: RegExp): string[] {
  const found: string[] = []
  for (const entry of readdirSync(join(repository, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) {
      if (!LEFT_OUT.has(entry.name)) found.push(...files(path, name))
    } else if (name.test(entry.name)) found.push(path)
  }
  return found.sort()
}

/** TypeScript of the product, without tests and generated files. */
export const sources = (): string[] =>
  ['grammar/src', 'server/src', 'client/src', 'media/src']
    .filter((folder) => statSync(join(repository, folder), { throwIfNoEntry: false }))
    .flatMap((folder) => files(folder, /\.ts$/))
    .filter((file) => !file.includes('/gen/'))

/** TypeScript of the tests. */
export const tests = (): string[] =>
  ['grammar/test', 'server/test', 'media/test', 'test-fixtures']
    .filter((folder) => statSync(join(repository, folder), { throwIfNoEntry: false }))
    .flatMap((folder) => files(folder, /\.ts$/))

export const read = (path: string): string => readFileSync(join(repository, path), 'utf8')
