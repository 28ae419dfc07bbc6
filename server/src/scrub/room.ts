/** How many samples can be drawn, cached and run at a time. */
import type { BoundHypothesis } from '../hypothesis/bound.ts'
import type { Value } from '../onnx/dag.ts'
import { compileHypothesis, type Compiled, type CompiledHypothesis } from './compile.ts'
import type { Shared } from './evaluate.ts'
import type { Executable } from './executable.ts'
import { largestPiece } from './limits.ts'
import type { Tree } from './tree.ts'

const MOST_AT_ONCE = 65_536

export interface Room {
  /** All activations that could be needed fit; else the cache holds one part at a time. */
  readonly fits: boolean
  readonly atOnce: number
}

/** Half of the memory is for cached activations. */
export const fitsIn = ({ cache, options, runtime }: Pick<Shared, 'cache' | 'runtime'> & { readonly options: Pick<Shared['options'], 'memory'> }, sources: readonly Value[]): boolean => {
  const bytes = sources.map((source) => cache.bytesPerRow(source) * cache.distinct(source))
  return bytes.reduce((sum, one) => sum + one, 0) <= options.memory / 2 && bytes.every((one) => one <= largestPiece(runtime))
}

export function roomFor(shared: Shared, compiled: Compiled, executable: Executable): Room {
  const fits = fitsIn(shared, compiled.reads.map(({ source }) => source))
  return { fits, atOnce: fits ? MOST_AT_ONCE : Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(shared.options.memory / 2 / executable.bytesPerSample()), Math.floor(largestPiece(shared.runtime) / executable.bytesPerSample()))) }
}

/** Nodes at positions of one tensor are computed together, which caches the whole tensor: where there is room for it. */
export function compileFitting(shared: Pick<Shared, 'dag' | 'file' | 'model' | 'cache' | 'runtime'> & { readonly options: Pick<Shared['options'], 'memory' | 'emit'> }, hypothesis: BoundHypothesis, tree: Tree): CompiledHypothesis {
  const { dag, file, model, cache, options } = shared
  const stacked = compileHypothesis(dag, file, hypothesis, model, tree, !options.emit)
  const sources = stacked.reads.map(({ source }) => source)
  cache.know(sources)
  return options.emit || fitsIn(shared, sources) ? stacked : compileHypothesis(dag, file, hypothesis, model, tree, false)
}
