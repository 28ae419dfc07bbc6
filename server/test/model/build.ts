/** Small models from short descriptions, written with the encoder into a temporary folder. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { encodeModel, type NamedTensor } from '../../src/onnx/encode.ts'
import type { Attribute, Dim, DType, Op, Tensor } from '../../src/onnx/types.ts'

export const folder = mkdtempSync(join(tmpdir(), 'scrub-model-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Attributes in plain form: whole numbers are ints, `f` makes floats. */
export type Plain = number | string | readonly number[] | Attribute

/** ['Relu', 'x', 'y'] or ['Split', ['x'], ['a', 'b'], { axis: 1 }, 'com.microsoft'] */
export type Line = readonly [opType: string, inputs: string | readonly string[], outputs: string | readonly string[], attributes?: Readonly<Record<string, Plain>>, domain?: string]

export interface Description {
  readonly opset?: number
  readonly domains?: Readonly<Record<string, number>>
  readonly inputs: Readonly<Record<string, readonly [DType, readonly Dim[]]>>
  readonly weights?: Readonly<Record<string, Tensor>>
  readonly ops: readonly Line[]
  readonly outputs: readonly string[]
}

export function f(value: number | readonly number[]): Attribute {
  return typeof value === 'number' ? { type: 'float', value } : { type: 'floats', value }
}

export function floats(dims: readonly number[], values?: readonly number[]): Tensor {
  const count = dims.reduce((product, dim) => product * dim, 1)
  return { dtype: 'float32', dims, data: Float32Array.from({ length: count }, (_, index) => values?.[index] ?? Math.cos(index * 1.7) * 0.5) }
}

export function ints(values: readonly number[] | number, dims?: readonly number[]): Tensor {
  const list = typeof values === 'number' ? [values] : values
  return { dtype: 'int64', dims: dims ?? (typeof values === 'number' ? [] : [list.length]), data: BigInt64Array.from(list, BigInt) }
}

export function attribute(value: Plain): Attribute {
  if (typeof value === 'number') return { type: 'int', value: BigInt(value) }
  if (typeof value === 'string') return { type: 'string', value }
  return 'type' in value ? value : { type: 'ints', value: value.map(BigInt) }
}

export function op([opType, inputs, outputs, attributes = {}, domain = '']: Line): Op {
  const list = (names: string | readonly string[]) => (typeof names === 'string' ? [names] : names)
  return {
    name: '', opType, domain, inputs: list(inputs), outputs: list(outputs), captures: [],
    attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, attribute(value)])),
  }
}

export function bytes({ opset = 18, domains = {}, inputs, weights = {}, ops, outputs }: Description): Uint8Array {
  return encodeModel({
    opset,
    domains: new Map(Object.entries(domains)),
    inputs: Object.entries(inputs).map(([name, [dtype, shape]]) => ({ name, type: { dtype, shape } })),
    outputs: outputs.map((name) => ({ name })),
    ops: ops.map(op),
    initializers: Object.entries(weights).map(([name, tensor]): NamedTensor => ({ name, tensor })),
  })
}

let count = 0

/** Path of a new file with the bytes, or the model, in it. */
export function file(content: Uint8Array | string | Description, name = `model${count++}.onnx`): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' || content instanceof Uint8Array ? content : bytes(content))
  return path
}
