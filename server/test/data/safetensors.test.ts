/** .safetensors files. */
import { expect, test } from 'vitest'
import { problem, load, render, safetensors, write } from './files.ts'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

test('types and order', async () => {
  const header = {
    __metadata__: { format: 'pt' },
    half: { dtype: 'F16', shape: [2], data_offsets: [0, 4] },
    brain: { dtype: 'BF16', shape: [2], data_offsets: [4, 8] },
    ids: { dtype: 'I64', shape: [2, 1], data_offsets: [8, 24] },
    flag: { dtype: 'BOOL', shape: [2], data_offsets: [24, 26] },
    small: { dtype: 'U8', shape: [2, 2], data_offsets: [26, 30] },
  }
  const ids = new Uint8Array(BigInt64Array.of(5n, -1n).buffer)
  const values = Buffer.concat([bytes(0, 0x3c, 0, 0xc0), bytes(0x80, 0x3f, 0x20, 0xc0), ids, bytes(0, 1), bytes(1, 2, 3, 255)])
  expect(await render(write('x.safetensors', safetensors(header, values)))).toEqual([
    'half float32 [] 1 -2', 'brain float32 [] 1 -2.5', 'ids int64 [1] 5 -1', 'flag bool [] 0 1', 'small int64 [2] 1 2 3 255',
  ])
})

const tensor = (from: number, to: number, dtype = 'U8'): object => ({ dtype, shape: [to - from], data_offsets: [from, to] })

test.each([
  ['short file', Buffer.alloc(3), 'x.safetensors is not a safetensors file, or is cut short; save or copy it again.'],
  ['long header', safetensors({}, bytes(), 2n ** 60n), 'x.safetensors is not a safetensors file, or is cut short; save or copy it again.'],
  ['header not JSON', safetensors('{"a', bytes()), 'x.safetensors has a header that is not a JSON object; save or copy it again.'],
  ['header a list', safetensors('[]', bytes()), 'x.safetensors has a header that is not a JSON object; save or copy it again.'],
  ['no offsets', safetensors({ a: { dtype: 'U8', shape: [1] } }, bytes(1)), '`a` in x.safetensors has a damaged header; save or copy the file again.'],
  ['negative shape', safetensors({ a: { dtype: 'U8', shape: [-1], data_offsets: [0, 1] } }, bytes(1)), '`a` in x.safetensors has a damaged header; save or copy the file again.'],
  ['tensor null', safetensors({ a: null }, bytes(1)), '`a` in x.safetensors has a damaged header; save or copy the file again.'],
  ['unknown type', safetensors({ a: tensor(0, 1, 'F8_E4M3') }, bytes(1)), '`a` in x.safetensors has dtype F8_E4M3; save it as one of BOOL, U8, I8, U16, I16, U32, I32, U64, I64, F16, BF16, F32, F64.'],
  ['inherited type', safetensors({ a: tensor(0, 1, 'constructor') }, bytes(1)), '`a` in x.safetensors has dtype constructor; save it as one of BOOL, U8, I8, U16, I16, U32, I32, U64, I64, F16, BF16, F32, F64.'],
  ['wrong size', safetensors({ a: { dtype: 'I16', shape: [3], data_offsets: [0, 4] } }, bytes(1, 2, 3, 4)), '`a` in x.safetensors declares shape (3), which takes 6 bytes, but has 4; save or copy the file again.'],
  ['overlap', safetensors({ a: tensor(0, 2), b: tensor(1, 3) }, bytes(1, 2, 3)), '`b` in x.safetensors overlaps another tensor; save or copy the file again.'],
  ['gap', safetensors({ a: tensor(0, 1), b: tensor(2, 3) }, bytes(1, 2, 3)), '`b` in x.safetensors leaves a gap before it; save or copy the file again.'],
  ['beyond the end', safetensors({ a: tensor(0, 4) }, bytes(1, 2, 3)), 'x.safetensors has 3 bytes of values where its header declares 4; save or copy it again.'],
])('refuses %s', async (_, file, message) => {
  expect(await problem(load(write('x.safetensors', file)))).toBe(`data-unreadable: ${message}`)
})

test('only metadata', async () => {
  expect(await problem(load(write('x.safetensors', safetensors({ __metadata__: {} }, bytes()))))).toMatch('empty-data: x.safetensors holds no arrays')
})
