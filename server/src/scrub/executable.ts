/** A compiled graph with its session: index vectors in, the metric of each sample out. */
import type { Value } from '../onnx/dag.ts'
import type { Tensor } from '../onnx/types.ts'
import type { Compiled } from './compile.ts'
import { GraphSession, type GraphGiven } from './graph-session.ts'
import type { KeptSessions } from './kept-sessions.ts'
import { rowsPerCall } from './limits.ts'
import { indexOfRead, streamsOfRead, widthOf } from './reads.ts'
import type { Stream } from './region.ts'
import { branchesOf, rowNames, rowsOf } from './row-names.ts'
import type { Breathe, Placement, Runtime, Tensors } from './runtime.ts'
import type { Tree } from './tree.ts'

/** More samples in one call make it no faster. */
const MOST_SAMPLES = 4096
const MOST_DEVICE_SAMPLES = 16_384

export interface ExecutableGiven extends GraphGiven {
  readonly breathe: Breathe
}

export class Executable {
  readonly compiled: Compiled
  private readonly given: ExecutableGiven
  private readonly session: GraphSession
  private readonly tree: Tree | undefined
  /** Samples per call. */
  readonly batch: number

  private constructor(given: ExecutableGiven, compiled: Compiled, session: GraphSession, tree: Tree | undefined, batch: number) {
    this.given = given
    this.compiled = compiled
    this.session = session
    this.tree = tree
    this.batch = batch
  }

  /** `batch`: samples per call, chosen by the size of the graph's values when undefined; `kept` keeps the session; `besides` are other outputs. */
  static async make(given: ExecutableGiven, compiled: Compiled, tree: Tree | undefined, batch?: number, kept?: KeptSessions, besides: ReadonlyMap<string, Value> = new Map()): Promise<Executable> {
    const session = await GraphSession.make(given, new Map([['metric', compiled.output], ...besides]), compiled.reads, rowsOf(compiled, tree), kept)
    return new Executable(given, compiled, session, tree, batch ?? samplesPerCall(compiled, tree, given.runtime))
  }

  /** What must be cached for these data. */
  needs(data: (stream: Stream) => Int32Array): { source: Compiled['reads'][number]['source']; data: Int32Array }[] {
    return this.compiled.reads.flatMap((read) => streamsOfRead(read).map((stream) => ({ source: read.source, data: data(stream) })))
  }

  /** Bytes of cache that one sample needs at most. */
  bytesPerSample(): number {
    return this.compiled.reads.reduce((sum, read) => sum + this.given.cache.bytesPerRow(read.source) * streamsOfRead(read).reduce((rows, stream) => rows + this.branchesOf(stream), 0), 0)
  }

  /**
   * The metric of `count` samples. `data` gives the datum of every row of a stream: as many per branch as there are
   * samples, branch by branch. Everything needed is in the cache. `done` is given each batch, with
   * the outputs; `supplied` gives the inputs that are neither caches nor indices, for so many samples from one on.
   */
  async run(
    count: number, data: (stream: Stream) => Int32Array, done?: (batch: Float64Array, outputs: Tensors) => void, supplied?: (samples: number, start: number) => Record<string, Tensor>,
  ): Promise<Float64Array> {
    const { cache, breathe } = this.given
    const result = new Float64Array(count)
    const indices = this.compiled.reads.map((read) => indexOfRead(read, cache, data))
    const feeds: Record<string, Tensor> = {}
    for (let start = 0, n = 0; start < count; start += n) {
      await breathe()
      n = Math.min(this.batch, count - start)
      this.compiled.reads.forEach((read, i) => {
        const all = indices[i]!
        const width = widthOf(read)
        const branches = all.length / count / width
        // What lies together already is not copied.
        const rows = branches === 1 ? all.subarray(start * width, (start + n) * width) : new Int32Array(branches * n * width)
        if (branches > 1) for (let b = 0; b < branches; b++) rows.set(all.subarray((b * count + start) * width, (b * count + start + n) * width), b * n * width)
        feeds[read.indexInput] = { dtype: 'int32', dims: read.length === undefined ? [rows.length] : [branches * n, width], data: rows }
      })
      for (const { input, parent, child } of this.compiled.blocks) {
        const block = this.tree!.byName.get(parent)!.blocks.find((b) => b.child === child)!
        const rows = Int32Array.from({ length: block.length * n }, (_, i) => block.first * n + i)
        feeds[input] = { dtype: 'int32', dims: [rows.length], data: rows }
      }
      const outputs = await this.session.run(supplied ? { ...feeds, ...supplied(n, start) } : feeds)
      result.set(outputs['metric']!.data as Float64Array, start)
      done?.(result.subarray(start, start + n), outputs)
    }
    return result
  }

  async release(): Promise<void> {
    await this.session.release()
  }

  /** Where the operators ran, on a device other than the processor. */
  placements(): Placement[] {
    return this.session.placements()
  }

  private branchesOf(stream: Stream): number {
    return stream.of === '' ? 1 : (this.tree?.byName.get(stream.of)?.paths.length ?? 1)
  }
}

/** As many samples as one call may take; a value counts as often as it has rows for each. */
export function samplesPerCall(compiled: Compiled, tree: Tree | undefined, runtime: Pick<Runtime, 'accelerator'>): number {
  const names = rowNames(compiled.output, rowsOf(compiled, tree))
  return rowsPerCall([compiled.output], runtime.accelerator ? MOST_DEVICE_SAMPLES : MOST_SAMPLES, ({ id }) => branchesOf(names.get(id) ?? ''), runtime)
}
