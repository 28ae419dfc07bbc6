/** How many samples can be drawn, cached and run at a time. */
import type { Value } from '../onnx/dag.ts'
import type { Compiled } from './compile.ts'
import type { Shared } from './evaluate.ts'
import type { Executable } from './executable.ts'
import { largestPiece } from './limits.ts'

const MOST_AT_ONCE = 65_536

export interface Room {
  /** All activations that could be needed fit; else the cache holds one part at a time. */
  readonly fits: boolean
  readonly atOnce: number
}

/** Half of the memory is for cached activations. */
export const fitsIn = ({ cache, options, runtime }: Pick<Shared, 'cache' | 'options' | 'runtime'>, sources: readonly Value[]): boolean => {
  const bytes = sources.map((source) => cache.bytesPerRow(source) * cache.distinct(source))
  return bytes.reduce((sum, one) => sum + one, 0) <= options.memory / 2 && bytes.every((one) => one <= largestPiece(runtime))
}

export function roomFor(shared: Shared, compiled: Compiled, executable: Executable): Room {
  const fits = fitsIn(shared, compiled.reads.map(({ source }) => source))
  return { fits, atOnce: fits ? MOST_AT_ONCE : Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(shared.options.memory / 2 / executable.bytesPerSample()), Math.floor(largestPiece(shared.runtime) / executable.bytesPerSample()))) }
}
