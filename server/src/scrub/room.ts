/** How many samples can be drawn, cached and run at a time. */
import type { BoundHypothesis } from '../hypothesis/bound.ts'
import { compileHypothesis, type Compiled, type CompiledHypothesis } from './compile.ts'
import type { Shared } from './evaluate.ts'
import type { Executable } from './executable.ts'
import type { Tree } from './tree.ts'

const MOST_AT_ONCE = 65_536

export interface Room {
  /** All activations that could be needed fit; else the cache holds one part at a time. */
  readonly fits: boolean
  readonly atOnce: number
}

/** Half of the memory is for cached activations. */
export const fitsIn = ({ cache, options }: Pick<Shared, 'cache'> & { readonly options: Pick<Shared['options'], 'memory'> }, { reads }: Compiled): boolean => reads.reduce((sum, { source }) => sum + cache.bytesPerRow(source) * cache.distinct(source), 0) <= options.memory / 2

export function roomFor(shared: Shared, compiled: Compiled, executable: Executable): Room {
  const fits = fitsIn(shared, compiled)
  return { fits, atOnce: fits ? MOST_AT_ONCE : Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(shared.options.memory / 2 / executable.bytesPerSample()))) }
}

/** Nodes at positions of one tensor are computed together, which caches the whole tensor: where there is room for it. */
export function compileFitting(shared: Pick<Shared, 'dag' | 'file' | 'model' | 'cache'> & { readonly options: Pick<Shared['options'], 'memory' | 'emit'> }, hypothesis: BoundHypothesis, tree: Tree): CompiledHypothesis {
  const { dag, file, model, cache, options } = shared
  const stacked = compileHypothesis(dag, file, hypothesis, model, tree, !options.emit)
  cache.know(stacked.reads.map(({ source }) => source))
  return options.emit || fitsIn(shared, stacked) ? stacked : compileHypothesis(dag, file, hypothesis, model, tree, false)
}
