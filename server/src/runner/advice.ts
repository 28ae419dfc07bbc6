/** What to do about a device that does not work. */
import { cudaOfPython, type CudaOfPython } from './cuda.ts'

/** One sentence for what ONNX Runtime says, and what to do; `python` is what of CUDA the active Python environment has. */
export function advice(device: string, bundled: boolean, problem: string, python: CudaOfPython = cudaOfPython()): string {
  const missing = /\b((?:lib)[\w+.-]+\.(?:so|dylib)[\w.]*|[\w-]+\.dll)\b/.exec(problem)?.[1]
  // Without the places in ONNX Runtime's sources that it comes from.
  const first = problem.split('\n', 1)[0]!.replace(/^\/onnxruntime_src\/.*? was false\. /, '').replace(/\.$/, '').slice(0, 160)
  if (device === 'cuda' && !bundled) return cudaAdvice(missing, first, python)
  if (/backend not found/.test(problem)) return `ONNX Runtime for ${process.platform} ${process.arch} does not have it.`
  if (device === 'webgpu') return `No graphics adapter could be used (${first}): it needs a driver for Vulkan, Metal or Direct3D 12.`
  return missing ? `${missing} was not found (${first}).` : `${first}.`
}

function cudaAdvice(missing: string | undefined, first: string, { libraries, provider }: CudaOfPython): string {
  if (process.platform !== 'linux' || process.arch !== 'x64') return `ONNX Runtime offers CUDA to Node on Linux x64 only (${first}).`
  if (missing && !/providers_(cuda|shared)/.test(missing)) {
    const where = libraries.length === 0
      ? 'install CUDA 12 and cuDNN 9, or put the folders of a Python environment that has them (site-packages/nvidia/*/lib) into LD_LIBRARY_PATH'
      : `install CUDA 12 and cuDNN 9; the libraries in ${libraries.length} folders of the active Python environment do not have it`
    return `${missing} was not found: ${where}.`
  }
  const other = provider === undefined ? '' : `, or copy libonnxruntime_providers_*.so of an onnxruntime-gpu of the same version from ${provider} beside ONNX Runtime`
  return `The CUDA libraries of ONNX Runtime are not part of the npm package (${first}): \`npm run install:cuda\` in a clone fetches them${other}.`
}
