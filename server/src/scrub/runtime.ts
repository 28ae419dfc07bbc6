/** What the engine asks of a runtime. The runner implements it with ONNX Runtime; nothing here loads it. */
import type { Tensor } from '../onnx/types.ts'

export type Tensors = Readonly<Record<string, Tensor>>

/** A tensor that lies in the device's memory until it is released. */
export interface Held {
  release(): void
}

/** Which operators of a session ran where: all of them, and those that the device left to the processor, by operator and type. */
export interface Placement {
  readonly operators: number
  readonly onCpu: ReadonlyMap<string, number>
}

export interface Session {
  /** `held`: further inputs, which lie on the device already. */
  run(feeds: Tensors, held?: Readonly<Record<string, Held>>): Promise<Tensors>
  release(): Promise<void>
  /** Known after the first run on a device other than the processor. */
  readonly placement?: () => Placement | undefined
}

export interface Runtime {
  /** Device that runs sessions: `cpu`, `webgpu`, … */
  readonly device: string
  /** Version of ONNX Runtime. */
  readonly version: string
  /** `folder`: what external data of the model are relative to. */
  load(model: Uint8Array, folder?: string): Promise<Session>
  /** Seconds that calls of its sessions took so far, those on the processor of the same machine included. */
  readonly spent?: () => number
  /** Why this device, in a sentence, where it was chosen. */
  readonly reason?: string
  /** What only a device other than the processor has. */
  readonly accelerator?: Accelerator
}

export interface Accelerator {
  /** The processor of the same machine. */
  readonly cpu: Runtime
  /** Copies a tensor into the device's memory; undefined where a session can only be fed from that of the processor. */
  readonly hold?: (tensor: Tensor) => Promise<Held>
}

/** `work`: a rough count of the multiplications and additions that a run will take, for who chooses by it. */
export type OpenRuntime = (work: () => number) => Runtime | Promise<Runtime>

/** The processor: for what needs float64, or is over before a device has begun. */
export const processor = (runtime: Runtime): Runtime => runtime.accelerator?.cpu ?? runtime

/** Called between batches: lets messages in, and throws `Cancelled` when the run was cancelled. */
export type Breathe = () => Promise<void>

export class Cancelled extends Error {}
