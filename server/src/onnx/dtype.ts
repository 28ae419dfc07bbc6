/** Element types: their numbers in ONNX files, their sizes, the typed arrays that hold them. */
import type { DType, Tensor, TypedArray } from './types.ts'

/** Indexed by TensorProto.DataType. */
const BY_CODE: readonly DType[] = [
  'unknown', 'float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool', 'float16', 'float64',
  'uint32', 'uint64', 'complex64', 'complex128', 'bfloat16', 'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2',
  'float8e5m2fnuz', 'uint4', 'int4', 'float4e2m1', 'float8e8m0', 'uint2', 'int2',
]

const CODES = new Map(BY_CODE.map((dtype, code) => [dtype, code]))

const BITS: Readonly<Record<DType, number>> = {
  float32: 32, float64: 64, float16: 16, bfloat16: 16,
  int8: 8, int16: 16, int32: 32, int64: 64, uint8: 8, uint16: 16, uint32: 32, uint64: 64,
  bool: 8, string: 0, complex64: 64, complex128: 128,
  float8e4m3fn: 8, float8e4m3fnuz: 8, float8e5m2: 8, float8e5m2fnuz: 8, float8e8m0: 8,
  uint4: 4, int4: 4, float4e2m1: 4, uint2: 2, int2: 2, unknown: 0,
}

/** 'unknown' for a number that no version of ONNX up to 1.19 uses. */
export function dtypeOf(code: number): DType {
  return BY_CODE[code] ?? 'unknown'
}

/** The number of a type in TensorProto.DataType. */
export function codeOf(dtype: DType): number {
  return CODES.get(dtype) ?? 0
}

/** Bytes that `count` elements take in raw data; 0 for strings, which have no fixed size. */
export function byteLength(dtype: DType, count: number): number {
  return Math.ceil((count * BITS[dtype]) / 8)
}

/** True for the types whose values shapes and indices are made of. */
export function isInteger(dtype: DType): boolean {
  return dtype === 'int64' || dtype === 'int32' || /^u?int\d/.test(dtype)
}

/** The product of the lengths; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  let count = 1
  for (const dim of dims) count *= dim
  return count
}

/** A view of a buffer as elements of a type: see `Tensor` for the form of each type. */
export function typedArray(dtype: DType, buffer: ArrayBuffer): TypedArray {
  switch (dtype) {
    case 'float32': case 'complex64': return new Float32Array(buffer)
    case 'float64': case 'complex128': return new Float64Array(buffer)
    case 'float16': case 'bfloat16': case 'uint16': return new Uint16Array(buffer)
    case 'int8': return new Int8Array(buffer)
    case 'int16': return new Int16Array(buffer)
    case 'int32': return new Int32Array(buffer)
    case 'uint32': return new Uint32Array(buffer)
    case 'int64': return new BigInt64Array(buffer)
    case 'uint64': return new BigUint64Array(buffer)
    default: return new Uint8Array(buffer)
  }
}

/** The little-endian bytes of a numeric tensor, without a copy. */
export function bytesOf(tensor: Tensor): Uint8Array {
  const { data } = tensor
  if (!ArrayBuffer.isView(data)) throw new TypeError('a string tensor has no raw bytes')
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

/** A tensor from its little-endian bytes; copies only where the bytes are not aligned for the type. */
export function tensorOf(dtype: DType, dims: readonly number[], bytes: Uint8Array): Tensor {
  const exact = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength
  const buffer = exact ? bytes.buffer : bytes.slice().buffer
  return { dtype, dims, data: typedArray(dtype, buffer as ArrayBuffer) }
}
