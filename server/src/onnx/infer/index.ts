/** Types, symbolic shapes and small integer values of an operator's outputs, from those of its inputs. */
import { ATTENTION } from './attention.ts'
import { type Context, type Known, MOST_VALUES, type OpLike, type Rule, type Rules, ShapeError, UNKNOWN } from './context.ts'
import { CONTROL } from './control.ts'
import { CONVOLUTION } from './convolution.ts'
import type { Dim } from '../types.ts'
import { isTooLong } from './dims.ts'
import { ELEMENTWISE } from './elementwise.ts'
import { GATHER } from './gather.ts'
import { GENERATE } from './generate.ts'
import { JOIN } from './join.ts'
import { MATRIX } from './matrix.ts'
import { MICROSOFT } from './microsoft.ts'
import { NORMALIZE } from './normalize.ts'
import { QUANTIZE } from './quantize.ts'
import { RECURRENT } from './recurrent.ts'
import { REDUCE } from './reduce.ts'
import { RESHAPE } from './reshape.ts'
import { SLICE } from './slice.ts'

export { type Known, type OpLike, ShapeError } from './context.ts'
export { constant } from './generate.ts'

const STANDARD: ReadonlyMap<string, Rules[string]> = new Map(Object.entries({
  ...ELEMENTWISE, ...RESHAPE, ...SLICE, ...JOIN, ...GATHER, ...REDUCE, ...MATRIX, ...CONVOLUTION, ...NORMALIZE, ...RECURRENT, ...GENERATE,
  ...QUANTIZE, ...ATTENTION, ...CONTROL,
  // Models that ONNX Runtime has optimised hold these in the standard domain.
  SimplifiedLayerNormalization: MICROSOFT.SimplifiedLayerNormalization as Rules[string],
}))

const DOMAINS: ReadonlyMap<string, ReadonlyMap<string, Rules[string]>> = new Map([
  ['', STANDARD],
  ['com.microsoft', new Map(Object.entries(MICROSOFT))],
])

let unknowns = 0

/** A length nothing is known about: a symbol that nothing else has. */
function freshSymbol(): string {
  return `?${unknowns++}`
}

/**
 * What is known of each output. `inputs` has undefined for an omitted optional input; `outputCount` outputs are
 * returned, of unknown type where there is no rule. `fresh` makes symbols for lengths nothing is known about.
 * Throws a ShapeError when the inputs do not fit each other. Takes microseconds.
 */
export function inferOp(
  op: OpLike, inputs: readonly (Known | undefined)[], outputCount: number, fresh: () => string = freshSymbol,
): Known[] {
  const rule = DOMAINS.get(op.domain)?.get(op.opType)
  if (rule === undefined) return new Array<Known>(outputCount).fill(UNKNOWN)
  const outputs = applied(rule, { op, inputs, outputCount, fresh })
  const result: Known[] = []
  for (let index = 0; index < outputCount; index++) result.push(shortened(outputs[index] ?? UNKNOWN, fresh))
  return result
}

/** Rules take inputs and attributes to be there and to be in range, as the standard demands: what they trip over does not fit. */
function applied(rule: Rule, context: Context): ReturnType<Rule> {
  try {
    return rule(context)
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw new ShapeError(`${context.op.opType} has inputs or attributes that do not fit`)
    throw error
  }
}

/** Axes beyond this are no tensor's. */
const MOST_AXES = 1024

/** Lengths that no axis can have, and those that have become too long to write out, are given up; so are values that are many. */
function shortened(output: Known, fresh: () => string): Known {
  const { shape, dtype } = output.type
  const { value } = output
  if (shape !== undefined && shape.length > MOST_AXES) return { type: { dtype, shape: undefined } }
  const lengths = shape?.every(isLength) === false ? Array.from(shape, (dim) => (isLength(dim) ? dim : fresh())) : shape
  const kept = lengths === shape && (value === undefined || 'data' in value || (value.length <= MOST_VALUES && value.every(isElement)))
  return kept ? output : { type: { dtype, shape: lengths } }
}

const isLength = (dim: Dim | undefined): boolean => (typeof dim === 'string' ? !isTooLong(dim) : Number.isSafeInteger(dim) && dim! >= 0)

const isElement = (dim: Dim | undefined): boolean => (typeof dim === 'string' ? !isTooLong(dim) : Number.isSafeInteger(dim))
