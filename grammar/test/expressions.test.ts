/** Expressions: text to S-expression, without findings. */
import { describe, expect, test } from 'vitest'
import { parse } from '../src/index.ts'
import { sexpr } from './sexpr.ts'

function read(text: string): string {
  const { file, findings } = parse(`let x = ${text}`)
  expect(findings).toEqual([])
  const [item, ...others] = file.items
  expect(others).toEqual([])
  return item?.kind === 'let' ? sexpr(item.value) : '?'
}

const tables: Record<string, [text: string, tree: string][]> = {
  literals: [
    ['12', '12'], ['1.', '1f'], ['.5', '0.5f'], ['1e-3', '0.001f'], ['2E3', '2000f'], ['true', 'true'], ['inf', 'Infinity'],
    ['-inf', '(- Infinity)'], ['nan', 'NaN'], ['"a\\n\\u00e9\\"#"', '"a\\né\\"#"'],
  ],
  names: [
    ['é1', 'é1'], ['as + filter', '(+ as filter)'], ['a1.in', '(. a1 in)'], ['a[1].h[0]', '([] (. ([] a 1) h) 0)'],
    ['data.model', '(. data model)'], ['data["my col"]', '([] data "my col")'], ['model["/z"][:, 3]', '([] ([] model "/z") (: _ _ _) 3)'],
    ['a[l].node.for', '(. (. ([] a l) node) for)'], ['exact', '<exact>'], ['any', '<any>'],
  ],
  'precedence as in Python': [
    ['a + b * c - d', '(- (+ a (* b c)) d)'], ['-x**2', '(- (** x 2))'], ['2**-1', '(** 2 (- 1))'], ['a**b**c', '(** a (** b c))'],
    ['2**-x**2', '(** 2 (- (** x 2)))'], ['-a * b', '(* (- a) b)'], ['a or b and not c', '(or a (and b (not c)))'],
    ['not a == b', '(not (cmp a == b))'], ['a and not b or c', '(or (and a (not b)) c)'], ['a % b // c @ d', '(@ (// (% a b) c) d)'],
    ['a - -b', '(- a (- b))'], ['not not a', '(not (not a))'], ['(a + b) * c', '(* {(+ a b)} c)'],
  ],
  comparisons: [
    ['a < b <= c != d', '(cmp a < b <= c != d)'], ['a in b', '(cmp a in b)'], ['a not in [1, 2]', '(cmp a not in [1 2])'],
    ['a + 1 == b and c > d', '(and (cmp (+ a 1) == b) (cmp c > d))'],
  ],
  'if then else': [
    ['if a then b else c + d', '(if a b (+ c d))'], ['if a then 0 else if b then -1 else 1', '(if a 0 (if b (- 1) 1))'],
    ['(if a then b else c) * 2', '(* {(if a b c)} 2)'],
  ],
  brackets: [
    ['(a, b)', '(tuple a b)'], ['(a,)', '(tuple a)'], ['(a)', '{a}'], ['[]', '[]'], ['[1, 2,]', '[1 2]'],
    ['[i * 2 for i in range(3)]', '[(* i 2) for (i in (range 3))]'],
    ['[(i, k) for i in a for (j, k) in b if j < i]', '[(tuple i k) for (i in a) (j,k in b) if (cmp j < i)]'],
    ['x[::-1]', '([] x (: _ _ (- 1)))'], ['x[2:5, :, i]', '([] x (: 2 5 _) (: _ _ _) i)'], ['x[a:b:c]', '([] x (: a b c))'],
    ['f(x, axis=1, keep = true,)', '(f x axis=1 keep=true)'], ['f()', '(f)'], ['any(a) and all(b)', '(and (any a) (all b))'], ['sum(a)[0]', '([] (sum a) 0)'],
  ],
  'space means nothing': [['a\n+\n# comment\nb [ 1 ]', '(+ a ([] b 1))']],
}

describe.each(Object.entries(tables))('%s', (_, table) => {
  test.each(table)('%s', (text, tree) => expect(read(text)).toBe(tree))
})
