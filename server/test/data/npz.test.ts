/** .npz and .npy files: those numpy wrote, and hostile ones. */
import { describe, expect, test } from 'vitest'
import { fixture, load, npy, plain, problem, render, write, zip } from './files.ts'

/** Column, dtype, values. */
type Case = [string, string, unknown[]]

const ramp = [0, 1, 2, 3, 4, 5]

describe.each(['stored.npz', 'deflated.npz'])('%s', (name) => {
  test.each<Case>([
    ['bool', 'bool', ramp.map((value) => (value % 2 === 0 ? 1 : 0))],
    ...['int8', 'int16', 'int32', 'int64', 'big_endian_int16', 'big_endian_int32', 'big_endian_int64'].map(
      (column): Case => [column, 'int64', ramp.map((value) => value - 2)]),
    ...['uint8', 'uint16', 'uint32', 'uint64', 'big_endian_uint64'].map((column): Case => [column, 'int64', ramp]),
    ...['float16', 'float32', 'big_endian_float16', 'big_endian_float32'].map(
      (column): Case => [column, 'float32', ramp.map((value) => value / 4 - 0.5)]),
    ...['float64', 'big_endian_float64'].map((column): Case => [column, 'float64', ramp.map((value) => value / 4 - 0.5)]),
    ['wide', 'int64', [2n ** 62n + 1n, -(2n ** 63n), 7n]],
    ['uint32_wide', 'int64', [2n ** 32n - 1n, 0n, 1n]],
    ['unicode', 'string', ['a', 'ü', '𝄞x']],
    ['big_endian_unicode', 'string', ['a', 'ü', '𝄞x']],
    ['bytes', 'string', ['x', '', 'yz']],
    ['fortran', 'int64', Array.from({ length: 24 }, (_, i) => i)],
  ])('%s is %s', async (column, dtype, values) => {
    const { rows, columns } = await load(fixture(name), [column])
    expect({ rows, dtype: columns[0]!.dtype, values: plain(columns[0]!) }).toEqual({ rows: 3, dtype, values })
  })
})

test('memory types', async () => {
  const { columns } = await load(fixture('stored.npz'), ['bool', 'int64', 'wide', 'float16', 'float64', 'unicode'])
  expect(columns.map(({ values, shape }) => `${values.constructor.name} [${shape.join()}]`)).toEqual(
    ['Uint8Array [2]', 'Int32Array [2]', 'BigInt64Array []', 'Float32Array [2]', 'Float64Array [2]', 'Int32Array []'])
})

test.each([1, 2, 3])('npy version %d is one column, named like the file', async (version) => {
  expect(await render(fixture(`version${version}.npy`))).toEqual([`version${version} int64 [2] 0 1 2 3 4 5`])
})

test.each([
  ['int32', [2 ** 31 - 1, -(2 ** 31)], Int32Array],
  ['just above', [2 ** 31, 0], BigInt64Array],
  ['just below', [0, -(2 ** 31) - 1], BigInt64Array],
])('int64 within %s', async (_, values, type) => {
  const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
  const { columns } = await load(write('edge.npy', npy("'<i8'", '(2,)', bytes)))
  expect(columns[0]!.values).toBeInstanceOf(type)
  expect([...columns[0]!.values].map(Number)).toEqual(values)
})

test('float16 special values', async () => {
  const bytes = new Uint8Array(Uint16Array.of(0x7c00, 0xfc00, 0x7e00, 0x0001, 0x8000, 0x7bff).buffer)
  const { columns } = await load(write('half.npy', npy("'<f2'", '(6,)', bytes)))
  expect([...columns[0]!.values]).toEqual([Infinity, -Infinity, NaN, 2 ** -24, -0, 65504])
})

const two = new Uint8Array(16)

test.each([
  ['object.npz', '`x` in object.npz holds Python objects; save it as bool, int, float (16 to 64 bits) or string.'],
  ['structured.npz', '`x` in structured.npz has a structured dtype; save one plain array per field.'],
  ['complex.npz', '`x` in complex.npz has dtype <c16; save it as bool, int, float (16 to 64 bits) or string.'],
  ['scalar.npz', '`n` in scalar.npz is a single value without a row axis; save it with one value per row, or leave it out.'],
  ['lengths.npz', '`x` and `y` in lengths.npz have 3 and 4 rows; all arrays need the same leading axis.'],
  ['uint64.npz', '`x` in uint64.npz holds a uint64 beyond the range of int64; save smaller integers, or floats.'],
])('%s', async (name, message) => {
  expect(await problem(load(fixture(name)))).toBe(`data-unreadable: ${message}`)
})

test('no rows', async () => {
  expect(await problem(load(fixture('empty.npz')))).toBe('empty-data: empty.npz has no rows; a dataset needs at least one.')
})

test.each([
  ['text', Buffer.from('a,b\n1,2\n'), 'x.npz is not a complete zip file; write it with numpy.savez, or copy it again.'],
  ['nothing', Buffer.alloc(0), 'x.npz is not a complete zip file; write it with numpy.savez, or copy it again.'],
  ['a text entry', zip([{ name: 'x.npy', bytes: Buffer.from('not an array') }]), '`x` in x.npz is not a numpy array; write it with numpy.save or numpy.savez.'],
  ['a short entry', zip([{ name: 'x.npy', bytes: Buffer.from('\x93NUM', 'latin1') }]), '`x` in x.npz ends within its header; save or copy the file again.'],
  ['an unknown version', zip([{ name: 'x.npy', bytes: npy("'<i8'", '(2,)', two, { version: 4 }) }]), '`x` in x.npz has version 4 of the npy format and 1 to 3 are known; save it with another numpy.'],
  ['a larger shape', zip([{ name: 'x.npy', bytes: npy("'<i8'", '(1000000000, 1000)', two) }]), '`x` in x.npz declares shape (1000000000, 1000), which takes 8000000000128 bytes, but has 144; save or copy the file again.'],
  ['a smaller shape', zip([{ name: 'x.npy', bytes: npy("'<i8'", '(1,)', two) }]), '`x` in x.npz declares shape (1), which takes 136 bytes, but has 144; save or copy the file again.'],
  ['a negative shape', zip([{ name: 'x.npy', bytes: npy("'<i8'", '(-2,)', two) }]), '`x` in x.npz has a damaged header; save or copy the file again.'],
  ['a huge shape', zip([{ name: 'x.npy', bytes: npy("'<i8'", `(${'9'.repeat(30)},)`, two) }]), '`x` in x.npz has a damaged shape in its header; save or copy the file again.'],
  ['a wrong checksum', zip([{ name: 'x.npy', bytes: npy("'<i8'", '(2,)', two), crc: 1 }]), '`x.npy` in x.npz is damaged (its checksum differs); write or copy the file again.'],
  ['an unknown method', zip([{ name: 'x.npy', bytes: npy("'<i8'", '(2,)', two), method: 12 }]), 'x.npz is a damaged zip file (x.npy is encrypted or compressed in an unknown way); write or copy it again.'],
  ['two of a name', zip([1, 2].map(() => ({ name: 'x.npy', bytes: npy("'<i8'", '(2,)', two) }))), 'x.npz holds two arrays named `x`; give them different names.'],
  ['text beyond Unicode', zip([{ name: 'x.npy', bytes: npy("'<U1'", '(1,)', Buffer.from('ffffffff', 'hex')) }]), '`x` in x.npz holds text at value 0 that is not Unicode; save it as numpy unicode strings.'],
  ['bytes that are not UTF-8', zip([{ name: 'x.npy', bytes: npy("'|S2'", '(1,)', Buffer.from('c328', 'hex')) }]), '`x` in x.npz holds text at value 0 that is not Unicode; save it as numpy unicode strings.'],
])('refuses %s', async (_, bytes, message) => {
  expect(await problem(load(write('x.npz', bytes)))).toBe(`data-unreadable: ${message}`)
})

test('entries that are not arrays are passed over; none left is empty', async () => {
  expect(await problem(load(write('x.npz', zip([{ name: 'readme.txt', bytes: two }]))))).toBe(
    'empty-data: x.npz holds no arrays; save at least one whose leading axis is rows.')
})

test('an axis without values', async () => {
  expect(await problem(load(write('x.npy', npy("'<i8'", '(1000000000, 0)', new Uint8Array()))))).toBe(
    'empty-data: `x` in x.npy has shape (1000000000, 0) and so holds no values; leave it out.')
})

describe('zip bombs', () => {
  const values = 2 ** 24
  const bomb = npy("'|b1'", `(${values},)`, new Uint8Array(values))

  test('declared: refused by the memory limit, before inflating', async () => {
    const path = write('declared.npz', zip([{ name: 'x.npy', bytes: bomb, deflate: true }]))
    expect(await problem(load(path, undefined, { memory: 2 ** 20 }))).toBe(
      'data-unreadable: declared.npz needs 16 MiB and the limit is 1 MiB; raise --memory or split the file.')
    expect((await load(path)).rows).toBe(values)
  })

  test('real: inflating stops at the declared size', async () => {
    const small = npy("'|b1'", '(100,)', new Uint8Array(values))
    const path = write('real.npz', zip([{ name: 'x.npy', bytes: small, deflate: true, declared: 228 }]))
    expect(await problem(load(path))).toBe(
      'data-unreadable: `x.npy` in real.npz inflates to more than the 228 bytes it declares; do not trust this file.')
  })

  test('entries that share their bytes count each', async () => {
    const path = write('many.npz', zip(Array.from({ length: 4 }, (_, i) => ({ name: `x${i}.npy`, bytes: bomb, deflate: true }))))
    expect(await problem(load(path, undefined, { memory: 2 ** 25 }))).toMatch('needs 64 MiB and the limit is 32 MiB')
    expect((await load(path, ['x2'], { memory: 2 ** 25 })).columns.length).toBe(1)
  })
})

test('a dictionary within the memory limit', async () => {
  const words = Buffer.concat(Array.from({ length: 5000 }, (_, i) => Buffer.from(String(i).padEnd(4, '\0'))))
  const path = write('words.npy', npy("'|S4'", '(5000,)', words))
  expect((await load(path)).columns[0]!.dictionary!.length).toBe(5000)
  expect(await problem(load(path, undefined, { memory: 100_000 }))).toMatch('holds too many different strings')
})
