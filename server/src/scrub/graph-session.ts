/** A compiled graph that runs on cached activations; on a device other than the processor they lie in its memory, so that little crosses. */
import { BATCH, type Tensor } from '../onnx/types.ts'
import { attr, type Value } from '../onnx/dag.ts'
import { codeOf } from '../onnx/dtype.ts'
import type { Cache } from './cache.ts'
import type { CompiledRead } from './reads.ts'
import { HalvedSession, type HalvedGiven } from './halved-session.ts'
import { doubleOf, single } from './halves.ts'
import type { KeptSessions } from './kept-sessions.ts'
import type { Held, Placement, Session, Tensors } from './runtime.ts'
import { substitute } from './walk.ts'

export interface GraphGiven extends HalvedGiven {
  readonly cache: Cache
}

/** Bytes that are written into a model: ONNX files end at 2 GB. */
const MOST_WRITTEN = 1.5e9

/** Name of the graph input of a cache that is kept as float16. */
const asHalf = (cacheInput: string): string => `${cacheInput} as float16`

export class GraphSession {
  private readonly given: GraphGiven
  private readonly outputs: ReadonlyMap<string, Value>
  private readonly reads: readonly CompiledRead[]
  private readonly rows: (input: string) => string
  private readonly kept: KeptSessions | undefined
  /** With what the caches held that are written into it; '' where they are held, or fed. */
  private session: { readonly halves: HalvedSession; readonly written: string; readonly half: string } | undefined

  private constructor(given: GraphGiven, outputs: ReadonlyMap<string, Value>, reads: readonly CompiledRead[], rows: (input: string) => string, kept: KeptSessions | undefined) {
    this.given = given
    this.outputs = outputs
    this.reads = reads
    this.rows = rows
    this.kept = kept
  }

  /** `rows` names the batch axis of an input; `kept` keeps the sessions, which then outlive this. */
  static async make(given: GraphGiven, outputs: ReadonlyMap<string, Value>, reads: readonly CompiledRead[], rows: (input: string) => string = () => BATCH, kept?: KeptSessions): Promise<GraphSession> {
    const made = new GraphSession(given, outputs, reads, rows, kept)
    // Where caches are written into the model, they have to be there.
    if (!made.writes) await made.open('')
    return made
  }

  /** The outputs for some rows; `feeds` are the inputs that are no caches. Everything needed is in the cache. */
  async run(feeds: Tensors): Promise<Tensors> {
    const { cache, runtime } = this.given
    const { deviceInputs, lastInputs } = await this.open(this.writes ? this.written() : '')
    const all: Record<string, Tensor> = { ...feeds }
    const held: Record<string, Held> = {}
    const holds = runtime.accelerator?.hold !== undefined
    for (const { cacheInput, source, length } of this.reads) {
      if (lastInputs.has(asHalf(cacheInput))) all[asHalf(cacheInput)] = cache.values(source, source.type.dtype, length)
      if (lastInputs.has(cacheInput) || (!holds && deviceInputs.has(cacheInput))) all[cacheInput] = cache.values(source, source.type.dtype, length)
      if (holds && deviceInputs.has(cacheInput)) held[cacheInput] = await cache.held(source, source.type.dtype, length)
      const lowered = single(cacheInput)
      if (!deviceInputs.has(lowered)) continue
      if (holds) held[lowered] = await cache.held(source, 'float32', length)
      else all[lowered] = cache.values(source, 'float32', length)
    }
    return this.session!.halves.run(all, held)
  }

  /** Where its operators ran, on a device other than the processor; nothing of what the processor finishes. */
  placements(): Placement[] {
    return this.session?.halves.placements() ?? []
  }

  async release(): Promise<void> {
    if (this.session && (!this.kept || this.session.written !== '')) await this.session.halves.release()
    this.session = undefined
  }

  /** A device that can hold no tensors gets them with the model, as often as they change. */
  private get writes(): boolean {
    const { accelerator } = this.given.runtime
    return accelerator !== undefined && !accelerator.hold
  }

  /** What each cache holds now; '' where that is too much for a model and is fed. */
  private written(): string {
    const { cache } = this.given
    const bytes = this.reads.reduce((sum, { source }) => sum + (cache.values(source).data as Float32Array).byteLength, 0)
    return bytes > MOST_WRITTEN ? '' : this.reads.map(({ source }) => cache.version(source)).join()
  }

  private async open(written: string): Promise<HalvedSession> {
    const half = this.reads.filter(({ source }) => this.given.cache.isHalf(source)).map(({ cacheInput }) => cacheInput)
    if (this.session?.written === written && this.session.half === half.join()) return this.session.halves
    await this.release()
    const { cache } = this.given
    const byInput = new Map(this.reads.map((read) => [read.cacheInput, read]))
    const fixed = (input: string): Tensor | undefined => {
      const double = doubleOf(input)
      const read = byInput.get(input) ?? (double === undefined ? undefined : byInput.get(double))
      return read && cache.values(read.source, byInput.has(input) ? undefined : 'float32', read.length)
    }
    const { kept } = this
    const how = written !== '' ? { fixed } : kept ? { kept: (model: Uint8Array, make: () => Promise<Session>) => kept.of(model, make) } : {}
    const halves = await HalvedSession.make(this.given, this.fromHalf(new Set(half)), { rows: this.rows, ...how })
    this.session = { halves, written, half: half.join() }
    return halves
  }

  /** The outputs, with what is read of these caches made float32 again once it is read. */
  private fromHalf(inputs: ReadonlySet<string>): ReadonlyMap<string, Value> {
    if (inputs.size === 0) return this.outputs
    const { dag } = this.given
    const half = (value: Value): Value | undefined => (value.def.kind === 'input' && inputs.has(value.def.name) ? dag.input(asHalf(value.def.name), { ...value.type, dtype: 'float16' }) : undefined)
    const single = (value: Value): Value => dag.op('Cast', [value], { to: attr.int(codeOf('float32')) })
    const names = [...this.outputs.keys()]
    const made = substitute(dag, [...this.outputs.values()], (value) => {
      const { def } = value
      const cache = def.kind === 'op' && def.call.opType === 'Gather' ? half(def.call.inputs[0]!) : undefined
      if (def.kind === 'op' && cache) return single(dag.op('Gather', [cache, def.call.inputs[1]!], { axis: attr.int(0) }))
      const own = half(value)
      return own && single(own)
    })
    return new Map(made.map((value, i) => [names[i]!, value]))
  }
}
