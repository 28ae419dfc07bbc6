/** A rough count of the arithmetic of a graph, per datum: for budgets that must not depend on the clock. */
import type { Value } from '../onnx/dag.ts'
import type { Dim } from '../onnx/types.ts'
import { topological } from './walk.ts'

const size = (shape: readonly Dim[] | undefined): number =>
  (shape ?? []).reduce<number>((p, d) => p * (typeof d === 'number' ? d : 1), 1)

/** Multiplications and additions for one datum. Unknown axes count as 1. */
export function flopsPerDatum(roots: readonly Value[]): number {
  let total = 0
  for (const value of topological(roots)) {
    if (value.def.kind !== 'op') continue
    const { opType, inputs } = value.def.call
    const out = size(value.type.shape)
    const first = inputs[0]?.type.shape
    switch (opType) {
      case 'MatMul': case 'FusedMatMul':
        total += 2 * out * size(first?.slice(-1))
        break
      case 'Gemm':
        total += (2 * size(inputs[0]?.type.shape) * size(inputs[1]?.type.shape)) / Math.max(1, size(inputs[1]?.type.shape) / Math.max(1, size(value.type.shape?.slice(-1))))
        break
      case 'Conv': case 'ConvTranspose':
        total += 2 * out * size(inputs[1]?.type.shape?.slice(1))
        break
      case 'Einsum': case 'Attention': case 'MultiHeadAttention':
        total += 2 * out * size(first?.slice(-1)) + size(first)
        break
      default:
        total += out
    }
  }
  return total
}
