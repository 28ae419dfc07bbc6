/** What a string in an expression may stand for: the vocabulary of what it is compared with. */
import { children, pathAt, type AnyNode, type Compare, type Expr } from '@scrub/grammar'
import type { BoundFile } from '../hypothesis/bound.ts'
import { namesIn } from '../hypothesis/walk-expr.ts'
import type { Snapshot } from './snapshot.ts'

/** Entries by token id; undefined where the string is compared with nothing that has a vocabulary. */
export function vocabularyAt({ bound, parsed }: Snapshot, string: number, hypothesis: string | undefined): readonly string[] | undefined {
  const compare = bound && pathAt(parsed.file, string).findLast((node): node is Compare => node.kind === 'compare')
  for (const side of compare ? children(compare) : []) {
    const found = isExpr(side) && side.span.start !== string ? vocabularyOf(bound!, side, hypothesis) : undefined
    if (found) return found
  }
  return undefined
}

function vocabularyOf(bound: BoundFile, side: Expr, hypothesis: string | undefined): readonly string[] | undefined {
  const type = bound.typed(side, hypothesis)?.parts[0]
  if (type) return type.vocab ?? type.dictionary
  // With an index that is free here: what it is an element of says the same.
  return [...namesIn(side)].map((name) => bound.vocabs.get(name)).find((entries) => entries !== undefined)
}

const isExpr = (node: AnyNode): node is Expr => !('keyword' in node) && node.kind !== 'slice' && node.kind !== 'binder' && node.kind !== 'ident'
