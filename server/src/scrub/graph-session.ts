/** A compiled graph that runs on cached activations; on a device other than the processor they lie in its memory, so that little crosses. */
import { BATCH, type Tensor } from '../onnx/types.ts'
import type { Value } from '../onnx/dag.ts'
import type { Cache } from './cache.ts'
import type { CompiledRead } from './reads.ts'
import { HalvedSession, type HalvedGiven } from './halved-session.ts'
import { single } from './halves.ts'
import type { KeptSessions } from './kept-sessions.ts'
import type { Held, Placement, Tensors } from './runtime.ts'

export interface GraphGiven extends HalvedGiven {
  readonly cache: Cache
}

export class GraphSession {
  private readonly session: HalvedSession
  private readonly cache: Cache
  private readonly reads: readonly CompiledRead[]
  private readonly holds: boolean
  private readonly kept: boolean

  private constructor({ cache, runtime }: GraphGiven, session: HalvedSession, reads: readonly CompiledRead[], kept: boolean) {
    this.session = session
    this.cache = cache
    this.reads = reads
    this.holds = runtime.accelerator?.hold !== undefined
    this.kept = kept
  }

  /** `rows` names the batch axis of an input; `kept` keeps the sessions, which then outlive this. */
  static async make(given: GraphGiven, outputs: ReadonlyMap<string, Value>, reads: readonly CompiledRead[], rows: (input: string) => string = () => BATCH, kept?: KeptSessions): Promise<GraphSession> {
    const session = await HalvedSession.make(given, outputs, { rows, ...(kept ? { kept: (model, make) => kept.of(model, make) } : {}) })
    return new GraphSession(given, session, reads, kept !== undefined)
  }

  /** The outputs for some rows; `feeds` are the inputs that are no caches. Everything needed is in the cache. */
  async run(feeds: Tensors): Promise<Tensors> {
    const { deviceInputs, lastInputs } = this.session
    const all: Record<string, Tensor> = { ...feeds }
    const held: Record<string, Held> = {}
    for (const { cacheInput, source, length } of this.reads) {
      if (lastInputs.has(cacheInput) || (!this.holds && deviceInputs.has(cacheInput))) all[cacheInput] = this.cache.values(source, source.type.dtype, length)
      if (this.holds && deviceInputs.has(cacheInput)) held[cacheInput] = await this.cache.held(source, source.type.dtype, length)
      const lowered = single(cacheInput)
      if (!deviceInputs.has(lowered)) continue
      if (this.holds) held[lowered] = await this.cache.held(source, 'float32', length)
      else all[lowered] = this.cache.values(source, 'float32', length)
    }
    return this.session.run(all, held)
  }

  /** Where its operators ran, on a device other than the processor; nothing of what the processor finishes. */
  placements(): Placement[] {
    return this.session.placements()
  }

  async release(): Promise<void> {
    if (!this.kept) await this.session.release()
  }
}
