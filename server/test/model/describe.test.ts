/** The rows of `scrub graph`. */
import { expect, it } from 'vitest'
import { describeTensors } from '../../src/model/describe.ts'
import { readModel } from '../../src/model/read.ts'
import { file, floats, ints } from './build.ts'

it('one row for each tensor', async () => {
  const graph = await readModel(file({
    inputs: { tokens: ['int64', ['batch', 'seq']] }, weights: { w: floats([9, 4]), a: ints([1]) }, outputs: ['y'],
    domains: { 'com.microsoft': 1 },
    ops: [['Gather', ['w', 'tokens'], 'e'], ['Gelu', 'e', 'g', {}, 'com.microsoft'], ['ReduceMax', ['g', 'a'], 'm', { keepdims: 0 }], ['NonZero', 'm', 'n'], ['Relu', 'm', 'y']],
  }))
  const rows = describeTensors(graph).map(({ name, op, dtype, shape, consumers, isOutput }) => [name, op, dtype, shape, consumers.join(' '), isOutput ? '*' : ''].join(' | '))
  expect(rows).toEqual([
    'tokens | input | int64 | [N, seq] | e | ',
    'e | Gather | float32 | [N, seq, 4] | g | ',
    'g | com.microsoft.Gelu | float32 | [N, seq, 4] | m | ',
    'm | ReduceMax | float32 | [N, 4] | n y | ',
    'n | NonZero | int64 | [2, ?] |  | ',
    'y | Relu | float32 | [N, 4] |  | *',
  ])
})
