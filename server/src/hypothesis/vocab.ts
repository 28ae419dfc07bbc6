/** `vocab COLUMN = …`: the decoded vocabularies, by column. */
import type { Expr, VocabItem } from '@scrub/grammar'
import { hint } from '../expr/names.ts'
import type { Findings } from './findings.ts'
import { bare } from './walk-expr.ts'
import { fileName, type World } from './world.ts'

export function bindVocabs(world: World, items: readonly VocabItem[], findings: Findings): void {
  for (const item of items) {
    if (!item.column || !item.value) continue
    const name = item.column.kind === 'ident' ? item.column.text : item.column.value
    const column = world.columns.get(name)
    if (!column) {
      findings.error('unknown-column', item.column.span, `\`${name}\` is no column of ${fileName(world.given.dataset.path)}${hint(name, world.columns.keys())}.`)
    } else if (column.dtype !== 'int64') {
      findings.error('type-mismatch', item.column.span, `A vocabulary shows token ids, which are integers, but \`${name}\` is ${column.dtype}; leave this statement out.`)
    } else if (world.vocabs.has(name)) {
      findings.error('duplicate-name', item.column.span, `\`${name}\` has a vocabulary already; remove one of the two.`)
    } else {
      const words = wordsOf(world, item.value, findings)
      if (words) world.vocabs.set(name, words)
    }
  }
}

function wordsOf(world: World, value: Expr, findings: Findings): readonly string[] | undefined {
  const expr = bare(value)
  if (expr.kind === 'string') {
    const words = world.given.vocab(expr.value)
    if (typeof words !== 'string') return words
    findings.error('data-unreadable', expr.span, words)
    return undefined
  }
  if (expr.kind === 'error') return undefined
  const items = expr.kind === 'list' ? expr.items : [expr]
  const words: string[] = []
  for (const item of items) {
    const word = bare(item)
    if (word.kind === 'string' && expr.kind === 'list') words.push(word.value)
    else if (word.kind !== 'error') {
      findings.error('type-mismatch', word.span, 'A vocabulary is a list of strings, the first for id 0, or the path of a vocab.json or tokenizer.json.')
      return undefined
    }
  }
  return words
}
