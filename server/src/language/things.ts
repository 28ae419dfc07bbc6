/** Things that have names, while they are being collected: two that turn out to be one are united. */
import type { Span } from '@scrub/grammar'
import type { Named, SymbolKind } from './symbols.ts'

export interface Thing extends Named {
  definitions: Named['definitions']
  into?: Thing
}

export function thing(kind: SymbolKind, name: string, definition?: { readonly name: Span; readonly item: Span }, hypothesis?: string): Thing {
  return { kind, name, definitions: definition ? [definition] : [], ...(hypothesis === undefined ? {} : { hypothesis }) }
}

/** What a thing has become. */
export function rootOf(one: Thing): Thing {
  let at = one
  while (at.into) at = at.into
  return at
}

export function unite(a: Thing, b: Thing): void {
  const kept = rootOf(a)
  const gone = rootOf(b)
  if (kept === gone) return
  gone.into = kept
  kept.definitions = [...kept.definitions, ...gone.definitions].sort((x, y) => x.name.start - y.name.start)
}
