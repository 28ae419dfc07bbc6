/** Mentions of what is named at the cursor, told apart by whether they define it or read it. */
import { walk, type Span } from '@scrub/grammar'
import type { Snapshot } from './snapshot.ts'
import { symbolsOf } from './symbols.ts'

export interface Highlight {
  readonly span: Span
  /** `write`: declared or, by `refine`, changed here. */
  readonly kind: 'read' | 'write'
}

export function highlights({ parsed }: Snapshot, offset: number): Highlight[] {
  const symbols = symbolsOf(parsed)
  const named = symbols.at(offset)?.named
  if (!named) return []
  const changed = new Set<number>()
  if (named.kind === 'node') for (const node of walk(parsed.file)) if (node.kind === 'refine' && node.name) changed.add(node.name.span.start)
  return symbols.of(named).map(({ span, role }) => ({ span, kind: role === 'definition' || changed.has(span.start) ? 'write' : 'read' }))
}
