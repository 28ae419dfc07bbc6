/** Run lengths of parquet's hybrid encoding. */
import { expect, test } from 'vitest'
import { checkRuns } from '../../src/data/parquet-runs.ts'

test.each([
  ['one repeated run of zeros', [10, 0], 1, 5, 5],
  ['one repeated run of ones', [10, 1], 1, 5, 0],
  ['a packed run, 01010101', [3, 0b10101010], 1, 8, 4],
  ['padding does not count', [3, 0b00000001], 1, 3, 2],
  ['two runs', [4, 0, 6, 1], 1, 5, 2],
  ['a length of two bytes', [0x90, 0x03, 0], 1, 200, 200],
  ['bytes after the last value', [10, 0, 255, 255], 1, 5, 5],
  ['cut short', [0x90], 1, 200, 0],
  ['no value wanted', [255, 255], 0, 0, 0],
])('%s', (_, bytes, width, count, zeros) => {
  expect(checkRuns(Uint8Array.from(bytes), width, count)).toBe(zeros)
})

test.each([
  ['repeated', [0xfe, 0xff, 0xff, 0xff, 0x0f, 1]],
  ['packed', [0xff, 0xff, 0xff, 0xff, 0x0f, 1]],
])('a %s run of 2^31 values', (_, bytes) => {
  expect(() => checkRuns(Uint8Array.from(bytes), 1, 100)).toThrow('a run is longer than its page')
})
