/** Completion of file names, step by step through folders, those that fit first. */
import { dirname, resolve } from 'node:path'
import type { Span } from '@scrub/grammar'
import { type Candidate, type CompletionList, listOf, NOTHING } from './suggestion.ts'

/** How completion looks at folders. */
export interface Host {
  /** What a folder (absolute) holds; may fail. */
  readonly list: (folder: string) => Promise<readonly { readonly name: string; readonly folder: boolean }[]>
}

export type PathKind = 'model' | 'data' | 'vocab' | 'array'

const ENDINGS: Readonly<Record<PathKind, RegExp>> = {
  model: /\.onnx$/i,
  data: /\.(npz|npy|safetensors|jsonl|csv|parquet)$/i,
  vocab: /\.json$/i,
  array: /\.npy$/i,
}

/** `typed` is the path up to the cursor; `replace` covers all of it. `quote` is written around names. */
export async function pathList(file: string, host: Host | undefined, kind: PathKind, typed: string, replace: Span, quote: (path: string) => string): Promise<CompletionList> {
  if (!host) return NOTHING
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1)
  const entries = await host.list(resolve(dirname(file), folder === '' ? '.' : folder)).catch(() => [])
  const hidden = typed.slice(folder.length).startsWith('.')
  const candidates = entries.filter(({ name }) => hidden || !name.startsWith('.')).map((entry): Candidate => (
    entry.folder
      ? { label: `${folder}${entry.name}/`, kind: 'folder', rank: 1 }
      : { label: `${folder}${entry.name}`, kind: 'file', rank: ENDINGS[kind].test(entry.name) ? 0 : 2 }
  ))
  return listOf(candidates.map((candidate) => ({ ...candidate, insertText: quote(candidate.label) })), typed, replace)
}
