/** Families and comprehensions: how many operators they take, which members they use, and when they are unrolled. */
import { expect, test } from 'vitest'
import { columns, lets } from './columns.ts'
import { build, execute, operators, rows, type TestColumn } from './run.ts'

const indices = (n: number) => Array.from({ length: n }, (_, i) => [i])
const tokens: TestColumn = { dtype: 'int64', values: [0, 1, 2].map((d) => Array.from({ length: 42 }, (_, i) => (i * (d + 3)) % 5)), vocab: columns['tokens']!.vocab! }

test('42 horizon checks are a few operators and one Gather each', async () => {
  const text = lets.replace('horizon', 'result')
  const { family, findings } = build(text, { tokens }, { members: { result: indices(42) } })
  expect(findings).toEqual([])
  expect(family!.members).toHaveLength(42)
  expect(operators([family!.stacked!])).toBeLessThan(20)
  expect(operators(family!.members.flatMap((m) => m.parts))).toBe(operators([family!.stacked!]) + 42)
  // All, and a few, of the same vector.
  const values = await execute([family!.stacked!, ...family!.members[7]!.parts], { tokens })
  expect(values[1]!.rows).toEqual(values[0]!.rows.map((row) => (row as number[])[7]))
  // The stacked value and the comprehension are the same value of the dag.
  const both = build(`${lets}\nlet result = ([horizon[i] for i in range(42)], horizon, horizon[:])`, { tokens }, { members: { horizon: indices(42) } })
  expect(new Set(both.compiled!.parts.map((p) => p.value)).size).toBe(1)
})

test('a nested comprehension over pairs is O(1) operators', () => {
  const pairs = build(`let result = [[tokens[i] == tokens[j] for j in range(42)] for i in range(42)]`, { tokens })
  expect(operators(pairs.compiled!.parts)).toBeLessThan(6)
  const flat = build(`let result = [tokens[i] * tokens[j] for i in range(42) for j in range(i)]`, { tokens })
  expect(flat.compiled!.parts[0]!.shape).toEqual([861])
  expect(operators(flat.compiled!.parts)).toBeLessThan(6)
})

test('the members that an expression uses', () => {
  const used = (expr: string) => build(`let pos[i] = tokens[i] + z1\nlet grid[a, b] = z1 * a + b\nlet result = ${expr}`, columns, {
    members: { pos: indices(6), grid: [[9, 6], [9, 9]] },
  }).used
  expect(used('pos[3]')).toEqual(['pos[3]'])
  expect(used('pos[1 + 1] + pos[0]')).toEqual(['pos[2]', 'pos[0]'])
  expect(used('[pos[i] for i in range(1, 3)]')).toEqual(['pos[1]', 'pos[2]'])
  expect(used('[pos[i + 1] - pos[i] for i in range(2)]')).toEqual(['pos[1]', 'pos[2]', 'pos[0]', 'pos[1]'])
  expect(used('sum([pos[j] for j in range(3)]) + z1')).toEqual(['pos[0]', 'pos[1]', 'pos[2]'])
  expect(used('sum(pos)')).toHaveLength(6)
  expect(used('pos[z1]')).toHaveLength(6)
  expect(used('grid[9, 6]')).toEqual(['grid[9,6]'])
  expect(used('grid[(9, 9)]')).toEqual(['grid[9,9]'])
  expect(used('[grid[l, h] for (l, h) in [(9, 6), (9, 9)]]')).toEqual(['grid[9,6]', 'grid[9,9]'])
  expect(used('[grid[p] for p in [(9, 6), (9, 9)]]')).toEqual(['grid[9,6]', 'grid[9,9]'])
  // Unrolled after a vectorised attempt: counted once.
  expect(used('[sum(pos[i] + tokens[:i]) for i in range(2)]')).toEqual(['pos[0]', 'pos[1]'])
  // Not where a known condition leaves it out.
  expect(used('[if i == 0 then z1 else pos[i + 4] for i in range(2)]')).toEqual(['pos[5]'])
})

test.each<[string, readonly unknown[]]>([
  ['pos[z1]', [4, 7, 5]],
  ['pos', [[1, 4, 5, 3, 2, 2], [5, 8, 8, 9, 9, 7], [3, 7, 6, 5, 4, 4]]],
  ['pos[2]', [5, 8, 6]],
  ['grid[9, 9]', [18, 54, 36]],
  ['grid', [[15, 18], [51, 54], [33, 36]]],
  ['[grid[p] for p in [(9, 6), (9, 9)]]', [[15, 18], [51, 54], [33, 36]]],
  ['[grid[l, h] for (l, h) in [(9, 9), (9, 6)]]', [[18, 15], [54, 51], [36, 33]]],
  ['prefix', [[0, 0, 3], [0, 0, 3], [0, 0, 4]]],
  ['prefix[2]', [3, 3, 4]],
  ['factorial[5] + 0 * z1', [120, 120, 120]],
  ['[factorial[i] for i in range(5)]', [[1, 1, 2, 6, 24], [1, 1, 2, 6, 24], [1, 1, 2, 6, 24]]],
  ['count[z1]', [2, 10, 6]],
  ['word["b"]', [[false, true], [true, true], [false, false]]],
  ['word', [[[true, false], [false, true]], [[false, false], [true, true]], [[false, true], [false, false]]]],
  ['same', [[1, 1, 1], [5, 5, 5], [3, 3, 3]]],
  ['mixed', [[1, 0.5], [5, 2.5], [3, 1.5]]],
])('%s', async (expr, expected) => {
  const text = `
    let pos[i] = tokens[i] + z1
    let grid[a, b] = z1 * a + b
    let prefix[i] = sum(tokens[:i])
    let factorial[n] = if n == 0 then 1 else n * factorial[n - 1]
    let count[n] = n + z1
    let word[w] = words == w
    let same[i] = z1
    let mixed[i] = if i == 0 then z1 else z1 / 2
    let result = ${expr}`
  const members = { pos: indices(6), grid: [[9, 6], [9, 9]], prefix: indices(3), word: [['a'], ['b']], same: indices(3), mixed: indices(2) }
  expect(await rows(text, columns, { members })).toEqual(expected)
})

test('a family of tuples, or of several shapes, has members but is no array', () => {
  const family = (body: string) => build(`let result[i] = ${body}`, columns, { members: { result: indices(3) } }).family!
  expect(family('(tokens[i], z1)').members.map((m) => m.parts.length)).toEqual([2, 2, 2])
  expect(family('(tokens[i], z1)').stacked).toBeUndefined()
  expect(family('tokens[:i + 1]').members.map((m) => m.parts[0]!.shape)).toEqual([[1], [2], [3]])
  expect(family('tokens[:i + 1]').stacked).toBeUndefined()
  const { findings } = build('let pos[i] = (tokens[i], z1)\nlet result = pos', columns, { members: { pos: indices(3) } })
  expect(findings.map((f) => f.code)).toEqual(['shape-mismatch'])
})

test('recursion without an end, and recursion that doubles, stop', () => {
  const codes = (text: string) => build(text, columns).findings.map((f) => f.code)
  expect(codes('let f[i] = f[i + 1] + 1\nlet result = f[0]')).toEqual(['too-deep'])
  expect(codes('let f[i] = f[i + 1] + f[i + 2]\nlet result = [f[i] for i in range(3)]')).toEqual(['too-deep'])
  expect(codes('let f[i] = f[2 * i] + f[2 * i + 1]\nlet result = [f[i] for i in range(1, 3)]')).toEqual(['too-deep'])
  expect(codes('let f[i] = f[z1 + i]\nlet result = f[0]')).toEqual(['too-deep'])
  expect(build('let fib[n] = if n < 2 then n else fib[n - 1] + fib[n - 2]\nlet result = fib[50]', columns).findings).toEqual([])
})
