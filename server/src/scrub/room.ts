/** How many samples can be drawn, cached and run at a time. */
import type { Compiled } from './compile.ts'
import type { Shared } from './evaluate.ts'
import type { Executable } from './executable.ts'

const MOST_AT_ONCE = 65_536

export interface Room {
  /** All activations that could be needed fit; else the cache holds one part at a time. */
  readonly fits: boolean
  readonly atOnce: number
}

/** Half of the memory is for cached activations. */
export const fitsIn = ({ cache, options }: Shared, { reads }: Compiled): boolean => reads.reduce((sum, { source }) => sum + cache.bytesPerRow(source) * cache.distinct(source), 0) <= options.memory / 2

export function roomFor(shared: Shared, compiled: Compiled, executable: Executable): Room {
  const fits = fitsIn(shared, compiled)
  return { fits, atOnce: fits ? MOST_AT_ONCE : Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(shared.options.memory / 2 / executable.bytesPerSample()))) }
}
