/** Values that run: on the processor whole, on another device in two halves. */
import { emit, type Dag, type Emitted, type ModelHeader, type Value } from '../onnx/dag.ts'
import { BATCH, type DType, type Tensor } from '../onnx/types.ts'
import { halvesOf, isCrossing } from './halves.ts'
import { processor, type Held, type Placement, type Runtime, type Session, type Tensors } from './runtime.ts'

export interface HalvedGiven {
  readonly dag: Dag
  readonly header: ModelHeader
  readonly folder: string
  readonly runtime: Runtime
}

export interface HalvedOptions {
  /** As of `emit`. */
  readonly stored?: (input: string) => DType | undefined
  readonly rows?: (input: string) => string
  /** Inputs of the device's half that are written into its model, and so into its memory. */
  readonly fixed?: (input: string) => Tensor | undefined
  /** Gives the session of an encoded model that was made before. */
  readonly kept?: (model: Uint8Array, make: () => Promise<Session>) => Promise<Session>
}

interface Half {
  readonly session: Session
  readonly inputs: ReadonlySet<string>
}

export class HalvedSession {
  /** Names of what the device's half and the processor's read. */
  readonly deviceInputs: ReadonlySet<string>
  readonly lastInputs: ReadonlySet<string>
  private readonly device: Half | undefined
  private readonly last: Half | undefined
  /** By the names that are asked for, those that the device gives as they are. */
  private readonly given: ReadonlyMap<string, string>

  private constructor(device: Half | undefined, last: Half | undefined, given: ReadonlyMap<string, string>) {
    this.device = device
    this.last = last
    this.given = given
    this.deviceInputs = device?.inputs ?? new Set()
    this.lastInputs = last?.inputs ?? new Set()
  }

  static async make({ dag, header, folder, runtime }: HalvedGiven, outputs: ReadonlyMap<string, Value>, { stored, rows = () => BATCH, fixed, kept }: HalvedOptions = {}): Promise<HalvedSession> {
    // What crosses may have several rows for each sample, as what it is computed from has.
    const named = (name: string): string => (isCrossing(name) ? `${BATCH} of ${name}` : rows(name))
    const half = async (values: ReadonlyMap<string, Value>, on: Runtime, within?: HalvedOptions['fixed']): Promise<Half | undefined> => {
      if (values.size === 0) return undefined
      const { bytes, inputs }: Emitted = emit(values, header, folder, stored, named, within)
      const make = (): Promise<Session> => on.load(bytes, folder)
      return { session: kept ? await kept(bytes, make) : await make(), inputs: new Set(inputs.map(({ name }) => name)) }
    }
    if (!runtime.accelerator) return new HalvedSession(undefined, await half(outputs, runtime), new Map())
    const { device, finish } = halvesOf(dag, [...outputs.values()])
    const given = new Map<string, string>()
    const rest = new Map<string, Value>()
    ;[...outputs.keys()].forEach((name, i) => {
      const { def } = finish[i]!
      if (def.kind === 'input' && device.has(def.name)) given.set(name, def.name)
      else rest.set(name, finish[i]!)
    })
    return new HalvedSession(await half(device, runtime, fixed), await half(rest, processor(runtime)), given)
  }

  /** `feeds` may hold more than is read; what is `held` on the device is not fed to it again. */
  async run(feeds: Tensors, held: Readonly<Record<string, Held>> = {}): Promise<Tensors> {
    const crossed = this.device ? await this.device.session.run(pick(feeds, (name) => this.deviceInputs.has(name) && !(name in held)), held) : {}
    const finished = this.last ? await this.last.session.run(pick({ ...feeds, ...crossed }, (name) => this.lastInputs.has(name))) : {}
    return this.given.size === 0 ? finished : { ...finished, ...Object.fromEntries([...this.given].map(([name, from]) => [name, crossed[from]!])) }
  }

  /** Where the operators of the device's half ran. */
  placements(): Placement[] {
    const placement = this.device?.session.placement?.()
    return placement ? [placement] : []
  }

  async release(): Promise<void> {
    await this.device?.session.release()
    await this.last?.session.release()
  }
}

const pick = (feeds: Tensors, wanted: (name: string) => boolean): Tensors => Object.fromEntries(Object.entries(feeds).filter(([name]) => wanted(name)))
