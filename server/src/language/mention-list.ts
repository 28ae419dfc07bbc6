/** The names of a text as they are found, and the things outside the file that they may stand for. */
import { nameOf } from '../hypothesis/collect.ts'
import type { Ident, Span, Str, Token } from '@scrub/grammar'
import type { SymbolKind } from './symbols.ts'
import { thing, type Thing } from './things.ts'

/** A name in the text. */
export interface Mention {
  readonly span: Span
  readonly role: 'definition' | 'reference'
  readonly thing: Thing
  readonly whole?: Span
  /** Further things that it may stand for. */
  readonly others?: readonly Thing[]
}

/** What a name is that nothing declares: a column, or what it is elsewhere in the file, or else a column or unknown. */
export type Free = 'column' | 'perhaps column' | 'unknown'

export class MentionList {
  readonly found: Mention[] = []
  private readonly strings: ReadonlyMap<number, Token>
  /** Columns, tensors and functions by kind and name. */
  private readonly things = new Map<string, Thing>()
  private readonly late: { readonly index: number; readonly name: string; readonly free: Free }[] = []

  constructor(tokens: readonly Token[]) {
    this.strings = new Map(tokens.filter(({ image }) => image.startsWith('"') || image.startsWith("'")).map((token) => [token.span.start, token]))
  }

  add(span: Span, one: Thing, role: Mention['role'] = 'reference', whole?: Span, others?: readonly Thing[]): void {
    this.found.push({ span, role, thing: one, ...(whole ? { whole } : {}), ...(others?.length ? { others } : {}) })
  }

  /** A word or a string. */
  named(name: Ident | Str, one: Thing, role?: Mention['role']): void {
    this.add(name.kind === 'string' ? this.insideOf(name) : name.span, one, role)
  }

  column(name: Ident | Str): void {
    this.named(name, this.outside('column', nameOf(name)))
  }

  /** A name that nothing in the file declares. */
  free(name: string, span: Span, free: Free): void {
    if (free !== 'column') this.late.push({ index: this.found.length, name, free })
    this.add(span, free === 'column' ? this.outside('column', name) : thing('unknown', name))
  }

  /** What no statement of the file declares. */
  outside(kind: SymbolKind, name: string): Thing {
    const key = `${kind} ${name}`
    let known = this.things.get(key)
    if (!known) this.things.set(key, (known = thing(kind, name)))
    return known
  }

  /** To be called at the end: of names that may be columns or tensors, what they are elsewhere in the file. */
  settle(): void {
    for (const { index, name, free } of this.late.splice(0)) {
      const known = (['column', 'tensor'] as const).filter((kind) => this.things.has(`${kind} ${name}`))
      const kind = known.length === 1 ? known[0]! : free === 'perhaps column' ? 'column' : 'unknown'
      this.found[index] = { ...this.found[index]!, thing: this.outside(kind, name) }
    }
  }

  /** Between the quotes; a string that is being typed may have only the first. */
  insideOf({ span }: Str): Span {
    const closed = this.strings.get(span.start)?.type !== 'UnterminatedString'
    return { start: span.start + 1, end: Math.max(span.start + 1, closed ? span.end - 1 : span.end) }
  }

  /** What stands between the quotes, escapes as they are written. */
  rawOf(name: Str): string {
    const { start, end } = this.insideOf(name)
    return this.strings.get(name.span.start)?.image.slice(1, 1 + end - start) ?? ''
  }
}
