/** How much one call of the runtime may do: nothing can interrupt it, and a cancelled run waits for it. */
import type { Value } from '../onnx/dag.ts'
import { elements } from './elements.ts'
import { flopsPerDatum } from './flops.ts'
import type { Runtime } from './runtime.ts'
import { topological } from './walk.ts'

interface Room {
  /** Operations. */
  readonly flops: number
  /** Bytes of intermediate values. */
  readonly bytes: number
}

/** Some tenths of a second on a small processor. By arithmetic, not by the clock: the rows of a call can change the last bits of a result. */
const CPU: Room = { flops: 1e10, bytes: 128 * 2 ** 20 }
/** As long on a small graphics processor; few rows would leave a large one idle. Most of the values are freed before the last is made. */
const ACCELERATOR: Room = { flops: 1e12, bytes: 2 ** 32 }

/** Bytes that one tensor may have: some graphics drivers give no more in one piece. */
export const largestPiece = ({ accelerator }: Pick<Runtime, 'accelerator'>): number => (accelerator ? 2 ** 30 : Infinity)

/** Rows of a call that computes these values, at most `most`; so many rows of a value belong to each row counted (`multiple`, one where undefined). */
export function rowsPerCall(outputs: readonly Value[], most: number, multiple?: (value: Value) => number, { accelerator }: Pick<Runtime, 'accelerator'> = {}): number {
  const { flops, bytes } = accelerator ? ACCELERATOR : CPU
  const sizes = topological(outputs).map((v) => (v.def.kind === 'op' ? elements(v.type.shape) * (multiple?.(v) ?? 1) : 0))
  const byBytes = bytes / (4 * sizes.reduce((sum, size) => sum + size, 1))
  const byPiece = largestPiece({ accelerator }) / (4 * sizes.reduce((most, size) => Math.max(most, size), 1))
  const byFlops = flops / Math.max(1, flopsPerDatum(outputs, multiple))
  return Math.max(1, Math.min(most, Math.floor(byBytes), Math.floor(byPiece), Math.floor(byFlops)))
}
