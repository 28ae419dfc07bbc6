/** `extends` and `refine`: the nodes that result. */
import { expect, test } from 'vitest'
import { bound, findings, given } from './check.ts'
import { model } from './models.ts'
import { nodesOf } from './show.ts'

const graph = model(['x: int64[N, 3]'], ['a: float32[N, 3] = x', 'b: float32[N, 3] = a', 'c: float32[N, 3] = a', 'y: float32[N] = b, c'], ['y'])
const from = given(graph, ['x: int64[3]'])
const HEAD = 'model "m" data "d" metric m = y '
const BASE = `${HEAD}hypothesis base { let big = x[0] > 1 node p = big at b node q[i in range(2)] = x[i] > 0 at c[i] node out = p at y }\n`

test.each([
  ['takes nodes over', 'extends base {}', ['p: big at b', 'q[0]: x[i] > 0 at c[0]', 'q[1]: x[i] > 0 at c[1]', 'out: p at y from p']],
  ['adds a node', 'extends base { node r = any at a refine p from r }', ['r: any at a', 'p: big at b from r', 'q[0]: x[i] > 0 at c[0]', 'q[1]: x[i] > 0 at c[1]', 'out: p at y from p']],
  ['a new feature brings its own parents', 'extends base { refine out = sum(q) }', ['p: big at b', 'q[0]: x[i] > 0 at c[0]', 'q[1]: x[i] > 0 at c[1]', 'out: sum(q) at y from q[0], q[1]']],
  ['what stands after from stays', 'extends base { refine out from q refine out = x[0] }', ['p: big at b', 'q[0]: x[i] > 0 at c[0]', 'q[1]: x[i] > 0 at c[1]', 'out: x[0] at y from q[0], q[1]']],
  ['a new place', 'extends base { refine p at c[2] }', ['p: big at c[2]', 'q[0]: x[i] > 0 at c[0]', 'q[1]: x[i] > 0 at c[1]', 'out: p at y from p']],
  ['one member', 'extends base { refine q[1] = x[2] }', ['p: big at b', 'q[0]: x[i] > 0 at c[0]', 'q[1]: x[2] at c[1]', 'out: p at y from p']],
  ['some members, by an index', 'extends base { refine q[k in [1]] = x[k] at c[k + 1] }', ['p: big at b', 'q[0]: x[i] > 0 at c[0]', 'q[1]: x[k] at c[2]', 'out: p at y from p']],
  ['a whole family', 'extends base { refine q = any }', ['p: big at b', 'q[0]: any at c[0]', 'q[1]: any at c[1]', 'out: p at y from p']],
  ['a further member', 'extends base { node q[i in [2]] = x[i] > 5 at c[i] refine out from q }', ['p: big at b', 'q[0]: x[i] > 0 at c[0]', 'q[1]: x[i] > 0 at c[1]', 'q[2]: x[i] > 5 at c[2]', 'out: p at y from p, q[0], q[1], q[2]']],
  ['a parent named twice', 'extends base { refine out from p through any }', ['p: big at b', 'q[0]: x[i] > 0 at c[0]', 'q[1]: x[i] > 0 at c[1]', 'out: p at y from p through any']],
])('%s', (_, text, expected) => {
  const file = `${BASE}hypothesis h ${text}`
  expect(findings(file, from)).toEqual([])
  expect(nodesOf(bound(file, from))).toEqual(expected)
})

test('two hypotheses united: parents of both, and the changed feature over the inherited one', () => {
  const file = `${HEAD}
    hypothesis base { node p = x[0] at b node out = exact at y from p }
    hypothesis left extends base { node q = x[1] at c refine out from q }
    hypothesis right extends base { refine p = x[2] > 0 node r = any at a refine p from r }
    hypothesis both extends left, right {}
    hypothesis turned extends right, left {}`
  expect(findings(file, from)).toEqual([])
  expect(nodesOf(bound(file, from), 'both')).toEqual(['r: any at a', 'p: x[2] > 0 at b from r', 'q: x[1] at c', 'out: exact at y from p, q'])
  expect(nodesOf(bound(file, from), 'turned')).toEqual(['r: any at a', 'p: x[2] > 0 at b from r', 'q: x[1] at c', 'out: exact at y from p, q'])
})

test('the same text in two hypotheses is no conflict, whatever its layout', () => {
  const file = `${HEAD}
    hypothesis a { node p = x[0] > 1 at b node out = exact at y from p }
    hypothesis b { node p = (x[0]>1) at b node out = exact at y }
    hypothesis both extends a, b {}`
  expect(findings(file, from)).toEqual([])
  expect(nodesOf(bound(file, from))).toEqual(['p: x[0] > 1 at b', 'out: exact at y from p'])
})

test('changed in both: a conflict, unless both say the same', () => {
  const file = (right: string) => `${HEAD}
    hypothesis base { node p = x[0] at b node out = exact at y from p }
    hypothesis left extends base { refine p = x[1] }
    hypothesis right extends base { refine p = ${right} }
    hypothesis both extends left, right {}`
  expect(findings(file('x[1]'), from)).toEqual([])
  expect(findings(file('x[2]'), from)).toEqual(['5:35 extends-conflict `p` has different features in `left` and `right`; make them agree, or extend only one of the two.'])
})

test('a refined node changes the features that name it', () => {
  const file = `${HEAD}
    hypothesis a { node p = x[0] > 1 at b node out = not p at y }
    hypothesis b extends a { refine p = x[1] }`
  expect(findings(file, from).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(['2:54 type-mismatch'])
  expect(bound(file, from).hypotheses.map((h) => h.ok)).toEqual([true, false])
})

test('lets of the extended hypothesis are at hand, and those that differ may not be used', () => {
  const file = (use: string) => `${HEAD}
    hypothesis a { let t = x[0] > 1 node out = exact at y }
    hypothesis b { let t = x[0] > 2 node out = exact at y }
    hypothesis c extends a { node p = t at b }
    hypothesis d extends a, b { ${use} }`
  expect(findings(file(''), from)).toEqual([])
  expect(findings(file('let t = x[1] node p = t at b'), from)).toEqual([])
  expect(findings(file('node p = t at b'), from)).toEqual(['5:42 ambiguous-name `t` is defined differently in two of the hypotheses that this one extends; define it here.'])
})

test('an error in a hypothesis makes those that extend it unsound, and is said once', () => {
  const file = `${HEAD} hypothesis a { node p = any at nowhere node out = exact at y } hypothesis b extends a {} hypothesis c { node out = exact at y }`
  expect(findings(file, from).length).toBe(1)
  expect(bound(file, from).hypotheses.map((h) => h.ok)).toEqual([false, false, true])
})

test('an inherited mistake that is put right is none', () => {
  const file = `${HEAD} hypothesis a { node p = any at nowhere node out = exact at y } hypothesis b extends a { refine p at b }`
  expect(bound(file, from).hypotheses.map((h) => h.ok)).toEqual([false, true])
})
