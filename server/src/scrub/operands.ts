/** What rules about operators ask of their operands. */
import type { Value } from '../onnx/dag.ts'
import type { Dim } from '../onnx/types.ts'

export const shapeOf = (value: Value | undefined): readonly Dim[] | undefined => value?.type.shape

/** The elements of a small tensor of integers that is known. */
export const intsOf = (value: Value | undefined): number[] | undefined => (value?.known ? Array.from(value.known.data as ArrayLike<number | bigint>, Number) : undefined)

/** An axis that may be counted from the end. */
export const wrap = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)
