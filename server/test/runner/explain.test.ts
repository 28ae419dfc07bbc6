/** What ONNX Runtime says, in our words. */
import { expect, test } from 'vitest'
import { explained } from '../../src/runner/explain.ts'

const start = "Non-zero status code returned while running Gather node. Name:'Gather_4' Status Message: "

test('an index outside a table is the fault of the data', () => {
  expect(explained(`${start}indices element out of data bounds, idx=10 must be within the inclusive range [-10,9]`)).toEqual({
    data: true,
    message: "The model looks up entry 10 of a table whose last one is 9: a token id in the data is outside the model's vocabulary; correct the data, or leave such rows out with `filter`.",
  })
})

test('other failures name the operator, not the node of the compiled model', () => {
  expect(explained(`${start}something is odd.\n   more`)).toEqual({ data: false, message: "The model's operator Gather failed: something is odd." })
})

test('other errors are not explained', () => {
  expect(explained('a bug')).toBeUndefined()
})
