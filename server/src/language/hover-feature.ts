/** Hover on an expression: what type it has, and what it tells apart. */
import type { Expr } from '@scrub/grammar'
import { classesMarkdown, readsColumnsOnly, varies } from './hover-classes.ts'
import { code, paragraphs } from './markdown.ts'
import type { Snapshot } from './snapshot.ts'
import { typeText } from './type-text.ts'

/** Undefined where the expression has no type by itself: with an index that is free, or a mistake. */
export async function expressionMarkdown(snapshot: Snapshot, expr: Expr, hypothesis: string | undefined, title = code(textOf(snapshot, expr))): Promise<string | undefined> {
  const type = snapshot.bound?.typed(expr, hypothesis)
  if (!type) return undefined
  const head = `${title}: ${code(typeText(type))}`
  if (!varies(type)) return `${head}, the same for every datum`
  return paragraphs(head, readsColumnsOnly(type) && (await classesMarkdown(snapshot, type)))
}

export const textOf = ({ text }: Snapshot, { span }: Expr): string => text.slice(span.start, span.end)
