/** How much a value holds. */
import type { Dim } from '../onnx/types.ts'

/** Elements of a shape, for one datum: the batch counts as 1, `42*N` as 42, an axis of unknown length as 1. */
export const elements = (shape: readonly Dim[] | undefined): number =>
  (shape ?? []).reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : Number(/^\d+(?=\*)/.exec(dim)?.[0] ?? 1)), 1)
