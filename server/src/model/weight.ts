/** A TensorProto -> where its values lie, or the values themselves. Sizes are checked before anything is allocated. */
import { realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, resolve } from 'node:path'
import { byteLength, dtypeOf, elementCount, tensorOf, typedArray } from '../onnx/dtype.ts'
import type { TensorProto } from '../onnx/gen/onnx_pb.ts'
import type { DType, Tensor } from '../onnx/types.ts'
import { inside, whatIs } from './file.ts'
import { type Initializer, ModelError } from './graph.ts'
import type { Payload, Skeleton } from './skeleton.ts'
import type { Source } from './source.ts'

/** The largest varint-coded or otherwise decoded payload that is read into memory, in bytes. */
const MOST_DECODED = 256 * 2 ** 20

export interface Place {
  readonly source: Source
  readonly skeleton: Skeleton
  /** Absolute path of the model. */
  readonly path: string
  /** Folder that external data must lie in, where one is set. */
  readonly root: string | undefined
  /** False: files with external data are not looked for. */
  readonly externalCheck: boolean
}

type InitializerSource = Initializer['source']

/** Throws a ModelError that names the tensor. */
export function weightOf(proto: TensorProto, name: string, place: Place): Initializer {
  const dtype = dtypeOf(proto.dataType)
  if (dtype === 'unknown') throw unreadable(place, `the weight \`${name}\` has element type ${proto.dataType}, which is unknown here`)
  const dims = dimsOf(proto, name, place)
  return { name, dtype, dims, source: sourceOf(proto, dtype, dims, name, place) }
}

/** A tensor of an attribute, in memory. */
export function tensorOfAttribute(proto: TensorProto, name: string, place: Place): Tensor {
  const { source, dtype, dims } = weightOf(proto, name, place)
  if (source.kind === 'inline') return source.tensor
  if (source.file !== place.path || source.length > MOST_DECODED) throw unreadable(place, `the tensor in \`${name}\` is too large or lies in another file`)
  return tensorOf(dtype, dims, place.source.bytes(source.offset, source.length))
}

function dimsOf(proto: TensorProto, name: string, place: Place): number[] {
  const dims = proto.dims.map(Number)
  const wrong = dims.find((dim) => dim < 0 || !Number.isSafeInteger(dim))
  if (wrong !== undefined || !Number.isSafeInteger(elementCount(dims) * 16)) {
    throw unreadable(place, `the weight \`${name}\` has the impossible shape [${dims.join(', ')}]`)
  }
  return dims
}

function sourceOf(proto: TensorProto, dtype: DType, dims: readonly number[], name: string, place: Place): InitializerSource {
  if (proto.dataLocation === 1) return external(proto, byteLength(dtype, elementCount(dims)), name, place)
  const payloads = proto.segment === undefined ? [] : place.skeleton.payloads[Number(proto.segment.begin)] ?? []
  const [payload] = payloads
  if (payload === undefined) return { kind: 'inline', tensor: smallTensor(proto, dtype, dims, name, place) }
  if (payloads.length > 1 || holdsValues(proto)) throw unreadable(place, `the values of the weight \`${name}\` are stored in pieces: save the model again with onnx.save`)
  if (rawField(payload, dtype)) {
    demandLength(payload.length, byteLength(dtype, elementCount(dims)), name, place)
    return { kind: 'file', file: place.path, offset: payload.offset, length: payload.length }
  }
  return { kind: 'inline', tensor: varintTensor(payload, dtype, dims, name, place) }
}

function holdsValues(proto: TensorProto): boolean {
  return proto.rawData.length + proto.floatData.length + proto.doubleData.length + proto.int32Data.length
    + proto.int64Data.length + proto.uint64Data.length > 0
}

/** Fields whose packed content is what raw_data would hold. */
function rawField(payload: Payload, dtype: DType): boolean {
  if (payload.field === 9) return true
  if (payload.field === 4) return dtype === 'float32' || dtype === 'complex64'
  return payload.field === 10 && (dtype === 'float64' || dtype === 'complex128')
}

function smallTensor(proto: TensorProto, dtype: DType, dims: readonly number[], name: string, place: Place): Tensor {
  const count = elementCount(dims)
  if (dtype === 'string') {
    demandLength(proto.stringData.length, count, name, place)
    const decoder = new TextDecoder()
    return { dtype, dims, data: proto.stringData.map((text) => decoder.decode(text)) }
  }
  const bytes = byteLength(dtype, count)
  if (proto.rawData.length > 0) {
    demandLength(proto.rawData.length, bytes, name, place)
    return tensorOf(dtype, dims, proto.rawData.slice())
  }
  const values = [proto.floatData, proto.doubleData, proto.int32Data, proto.int64Data, proto.uint64Data]
    .find((data) => data.length > 0) ?? []
  demandLength(values.length, entries(dtype, count), name, place)
  const data = typedArray(dtype, new ArrayBuffer(bytes))
  for (const [index, value] of values.entries()) put(data, index, value)
  return { dtype, dims, data }
}

/** Array elements of a tensor: two for a complex number, one for the packed small ones of a byte. */
function entries(dtype: DType, count: number): number {
  if (dtype.startsWith('complex')) return count * 2
  return /^u?int[24]$|^float4/.test(dtype) ? byteLength(dtype, count) : count
}

function put(data: Tensor['data'], index: number, value: number | bigint): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[index] = BigInt(value)
  else (data as Uint8Array)[index] = Number(value)
}

/** int32_data, int64_data and uint64_data: one varint an element. */
function varintTensor(payload: Payload, dtype: DType, dims: readonly number[], name: string, place: Place): Tensor {
  const count = entries(dtype, elementCount(dims))
  if (![5, 7, 11].includes(payload.field) || count > payload.length || payload.length > MOST_DECODED) {
    throw unreadable(place, `the values of the weight \`${name}\` do not fit its type ${dtype} and shape [${dims.join(', ')}]`)
  }
  const bytes = place.source.bytes(payload.offset, payload.length)
  const data = typedArray(dtype, new ArrayBuffer(byteLength(dtype, elementCount(dims))))
  let at = 0
  for (let index = 0; index < count; index++) {
    let low = 0
    let high = 0
    let shift = 0
    for (let more = true; more; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined || shift > 63) throw unreadable(place, `the values of the weight \`${name}\` are damaged`)
      if (shift < 28) low |= (byte & 0x7f) << shift
      else if (shift === 28) {
        low |= (byte & 0x0f) << 28
        high = (byte & 0x7f) >> 4
      } else high |= (byte & 0x7f) << (shift - 32)
      more = byte > 0x7f
    }
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
      data[index] = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
    } else (data as Uint8Array)[index] = dtype === 'uint32' ? low >>> 0 : low
  }
  demandLength(bytes.length, at, name, place)
  return { dtype, dims, data }
}

function external(proto: TensorProto, bytes: number, name: string, place: Place): InitializerSource {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]))
  const location = entries.get('location') ?? ''
  const offset = Number(entries.get('offset') ?? 0)
  const folder = dirname(place.path)
  const file = resolve(folder, location)
  if (location === '' || !Number.isSafeInteger(offset) || offset < 0) {
    throw unreadable(place, `the weight \`${name}\` does not say where its values are`)
  }
  if (isAbsolute(location) || !inside(folder, file)) {
    throw new ModelError('outside-root', `${basename(place.path)} keeps the weight \`${name}\` in \`${location}\`, outside of the model's own folder: move that file beside the model and save it again with onnx.save.`)
  }
  const length = Number(entries.get('length') ?? bytes)
  if (!Number.isSafeInteger(length)) throw unreadable(place, `the weight \`${name}\` does not say how long its values are`)
  demandLength(length, bytes, name, place)
  if (place.externalCheck) demandFile(file, location, offset + length, name, place)
  return { kind: 'file', file, offset, length }
}

const sizes = new WeakMap<Place, Map<string, number>>()

function demandFile(file: string, location: string, end: number, name: string, place: Place): void {
  const known = sizes.get(place) ?? new Map<string, number>()
  sizes.set(place, known)
  let size = known.get(file)
  if (size === undefined) {
    const found = whatIs(file, (code) => unreadable(place, `its weights are in \`${location}\`, which cannot be opened (${code}): put that file beside the model`))
    if (found === undefined || !found.isFile()) {
      throw unreadable(place, `its weights are in \`${location}\`, which is not there: put that file beside the model`)
    }
    const real = realpathSync(file)
    if (place.root !== undefined && !inside(realpathSync(place.root), real)) {
      throw new ModelError('outside-root', `${basename(place.path)} keeps its weights in \`${location}\`, which leads out of ${place.root}.`)
    }
    // Stores of downloads keep a model and its weights beside one another, and links to both.
    const folders = [realpathSync(dirname(place.path)), dirname(realpathSync(place.path))]
    if (place.root === undefined && !folders.some((folder) => inside(folder, real))) {
      throw new ModelError('outside-root', `${basename(place.path)} keeps its weights in \`${location}\`, a link that leads out of the model's own folder: put the file itself beside the model, or allow a folder with --root.`)
    }
    size = found.size
    known.set(file, size)
  }
  if (end > size) {
    throw unreadable(place, `\`${location}\` has ${size} bytes, but the weight \`${name}\` ends at ${end}: the file is cut off or belongs to another model; copy it again`)
  }
}

function demandLength(found: number, expected: number, name: string, place: Place): void {
  if (found !== expected) throw unreadable(place, `the weight \`${name}\` has ${found} of the ${expected} values or bytes that its shape asks for`)
}

function unreadable(place: Place, problem: string): ModelError {
  return new ModelError('model-unreadable', `${basename(place.path)} cannot be read: ${problem}.`)
}
