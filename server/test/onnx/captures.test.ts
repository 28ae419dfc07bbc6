/** A branch that reads an outer tensor still finds it after the tensor got another name. */
import { expect, it } from 'vitest'
import { withRenamedCaptures } from '../../src/onnx/captures.ts'
import { encodeGraphAttribute, encodeModel } from '../../src/onnx/encode.ts'
import type { Op } from '../../src/onnx/types.ts'
import { op } from '../model/build.ts'
import { run, tensor } from '../model/runtime.ts'

it('renames what branches capture', async () => {
  const branch = (name: string, opType: string) => ({
    type: 'raw',
    value: encodeGraphAttribute(name, { name, inputs: [], outputs: [{ name: `${name}.out` }], ops: [op([opType, ['old', 'old'], `${name}.out`])] }),
  }) as const
  const choice: Op = { ...op(['If', 'c', 'y']), captures: ['old'], attributes: { then_branch: branch('then_branch', 'Add'), else_branch: branch('else_branch', 'Sub') } }
  const renamed = withRenamedCaptures(choice, new Map([['old', 'new']]))
  expect(renamed.captures).toEqual(['new'])
  const bytes = encodeModel({
    opset: 18, outputs: [{ name: 'y' }], ops: [op(['Relu', 'x', 'new']), renamed],
    inputs: [{ name: 'x', type: { dtype: 'float32', shape: [2] } }, { name: 'c', type: { dtype: 'bool', shape: [] } }],
  })
  const x = tensor('float32', [3, -4], [2])
  expect([...(await run(bytes, { x, c: tensor('bool', [1], []) })).y!.data as Float32Array]).toEqual([6, 0])
  expect([...(await run(bytes, { x, c: tensor('bool', [0], []) })).y!.data as Float32Array]).toEqual([0, 0])
})
