/** What a rule of inference sees of an operator, and the small questions rules ask. */
import { elementCount, isInteger } from '../dtype.ts'
import type { Attributes, Dim, DType, Tensor, TensorType } from '../types.ts'

/**
 * A tensor as far as it is known. `value` is there for constants, and for small integer tensors that are computed from
 * shapes: row-major, each element a number or a symbolic length.
 */
export interface Known {
  readonly type: TensorType
  readonly value?: Tensor | readonly Dim[]
}

export interface OpLike {
  readonly opType: string
  readonly domain: string
  readonly attributes: Attributes
}

export interface Context {
  readonly op: OpLike
  readonly inputs: readonly (Known | undefined)[]
  readonly outputCount: number
  /** A length nothing is known about. */
  readonly fresh: () => string
}

/** Types of the outputs, in order; missing ones are unknown. Throws a ShapeError for inputs that do not fit. */
export type Rule = (context: Context) => readonly (Known | undefined)[]

export type Rules = Readonly<Record<string, Rule>>

/** Raised when the inputs of an operator contradict each other: the message names both shapes. */
export class ShapeError extends Error {}

/** Values of more elements than this are not followed. */
export const MOST_VALUES = 4096

export const UNKNOWN: Known = { type: { dtype: 'unknown', shape: undefined } }

export function known(dtype: DType, shape: readonly Dim[] | undefined, value?: readonly Dim[]): Known {
  return value === undefined ? { type: { dtype, shape } } : { type: { dtype, shape }, value }
}

export function dtypeAt(context: Context, index: number): DType {
  return context.inputs[index]?.type.dtype ?? 'unknown'
}

export function shapeAt(context: Context, index: number): readonly Dim[] | undefined {
  return context.inputs[index]?.type.shape
}

/** How many elements a one-dimensional input has, where that is a small number. */
export function lengthAt(context: Context, index: number): number | undefined {
  const length = shapeAt(context, index)?.[0]
  return typeof length === 'number' && length <= 64 ? length : undefined
}

export function intAttribute(op: OpLike, name: string, otherwise: number): number {
  const attribute = op.attributes[name]
  return attribute?.type === 'int' ? Number(attribute.value) : otherwise
}

export function floatAttribute(op: OpLike, name: string, otherwise: number): number {
  const attribute = op.attributes[name]
  return attribute?.type === 'float' ? attribute.value : otherwise
}

export function intsAttribute(op: OpLike, name: string): number[] | undefined {
  const attribute = op.attributes[name]
  return attribute?.type === 'ints' ? attribute.value.map(Number) : undefined
}

export function stringAttribute(op: OpLike, name: string, otherwise: string): string {
  const attribute = op.attributes[name]
  return attribute?.type === 'string' ? attribute.value : otherwise
}

/** The elements of a small integer (or bool) tensor, where they are known. */
export function intsOf(input: Known | undefined): readonly Dim[] | undefined {
  const value = input?.value
  if (value === undefined) return undefined
  if (!('data' in value)) return value
  if (!isInteger(value.dtype) && value.dtype !== 'bool') return undefined
  return elementCount(value.dims) > MOST_VALUES ? undefined : Array.from(value.data as ArrayLike<number | bigint>, Number)
}

/** As `intsOf`, where every element is a number. */
export function numbersOf(input: Known | undefined): readonly number[] | undefined {
  const values = intsOf(input)
  return values?.every((value) => typeof value === 'number') ? (values as readonly number[]) : undefined
}

/** The elements of a small constant of any numeric type. */
export function floatsOf(input: Known | undefined): readonly number[] | undefined {
  const value = input?.value
  if (value === undefined) return undefined
  if (!('data' in value)) return numbersOf(input)
  const plain = value.dtype === 'float32' || value.dtype === 'float64' || isInteger(value.dtype)
  return plain && value.data.length <= MOST_VALUES
    ? Array.from(value.data as ArrayLike<number | bigint>, Number) : undefined
}

/** An axis counted from the front. Throws a ShapeError outside of the rank. */
export function axisOf(op: OpLike, axis: number, rank: number): number {
  const result = axis < 0 ? axis + rank : axis
  if (result < 0 || result >= rank) throw new ShapeError(`${op.opType} works on axis ${axis} of a tensor of rank ${rank}`)
  return result
}

/** `rank` lengths nothing is known about. */
export function freshShape(context: Context, rank: number): Dim[] {
  return Array.from({ length: rank }, context.fresh)
}

export function shapeText(shape: readonly Dim[] | undefined): string {
  return shape === undefined ? 'of unknown rank' : `[${shape.join(', ')}]`
}
