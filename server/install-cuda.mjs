// Fetches the CUDA libraries of ONNX Runtime, which are too large for its npm package: `npm run install:cuda`. CUDA 12 and cuDNN 9 themselves come from elsewhere (docs/devices.md).
import { spawnSync } from 'node:child_process'

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error(`ONNX Runtime offers its CUDA libraries to Node on Linux x64 only, not on ${process.platform} ${process.arch}; WebGPU needs none: scrub run --device webgpu.`)
  process.exit(1)
}
// The environment beats the `skip` of .npmrc, with which every other installation leaves the 300 MB out.
const { status } = spawnSync('npm', ['rebuild', 'onnxruntime-node', '--onnxruntime-node-install=cuda12'], { stdio: 'inherit', env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'cuda12' } })
if (status === 0) console.log('Now `npx scrub doctor` says whether CUDA works, or which library is missing.')
process.exit(status ?? 1)
