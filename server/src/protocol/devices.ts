/** Names of devices, as people write them: `auto`, and the execution providers of ONNX Runtime. */
export const DEVICES = ['auto', 'cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const

export type Device = (typeof DEVICES)[number]

export const isDevice = (name: string): name is Device => (DEVICES as readonly string[]).includes(name)
