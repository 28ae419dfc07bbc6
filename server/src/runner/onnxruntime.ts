/** ONNX Runtime as the engine's runtime. The only module that loads it. */
import { createRequire } from 'node:module'
import type * as Ort from 'onnxruntime-node'
import { encodeModel } from '../onnx/encode.ts'
import { DEVICES, isDevice } from '../protocol/devices.ts'
import type { DType, Tensor } from '../onnx/types.ts'
import type { Held, Placement, Runtime, Session, Tensors } from '../scrub/runtime.ts'
import { advice } from './advice.ts'
import { tellingFailures } from './device-failed.ts'
import { profileFile, takePlacement } from './placement.ts'

const require = createRequire(import.meta.url)

/** Names of dtypes in ONNX Runtime's JavaScript interface. */
const ORT_TYPE: Partial<Record<DType, Ort.Tensor.Type>> = {
  float32: 'float32', float64: 'float64', float16: 'float16', int8: 'int8', int16: 'int16', int32: 'int32',
  int64: 'int64', uint8: 'uint8', uint16: 'uint16', uint32: 'uint32', uint64: 'uint64', bool: 'bool', string: 'string',
}

export interface RuntimeOptions {
  readonly device: string
  /** Threads inside one operator; the number of processors when undefined. */
  readonly threads?: number
}

/** Raised for a device that cannot be used: says which and what to do. */
export class ProviderUnavailable extends Error {}

function loaded(): typeof Ort {
  try {
    return require('onnxruntime-node') as typeof Ort
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new ProviderUnavailable(
      code === 'MODULE_NOT_FOUND'
        ? 'ONNX Runtime is not part of this installation of Scrub, so nothing can be computed: install the package for your platform, or run `npm ci` in a clone and use `npx scrub`.'
        : `ONNX Runtime cannot be loaded on this machine, so nothing can be computed (${message.split('\n', 1)[0]}); it comes for Linux with glibc, Windows, and macOS on ARM.`,
    )
  }
}

/**
 * Load ONNX Runtime, with its vendor's telemetry off. Throws ProviderUnavailable for a device that it does not know, and where it cannot
 * be loaded; a device that does not work here shows when the first session is made.
 */
export function openRuntime(options: RuntimeOptions): Runtime {
  // Before the library is loaded: it reads the variable once and would otherwise write a device identifier to disk.
  process.env['ORT_DISABLE_TELEMETRY'] = '1'
  const ort = loaded()
  const { device } = options
  if (device === 'auto' || !isDevice(device)) throw new ProviderUnavailable(`There is no device "${device}": it is one of ${DEVICES.filter((name) => name !== 'auto').join(', ')}.`)
  const cpu = runtimeOn(ort, 'cpu', options)
  if (device === 'cpu') return cpu
  const own = runtimeOn(ort, device, options)
  const both = { ...own, spent: () => own.spent() + cpu.spent(), accelerator: { cpu, ...(device === 'webgpu' ? { hold: holder(ort) } : {}) } }
  return tellingFailures(both, [ProviderUnavailable])
}

function runtimeOn(ort: typeof Ort, device: string, options: RuntimeOptions): Runtime & { readonly spent: () => number } {
  let works: Promise<void> | undefined
  let spent = 0
  return {
    device,
    spent: () => spent,
    version: ort.env.versions.node ?? ort.env.versions.common,
    load: async (model, folder) => {
      if (device !== 'cpu') await (works ??= requireDevice(device))
      const profile = device === 'cpu' ? undefined : profileFile()
      const created = ort.InferenceSession.create(model, {
        executionProviders: [device],
        // Fixed: the level of optimisation is the one setting that changes the last bits of a result.
        graphOptimizationLevel: 'all',
        logSeverityLevel: 3,
        ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
        ...(folder === undefined ? {} : { extra: { session: { model_external_initializers_file_folder_path: folder } } }),
        ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
      })
      try {
        return new OrtSession(ort, await created, profile, (seconds) => (spent += seconds))
      } catch (error) {
        if (profile !== undefined) takePlacement(profile)
        throw error
      }
    },
  }
}

/** Throws ProviderUnavailable where a device does not work: with what is missing, and what to do. */
async function requireDevice(device: string): Promise<void> {
  try {
    await tryDevice(device)
  } catch (error) {
    const bundled = backends().backends[device] ?? false
    const why = advice(device, bundled, error instanceof Error ? error.message : String(error))
    throw new ProviderUnavailable(`Device "${device}" cannot be used on this machine. ${why} Use --device cpu, or see what works here: scrub doctor.`)
  }
}

/** Runs a model of one operator on a device. Throws what ONNX Runtime throws, and ProviderUnavailable without ONNX Runtime. */
export async function tryDevice(device: string): Promise<void> {
  const ort = loaded()
  const type = { dtype: 'float32', shape: [1] } as const
  const model = encodeModel({
    opset: 18,
    inputs: [{ name: 'x', type }],
    outputs: [{ name: 'y', type }],
    ops: [{ name: '', domain: '', opType: 'Add', inputs: ['x', 'x'], outputs: ['y'], attributes: {}, captures: [] }],
  })
  const session = await ort.InferenceSession.create(model, { executionProviders: [device], logSeverityLevel: 4 })
  const { y } = await session.run({ x: new ort.Tensor('float32', [21], [1]) })
  const value = (y!.data as Float32Array)[0]
  if (value !== 42) throw new Error(`21 + 21 is ${value} there`)
}

/** Rows and columns of the matrices, of the first try and of the one that counts; products one after the other, so that only a number crosses. */
const TRY = 256
const LARGE = 1024
const PRODUCTS = 8
/** Seconds of the first try after which a device is known to be slow. */
const SLOW = 0.05

/** Multiplications and additions a second in products of float32 matrices. Throws as `tryDevice`. */
export async function speedOf(device: string): Promise<number> {
  const ort = loaded()
  const measured = async (size: number): Promise<{ seconds: number; speed: number }> => {
    const op = (opType: string, inputs: string[], output: string) => ({ name: output, domain: '', opType, inputs, outputs: [output], attributes: {}, captures: [] })
    const products = Array.from({ length: PRODUCTS }, (_, i) => op('MatMul', [`m${i}`, 'm0'], `m${i + 1}`))
    const model = encodeModel({
      opset: 18,
      inputs: [{ name: 'x', type: { dtype: 'float32', shape: [1, 1] } }],
      outputs: [{ name: 'y', type: { dtype: 'float32', shape: [1, 1] } }],
      ops: [op('Expand', ['x', 'size'], 'm0'), ...products, op('ReduceMax', [`m${PRODUCTS}`], 'y')],
      initializers: [{ name: 'size', dtype: 'int64', dims: [2], source: { kind: 'inline', tensor: { dtype: 'int64', dims: [2], data: BigInt64Array.of(BigInt(size), BigInt(size)) } } }],
    })
    const session = await ort.InferenceSession.create(model, { executionProviders: [device], logSeverityLevel: 4 })
    let seconds = Infinity
    // The first run compiles.
    for (let i = 0; i < 3; i++) {
      const start = performance.now()
      await session.run({ x: new ort.Tensor('float32', [1 / size], [1, 1]) })
      seconds = Math.min(seconds, (performance.now() - start) / 1000)
    }
    await session.release()
    return { seconds, speed: (PRODUCTS * 2 * size ** 3) / seconds }
  }
  const first = await measured(TRY)
  return first.seconds > SLOW ? first.speed : (await measured(LARGE)).speed
}

/** The version of ONNX Runtime, and the devices it knows with whether the package holds them. Throws ProviderUnavailable. */
export function backends(): { readonly version: string; readonly backends: Record<string, boolean> } {
  process.env['ORT_DISABLE_TELEMETRY'] = '1'
  const ort = loaded()
  return { version: ort.env.versions.node ?? ort.env.versions.common, backends: Object.fromEntries(ort.listSupportedBackends().map(({ name, bundled }) => [name, bundled])) }
}

class OrtSession implements Session {
  private readonly ort: typeof Ort
  private readonly session: Ort.InferenceSession
  /** Where ONNX Runtime writes which operators ran where; until the first run is over. */
  private profile: string | undefined
  private placed: Placement | undefined
  private readonly took: (seconds: number) => void

  constructor(ort: typeof Ort, session: Ort.InferenceSession, profile: string | undefined, took: (seconds: number) => void) {
    this.took = took
    this.ort = ort
    this.session = session
    this.profile = profile
  }

  async run(feeds: Tensors, held: Readonly<Record<string, Held>> = {}): Promise<Tensors> {
    const given: Record<string, Ort.Tensor> = {}
    for (const [name, tensor] of Object.entries(feeds)) given[name] = tensorOf(this.ort, tensor)
    for (const [name, tensor] of Object.entries(held)) given[name] = (tensor as OrtHeld).tensor
    const start = performance.now()
    const outputs = await this.session.run(given)
    this.took((performance.now() - start) / 1000)
    if (this.profile !== undefined) {
      this.session.endProfiling()
      this.placed = takePlacement(this.profile)
      this.profile = undefined
    }
    const result: Record<string, Tensor> = {}
    for (const [name, value] of Object.entries(outputs)) {
      result[name] = { dtype: value.type as DType, dims: value.dims, data: value.data as Tensor['data'] }
    }
    return result
  }

  placement(): Placement | undefined {
    return this.placed
  }

  async release(): Promise<void> {
    if (this.profile !== undefined) {
      this.session.endProfiling()
      takePlacement(this.profile)
    }
    await this.session.release()
  }
}

const tensorOf = (ort: typeof Ort, { dtype, data, dims }: Tensor): Ort.Tensor => new ort.Tensor(ORT_TYPE[dtype]!, data as never, dims)

/** In the device's memory. */
class OrtHeld implements Held {
  readonly tensor: Ort.Tensor

  constructor(tensor: Ort.Tensor) {
    this.tensor = tensor
  }

  release(): void {
    this.tensor.dispose()
  }
}

/** Copies by a model that does nothing, whose output stays where it was computed; one for each type and rank. */
function holder(ort: typeof Ort): (tensor: Tensor) => Promise<Held> {
  const sessions = new Map<string, Promise<Ort.InferenceSession>>()
  return async (tensor) => {
    const { dtype, dims } = tensor
    const key = `${dtype} ${dims.length}`
    let session = sessions.get(key)
    if (!session) {
      const type = { dtype, shape: dims.map((_, axis) => `d${axis}`) }
      const model = encodeModel({ opset: 18, inputs: [{ name: 'x', type }], outputs: [{ name: 'y', type }], ops: [{ name: '', domain: '', opType: 'Identity', inputs: ['x'], outputs: ['y'], attributes: {}, captures: [] }] })
      session = ort.InferenceSession.create(model, { executionProviders: ['webgpu'], preferredOutputLocation: 'gpu-buffer', logSeverityLevel: 3 })
      sessions.set(key, session)
    }
    const { y } = await (await session).run({ x: tensorOf(ort, tensor) })
    return new OrtHeld(y!)
  }
}
