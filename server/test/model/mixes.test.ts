/** The operator that mixes the data of a batch is named; models that treat each datum alone have none. */
import { expect, it } from 'vitest'
import { firstMixing } from '../../src/model/mixes.ts'
import { readModel } from '../../src/model/read.ts'
import { file, floats, ints, type Line } from './build.ts'

const weights = { w: floats([6, 6]), s: ints([0, 24]), t: ints([0, 4, 6]), zero: ints([0]) }
const mixing = async (ops: readonly Line[]) => firstMixing(await readModel(file({ inputs: { x: ['float32', ['n', 4, 6]] }, weights, ops, outputs: ['y'] })))

it('finds a mean over the batch', async () => {
  expect(await mixing([['MatMul', ['x', 'w'], 'a'], ['ReduceMean', ['a', 'zero'], 'b'], ['Sub', ['a', 'b'], 'y']])).toBe('ReduceMean `b`')
})

it('finds nothing where each datum is treated alone', async () => {
  expect(await mixing([['Reshape', ['x', 's'], 'a'], ['Relu', 'a', 'b'], ['Reshape', ['b', 't'], 'c'], ['MatMul', ['c', 'w'], 'y']])).toBeUndefined()
})
