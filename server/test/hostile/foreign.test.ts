/**
 * Models that are not ours: every operator that ONNX ever had, in each opset that is read; and those of a folder, for instance ONNX's own
 * test models (Debian's libonnx-testdata, 1,072 of them), with SCRUB_MODELS=FOLDER. Each opens or gets one clear sentence.
 */
import { create, toBinary } from '@bufbuild/protobuf'
import { existsSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { ModelProtoSchema } from '../../src/onnx/gen/onnx_pb.ts'
import { only } from './case.ts'
import { modelsIn, tryModels } from './foreign.ts'
import { Judge } from './judge.ts'
import { type Operator, OPERATORS } from './operators.ts'

const judge = new Judge()
afterAll(() => judge.stop())

const tensor = (name: string, dims: readonly string[]) => ({ name, type: { value: { case: 'tensorType' as const, value: { elemType: 1, shape: { dim: dims.map((dim) => ({ value: { case: 'dimParam' as const, value: dim } })) } } } } })
const vector = (name: string, values: readonly bigint[]) => ({ name, dims: [BigInt(values.length)], dataType: 7, int64Data: [...values] })

/** The first input is the model's, the others small integers, so that shapes can be told. */
function modelOf({ name, domain, inputs, outputs }: Operator, opset: number) {
  const input = Array.from({ length: inputs }, (_, i) => (i === 0 ? 'x' : `w${i}`))
  return only('model.onnx', toBinary(ModelProtoSchema, create(ModelProtoSchema, {
    irVersion: 8n, opsetImport: [{ domain: '', version: BigInt(opset) }, { domain: 'com.microsoft', version: 1n }],
    graph: {
      name: 'g', input: [tensor('x', ['batch', 'seq', 'width'])], output: [{ name: 'y0' }], initializer: input.slice(1).map((own, i) => vector(own, [1n, BigInt(i)])),
      node: [{ opType: name, domain, input, output: Array.from({ length: outputs }, (_, i) => `y${i}`) }],
    },
  })))
}

describe('every operator', () => {
  test.each([7, 11, 13, 17, 18, 23, 26])('opset %i', async (opset) => {
    let opened = 0
    for (const operator of OPERATORS) {
      const { outcome, fault } = await judge.judge('model', modelOf(operator, opset))
      expect(fault, operator.name).toBeUndefined()
      opened += Number(outcome === 'opened')
    }
    expect(opened).toBeGreaterThan(OPERATORS.length * 0.8)
  })
})

const folder = process.env['SCRUB_MODELS'] ?? ['/usr/share/libonnx-testdata/data'].find((path) => existsSync(path))

test.runIf(folder !== undefined)('test models of other projects', async () => {
  const { opened, refused, faults } = await tryModels(modelsIn(folder!))
  expect(faults).toEqual([])
  expect(opened + refused).toBeGreaterThan(0)
}, 600_000)
