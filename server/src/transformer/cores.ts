/** The cores of attention: a softmax between a product of queries and keys and a product with values. */
import { intAttribute } from '../onnx/infer/context.ts'
import type { Op } from '../onnx/types.ts'
import { headCount, type Product, scoresOf, valuesOf } from './product.ts'
import type { Reader } from './reader.ts'

export interface Core {
  readonly softmax: Op
  /** One for all heads, or one for each, in their order. */
  readonly scores: readonly Product[]
  readonly values: readonly Product[]
  readonly heads: number
  /** Whose result is the pattern: `[data, heads, query, key]` for all heads, otherwise one for each value product. */
  readonly pattern: string
  /** What is added to the scores, or chooses among them, and differs from datum to datum; with its readers. */
  readonly masks: readonly Mask[]
}

export interface Mask {
  readonly tensor: string
  /** Position of the operator that reads it. */
  readonly at: number
}

/** Operators that scores go through on their way to the softmax, and the pattern on its way to the values: they mix no positions. */
const PASSING = new Set(['Add', 'Sub', 'Mul', 'Div', 'Where', 'Cast', 'Identity', 'Clip', 'Tanh', 'Max', 'Min', 'Reshape', 'Transpose', 'Unsqueeze', 'Squeeze', 'Concat', 'Sum'])
const ONWARD = new Set(['Mul', 'Div', 'Where', 'Cast', 'Identity', 'Dropout', 'Reshape', 'Transpose', 'Unsqueeze', 'Squeeze', 'Gather', 'Split', 'Slice'])

/** In the order of the graph. */
export function findCores(reader: Reader): Core[] {
  return reader.graph.ops.flatMap((op) => (op.opType === 'Softmax' && op.domain === '' ? (coreOf(reader, op) ?? []) : []))
}

function coreOf(reader: Reader, softmax: Op): Core | undefined {
  const rank = reader.rank(softmax.outputs[0]!)
  const axis = intAttribute(softmax, 'axis', -1)
  if (axis !== -1 && axis !== rank - 1) return undefined
  const masks: Mask[] = []
  const scores = scoreProducts(reader, softmax.inputs[0]!, masks)
  if (scores.length === 0) return undefined
  const { products: values, patterns } = valueProducts(reader, softmax.outputs[0]!)
  if (values.length === 0) return undefined
  const heads = Math.max(headCount(values[0]!.output) * values.length, headCount(scores[0]!.output) * scores.length)
  const whole = patterns.length === 1 ? patterns[0]! : softmax.outputs[0]!
  return { softmax, scores, values, heads, pattern: whole, masks }
}

/** Against the direction of data, to the products of queries and keys; what else varies on the way is a mask. */
function scoreProducts(reader: Reader, from: string, masks: Mask[]): Product[] {
  const product = scoresOf(reader, from)
  if (product) return [product]
  const op = reader.producer(from)
  if (!op || op.domain !== '' || !PASSING.has(op.opType)) return []
  const inputs = op.opType === 'Where' ? op.inputs.slice(1) : PASSING_FIRST.has(op.opType) ? op.inputs.slice(0, 1) : op.inputs
  const found = inputs.map((name) => (reader.isFixed(name) ? [] : scoreProducts(reader, name, masks)))
  const products = found.flat()
  // Products that are added up rather than stacked (relative positions) are more than queries times keys.
  if (op.opType !== 'Concat' && found.filter((list) => list.length > 0).length > 1) return []
  if (products.length > 0) {
    op.inputs.forEach((name) => {
      const through = inputs.indexOf(name)
      if (!reader.isFixed(name) && (through < 0 || found[through]!.length === 0)) masks.push({ tensor: name, at: reader.position(op.outputs[0]!) })
    })
  }
  return products
}

/** Only the first input is data. */
const PASSING_FIRST = new Set(['Cast', 'Identity', 'Clip', 'Tanh', 'Reshape', 'Transpose', 'Unsqueeze', 'Squeeze'])

/** In the direction of data, to the products with values; `patterns` are the tensors that enter them. */
function valueProducts(reader: Reader, from: string): { products: Product[]; patterns: string[] } {
  const products: { product: Product; order: readonly number[]; pattern: string }[] = []
  const visit = (name: string, order: readonly number[]): void => {
    for (const { op, at } of reader.readers(name)) {
      const product = valuesOf(reader, op, at, name)
      if (product) products.push({ product, order, pattern: name })
      else if (op.domain === '' && ONWARD.has(op.opType)) {
        const index = op.opType === 'Gather' || op.opType === 'Slice' ? reader.integers(op.inputs[1])?.[0] : undefined
        op.outputs.forEach((output, i) => visit(output, index !== undefined ? [...order, index] : op.outputs.length > 1 ? [...order, i] : order))
      }
    }
  }
  visit(from, [])
  products.sort((a, b) => a.order.map((index, i) => index - (b.order[i] ?? 0)).find((difference) => difference !== 0) ?? 0)
  // A pattern that is guarded against NaN is met twice: by the guard's condition and by its value.
  const seen = new Set<number>()
  const distinct = products.filter(({ product: { at } }) => !seen.has(at) && seen.add(at))
  return { products: distinct.map(({ product }) => product), patterns: [...new Set(distinct.map(({ pattern }) => pattern))] }
}
