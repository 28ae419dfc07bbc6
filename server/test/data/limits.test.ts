/** Files that would take long or much memory for what they are. */
import { expect, test } from 'vitest'
import { load, npy, problem, safetensors, write, zip } from './files.ts'

const many = Array.from({ length: 10_001 }, (_, i) => `c${i}`)
const one = npy("'|b1'", '(1,)', new Uint8Array(1))

test.each([
  ['x.csv', `${many.join()}\n`],
  ['x.jsonl', `{${many.map((name) => `"${name}": 1`).join()}}\n`],
  ['x.npz', zip(many.map((name) => ({ name: `${name}.npy`, bytes: one })))],
  ['x.safetensors', safetensors(Object.fromEntries(many.map((name) => [name, {}])), new Uint8Array())],
])('too many columns: %s', async (name, contents) => {
  expect(await problem(load(write(name, contents)))).toBe(
    `data-unreadable: ${name} has 10001 columns and at most 10000 can be read; put values of one kind into one array.`)
})

test('too long a line', async () => {
  const long = ' '.repeat(2 ** 24 + 2 ** 19)
  expect(await problem(load(write('x.jsonl', long)))).toBe('data-unreadable: x.jsonl has a line longer than 16 MiB; write one datum per line.')
  expect(await problem(load(write('x.csv', `a\n"${long}`)))).toMatch('x.csv has a record longer than 16777216 characters')
})
