/** .csv files. */
import { expect, test } from 'vitest'
import { load, problem, render, write } from './files.ts'

test.each([
  ['a,b\n1,true\n-2,False\n', ['a int64 [] 1 -2', 'b bool [] 1 0']],
  ['a\n1\n2.5\n', ['a float64 [] 1 2.5']],
  ['a\n1e3\n.5\n-inf\nNaN', ['a float64 [] 1000 0.5 -Infinity NaN']],
  ['a\n9007199254740993\n+5\n', ['a int64 [] 9007199254740993 5']],
  ['a\n3\n3\n4\n', ['a int64 [] 3 3 4']],
  ['a, b\r\n1, 2\r\n\r\n3, 4', ['a int64 [] 1 3', 'b int64 [] 2 4']],
  ['\uFEFFa,b\n"x, y","say ""hi"""\n"two\nlines",', ['a string [] x, y two\nlines', 'b string [] say "hi" ']],
  ['a\n1\nx\n', ['a string [] 1 x']],
  ['a\ntrue\n1\n', ['a string [] true 1']],
])('reads %j', async (text, columns) => {
  expect(await render(write('x.csv', text))).toEqual(columns)
})

test.each([
  ['a,b\n1,2\n3\n', 'x.csv line 3 has another number of cells than the header; quote cells that hold commas.'],
  ['a,b\n1,2,3\n', 'x.csv line 2 has another number of cells than the header; quote cells that hold commas.'],
  ['a,b\n1,x\n,y\n', 'x.csv line 3: `a` is empty in a column of integers; fill the cell, or leave the row out.'],
  ['a,b\n"1",x\n"2","y\ny"\n3.5,z\n ,z', 'x.csv line 6: `a` is empty in a column of numbers; fill the cell, or leave the row out.'],
  ['a,b\ntrue,x\n,y\n', 'x.csv line 3: `a` is empty in a column of booleans; fill the cell, or leave the row out.'],
  ['a\n1\n9223372036854775808\n', 'x.csv line 3: `a` is 9223372036854775808, which is beyond int64; write a smaller number.'],
  ['a\n1e999\n', 'x.csv line 2: `a` is 1e999, which is beyond float64; write a smaller number.'],
  ['a,\n1,2\n', 'x.csv has no name for column 2 in its header row; name every column.'],
  ['a,a\n1,2\n', 'x.csv names two columns `a`; give them different names.'],
  ['a\n"x\n', 'x.csv has a quote that is never closed; close it, or double quotes inside cells.'],
  ['a;b\n1;2\n', 'x.csv has semicolons between its columns; save it with commas.'],
  ['a\tb\n1\t2\n', 'x.csv has tabs between its columns; save it with commas.'],
  ['a\nx"y\n', 'x.csv line 2 has a quote inside a cell; quote the cell and double the quote.'],
  ['a\n"x"y\n', 'x.csv line 2 has a quote inside a cell; quote the cell and double the quote.'],
])('refuses %j', async (text, message) => {
  expect(await problem(load(write('x.csv', text)))).toBe(`data-unreadable: ${message}`)
})

test.each(['', 'a,b\n', '\n\n'])('no rows: %j', async (text) => {
  expect(await problem(load(write('x.csv', text)))).toBe('empty-data: x.csv has no rows; a dataset needs at least one.')
})
