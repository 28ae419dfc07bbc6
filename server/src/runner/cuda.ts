/** What of CUDA is on this machine already: the libraries that Python packages bring serve ONNX Runtime too, where the loader is told of them. */
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'

export interface CudaOfPython {
  /** Folders with shared libraries of CUDA and cuDNN (`site-packages/nvidia/…/lib`). */
  readonly libraries: readonly string[]
  /** The folder of onnxruntime-gpu with ONNX Runtime's own CUDA library, where that package is installed. */
  readonly provider: string | undefined
}

/** Looks into the Python environment that is active: `VIRTUAL_ENV`, `CONDA_PREFIX`. */
export function cudaOfPython(env: Readonly<Record<string, string | undefined>> = process.env): CudaOfPython {
  const packages = [env['VIRTUAL_ENV'], env['CONDA_PREFIX']].flatMap((root) => (root ? sitePackages(root) : []))
  const libraries = packages.flatMap((folder) => listed(join(folder, 'nvidia')).map((name) => join(folder, 'nvidia', name, 'lib')).filter((lib) => listed(lib).some((name) => /^lib.*\.so/.test(name))))
  return { libraries, provider: packages.map((folder) => join(folder, 'onnxruntime', 'capi')).find((folder) => existsSync(join(folder, 'libonnxruntime_providers_cuda.so'))) }
}

/** ONNX Runtime's own CUDA library, where `npm run install:cuda` puts it. */
export function cudaProvider(): string {
  const name = 'libonnxruntime_providers_cuda.so'
  try {
    return join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')), 'bin', 'napi-v6', process.platform, process.arch, name)
  } catch {
    return name
  }
}

/** What a process that may use CUDA is started with: the loader reads it once. Nothing where ONNX Runtime has no CUDA. */
export function cudaEnvironment(env: Readonly<Record<string, string | undefined>> = process.env, provider: string = cudaProvider()): Record<string, string> {
  if (process.platform !== 'linux' || !existsSync(provider)) return {}
  const { libraries } = cudaOfPython(env)
  // After what the user has set: that is meant.
  return libraries.length === 0 ? {} : { LD_LIBRARY_PATH: [env['LD_LIBRARY_PATH'], ...libraries].filter(Boolean).join(delimiter) }
}

const sitePackages = (root: string): string[] => listed(join(root, 'lib')).filter((name) => /^python3/.test(name)).map((name) => join(root, 'lib', name, 'site-packages'))

function listed(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}
