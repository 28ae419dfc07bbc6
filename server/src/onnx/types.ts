/** Types of tensors, constants and operators, shared by everything that reads or writes ONNX. Plain data. */

export type DType =
  | 'float32' | 'float64' | 'float16' | 'bfloat16'
  | 'int8' | 'int16' | 'int32' | 'int64' | 'uint8' | 'uint16' | 'uint32' | 'uint64'
  | 'bool' | 'string' | 'complex64' | 'complex128'
  | 'float8e4m3fn' | 'float8e4m3fnuz' | 'float8e5m2' | 'float8e5m2fnuz' | 'uint4' | 'int4' | 'float4e2m1'
  | 'float8e8m0' | 'uint2' | 'int2'
  | 'unknown'

/**
 * One axis: a known length, or a symbol. The symbol of the batch axis is `BATCH`; products are written `42*N`;
 * a length nothing is known about is a fresh symbol starting with `?`.
 */
export type Dim = number | string

/** The axis along which data lie. */
export const BATCH = 'N'

/** `shape` is undefined when not even the rank is known. */
export interface TensorType {
  readonly dtype: DType
  readonly shape: readonly Dim[] | undefined
}

export type TypedArray =
  | Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | BigInt64Array
  | Uint8Array | Uint16Array | Uint32Array | BigUint64Array

/**
 * A tensor held in memory, row-major. int64 is a BigInt64Array, bool a Uint8Array of 0 and 1, float16 and bfloat16
 * a Uint16Array of their bits; complex numbers lie as real, imaginary; types under 8 bits and float8 are a Uint8Array of
 * their (packed) bytes; strings are an array of strings.
 */
export interface Tensor {
  readonly dtype: DType
  readonly dims: readonly number[]
  readonly data: TypedArray | readonly string[]
}

/** A weight: its bytes, or where they lie. Inline for small ones and those whose encoding cannot be referred to. */
export interface Initializer {
  readonly name: string
  readonly dtype: DType
  readonly dims: readonly number[]
  readonly source:
    | { readonly kind: 'inline'; readonly tensor: Tensor }
    /** Little-endian raw data in a file; `file` is absolute. */
    | { readonly kind: 'file'; readonly file: string; readonly offset: number; readonly length: number }
}

export type Attribute =
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'ints'; readonly value: readonly bigint[] }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'tensor'; readonly value: Tensor }
  /** Anything else (subgraphs, sparse tensors, types): the encoded AttributeProto, carried along unread. */
  | { readonly type: 'raw'; readonly value: Uint8Array }

export type Attributes = Readonly<Record<string, Attribute>>

/** An operator in the form of opset 18 or later (older models are upgraded when they are read). */
export interface Op {
  readonly name: string
  readonly opType: string
  /** '' for the standard operators. */
  readonly domain: string
  readonly attributes: Attributes
  /** Tensor names; '' for an omitted optional input. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Names of outer tensors that subgraphs (If, Loop, Scan) read without listing them as inputs. */
  readonly captures: readonly string[]
}
