/** What the encoder writes is what a protobuf library and ONNX Runtime read. */
import { fromBinary } from '@bufbuild/protobuf'
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encodeModel } from '../../src/onnx/encode.ts'
import { ModelProtoSchema } from '../../src/onnx/gen/onnx_pb.ts'
import { inlineInitializers } from '../../src/onnx/inline.ts'
import type { Attribute, Initializer, Op } from '../../src/onnx/types.ts'
import { floats, folder, op } from '../model/build.ts'
import { run, tensor } from '../model/runtime.ts'

const matmul: Op = op(['MatMul', ['x', 'w'], 'y'])
const ports = { inputs: [{ name: 'x', type: { dtype: 'float32', shape: ['N', 3] } }], outputs: [{ name: 'y' }] } as const

/** A weight of 3 x 2 whose bytes begin at `offset` of a file. */
function inFile(offset: number): Initializer {
  const file = join(folder, `weights${offset}.bin`)
  const bytes = new Uint8Array(offset + 24)
  bytes.set(new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer), offset)
  writeFileSync(file, bytes)
  return { name: 'w', dtype: 'float32', dims: [3, 2], source: { kind: 'file', file, offset, length: 24 } }
}

describe('encodeModel', () => {
  it('writes every kind of attribute', () => {
    const attributes: Record<string, Attribute> = {
      int: { type: 'int', value: -3n }, float: { type: 'float', value: 0.5 }, string: { type: 'string', value: 'größer' },
      ints: { type: 'ints', value: [1n, -(2n ** 62n), 2n ** 62n] }, floats: { type: 'floats', value: [1, -2] },
      strings: { type: 'strings', value: ['a', 'b'.repeat(300)] }, tensor: { type: 'tensor', value: floats([2], [7, 8]) },
    }
    const bytes = encodeModel({ opset: 18, domains: new Map([['my.domain', 3]]), ...ports, ops: [{ ...matmul, domain: 'my.domain', attributes }] })
    const model = fromBinary(ModelProtoSchema, bytes)
    expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 18n], ['my.domain', 3n]])
    const by = Object.fromEntries(model.graph!.node[0]!.attribute.map((attribute) => [attribute.name, attribute]))
    expect(by.int).toMatchObject({ type: 2, i: -3n })
    expect(by.float).toMatchObject({ type: 1, f: 0.5 })
    expect(new TextDecoder().decode(by.string!.s)).toBe('größer')
    expect(by.ints).toMatchObject({ type: 7, ints: [1n, -(2n ** 62n), 2n ** 62n] })
    expect(by.floats).toMatchObject({ type: 6, floats: [1, -2] })
    expect(by.strings!.strings.map((text) => text.length)).toEqual([1, 300])
    expect(by.tensor!.t).toMatchObject({ dataType: 1, dims: [2n] })
  })

  it('writes shapes, symbols and missing types', () => {
    const model = fromBinary(ModelProtoSchema, encodeModel({ opset: 20, irVersion: 9, ...ports, ops: [matmul] }))
    expect(model.irVersion).toBe(9n)
    const type = model.graph!.input[0]!.type!.value
    expect(type.case === 'tensorType' && type.value.shape?.dim.map(({ value }) => value.value)).toEqual(['N', 3n])
    expect(model.graph!.output[0]!.type).toBeUndefined()
  })

  it('survives large weights and many operators without growing wrongly', () => {
    const ops = Array.from({ length: 3000 }, (_, index) => op(['Identity', index === 0 ? 'x' : `t${index - 1}`, `t${index}`]))
    const model = fromBinary(ModelProtoSchema, encodeModel({ opset: 18, ...ports, ops, initializers: [{ name: 'w', tensor: floats([1000, 1000]) }] }))
    expect(model.graph!.node.length).toBe(3000)
    expect(model.graph!.initializer[0]!.rawData.length).toBe(4_000_000)
  })

  for (const offset of [0, 4, 7, 4096, 5001]) {
    it(`refers to bytes of a file at offset ${offset}`, async () => {
      const bytes = encodeModel({ opset: 18, ...ports, ops: [matmul], initializers: [inFile(offset)] }, { folder })
      const { y } = await run(bytes, { x: tensor('float32', [1, 1, 1], [1, 3]) }, folder)
      expect([...y!.data as Float32Array]).toEqual([9, 12])
    })
  }

  it('refers to bytes beyond 4 GB', async () => {
    const file = join(folder, 'sparse.bin')
    const offset = 2 ** 32 + 13
    const handle = openSync(file, 'w')
    writeSync(handle, new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer), 0, 24, offset)
    closeSync(handle)
    const weight: Initializer = { name: 'w', dtype: 'float32', dims: [3, 2], source: { kind: 'file', file, offset, length: 24 } }
    const bytes = encodeModel({ opset: 18, ...ports, ops: [matmul], initializers: [weight] }, { folder })
    const { y } = await run(bytes, { x: tensor('float32', [1, 1, 1], [1, 3]) }, folder)
    rmSync(file)
    expect([...y!.data as Float32Array]).toEqual([9, 12])
  })

  it('demands a folder for bytes in files', () => {
    expect(() => encodeModel({ opset: 18, ...ports, ops: [matmul], initializers: [inFile(0)] })).toThrow(/name the folder/)
  })

  it('reads weights into memory up to a size', async () => {
    expect(inlineInitializers([inFile(7)], 23)[0]!.source.kind).toBe('file')
    const weights = inlineInitializers([inFile(7)], 24)
    const { y } = await run(encodeModel({ opset: 18, ...ports, ops: [matmul], initializers: weights }), { x: tensor('float32', [1, 1, 1], [1, 3]) })
    expect([...y!.data as Float32Array]).toEqual([9, 12])
  })
})
