/** Families, `for` blocks, lets, and which nodes a feature names. */
import { expect, test } from 'vitest'
import { bound, findings, given } from './check.ts'
import { model } from './models.ts'
import { nodesOf } from './show.ts'

const graph = model(['x: int64[N, 4]'], ['a: float32[N, 4, 4] = x', 'b: float32[N, 4] = a', ...[0, 1, 2, 3].map((i) => `/c${i}: float32[N] = ${['x', '/c0', '/c1', '/c2'].slice(0, i + 1).join(', ')}`), 'y: float32[N] = b, /c0, /c1, /c2, /c3'], ['y'])
const from = given(graph, ['x: int64[4]'])
const HEAD = 'model "m" data "d" metric m = y let top[i] = x[i] > 2 let n = 2 '

/** Nodes of a hypothesis, or the findings. */
function nodes(text: string): string[] {
  const file = `${HEAD}hypothesis h {\n${text}\n}`
  const found = findings(file, from)
  return found.length > 0 ? found : nodesOf(bound(file, from))
}

test.each([
  ['node p[i in range(2)] = top[i] at b[i] node out = exact at y from p', ['p[0]: top[i] at b[0]', 'p[1]: top[i] at b[1]', 'out: exact at y from p[0], p[1]']],
  ['node p[i in range(n)] = top[i] at b[i] node out = p[1] at y', ['p[0]: top[i] at b[0]', 'p[1]: top[i] at b[1]', 'out: p[1] at y from p[1]']],
  ['node p[i in range(2), j in [3]] = x[i] at a[i, j] node out = exact at y from p[1, 3]', ['p[0,3]: x[i] at a[0, 3]', 'p[1,3]: x[i] at a[1, 3]', 'out: exact at y from p[1,3]']],
  ['node p[i in range(3), j in range(i)] = any at a[i, j] node out = exact at y', ['p[1,0]: any at a[1, 0]', 'p[2,0]: any at a[2, 0]', 'p[2,1]: any at a[2, 1]', 'out: exact at y']],
  ['node p[(i, j) in [(0, 1), (2, 3)]] = x[j] at a[i, j] node out = p[(0, 1)] + p[2, 3] at y', ['p[0,1]: x[j] at a[0, 1]', 'p[2,3]: x[j] at a[2, 3]', 'out: p[(0, 1)] + p[2, 3] at y from p[0,1], p[2,3]']],
  ['node p[s in ["u", "v"]] = any at b node out = exact at y from p["u"]', ['p["u"]: any at b', 'p["v"]: any at b', 'out: exact at y from p["u"]']],
  ['node p[i in range(4)] = x[i] at b[i] node out = [p[i] for i in range(4) if i % 2 == 1] at y', ['p[0]: x[i] at b[0]', 'p[1]: x[i] at b[1]', 'p[2]: x[i] at b[2]', 'p[3]: x[i] at b[3]', 'out: [p[i] for i in range(4) if i % 2 == 1] at y from p[1], p[3]']],
  ['node p[i in range(2)] = x[i] at b[i] node out = sum(p) at y', ['p[0]: x[i] at b[0]', 'p[1]: x[i] at b[1]', 'out: sum(p) at y from p[0], p[1]']],
  // through lets of the hypothesis
  ['let s = p + q let t[k] = s + k node p = x[0] at b[0] node q = x[1] at b[1] node out = t[3] at y', ['p: x[0] at b[0]', 'q: x[1] at b[1]', 'out: t[3] at y from p, q']],
  // only what is named, not what that names
  ['node p = x[0] at a node q[i in [0, 1]] = p + i at b[i] node out = q[0] at y', ['p: x[0] at a', 'q[0]: p + i at b[0] from p', 'q[1]: p + i at b[1] from p', 'out: q[0] at y from q[0]']],
  // a node before a let before a column
  ['let x = 1 node b = x at b node out = b at y', ['b: x at b', 'out: b at y from b']],
  // members that lead to members of the same family
  ['node p[i in range(4)] = if i == 0 then x[0] else p[i - 1] + x[i] at "/c{i}" node out = p[3] at y', [
    'p[0]: if i == 0 then x[0] else p[i - 1] + x[i] at "/c0"',
    'p[1]: if i == 0 then x[0] else p[i - 1] + x[i] at "/c1" from p[0]',
    'p[2]: if i == 0 then x[0] else p[i - 1] + x[i] at "/c2" from p[1]',
    'p[3]: if i == 0 then x[0] else p[i - 1] + x[i] at "/c3" from p[2]',
    'out: p[3] at y from p[3]',
  ]],
  ['node p[i in [3, 2, 1, 0]] = if i == 0 then x[0] else sum([p[k] for k in range(i)]) at "/c{i}" node out = sum(p) at y', [
    'p[0]: if i == 0 then x[0] else sum([p[k] for k in range(i)]) at "/c0"',
    'p[1]: if i == 0 then x[0] else sum([p[k] for k in range(i)]) at "/c1" from p[0]',
    'p[2]: if i == 0 then x[0] else sum([p[k] for k in range(i)]) at "/c2" from p[0], p[1]',
    'p[3]: if i == 0 then x[0] else sum([p[k] for k in range(i)]) at "/c3" from p[0], p[1], p[2]',
    'out: sum(p) at y from p[3], p[2], p[1], p[0]',
  ]],
  ['node p[i in range(2)] = if i == 0 then x[0] else p[i - 2] at "/c{i}" node out = p[1] at y', ['2:25 unknown-node `p` has no member of this index; its members are `p[0]`, `p[1]`.']],
  ['node p[i in range(2)] = p[i] + 1 at "/c{i}" node out = p[1] at y', ['2:25 cycle The interpretation has a cycle: `p[0]` ← `p[0]`; remove one of these parents.']],
  // for
  ['for i in range(2) { node p = x[i] at a[i] node q = p > 0 at b[i] from p }\nnode out = exact at y from q', ['p[0]: x[i] at a[0]', 'q[0]: p > 0 at b[0] from p[0]', 'p[1]: x[i] at a[1]', 'q[1]: p > 0 at b[1] from p[1]', 'out: exact at y from q[0], q[1]']],
  ['for i in [1] { let t = x[i] node p[j in [2]] = t + j at a[i, j] for k in [3] { node r = p[i, 2] + t at b[k] } }\nnode out = r[1, 3] at y', ['p[1,2]: t + j at a[1, 2]', 'r[1,3]: p[i, 2] + t at b[3] from p[1,2]', 'out: r[1, 3] at y from r[1,3]']],
  ['for i in range(3) { node p = x[i] at a[i] node q = any at b[i] from p[0] }\nnode out = exact at y from q', ['p[0]: x[i] at a[0]', 'q[0]: any at b[0] from p[0]', 'p[1]: x[i] at a[1]', 'q[1]: any at b[1] from p[0]', 'p[2]: x[i] at a[2]', 'q[2]: any at b[2] from p[0]', 'out: exact at y from q[0], q[1], q[2]']],
  ['for i in [0, 1] { node p = x[i] at a[i] node q[j in [2]] = x[j] at b[i] }\nfor k in [1, 0] { refine p = x[k] + k refine q[j in [2]] = any refine out from q[k, 2] }\nnode out = exact at y', ['3:71 unknown-node There is no node `out` to refine; it must stand before this line or in a hypothesis that this one extends.']],
  ['node out = exact at y\nfor i in [0, 1] { node p = x[i] at a[i] node q[j in [2]] = x[j] at b[i] }\nfor k in [1] { refine p = x[k] + k refine q[2] = any refine out from q[k, 2] refine p[0] = any }', ['q[1,2]: any at b[1]', 'out: exact at y from q[1,2]', 'p[0]: any at a[0]', 'q[0,2]: x[j] at b[0]', 'p[1]: x[k] + k at a[1]']],
  // mistakes
  ['node p[i in range(5)] = x[0] at b[i] node out = exact at y', ['2:34 shape-mismatch b has 4 positions along axis 0, so index 4 is outside it.']],
  ['let t = t + 1 node out = t at y', ['2:9 cycle `t` is defined by itself; take one of the names out of the circle.']],
  ['let unused = sum(tokns) node out = exact at y', ['2:18 unknown-column `tokns` is no column, let or node here.']],
  ['let t = out node out = t at y', ['2:24 cycle The interpretation has a cycle: `out` ← `out`; remove one of these parents.']],
])('%s', (text, expected) => expect(nodes(text)).toEqual(expected))

test('members of a family have values of their own', () => {
  const file = bound(`${HEAD}hypothesis h { node p[i in range(3)] = x[i] at b[i] node q[i in range(3)] = 1 at a[i] node out = exact at y }`, from)
  const ids = (base: string) => new Set(file.hypotheses[0]!.nodes.filter((n) => n.name.startsWith(`${base}[`)).map((n) => (typeof n.feature === 'string' ? -1 : n.feature.parts[0]!.value.id)))
  expect(ids('p').size).toBe(3)
  expect(ids('q').size).toBe(1)
})

test('a refined member is taken where the family is named', () => {
  const text = `${HEAD}hypothesis base { node p[i in range(3)] = x[i] at b[i] node out = p[1] at y }
    hypothesis h extends base { refine p[1] = x[3] + 1 }`
  expect(findings(text, from)).toEqual([])
  const [before, after] = bound(text, from).hypotheses.map((h) => h.nodes.find((n) => n.name === 'out')!.feature)
  const direct = bound(`${HEAD}hypothesis h { node out = x[3] + 1 at y }`, from)
  expect(before).not.toEqual(after)
  expect(nodesOf(bound(text, from))).toEqual(['p[0]: x[i] at b[0]', 'p[1]: x[3] + 1 at b[1]', 'p[2]: x[i] at b[2]', 'out: p[1] at y from p[1]'])
  expect(typeof after === 'object' && after.parts[0]!.dtype).toBe(typeof direct.hypotheses[0]!.nodes[0]!.feature === 'object' && 'int64')
})

test('a long chain of features, the last one first, is a finding at worst', () => {
  const chain = Array.from({ length: 3000 }, (_, i) => `node n${i} = n${i + 1} at b[0]`).join('\n')
  const file = bound(`${HEAD}hypothesis h { ${chain} node n3000 = x[0] at a node out = exact at y }`, from)
  expect(new Set(file.findings.map((f) => f.code))).toEqual(new Set(['too-deep', 'overlapping-places']))
})

test('what follows a lost brace is still read', () => {
  const text = 'model "m" data "d" graph { component b = b\nlet big = x[0] > 1 metric m = y\nhypothesis h { node out = big at y'
  expect(findings(text, from).every((line) => line.includes(' syntax '))).toBe(true)
  expect(nodesOf(bound(text, from))).toEqual(['out: big at y'])
})
