/** `[body for i in set]`: the body once, with the variables along a mapped axis; element by element where it must be. */
import type { Comprehension } from '@scrub/grammar'
import { stackAll } from './combine.ts'
import { compile } from './compile.ts'
import type { Compiler } from './compiler.ts'
import { mappedVariable } from './family.ts'
import { Frame, type Argument } from './frame.ts'
import { closeMap } from './layout.ts'
import { assignments, NotStatic } from './static.ts'
import type { Scope, Static } from './types.ts'
import { Problem, type Val } from './value.ts'

/** Elements that are written out one by one. */
const UNROLL_LIMIT = 10_000

/** The elements along a new first axis. */
export function comprehension(c: Compiler, expr: Comprehension, scope: Scope): Val | undefined {
  const frames = sets(expr, scope)
  if (!frames) return undefined
  const separately = () => elementByElement(c, expr, frames)
  if (frames.length < 2) return separately()
  return c.attempt(() => {
    const map = c.newMap(frames.length)
    const names = expr.binders.flatMap((binder) => binder.names.map((name) => name.text))
    const variables = names.map((name): [string, Argument] => {
      const values = frames.map((frame) => (frame.lookup(name) as { value: Static }).value)
      return [name, { known: false, value: mappedVariable(c, map, values) }]
    })
    const body = compile(c, expr.body, new Frame(scope, new Map(variables)))
    return body && closeMap(c.dag, body, map)
  }, separately)
}

function elementByElement(c: Compiler, expr: Comprehension, frames: readonly Frame[]): Val | undefined {
  if (frames.length > UNROLL_LIMIT) {
    throw new Problem('too-large', `this comprehension must be written out element by element and has ${frames.length} of them; the limit is ${UNROLL_LIMIT}`, expr.span)
  }
  const items: Val[] = []
  for (const frame of frames) {
    const item = compile(c, expr.body, frame)
    if (!item) return undefined
    items.push(item)
  }
  return stackAll(c.dag, items)
}

/** The scopes of the elements; undefined where a set holds something that could not be parsed. */
function sets(expr: Comprehension, scope: Scope): readonly Frame[] | undefined {
  try {
    return assignments(expr, scope)
  } catch (error) {
    if (!(error instanceof NotStatic)) throw error
    if (error.expr.kind === 'error') return undefined
    const advice = expr.condition
      ? 'sets and conditions of a comprehension must be known without the data, because its length would depend on the datum; use if … then … else, or where'
      : 'the set of a comprehension must be known without the data: a range, a list, or a list of tuples'
    throw new Problem('type-mismatch', advice, error.expr.span)
  }
}
