/** The classes of a feature for people: the largest ones with their value and some of their data. */
import type { ExprValue } from '../expr/types.ts'
import type { TypedArray } from '../onnx/types.ts'
import type { ClassFacts } from '../protocol/inspect.ts'
import type { Classes } from './classes.ts'

export const EXAMPLES = 3
/** Numbers shown of a value with many elements. */
const MOST_ELEMENTS = 8

export interface ClassListGiven {
  readonly classes: Classes
  readonly most: number
  /** The feature's value on a datum. */
  readonly value: (datum: number) => string
  /** A datum's row in the file, and its text. */
  readonly example: (datum: number) => { readonly row: number; readonly text: string }
}

/** The largest classes with their data, largest first; of equal sizes the one that appears first. */
export function largestClasses(classes: Classes, most: number): { readonly number: number; readonly members: Int32Array }[] {
  const size = (c: number): number => classes.start[c + 1]! - classes.start[c]!
  const bySize = Int32Array.from({ length: classes.count }, (_, c) => c).sort((a, b) => size(b) - size(a) || a - b)
  return Array.from(bySize.subarray(0, most), (number) => ({ number, members: classes.order.subarray(classes.start[number], classes.start[number + 1]) }))
}

export function classList({ classes, most, value, example }: ClassListGiven): ClassFacts[] {
  return largestClasses(classes, most).map(({ members }): ClassFacts => (
    { value: value(members[0]!), count: members.length, share: members.length / classes.rows, examples: Array.from(members.subarray(0, EXAMPLES), example) }
  ))
}

export type ShownPart = Pick<ExprValue, 'dtype' | 'shape' | 'dictionary'>

/** The parts of a feature on one datum; `values` are those of all `rows` data. */
export function showParts(parts: readonly ShownPart[], values: readonly TypedArray[], datum: number, rows: number): string {
  const shown = parts.map((part, i) => {
    const size = values[i]!.length / rows
    const elements = Array.from(values[i]!.subarray(datum * size, datum * size + Math.min(size, MOST_ELEMENTS)) as Iterable<number | bigint>, (v) => showElement(part, Number(v)))
    if (part.shape.length === 0) return elements[0]!
    return `[${elements.join(', ')}${size > MOST_ELEMENTS ? `, … ${size} in all` : ''}]`
  })
  return shown.length === 1 ? shown[0]! : shown.length === 0 ? 'the same for every datum' : `(${shown.join(', ')})`
}

function showElement(part: ShownPart, value: number): string {
  if (part.dtype === 'bool') return value ? 'true' : 'false'
  if (part.dictionary) return JSON.stringify(part.dictionary[value] ?? value)
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
}
