/** Names that nothing has yet. */
import { walk, type HypothesisItem } from '@scrub/grammar'
import { nameOf } from '../../hypothesis/collect.ts'
import { statementsOf } from '../../hypothesis/items.ts'
import { isPlain } from './misspelt.ts'
import type { Snapshot } from '../snapshot.ts'
import { symbolsOf } from '../symbols.ts'

const KINDS = new Set(['let', 'index', 'column', 'unknown'])

/**
 * A name for a node or let that is like a text (`a1.h0` gives `a1_h0`) and takes none from what is there: among nodes, those
 * of `inside` and its kin, or of all hypotheses. `more` are taken too.
 */
export function freshName({ parsed, bound }: Snapshot, like: string, inside?: HypothesisItem, more: readonly string[] = []): string {
  const { hypotheses } = statementsOf(parsed.file)
  const taken = new Set([
    ...symbolsOf(parsed).occurrences.filter(({ named }) => KINDS.has(named.kind)).map(({ named }) => named.name),
    ...(inside ? kinOf(inside, hypotheses) : hypotheses).flatMap((item) => [...walk(item)].flatMap((node) => (node.kind === 'node' && node.name ? [node.name.text] : []))),
    ...(bound?.schema.columns.map(({ name }) => name) ?? []),
    ...more,
  ])
  const word = like.replace(/[^\p{L}\p{N}_]+/gu, '_').replace(/^_+|_+$/g, '').replace(/^(?=\p{N})|^$/u, 'n')
  const base = isPlain(word) ? word : `${word}_`
  let name = base
  for (let i = 2; taken.has(name); i++) name = /\p{N}$/u.test(base) ? `${base}_${i}` : `${base}${i}`
  return name
}

/** A hypothesis, those that it extends, those that extend it, and all whose nodes meet its nodes in one of these. */
function kinOf(item: HypothesisItem, all: readonly HypothesisItem[]): readonly HypothesisItem[] {
  const names = (one: HypothesisItem) => [...(one.name ? [nameOf(one.name)] : []), ...one.extends.map(nameOf)]
  const kin = new Set([item])
  const met = new Set(names(item))
  for (let size = 0; size < kin.size;) {
    size = kin.size
    for (const one of all) {
      if (kin.has(one) || !names(one).some((name) => met.has(name))) continue
      kin.add(one)
      for (const name of names(one)) met.add(name)
    }
  }
  return [...kin]
}
