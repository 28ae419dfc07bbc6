/** ONNX Runtime as the engine's runtime. The only module that loads it. */
import { createRequire } from 'node:module'
import type * as Ort from 'onnxruntime-node'
import { encodeModel } from '../onnx/encode.ts'
import type { DType, Tensor } from '../onnx/types.ts'
import type { Runtime, Session, Tensors } from '../scrub/runtime.ts'

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

/** Load ONNX Runtime, with its vendor's telemetry off. */
export function openRuntime(options: RuntimeOptions): Runtime {
  // Before the library is loaded: it reads the variable once and would otherwise write a device identifier to disk.
  process.env['ORT_DISABLE_TELEMETRY'] = '1'
  const ort = loaded()
  const device = options.device === 'auto' ? 'cpu' : options.device
  if (device !== 'cpu') throw new ProviderUnavailable(`Device "${device}" is not supported yet: use --device cpu.`)
  return {
    device,
    version: ort.env.versions.node ?? ort.env.versions.common,
    load: async (model, folder) => sessionOf(ort, await ort.InferenceSession.create(model, {
      executionProviders: [device],
      // Fixed: the level of optimisation is the one setting that changes the last bits of a result.
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
      ...(folder === undefined ? {} : { extra: { session: { model_external_initializers_file_folder_path: folder } } }),
    })),
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

/** The version of ONNX Runtime, and the devices it knows with whether the package holds them. Throws ProviderUnavailable. */
export function backends(): { readonly version: string; readonly backends: Record<string, boolean> } {
  process.env['ORT_DISABLE_TELEMETRY'] = '1'
  const ort = loaded()
  return { version: ort.env.versions.node ?? ort.env.versions.common, backends: Object.fromEntries(ort.listSupportedBackends().map(({ name, bundled }) => [name, bundled])) }
}

function sessionOf(ort: typeof Ort, session: Ort.InferenceSession): Session {
  return {
    run: async (feeds) => {
      const given: Record<string, Ort.Tensor> = {}
      for (const [name, tensor] of Object.entries(feeds)) given[name] = new ort.Tensor(ORT_TYPE[tensor.dtype]!, tensor.data as never, tensor.dims)
      const outputs = await session.run(given)
      const result: Record<string, Tensor> = {}
      for (const [name, value] of Object.entries(outputs)) {
        result[name] = { dtype: value.type as DType, dims: value.dims, data: value.data as Tensor['data'] }
      }
      return result as Tensors
    },
    release: () => session.release(),
  }
}
