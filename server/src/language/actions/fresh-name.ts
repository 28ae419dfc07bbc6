/** Names that nothing in a file has yet. */
import { isPlain } from './misspelt.ts'
import type { Snapshot } from '../snapshot.ts'
import { symbolsOf } from '../symbols.ts'

const KINDS = new Set(['node', 'let', 'index', 'column', 'unknown'])

/** A name for a node or let that is like a text (`a1.h0` gives `a1_h0`) and takes none from what is there; `more` are taken too. */
export function freshName({ parsed, bound }: Snapshot, like: string, more: readonly string[] = []): string {
  const taken = new Set([
    ...symbolsOf(parsed).occurrences.filter(({ named }) => KINDS.has(named.kind)).map(({ named }) => named.name),
    ...(bound?.schema.columns.map(({ name }) => name) ?? []),
    ...more,
  ])
  const word = like.replace(/[^\p{L}\p{N}_]+/gu, '_').replace(/^_+|_+$/g, '').replace(/^(?=\p{N})|^$/u, 'n')
  const base = isPlain(word) ? word : `${word}_`
  let name = base
  for (let i = 2; taken.has(name); i++) name = /\p{N}$/u.test(base) ? `${base}_${i}` : `${base}${i}`
  return name
}
