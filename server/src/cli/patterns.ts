/** Files by pattern, for shells that leave `"hyp/*.scrub"` as it is. */
import { readdir, stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { wrongUsage } from './exit.ts'

/** Each path, or the files that it matches, in the order of their names; `*` and `?` within a name, `**` for any folders. */
export async function matching(paths: readonly string[], folder: string): Promise<string[]> {
  const found: string[] = []
  for (const path of paths) {
    // A file may have such a name.
    const plain = !/[*?]/.test(path) || (await stat(resolve(folder, path)).catch(() => undefined))
    const files = plain ? [path] : await expand(path, folder)
    if (files.length === 0) throw wrongUsage(`${path} matches no file.`)
    found.push(...files)
  }
  return [...new Set(found)]
}

async function expand(pattern: string, folder: string): Promise<string[]> {
  const parts = pattern.split(/[\\/]/)
  const fixed = parts.findIndex((part) => /[*?]/.test(part))
  const base = parts.slice(0, fixed).join('/')
  const names = new RegExp(`^${parts.slice(fixed).map((part, i, all) => (part === '**' ? '(?:.+/)?' : `${part.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}${i < all.length - 1 ? '/' : ''}`)).join('')}$`)
  const start = pattern.startsWith('/') && base === '' ? '/' : base
  const deep = parts.length - fixed > 1
  const entries = await readdir(resolve(folder, start), { recursive: deep }).catch(() => [])
  const matches = entries.map((entry) => entry.split(sep).join('/')).filter((entry) => names.test(entry) && !entry.split('/').some((name) => name.startsWith('.')))
  return matches.sort().map((entry) => join(start, entry))
}
