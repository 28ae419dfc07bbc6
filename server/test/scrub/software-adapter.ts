/**
 * Vulkan in software, as Chromium brings it: WebGPU runs where there is no graphics card, very slowly. Import it before anything that loads
 * ONNX Runtime.
 */
import { existsSync } from 'node:fs'

const ICD = '/usr/lib/chromium/vk_swiftshader_icd.json'
const LOADER = ['/usr/lib/x86_64-linux-gnu/libvulkan.so.1', '/usr/lib/aarch64-linux-gnu/libvulkan.so.1', '/usr/lib64/libvulkan.so.1']

/** `.ci/run` installs it and sets the variable: there its absence is a failure, elsewhere the tests are left out. */
export const hasAdapter = process.env['SCRUB_ADAPTER'] === 'required' || (existsSync(ICD) && LOADER.some((file) => existsSync(file)))

/** For processes that are to find this adapter, or none. */
export const ADAPTER = { VK_ICD_FILENAMES: ICD }
export const NO_ADAPTER = { VK_ICD_FILENAMES: '/nowhere.json' }

Object.assign(process.env, ADAPTER)
