/** CUDA without CUDA: what is found in a Python environment, and what is said of what is missing. That it runs is not tested here. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { advice } from '../../src/runner/advice.ts'
import { cudaEnvironment, cudaOfPython } from '../../src/runner/cuda.ts'

function environment(...files: string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'scrub-cuda-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), '')
  }
  return root
}

const PACKAGES = 'lib/python3.12/site-packages'
const WHOLE = [`${PACKAGES}/nvidia/cublas/lib/libcublas.so.12`, `${PACKAGES}/nvidia/cudnn/lib/libcudnn.so.9`, `${PACKAGES}/nvidia/cuda_nvcc/bin/nvcc`, `${PACKAGES}/onnxruntime/capi/libonnxruntime_providers_cuda.so`]

test('the libraries of a Python environment', () => {
  const root = environment(...WHOLE)
  const own = join(root, PACKAGES)
  expect(cudaOfPython({ VIRTUAL_ENV: root })).toEqual({ libraries: [join(own, 'nvidia/cublas/lib'), join(own, 'nvidia/cudnn/lib')], provider: join(own, 'onnxruntime/capi') })
  expect(cudaOfPython({ CONDA_PREFIX: root }).libraries.length).toBe(2)
  expect(cudaOfPython({})).toEqual({ libraries: [], provider: undefined })
  expect(cudaOfPython({ VIRTUAL_ENV: '/nowhere' })).toEqual({ libraries: [], provider: undefined })
})

test.runIf(process.platform === 'linux')('the loader is told of them where ONNX Runtime has its own library, after what it knows', () => {
  const root = environment(...WHOLE)
  const provider = join(root, WHOLE[3]!)
  const folders = ['cublas', 'cudnn'].map((name) => join(root, PACKAGES, 'nvidia', name, 'lib')).join(':')
  expect(cudaEnvironment({ VIRTUAL_ENV: root }, provider)).toEqual({ LD_LIBRARY_PATH: folders })
  expect(cudaEnvironment({ VIRTUAL_ENV: root, LD_LIBRARY_PATH: '/own' }, provider)).toEqual({ LD_LIBRARY_PATH: `/own:${folders}` })
  expect(cudaEnvironment({}, provider)).toEqual({})
  expect(cudaEnvironment({ VIRTUAL_ENV: root }, '/nowhere.so')).toEqual({})
})

const NOTHING = { libraries: [], provider: undefined }
const UNLOADED = 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library'

test.runIf(process.platform === 'linux' && process.arch === 'x64').each([
  ['libcudnn.so.9: cannot open shared object file', NOTHING, /^libcudnn\.so\.9 was not found: install CUDA 12 and cuDNN 9, or put the folders of a Python environment/],
  ['libcudnn.so.9: cannot open shared object file', { libraries: ['/a', '/b'], provider: undefined }, /^libcudnn\.so\.9 was not found: .* 2 folders of the active Python environment do not have it\.$/],
  [UNLOADED, NOTHING, /^The CUDA libraries of ONNX Runtime are not part of the npm package \(.+\): `npm run install:cuda` in a clone fetches them\.$/],
  [UNLOADED, { libraries: [], provider: '/env/capi' }, /fetches them, or copy libonnxruntime_providers_\*\.so of an onnxruntime-gpu of the same version from \/env\/capi beside ONNX Runtime\.$/],
])('%s with %j', (problem, python, expected) => expect(advice('cuda', false, problem, python)).toMatch(expected))
