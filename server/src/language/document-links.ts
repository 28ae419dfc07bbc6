/** Paths in the text as links: of the model, the dataset, vocabularies and loaded arrays. */
import { dirname, resolve } from 'node:path'
import type { Span } from '@scrub/grammar'
import { filesOf } from '../hypothesis/header.ts'
import type { Snapshot } from './snapshot.ts'

export interface DocumentLink {
  /** Between the quotes. */
  readonly span: Span
  /** Absolute. */
  readonly path: string
}

/** The files that a document names, in the order of the text. */
export function documentLinks({ file, text, parsed }: Snapshot): DocumentLink[] {
  const { model, data, vocabs, loads } = filesOf(parsed.file)
  return [model, data, ...vocabs, ...loads]
    .flatMap((named): DocumentLink[] => {
      if (!named || named.path === '' || named.path.includes('\0')) return []
      const { start, end } = named.span
      const closed = end - start > 1 && text[end - 1] === text[start]
      return [{ span: { start: start + 1, end: closed ? end - 1 : end }, path: resolve(dirname(file), named.path) }]
    })
    .sort((a, b) => a.span.start - b.span.start)
}
