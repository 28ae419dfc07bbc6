/** How many samples can be drawn, cached and run at a time. */
import type { BoundHypothesis } from '../hypothesis/bound.ts'
import type { Value } from '../onnx/dag.ts'
import { compileHypothesis, type Compiled, type CompiledHypothesis } from './compile.ts'
import type { EvaluateOptions, Shared } from './evaluate.ts'
import type { Executable } from './executable.ts'
import { largestPiece } from './limits.ts'
import type { Tree } from './tree.ts'

const MOST_AT_ONCE = 65_536

/** Half of the memory is for cached activations. */
export const budgetOf = ({ memory }: Pick<EvaluateOptions, 'memory'>): number => memory / 2

/** All of these activations fit, and each is one that the device can hold; else the cache holds what one part of the samples needs. */
export const fitsIn = ({ cache, options, runtime }: Pick<Shared, 'cache' | 'runtime'> & { readonly options: Pick<Shared['options'], 'memory'> }, sources: readonly Value[]): boolean => {
  const bytes = sources.map((source) => cache.bytesPerRow(source) * cache.distinct(source))
  return bytes.reduce((sum, one) => sum + one, 0) <= budgetOf(options) && bytes.every((one) => one <= largestPiece(runtime))
}

/** Samples of a part; `besides`: bytes that each needs for something else. */
export function atOnce(shared: Pick<Shared, 'cache' | 'options' | 'runtime'>, compiled: Compiled, executable: Executable, besides = 0): number {
  return fitsIn(shared, compiled.reads.map(({ source }) => source)) ? MOST_AT_ONCE : Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(budgetOf(shared.options) / (executable.bytesPerSample() + besides)), Math.floor(largestPiece(shared.runtime) / executable.bytesPerSample())))
}

/**
 * Have these functions on all data where there is room for them: in the memory, or on the disk where that is worth it, so that every datum
 * goes through the model once. `told` of the rows that were computed, and of how many they will be.
 */
export async function ensureWhole(shared: Pick<Shared, 'cache' | 'table' | 'options' | 'runtime'>, sources: readonly Value[], told: (done: number, total: number) => void): Promise<void> {
  const { cache, table, options } = shared
  if (fitsIn(shared, sources)) return cache.ensure(sources.map((source) => ({ source, data: 'all' })), told)
  const spilled = sources.filter((source) => cache.spills(source))
  const perRow = spilled.reduce((sum, source) => sum + cache.bytesPerRow(source), 0)
  const lacking = Int32Array.from({ length: table.rows }, (_, datum) => datum).filter((datum) => spilled.some((source) => cache.lacks(source, datum)))
  if (lacking.length === 0 || lacking.length * perRow > (await cache.spill!.room())) return
  const rows = Math.max(1, Math.floor(budgetOf(options) / perRow))
  for (let start = 0; start < lacking.length; start += rows) {
    const data = lacking.subarray(start, start + rows)
    await cache.ensure(spilled.map((source) => ({ source, data })))
    told(start + data.length, lacking.length)
  }
}

/** Nodes at positions of one tensor are computed together, which caches the whole tensor: where there is room for it. */
export function compileFitting(shared: Pick<Shared, 'dag' | 'file' | 'model' | 'cache' | 'runtime'> & { readonly options: Pick<Shared['options'], 'memory' | 'emit'> }, hypothesis: BoundHypothesis, tree: Tree): CompiledHypothesis {
  const { dag, file, model, cache, options } = shared
  const stacked = compileHypothesis(dag, file, hypothesis, model, tree, !options.emit)
  const sources = stacked.reads.map(({ source }) => source)
  cache.know(sources)
  return options.emit || fitsIn(shared, sources) ? stacked : compileHypothesis(dag, file, hypothesis, model, tree, false)
}
