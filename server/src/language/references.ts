/** All mentions of what is named at a place of the text. */
import type { Span } from '@scrub/grammar'
import type { Snapshot } from './snapshot.ts'
import { symbolsOf } from './symbols.ts'

/** In the order of the text; a name of several words is one mention. Empty where nothing is named. */
export function references({ parsed }: Snapshot, offset: number, includeDeclaration: boolean): Span[] {
  const symbols = symbolsOf(parsed)
  const named = symbols.at(offset)?.named
  if (!named) return []
  const found = new Map<number, Span>()
  for (const { span, whole = span, role } of symbols.of(named)) {
    if (includeDeclaration || role === 'reference') found.set(whole.start, whole)
  }
  return [...found.values()]
}
