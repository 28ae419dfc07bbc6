/** Partitions: which values are equal, and what is told of them. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Tensor } from '../../src/onnx/types.ts'
import { anyClass, classesOf, describeClasses, exactClasses } from '../../src/scrub/classes.ts'

const tensor = (dtype: Tensor['dtype'], dims: number[], data: Tensor['data']): Tensor => ({ dtype, dims, data })

test.each([
  ['NaN equals NaN', tensor('float32', [4], Float32Array.of(NaN, 1, NaN, 2)), [0, 1, 0, 2]],
  ['-0 equals 0', tensor('float64', [3], Float64Array.of(0, -0, 1)), [0, 0, 1]],
  ['rows are compared as wholes', tensor('int64', [3, 2], BigInt64Array.of(1n, 2n, 2n, 1n, 1n, 2n)), [0, 1, 0]],
  ['booleans', tensor('bool', [4], Uint8Array.of(1, 0, 0, 1)), [0, 1, 1, 0]],
  ['float64 beyond float32', tensor('float64', [2], Float64Array.of(1, 1 + 2 ** -40)), [0, 1]],
  ['int64 beyond 2^53', tensor('int64', [2], BigInt64Array.of(2n ** 60n, 2n ** 60n + 1n)), [0, 1]],
  ['empty rows are all equal', tensor('float32', [3, 0], new Float32Array(0)), [0, 0, 0]],
])('%s', (_, values, wanted) => {
  expect([...classesOf([values], values.dims[0]!).of]).toEqual(wanted)
})

test('a tuple divides as finely as its parts together', () => {
  const a = tensor('int64', [4], BigInt64Array.of(0n, 0n, 1n, 1n))
  const b = tensor('float32', [4], Float32Array.of(0, 1, 0, 0))
  expect([...classesOf([a, b], 4).of]).toEqual([0, 1, 2, 2])
})

test('order and start list every class in ascending order of datum', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 60 }), (values) => {
      const classes = classesOf([tensor('int64', [values.length], BigInt64Array.from(values, (v) => BigInt(v)))], values.length)
      expect(classes.count).toBe(new Set(values).size)
      for (let c = 0; c < classes.count; c++) {
        const members = [...classes.order.subarray(classes.start[c], classes.start[c + 1])]
        expect(members).toEqual(values.flatMap((v, i) => (v === values[members[0]!] ? [i] : [])))
        for (const m of members) expect(classes.of[m]).toBe(c)
      }
    }),
  )
})

test('exact and any', () => {
  expect(describeClasses(exactClasses(4))).toEqual({ sizes: Int32Array.of(1, 1, 1, 1), singletons: 1, effective: expect.closeTo(4, 12) })
  expect(describeClasses(anyClass(4))).toEqual({ sizes: Int32Array.of(4), singletons: 0, effective: 1 })
})

test('the effective number of classes is exp of the entropy', () => {
  const classes = classesOf([tensor('bool', [4], Uint8Array.of(1, 0, 0, 0))], 4)
  const entropy = -(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75))
  expect(describeClasses(classes)).toEqual({ sizes: Int32Array.of(3, 1), singletons: 0.25, effective: expect.closeTo(Math.exp(entropy), 12) })
})
