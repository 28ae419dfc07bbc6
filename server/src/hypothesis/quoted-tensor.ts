/** A tensor's name in quotes in the middle of an expression, where it is a string and nobody could mean one. */
import type { Expr, Slice, Str } from '@scrub/grammar'
import { forEachChild } from './walk-expr.ts'

/** The first such string: not one that is compared, names a weight or a file, or stands in the brackets of `model["…"]`. */
export function quotedTensor(expr: Expr, isTensor: (text: string) => boolean): Str | undefined {
  if (expr.kind === 'string') return isTensor(expr.value) ? expr : undefined
  let found: Str | undefined
  forEachChild(expr, (child) => {
    if (!found && !isText(expr, child)) found = quotedTensor(child, isTensor)
  })
  return found
}

/** Whether a string is what belongs there. */
function isText(around: Expr, child: Expr | Slice): boolean {
  switch (around.kind) {
    case 'compare': return child.kind === 'string' || child.kind === 'list' || child.kind === 'tuple'
    case 'subscript': return child.kind === 'string' && child !== around.object
    case 'call': return around.callee.text === 'weight' || around.callee.text === 'load'
    default: return false
  }
}
