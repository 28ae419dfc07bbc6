/** Writes test-fixtures/fuzz: the small ones of bombs.ts, and a manifest that says what each is. Files that fuzzing found are added by hand, with a line each. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bombs } from './bombs.ts'
import { sizeOf } from './case.ts'
import type { Kind } from './examine.ts'

export interface Entry {
  readonly file: string
  readonly kind: Kind
  readonly what: string
  /** False for files that fuzzing found. */
  readonly made: boolean
}

export const corpus = fileURLToPath(new URL('../../../test-fixtures/fuzz/', import.meta.url))
export const manifest = (): Entry[] => JSON.parse(readFileSync(join(corpus, 'manifest.json'), 'utf8')) as Entry[]

const LARGEST = 16_384

/** What is small and needs no other file. */
export function entries(): { entry: Entry; content: Uint8Array }[] {
  return bombs().flatMap(([what, kind, given]) => {
    const content = given.files[given.main]
    if (!(content instanceof Uint8Array) || Object.keys(given.files).length > 1 || sizeOf(given) > LARGEST) return []
    return [{ entry: { file: `${what.replace(/[^a-zA-Z0-9]+/g, '-')}${extname(given.main)}`, kind, what, made: true }, content }]
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = (() => {
    try {
      return manifest().filter(({ made }) => !made)
    } catch {
      return []
    }
  })()
  mkdirSync(dirname(join(corpus, 'x')), { recursive: true })
  const all = entries()
  for (const { entry, content } of all) writeFileSync(join(corpus, entry.file), content)
  writeFileSync(join(corpus, 'manifest.json'), `${JSON.stringify([...all.map(({ entry }) => entry), ...found], null, 2)}\n`)
}
