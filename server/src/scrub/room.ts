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

/** Half of the memory is for the activations that one part reads. */
export function roomFor({ cache, options }: Shared, compiled: Compiled, executable: Executable): Room {
  const whole = compiled.reads.reduce((sum, r) => sum + cache.bytesPerRow(r.source) * cache.distinct(r.source), 0)
  const fits = whole <= options.memory / 2
  return { fits, atOnce: fits ? MOST_AT_ONCE : Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(options.memory / 2 / executable.bytesPerSample()))) }
}
