/** A rough count of the arithmetic of a graph, per datum: for budgets that must not depend on the clock. */
import type { Value } from '../onnx/dag.ts'
import { elements } from './elements.ts'
import { topological } from './walk.ts'

/** Multiplications and additions for one datum. Unknown axes count as 1; `multiple`: rows of a value for each datum. */
export function flopsPerDatum(roots: readonly Value[], multiple: (value: Value) => number = () => 1): number {
  let total = 0
  for (const value of topological(roots)) {
    if (value.def.kind !== 'op') continue
    const { opType, inputs } = value.def.call
    const rows = multiple(value)
    const out = elements(value.type.shape)
    const first = inputs[0]?.type.shape
    switch (opType) {
      case 'MatMul': case 'FusedMatMul':
        total += rows * 2 * out * elements(first?.slice(-1))
        break
      case 'Gemm':
        total += (rows * 2 * elements(inputs[0]?.type.shape) * elements(inputs[1]?.type.shape)) / Math.max(1, elements(inputs[1]?.type.shape) / Math.max(1, elements(value.type.shape?.slice(-1))))
        break
      case 'Conv': case 'ConvTranspose':
        total += rows * 2 * out * elements(inputs[1]?.type.shape?.slice(1))
        break
      case 'Einsum': case 'Attention': case 'MultiHeadAttention':
        total += rows * (2 * out * elements(first?.slice(-1)) + elements(first))
        break
      default:
        total += rows * out
    }
  }
  return total
}
