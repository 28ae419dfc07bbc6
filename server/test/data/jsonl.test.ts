/** .jsonl files. */
import { expect, test } from 'vitest'
import { load, problem, render, write } from './files.ts'

test.each([
  ['{"a": 1, "b": true}\n{"b": false, "a": -2}', ['a int64 [] 1 -2', 'b bool [] 1 0']],
  ['{"a": 1}\n{"a": 2.5}\n', ['a float64 [] 1 2.5']],
  ['{"a": 1}\n{"a": 2.0}', ['a float64 [] 1 2']],
  ['{"a": 1e2}', ['a float64 [] 100']],
  ['{"a": -0}', ['a int64 [] 0']],
  ['{"a": 9007199254740993}\n{"a": 1}', ['a int64 [] 9007199254740993 1']],
  ['{"a": 9223372036854775807}\n{"a": -9223372036854775808}', ['a int64 [] 9223372036854775807 -9223372036854775808']],
  ['{"a": 3000000000}\n{"a": 1}\n{"a": 0.5}', ['a float64 [] 3000000000 1 0.5']],
  ['{"a": "x"}\n{"a": "ü"}\n{"a": "x"}', ['a string [] x ü x']],
  ['{"a": "1.5 {\\"source\\": \\"1e9\\"}"}', ['a string [] 1.5 {"source": "1e9"}']],
  ['{"a": [[1, 2], [3, 4]]}\n{"a": [[5, 6], [7, 8]]}', ['a int64 [2,2] 1 2 3 4 5 6 7 8']],
  ['{"a": ["x", "y"]}', ['a string [2] x y']],
  ['{"a": 1, "a": 2}', ['a int64 [] 2']],
  ['{"__proto__": 1, "constructor": 2}', ['__proto__ int64 [] 1', 'constructor int64 [] 2']],
  ['\uFEFF{"a": 1}\r\n\r\n  \n{"a": 2}\r\n', ['a int64 [] 1 2']],
])('reads %j', async (text, columns) => {
  expect(await render(write('x.jsonl', text))).toEqual(columns)
})

test.each([
  ['{"a": 1}\n\n{"a": }', 'line 3 is not JSON; write one object per line.'],
  ['{"a": NaN}', 'line 1 is not JSON; JSON has no NaN or Infinity.'],
  ['[1, 2]', 'line 1 is not a JSON object; write {"column": value, …}.'],
  ['1.5', 'line 1 is not a JSON object; write {"column": value, …}.'],
  ['{}', 'line 1 is an object without keys; each key is a column.'],
  ['{"a": 1, "b": 2}\n{"a": 1}', 'line 2 lacks `b`; give every line the keys of the first.'],
  ['{"a": 1}\n{"a": 1, "b": 2}', 'line 2 has `b`, which the first row lacks; give every line the same keys.'],
  ['{"a": 1}\n{"a": "x"}', 'line 2: `a` is a string where the first row has a number; use one type per column.'],
  ['{"a": true}\n{"a": 1}', 'line 2: `a` is a number where the first row has a boolean; use one type per column.'],
  ['{"a": "x"}\n{"a": null}', 'line 2: `a` is null where the first row has a string; use one type per column.'],
  ['{"a": null}', 'line 1: `a` is null; use booleans, numbers, strings or lists of them.'],
  ['{"a": {"source": "1"}}', 'line 1: `a` is an object; use booleans, numbers, strings or lists of them.'],
  ['{"a": [1, 2]}\n{"a": [1]}', 'line 2: `a` is a list of 1 where the first row has 2; pad the lists to one length.'],
  ['{"a": [[1], [1, 2]]}', 'line 1: `a` is a list of 2 where the first row has 1; pad the lists to one length.'],
  ['{"a": [1, 2]}\n{"a": 1}', 'line 2: `a` is a number where the first row has a list of 2; give every row the same shape.'],
  ['{"a": 1}\n{"a": [1]}', 'line 2: `a` is a list where the first row has a number; use one type per column.'],
  ['{"a": []}', 'line 1: `a` is an empty list; give every row the same number of values, at least one.'],
  [`{"a": ${'['.repeat(20)}1${']'.repeat(20)}}`, 'line 1: `a` is a list nested deeper than 16; flatten it.'],
  ['{"a": 9223372036854775808}', 'line 1: `a` is 9223372036854775808, which is beyond int64; write a smaller number, or a string.'],
  ['{"a": 1e999}', 'line 1: `a` is 1e999, which is beyond float64; write a smaller number.'],
])('refuses %j', async (text, message) => {
  expect(await problem(load(write('x.jsonl', text)))).toBe(`data-unreadable: x.jsonl ${message}`)
})

test.each(['', '\n \r\n'])('no rows: %j', async (text) => {
  expect(await problem(load(write('x.jsonl', text)))).toBe('empty-data: x.jsonl has no rows; write one JSON object per line.')
})

test('text that is not UTF-8', async () => {
  expect(await problem(load(write('x.jsonl', Buffer.from('{"a": "\xff"}', 'latin1'))))).toBe(
    'data-unreadable: x.jsonl is not UTF-8 text; save it as UTF-8.')
})

test('a nesting that would overflow the stack', async () => {
  expect(await problem(load(write('x.jsonl', `{"b": 1.5, "a": ${'['.repeat(1e6)}`)))).toMatch('line 1 is not JSON')
  expect(await problem(load(write('x.jsonl', `{"b": 1.5, "a": ${'['.repeat(1e5)}${']'.repeat(1e5)}}`)))).toMatch('data-unreadable')
})

test('lines across chunks, and growing columns, up to the memory limit', async () => {
  const path = write('long.jsonl', Array.from({ length: 50_000 }, (_, i) => `{"i": ${i}, "word": "${'ü'.repeat(i % 50)}"}\n`).join(''))
  const { rows, columns } = await load(path)
  expect(rows).toBe(50_000)
  expect(columns[0]!.values).toEqual(Int32Array.from({ length: 50_000 }, (_, i) => i))
  expect(columns[1]!.dictionary!.length).toBe(50)
  expect(await problem(load(path, undefined, { memory: 300_000 }))).toMatch(/long.jsonl needs .* and the limit is 293 KiB/)
})
