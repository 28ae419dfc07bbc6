/** The shape that operands have together, as in numpy. */
import { BATCH, type Dim } from '../types.ts'
import { type Context, ShapeError, shapeText } from './context.ts'
import { isUnknown, mentions } from './dims.ts'

type Shape = readonly Dim[]

/** Undefined when one of the ranks is unknown. Throws a ShapeError for lengths that do not fit. */
export function broadcast(context: Context, shapes: readonly (Shape | undefined)[]): Shape | undefined {
  let result: Shape | undefined
  for (const shape of shapes) {
    if (shape === undefined) return undefined
    result = result === undefined ? shape : pair(context, result, shape)
  }
  return result
}

function pair(context: Context, a: Shape, b: Shape): Shape {
  if (b.length === 0 || a === b) return a
  if (a.length === 0) return b
  const rank = Math.max(a.length, b.length)
  const result: Dim[] = new Array(rank)
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1
    const right = b[axis - rank + b.length] ?? 1
    const dim = broadcastDim(context, left, right)
    if (dim === undefined) {
      throw new ShapeError(`the shapes ${shapeText(a)} and ${shapeText(b)} that ${context.op.opType} joins do not fit`)
    }
    result[axis] = dim
  }
  return result
}

/** Undefined for lengths that do not fit. A symbol next to a number above 1 takes that number. */
export function broadcastDim(context: Context, a: Dim, b: Dim): Dim | undefined {
  if (a === b || b === 1) return a
  if (a === 1) return b
  if (typeof a === 'number') return typeof b === 'number' || mentions(b, BATCH) ? undefined : a
  if (typeof b === 'number') return mentions(a, BATCH) ? undefined : b
  if (isUnknown(a) && !isUnknown(b)) return b
  if (isUnknown(b) && !isUnknown(a)) return a
  return context.fresh()
}
