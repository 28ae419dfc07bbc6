/** Text in, values per datum out. */
import type { Expr, Finding } from '@scrub/grammar'
import { expect, test } from 'vitest'
import { compileExpr } from '../../src/expr/compile.ts'
import { evalStatic } from '../../src/expr/static.ts'
import type { ExprContext, Scope } from '../../src/expr/types.ts'
import { Dag } from '../../src/onnx/dag.ts'
import { columns, lets } from './columns.ts'
import { build, rows, run } from './run.ts'

test.each<[string, readonly unknown[]]>([
  // Names, vocabularies and strings.
  ['z1 > 3 or z2 > 3', [true, true, false]],
  ['data.z1 + data["z2"]', [5, 5, 5]],
  ['tokens[1] == "("', [true, true, false]],
  ['tokens[1:3] == ["(", ")"]', [[true, true], [true, false], [false, false]]],
  ['"(" == tokens[1]', [true, true, false]],
  ['flip(tokens)[0] == "[end]"', [false, true, false]],
  ['tokens[1] in ["(", "[end]"]', [true, true, false]],
  ['tokens[1] not in ("(", "[end]")', [false, false, true]],
  ['sum(tokens != "[pad]")', [4, 6, 4]],
  ['name == "ann"', [true, false, true]],
  ['name == other', [false, true, false]],
  ['name != other', [true, false, true]],
  ['name in ["bob", "cy"]', [false, true, false]],
  ['name', ['ann', 'bob', 'ann']],
  ['if flag then name else other', ['ann', 'bob', 'ann']],
  ['if flag then name else "nobody"', ['ann', 'nobody', 'ann']],
  ['[name, other, "z"]', [['ann', 'bob', 'z'], ['bob', 'bob', 'z'], ['ann', 'cy', 'z']]],
  ['words == "a"', [[true, false], [false, false], [false, true]]],
  ['words[0] == words[1]', [false, true, false]],
  ['[words[i] == "b" for i in range(2)]', [[false, true], [true, true], [false, false]]],
  ['["a" == s for s in ["a", "b"]]', [[true, false], [true, false], [true, false]]],
  ['[name == s for s in ["ann", "bob"]]', [[true, false], [false, true], [true, false]]],
  ['concat([words, flip(words)]) == "a"', [[true, false, false, true], [false, false, false, false], [false, true, true, false]]],
  // Indices that depend on the datum: negative ones count from the end, those outside take the nearest.
  ['tokens[z1]', [3, 2, 2]],
  ['tokens[-z1]', [1, 3, 2]],
  ['tokens[z1 + 3]', [1, 2, 1]],
  ['tokens[-9 * z1]', [0, 0, 0]],
  ['if z1 < 0 then tokens[z1 + 100] else -1', [-1, -1, -1]],
  // Known conditions choose without looking at the other branch.
  ['[if i == 5 then 0 else tokens[i + 1] for i in range(6)]', [[3, 4, 2, 1, 1, 0], [3, 3, 4, 4, 2, 0], [4, 3, 2, 1, 1, 0]]],
  ['sum([if i == 0 then 0 else tokens[i] - tokens[i - 1] for i in range(6)])', [1, 2, 1]],
  ['range(3) + z1', [[1, 2, 3], [5, 6, 7], [3, 4, 5]]],
  ['[tokens[i] for i in range(len(tokens)) if i % 2 == 0]', [[0, 4, 1], [0, 3, 4], [0, 3, 1]]],
  ['[sum(tokens[i:i + 2]) for i in range(6)]', [[3, 7, 6, 3, 2, 1], [3, 6, 7, 8, 6, 2], [4, 7, 5, 3, 2, 1]]],
  ['9007199254740993 + 0 * z1', [9007199254740992, 9007199254740992, 9007199254740992]],
])('%s', async (text, expected) => {
  expect(await rows(text, columns)).toEqual(expected)
})

test('a tuple has parts, nested ones are flattened', async () => {
  const parts = await run('let pair = (z1, flag)\nlet result = (pair, (x[0], name))', columns)
  expect(parts.map((p) => [p.dtype, p.rows])).toEqual([
    ['int64', [1, 5, 3]], ['bool', [true, false, true]], ['float32', [1, 3, 5]], ['string', ['ann', 'bob', 'ann']],
  ])
  expect(await rows('let pair = (z1, flag)\nlet result = if pair[1] then pair[0] else 0', columns)).toEqual([1, 0, 3])
})

test('the features of the paren checker', async () => {
  const result = (expr: string) => rows(`${lets}\nlet result = ${expr}`, columns)
  expect(await result('opens')).toEqual([[1, 1, 0, 0, 0, 0], [2, 2, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0]])
  expect(await result('2 * opens[0] == parens[0] and open[1]')).toEqual([true, true, false])
  expect(await result('all(2 * opens <= parens)')).toEqual([true, true, false])
  expect(await result('if open[1] then opens[1] / parens[1] else -1')).toEqual([0.5, 0.5, -1])
  expect(await result('[horizon[i] for i in range(6)]')).toEqual([[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1], [1, 1, -1, 1, 0, 0]])
  expect(await result('horizon[2] + horizon[z1]')).toEqual([2, 2, 0])
})

test('a number written in the file, or named by a let, takes the float type of what it meets', async () => {
  const dtype = async (text: string) => (await run(text, columns))[0]!.dtype
  expect(await dtype('let k = 2.5\nlet result = k * x')).toBe('float32')
  expect(await dtype('let result = [i * x[0] for i in range(3)]')).toBe('float32')
  expect(await dtype('let result = x * [1.5, 2.5]')).toBe('float64')
  expect(await dtype('let result = x * z1')).toBe('float64')
  expect(await dtype('let result = true + true')).toBe('int64')
})

test('load and weight', async () => {
  const half = { dtype: 'float16', dims: [2], data: Uint16Array.of(0x3c00, 0x4000) } as const
  const texts = { dtype: 'string', dims: [2], data: ['ann', 'zed'] } as const
  const bytes = { dtype: 'uint8', dims: [2], data: Uint8Array.of(7, 9) } as const
  const options = { load: { 'h.npy': half, 's.npy': texts, 'b.npy': bytes }, weights: { W: { dtype: 'float32', dims: [2, 2], data: Float32Array.of(1, 2, 3, 4) } as const } }
  expect(await rows('let result = x * load("h.npy")', columns, options)).toEqual([[1, 4], [3, 8], [5, 12]])
  expect(await rows('let result = name in load("s.npy")', columns, options)).toEqual([true, false, true])
  expect(await rows('let result = load("b.npy")[z1 % 2]', columns, options)).toEqual([9, 9, 9])
  expect(await rows('let result = x @ weight("W")', columns, options)).toEqual([[7, 10], [15, 22], [23, 34]])
  // A file that cannot be read was reported by whoever reads files.
  expect(build('let result = load("none.npy") + 1', columns, options)).toMatchObject({ compiled: undefined, findings: [] })
})

test('long chains and chains of else do not exhaust the stack', async () => {
  expect(await rows(`z1${' + z2'.repeat(390)}`, columns)).toEqual([1561, 5, 783])
  // Longer ones than the parser lets through.
  const span = { start: 0, end: 1 }
  const context: ExprContext = { dag: new Dag(), report: (finding) => expect(finding).toBeUndefined(), load: () => undefined, weight: () => undefined }
  const nothing: Scope = { lookup: () => undefined, lookupIn: () => undefined, names: () => [] }
  const one: Expr = { kind: 'number', value: 1, integer: true, span }
  let sum: Expr = { kind: 'list', items: [one], span }
  let choice: Expr = one
  let index: Expr = { kind: 'list', items: [one], span }
  for (let i = 0; i < 5000; i++) {
    sum = { kind: 'binary', op: '+', left: sum, right: one, span }
    choice = { kind: 'if', condition: { kind: 'compare', first: one, rest: [{ op: '==', right: sum }], span }, then: one, otherwise: choice, span }
    index = { kind: 'subscript', object: index, args: [{ kind: 'slice', span }], span }
    if (i > 20) sum = one
  }
  for (let i = 0; i < 5000; i++) sum = { kind: 'binary', op: '+', left: sum, right: one, span }
  for (const expr of [sum, choice, index]) expect(compileExpr(expr, nothing, context)?.parts).toHaveLength(1)
  expect(evalStatic(sum, nothing)).toBe(5001)
  let nested: Expr = one
  for (let i = 0; i < 100_000; i++) nested = { kind: 'paren', inner: nested, span }
  const found: Finding[] = []
  expect(compileExpr(nested, nothing, { ...context, report: (finding) => found.push(finding) })).toBeUndefined()
  expect(evalStatic(nested, nothing, (finding) => found.push(finding))).toBeUndefined()
  expect(found.map((f) => f.code)).toEqual(['too-deep', 'too-deep'])
})
