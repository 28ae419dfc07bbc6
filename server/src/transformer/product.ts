/** The two products of attention, with what each axis of their operands is: MatMul and Einsum. */
import { stringAttribute } from '../onnx/infer/context.ts'
import { divideExactly } from '../onnx/infer/dims.ts'
import { BATCH, type Dim, type Op } from '../onnx/types.ts'
import type { Reader } from './reader.ts'

/**
 * What an axis holds: data, heads, a position (of the query or of the key), the width of a head, data and heads (`merged`, with the
 * data outermost as far as is known), or nothing that varies (`one`).
 */
export type Role = 'data' | 'heads' | 'query' | 'key' | 'width' | 'one' | 'merged'

export interface Axis {
  readonly role: Role
  readonly size: Dim
  /** Of a merged axis: the heads are outermost, not the data. */
  readonly headsFirst?: boolean
}

/** An input of a product. */
export interface Operand {
  readonly tensor: string
  readonly axes: readonly Axis[]
}

export interface Product {
  readonly op: Op
  /** Position of the operator. */
  readonly at: number
  /** Queries for the first product, the pattern for the second. */
  readonly left: Operand
  /** Keys for the first, values for the second. */
  readonly right: Operand
  readonly output: Operand
}

/** Queries times keys: `tensor` is made by it. */
export function scoresOf(reader: Reader, tensor: string): Product | undefined {
  const op = reader.producer(tensor)
  if (!op || !isProduct(reader, op)) return undefined
  const labelled = labels(reader, op)
  if (!labelled) return undefined
  const { terms: [a, b], result } = labelled
  // The softmax runs over the last axis.
  const key = result.at(-1)!
  const [left, right, flipped] = b!.includes(key) && !a!.includes(key) ? [a!, b!, false] : [b!, a!, true]
  const query = queryOf(result.at(-2), result, left, right)
  const widths = left.filter((label) => right.includes(label) && !result.includes(label))
  if (query === undefined || widths.length !== 1 || !right.includes(key)) return undefined
  const role = (label: string): Role | undefined => (label === query ? 'query' : label === key ? 'key' : label === widths[0] ? 'width' : undefined)
  return made(reader, op, reader.position(tensor), flipped ? [1, 0] : [0, 1], left, right, result, role)
}

/** The pattern times values; `pattern` is an input, its last axis that of the keys. */
export function valuesOf(reader: Reader, op: Op, at: number, pattern: string): Product | undefined {
  if (!isProduct(reader, op)) return undefined
  const labelled = labels(reader, op)
  if (!labelled) return undefined
  const first = op.inputs[0] === pattern
  const [left, right] = first ? labelled.terms : [labelled.terms[1], labelled.terms[0]]
  const { result } = labelled
  const key = left!.at(-1)!
  const widths = result.filter((label) => right!.includes(label) && !left!.includes(label))
  const query = queryOf(left!.at(-2), result, left!, right!)
  if (!right!.includes(key) || result.includes(key) || widths.length !== 1 || query === undefined) return undefined
  const role = (label: string): Role | undefined => (label === query ? 'query' : label === key ? 'key' : label === widths[0] ? 'width' : undefined)
  return made(reader, op, at, first ? [0, 1] : [1, 0], left!, right!, result, role)
}

/** The axis of the queries: one that only the left operand has; of several the one beside the keys, as the others are heads that share keys. */
function queryOf(beside: string | undefined, result: readonly string[], left: readonly string[], right: readonly string[]): string | undefined {
  const own = result.filter((label) => left.includes(label) && !right.includes(label))
  return beside !== undefined && own.includes(beside) ? beside : own[0]
}

const isProduct = (reader: Reader, op: Op): boolean =>
  op.domain === '' && (op.opType === 'MatMul' || op.opType === 'Einsum') && op.inputs.length === 2 && op.inputs.every((name) => !reader.isFixed(name) && reader.isFloat(name))

/** Both as an Einsum would be written. */
function labels(reader: Reader, op: Op): { terms: string[][]; result: string[] } | undefined {
  if (op.opType === 'Einsum') {
    const [left = '', right] = stringAttribute(op, 'equation', '').replaceAll(' ', '').split('->')
    if (right === undefined || left.includes('.')) return undefined
    return { terms: left.split(',').map((term) => [...term]), result: [...right] }
  }
  const [a, b] = op.inputs.map((name) => reader.rank(name)) as [number, number]
  if (a < 2 || b < 2) return undefined
  const outer = Array.from({ length: Math.max(a, b) - 2 }, (_, axis) => `o${axis}`)
  return { terms: [[...outer.slice(outer.length - a + 2), 'row', 'inner'], [...outer.slice(outer.length - b + 2), 'inner', 'column']], result: [...outer, 'row', 'column'] }
}

function made(
  reader: Reader, op: Op, at: number, [l, r]: readonly [number, number], left: readonly string[], right: readonly string[], result: readonly string[],
  role: (label: string) => Role | undefined,
): Product | undefined {
  const [a, b, c] = [operand(reader, op.inputs[l]!, left, role), operand(reader, op.inputs[r]!, right, role), operand(reader, op.outputs[0]!, result, role)]
  return a && b && c && { op, at, left: a, right: b, output: c }
}

function operand(reader: Reader, tensor: string, names: readonly string[], role: (label: string) => Role | undefined): Operand | undefined {
  const shape = reader.shape(tensor)
  if (shape?.length !== names.length) return undefined
  const axes = names.map((name, axis): Axis | undefined => {
    const size = shape[axis]!
    const known = role(name) ?? (size === BATCH ? 'data' : size === 1 ? 'one' : typeof size === 'number' ? 'heads' : typeof divideExactly(size, BATCH) === 'number' ? 'merged' : undefined)
    return known && { role: known, size }
  })
  if (axes.includes(undefined)) return undefined
  const found = axes as Axis[]
  // One datum axis, by itself or merged with the heads.
  return found.filter((axis) => axis.role === 'data' || axis.role === 'merged').length === 1 ? { tensor, axes: found } : undefined
}

/** The same product where the heads are outermost in merged axes. */
export function withHeadsFirst(product: Product): Product {
  const turned = (operand: Operand): Operand => ({ ...operand, axes: operand.axes.map((axis) => (axis.role === 'merged' ? { ...axis, headsFirst: true } : axis)) })
  return { ...product, left: turned(product.left), right: turned(product.right), output: turned(product.output) }
}

/** How many heads an operand holds. */
export function headCount({ axes }: Operand): number {
  return axes.reduce((count, { role, size }) => count * (role === 'heads' ? (size as number) : role === 'merged' ? (divideExactly(size, BATCH) as number) : 1), 1)
}
