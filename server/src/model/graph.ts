/** The graph of a model: structure, types and symbolic shapes. Weights stay in the file. */
import { oneLine } from '../onnx/one-line.ts'
import type { Dim, Initializer, Op, TensorType } from '../onnx/types.ts'

export type { Initializer }

/** A tensor with a name: a model input or the output of an operator. Weights are not in this table. */
export interface TensorInfo {
  readonly name: string
  readonly type: TensorType
  /** Index into `ops`; undefined for a model input. */
  readonly producer: number | undefined
  /** Indices into `ops`. */
  readonly consumers: readonly number[]
}

export interface ModelGraph {
  /** Absolute path. */
  readonly path: string
  readonly irVersion: number
  /** Opset of the standard domain after the upgrade (at least 18), and of every other domain. */
  readonly opset: number
  readonly domains: ReadonlyMap<string, number>
  /** As in the file, before the upgrade. */
  readonly fileOpset: number
  readonly producerName: string
  /** Inputs without an initializer, batch axis first as `BATCH`. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly tensors: ReadonlyMap<string, TensorInfo>
  /** Topologically sorted. */
  readonly ops: readonly Op[]
  readonly initializers: ReadonlyMap<string, Initializer>
  /** Model-local functions, encoded, carried along unread. */
  readonly functions: readonly Uint8Array[]
}

/** Raised for a file that cannot be read as a model: message says what, where and what to do. */
export class ModelError extends Error {
  readonly code: 'model-unreadable' | 'fixed-batch' | 'outside-root'
  constructor(code: ModelError['code'], message: string) {
    super(oneLine(message))
    this.code = code
  }
}

/** Lengths of symbolic axes that are known from the data, by input: `{ tokens: [42] }` (without the batch axis). */
export type RowShapes = ReadonlyMap<string, readonly Dim[]>
