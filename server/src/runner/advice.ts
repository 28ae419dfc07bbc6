/** What to do about a device that does not work. */

/** One sentence for what ONNX Runtime says, and what to do. */
export function advice(device: string, bundled: boolean, problem: string): string {
  const missing = /\b((?:lib)[\w+.-]+\.(?:so|dylib)[\w.]*|[\w-]+\.dll)\b/.exec(problem)?.[1]
  // Without the places in ONNX Runtime's sources that it comes from.
  const first = problem.split('\n', 1)[0]!.replace(/^\/onnxruntime_src\/.*? was false\. /, '').replace(/\.$/, '').slice(0, 160)
  if (device === 'cuda' && !bundled && !/providers_cuda/.test(problem) && missing) return `${missing} was not found: install CUDA 12 and cuDNN 9, or put the folder of a Python environment that has them (site-packages/nvidia/*/lib) into LD_LIBRARY_PATH.`
  if (device === 'cuda' && !bundled) return `The CUDA libraries of ONNX Runtime are not part of the npm package (${first}).`
  if (device === 'webgpu') return `No graphics adapter could be used (${first}): it needs a driver for Vulkan, Metal or Direct3D 12.`
  return missing ? `${missing} was not found (${first}).` : `${first}.`
}
