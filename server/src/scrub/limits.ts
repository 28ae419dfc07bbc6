/** How much one call of the runtime may do: nothing can interrupt it, and a cancelled run waits for it. */
import type { Value } from '../onnx/dag.ts'
import { elements } from './elements.ts'
import { flopsPerDatum } from './flops.ts'
import { topological } from './walk.ts'

/** Some tenths of a second on a small processor. By arithmetic, not by the clock: the rows of a call can change the last bits of a result. */
const CALL_FLOPS = 1e10
/** Bytes of intermediate values. */
const CALL_BYTES = 128 * 2 ** 20

/** Rows of a call that computes these values, at most `most`; `multiple` rows of the graph belong to each row counted. */
export function rowsPerCall(outputs: readonly Value[], most: number, multiple = 1): number {
  const held = topological(outputs).reduce((sum, v) => (v.def.kind === 'op' ? sum + elements(v.type.shape) : sum), 1)
  const byBytes = CALL_BYTES / (4 * held * multiple)
  const byFlops = CALL_FLOPS / (Math.max(1, flopsPerDatum(outputs)) * multiple)
  return Math.max(1, Math.min(most, Math.floor(byBytes), Math.floor(byFlops)))
}
