/** A reference (`a[1].h[0][:, 3]`, `"\/blocks.0\/z"[2]`, `model.x`) taken apart into what is named and what follows. */
import type { Expr, Reference, Slice, Span } from '@scrub/grammar'

export type Accessor =
  | { readonly kind: 'word'; readonly text: string; readonly span: Span }
  | { readonly kind: 'args'; readonly args: readonly (Expr | Slice)[]; readonly span: Span }

export interface Parts {
  /** `name`: a bare word; `quoted`: a tensor in quotes; `model`, `data`: `model.x`, `data["my col"]`. */
  readonly space: 'name' | 'quoted' | 'model' | 'data'
  readonly base: string
  readonly accessors: readonly Accessor[]
  readonly span: Span
}

/** Undefined for text that is no reference (the parser has said so). */
export function partsOf(reference: Reference): Parts | undefined {
  const accessors: Accessor[] = []
  let at: Expr = reference
  while (at.kind === 'member' || at.kind === 'subscript') {
    accessors.push(
      at.kind === 'member'
        ? { kind: 'word', text: at.name.text, span: at.name.span }
        : { kind: 'args', args: at.args, span: { start: at.object.span.end, end: at.span.end } },
    )
    at = at.object
  }
  accessors.reverse()
  const span = reference.span
  if (at.kind === 'string') return { space: 'quoted', base: at.value, accessors, span }
  if (at.kind !== 'name') return undefined
  const first = accessors[0]
  if ((at.text === 'model' || at.text === 'data') && first) {
    const named = first.kind === 'word' ? first.text : first.args[0]?.kind === 'string' ? first.args[0].value : undefined
    if (named !== undefined) return { space: at.text, base: named, accessors: accessors.slice(1), span }
  }
  return { space: 'name', base: at.text, accessors, span }
}

/** The column that an expression is and nothing more: `x`, `data.x`, `data["x"]`; a let of the name comes first. */
export function plainColumn(expr: Expr, lets: ReadonlyMap<string, unknown>): string | undefined {
  if (expr.kind === 'paren') return plainColumn(expr.inner, lets)
  if (expr.kind !== 'name' && expr.kind !== 'member' && expr.kind !== 'subscript') return undefined
  const parts = partsOf(expr)
  if (!parts || parts.accessors.length > 0) return undefined
  return parts.space === 'data' || (parts.space === 'name' && !lets.has(parts.base)) ? parts.base : undefined
}
