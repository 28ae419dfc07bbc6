/** The formatter: what it makes of a text, and that it changes neither meaning nor comments, nor its own output. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { format, parse } from '../src/index.ts'
import { validFile } from './generate.ts'
import { samples, shape } from './table.ts'

const table: [what: string, input: string, output: string][] = [
  ['spacing', 'let x=-1+- 2   ** -y[1 : ,::-1]#c', 'let x = -1 + -2**-y[1:, ::-1]  #c'],
  ['calls and keyword arguments', 'let x = f (a,axis = -1) - not_ (b)', 'let x = f(a, axis=-1) - not_(b)'],
  ['any and exact', 'let x = any (a) and any', 'let x = any(a) and any'],
  ['per cent', 'expect a recovered >= - 3.5 %', 'expect a recovered >= -3.5%'],
  ['modulo', 'let x = a%b', 'let x = a % b'],
  ['names of inputs', 'data "f" as {a=b,"c.d"=ones_like( e )} filter limit>3 limit 10', 'data "f" as { a = b, "c.d" = ones_like(e) } filter limit > 3 limit 10'],
  ['one item a line', 'model "m" data "d"', 'model "m"\ndata  "d"'],
  ['empty blocks', 'hypothesis a { }', 'hypothesis a {}'],
  ['blocks', 'hypothesis a extends b,c{for l in [1]{node x=y at z}}', 'hypothesis a extends b, c {\n  for l in [1] {\n    node x = y at z\n  }\n}'],
  ['parents', 'hypothesis a{node x=y at z[1:] from p through [q,r],s[ 1 ] through any}', 'hypothesis a {\n  node x = y at z[1:] from p through [q, r], s[1] through any\n}'],
  ['clauses of neighbours', 'hypothesis a{node x=1 at b node long = 2 at c from d}', 'hypothesis a {\n  node x    = 1 at b\n  node long = 2 at c from d\n}'],
  ['one blank line at most', 'let a = 1\n\n\n\nlet bc = 2\nlet d = 3\n', 'let a = 1\n\nlet bc = 2\nlet d  = 3'],
  ['comments keep their places', '# top\n\nlet a = 1 # one\nlet bc = 2# two\n  # own\n', '# top\n\nlet a  = 1  # one\nlet bc = 2  # two\n# own'],
  ['comments in a block', 'hypothesis a { # why\n  # only this\n}', 'hypothesis a {  # why\n  # only this\n}'],
  ['comments in a list', 'let y = [1, # one\n # own\n 2,\n3] # end', 'let y = [1,  # one\n    # own\n    2, 3]  # end'],
]

describe('a text and what becomes of it', () => {
  test.each(table)('%s', (_, input, output) => {
    expect(format(input)).toBe(`${output}\n`)
  })

  test('a long list is broken after a comma, at column 120', () => {
    const items = Array.from({ length: 60 }, (_, i) => `name${i}`)
    const lines = format(`let x = [${items.join(',')}]`).trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(1)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120)
    expect(lines.slice(0, -1).every((line) => line.endsWith(','))).toBe(true)
  })

  test('a text with errors comes back unchanged', () => {
    expect(format('let x =\n  node  ')).toBe('let x =\n  node  ')
  })

  test('line breaks of the other kind stay', () => {
    expect(format('let a=1\r\nlet b=2 # c\r\n')).toBe('let a = 1\r\nlet b = 2  # c\r\n')
  })
})

describe('formatting changes nothing but space', () => {
  test.each(samples)('$name', ({ text }) => {
    const formatted = format(text)
    expect(shape(parse(formatted).file)).toEqual(shape(parse(text).file))
    expect(format(formatted)).toBe(formatted)
    expect(formatted).toMatchSnapshot()
  })

  test('any valid file', () => {
    fc.assert(fc.property(validFile, (text) => {
      expect(parse(text).findings).toEqual([])
      const formatted = format(text)
      expect(shape(parse(formatted).file)).toEqual(shape(parse(text).file))
      expect(parse(formatted).comments.map((comment) => comment.text)).toEqual(parse(text).comments.map((comment) => comment.text.trimEnd()))
      expect(format(formatted)).toBe(formatted)
    }), { numRuns: 400, seed: 7 })
  })
})
