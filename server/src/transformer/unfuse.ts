/** Fused operators taken apart into those they stand for, where that can be done exactly: attention, norms of sums, embeddings. */
import { Derivation } from '../model/derive.ts'
import type { ModelGraph } from '../model/graph.ts'
import type { Op } from '../onnx/types.ts'
import { MICROSOFT_ATTENTION, STANDARD_ATTENTION } from './unfuse-attention.ts'
import { MICROSOFT_SUMS } from './unfuse-sums.ts'

/** Appends the operators that make the outputs of one that was taken out, or says why that cannot be done. */
export type Unfuse = (d: Derivation, op: Op) => string | undefined

const STANDARD: Readonly<Record<string, Unfuse>> = STANDARD_ATTENTION
const MICROSOFT: Readonly<Record<string, Unfuse>> = { ...MICROSOFT_ATTENTION, ...MICROSOFT_SUMS }

/** The same model without fused operators; the graph itself where it has none. A sentence where one cannot be taken apart. */
export function unfused(graph: ModelGraph): ModelGraph | string {
  const fused = graph.ops.flatMap((op) => {
    const table = op.domain === '' ? STANDARD : op.domain === 'com.microsoft' ? MICROSOFT : {}
    const unfuse = Object.hasOwn(table, op.opType) ? table[op.opType] : undefined
    return unfuse ? [{ op, unfuse }] : []
  })
  if (fused.length === 0) return graph
  const d = new Derivation(graph)
  for (const { op, unfuse } of fused) {
    d.free(op.outputs.find((name) => name !== '')!)
    const problem = unfuse(d, op)
    if (problem !== undefined) {
      return `it holds the fused operator ${op.domain === '' ? '' : `${op.domain}.`}${op.opType} \`${op.name === '' ? op.outputs[0] : op.name}\`, which cannot be taken apart exactly: ${problem}; export the model without optimisation (with torch.onnx.export(…, opset_version=17), attention spelled out as products and a softmax)`
    }
  }
  return d.finish()
}
