/** What the engine asks of a runtime. The runner implements it with ONNX Runtime; nothing here loads it. */
import type { Tensor } from '../onnx/types.ts'

export type Tensors = Readonly<Record<string, Tensor>>

export interface Session {
  run(feeds: Tensors): Promise<Tensors>
  release(): Promise<void>
}

export interface Runtime {
  /** Device that runs sessions: `cpu`, `webgpu`, … */
  readonly device: string
  /** Version of ONNX Runtime. */
  readonly version: string
  /** `folder`: what external data of the model are relative to. */
  load(model: Uint8Array, folder?: string): Promise<Session>
}

/** Called between batches: lets messages in, and throws `Cancelled` when the run was cancelled. */
export type Breathe = () => Promise<void>

export class Cancelled extends Error {}
