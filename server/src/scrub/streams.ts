/** On which streams a value depends: none (a constant), exactly one (a function of one datum), or several. */
import type { Value } from '../onnx/dag.ts'
import { operands, topological } from './walk.ts'

export const NO_STREAM = 0
export const SEVERAL = -1

/** 0, the number of the one stream, or SEVERAL. */
export type StreamOf = (value: Value) => number

/** `inputStream` numbers the graph inputs: SEVERAL for one that is no read of one datum. */
export function streamsOf(inputStream: (name: string) => number): StreamOf {
  const known = new Map<number, number>()
  return (root) => {
    const cached = known.get(root.id)
    if (cached !== undefined) return cached
    for (const value of topological([root])) {
      if (known.has(value.id)) continue
      let stream = value.def.kind === 'input' ? inputStream(value.def.name) : NO_STREAM
      for (const operand of operands(value)) {
        const other = known.get(operand.id)!
        if (other === NO_STREAM || other === stream) continue
        stream = stream === NO_STREAM ? other : SEVERAL
      }
      known.set(value.id, stream)
    }
    return known.get(root.id)!
  }
}
