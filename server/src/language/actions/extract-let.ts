/** A part of an expression, or the feature of a node, gets a name. */
import { pathAt, walk, type AnyNode, type Expr, type HypothesisItem, type Span } from '@scrub/grammar'
import { symbolsOf, type Named } from '../symbols.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Edit, Refactoring } from './action.ts'
import { freshName } from './fresh-name.ts'
import { before } from './rewriting.ts'

const EXPRESSIONS: ReadonlySet<AnyNode['kind']> = new Set(['member', 'subscript', 'call', 'unary', 'binary', 'compare', 'if', 'tuple', 'list', 'comprehension', 'paren'])

export const extractLet: Refactoring = (snapshot, range) => {
  const expr = selected(snapshot, range)
  const extracted = expr && extraction(snapshot, expr)
  return extracted ? [{ title: `Name it: \`let ${extracted.name}\``, kind: 'refactor.extract', edits: extracted.edits }] : []
}

/** The selected expression; without a selection, the whole feature that the cursor is in. */
function selected({ parsed, text }: Snapshot, { start, end }: Span): Expr | undefined {
  const path = pathAt(parsed.file, start)
  if (start === end) {
    const statement = path.findLast((node) => node.kind === 'node' || node.kind === 'refine')
    const feature = statement?.feature
    return feature && EXPRESSIONS.has(feature.kind) && feature.span.start <= start && start <= feature.span.end ? feature : undefined
  }
  const from = start + /^\s*/.exec(text.slice(start, end))![0].length
  const to = end - /\s*$/.exec(text.slice(start, end))![0].length
  if (to <= from) return undefined
  return pathAt(parsed.file, from).find((node): node is Expr => EXPRESSIONS.has(node.kind) && node.span.start === from && node.span.end === to)
}

/** Edits that name an expression; undefined where it stands in no feature, metric or let, or reads an index. */
export function extraction(snapshot: Snapshot, expr: Expr, like?: string): { readonly name: string; readonly edits: readonly Edit[]; readonly inside: HypothesisItem | undefined } | undefined {
  const { parsed, text } = snapshot
  const path = pathAt(parsed.file, expr.span.start)
  // Not what `at` or `from` names, nor a set of indices.
  const statement = path.find((node) => node.kind === 'node' || node.kind === 'refine' || node.kind === 'let' || node.kind === 'metric')
  const whole = statement?.kind === 'node' || statement?.kind === 'refine' ? statement.feature : statement?.value
  if (!statement || !whole || expr.span.start < whole.span.start || expr.span.end > whole.span.end) return undefined
  const names = symbolsOf(parsed).occurrences.filter(({ span }) => expr.span.start <= span.start && span.end <= expr.span.end).map(({ named }) => named)
  if (names.some((named) => named.kind === 'index' && !boundInside(named, expr))) return undefined
  const inside = path.find((node) => node.kind === 'hypothesis')
  const local = names.some(({ kind, hypothesis }) => kind === 'node' || (kind === 'let' && hypothesis !== undefined))
  if (local && path.some(({ kind }) => kind === 'for')) return undefined
  const own = statement.name && 'text' in statement.name ? statement.name.text : 'value'
  const name = freshName(snapshot, like ?? `${own}_value`)
  const anchor = local || !inside ? statement.span : inside.span
  const inner = expr.kind === 'paren' ? expr.inner : expr
  return {
    name, inside: local ? inside : undefined,
    edits: [before(text, anchor, [`let ${name} = ${text.slice(inner.span.start, inner.span.end)}`, ...(anchor === inside?.span ? [''] : [])]), { span: expr.span, newText: name }],
  }
}

/** A comprehension's own index goes with it. */
const boundInside = ({ definitions }: Named, expr: Expr): boolean =>
  definitions.every(({ name }) => [...walk(expr)].some(({ span }) => span.start <= name.start && name.end <= span.end && span.start >= expr.span.start))
