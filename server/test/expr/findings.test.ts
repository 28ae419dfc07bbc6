/** What is wrong, where, and what to do: code, text at the span, and the message. */
import { expect, test } from 'vitest'
import { functionDocs } from '../../src/expr/functions/index.ts'
import { columns, lets } from './columns.ts'
import { build } from './run.ts'

const found = (expr: string) => {
  const built = build(`${lets}\nlet pos[i] = tokens[i]\nlet first[n] = tokens[:n]\nlet result = ${expr}`, columns, { members: { pos: [[0], [1], [2]] } })
  return { lines: built.findings.map((f) => `${f.severity === 'error' ? '' : `${f.severity} `}${f.code} ‹${built.at(f)}› ${f.message}`), compiled: built.compiled }
}

test.each([
  ['opns[0]', 'unknown-column ‹opns› `opns` is no column, let or node here; closest: `opens`.'],
  ['data.tokns', 'unknown-column ‹data.tokns› There is no column `tokns`; closest: `tokens`.'],
  ['model["logits"]', 'unknown-column ‹"logits"› There is no model output `logits`.'],
  ['z1.real', 'unknown-column ‹z1.real› `z1.real` is no column, let or node here.'],
  ['(z1 + 1).real', 'unknown-column ‹real› Values have no members; `.real` means nothing here.'],
  ['sum', 'unknown-column ‹sum› `sum` is a function; call it, as in sum(tokens == "(").'],
  ['summ(z1)', 'unknown-function ‹summ› There is no function `summ`; closest: `sum`.'],
  ['horizon(3)', 'unknown-function ‹horizon› There is no function `horizon`; `horizon` is a family, indexed with brackets: horizon[…].'],
  ['sum(x, axes=0)', 'type-mismatch ‹axes› `sum` has no argument `axes`: sum(x, axis=…, keepdims=false).'],
  ['sum(x, 0, true, 1)', 'type-mismatch ‹1› Too many arguments: sum(x, axis=…, keepdims=false).'],
  ['sum(x, axis=0, axis=0)', 'type-mismatch ‹axis=0› `axis` is given twice: sum(x, axis=…, keepdims=false).'],
  ['where(flag)', 'type-mismatch ‹where(flag)› `x1` and `x2` missing: where(condition, x1, x2).'],
  ['sum(x, axis=z1)', 'type-mismatch ‹z1› `axis` must be known without the data.'],
  ['sum(x, axis=1)', "shape-mismatch ‹1› There is no axis 1: the array has one axis, 0 (a datum's own; the batch is not counted)."],
  ['sum(z1, axis=0)', "shape-mismatch ‹0› There is no axis 0: the value is a scalar, without axes (a datum's own; the batch is not counted)."],
  ['sum(x, keepdims=1)', 'type-mismatch ‹1› `keepdims` is true or false, not 1.'],
  ['tokens[6]', 'shape-mismatch ‹6› Index 6 is outside an axis of length 6 (-6 to 5).'],
  ['[tokens[i + 1] for i in range(6)]', 'shape-mismatch ‹i + 1› Index 6 is outside an axis of length 6 (-6 to 5).'],
  ['tokens[0, 0]', 'shape-mismatch ‹tokens[0, 0]› 2 indices for too few axes: int64[6] has 1.'],
  ['z1[0]', 'shape-mismatch ‹z1[0]› 1 index for too few axes: a scalar has no axes.'],
  ['tokens[z1:]', 'type-mismatch ‹z1› The ends of a slice must be known without the data, because its length would depend on the datum; index with an array, or use where.'],
  ['tokens[x]', 'type-mismatch ‹x› An index is an int64, not float32[2].'],
  ['tokens[open]', 'type-mismatch ‹open› A mask cannot be an index, because the number of elements would depend on the datum; use where(mask, x, 0).'],
  ['x + tokens', 'shape-mismatch ‹x + tokens› Shapes [2] and [6] do not fit together: axes must agree or be 1, counted from the last.'],
  ['z1 and flag', 'type-mismatch ‹z1› `and` takes bool, not int64; compare it first, as in x != 0.'],
  ['not z1', 'type-mismatch ‹not z1› `not` takes bool, not int64; compare it first, as in x != 0.'],
  ['if z1 then 1 else 2', 'type-mismatch ‹z1› A condition is a bool, not int64; compare it, as in x != 0.'],
  ['name + "a"', 'type-mismatch ‹name› `+` takes numbers, not strings; strings have only ==, != and in.|type-mismatch ‹"a"› `+` takes numbers, not strings; strings have only ==, != and in.'],
  ['name < "b"', 'type-mismatch ‹name < "b"› Strings have no order: `<` takes numbers, not string and string.'],
  ['z1 == "a"', 'type-mismatch ‹z1 == "a"› The string "a" cannot be compared with int64; if these are token ids, say what they stand for: vocab COLUMN = […].'],
  ['tokens == "[padd]"', 'unknown-token ‹"[padd]"› "[padd]" is not in the vocabulary (5 entries); closest: "[pad]".'],
  ['name == "anne"', 'warning unknown-token ‹"anne"› No datum has the value "anne", so this is never equal; closest: "ann".'],
  ['sum(name)', 'type-mismatch ‹name› `x` is a number, not string.'],
  ['if flag then name else z1', 'type-mismatch ‹if flag then name else z1› Strings and int64 cannot be mixed.'],
  ['[z1, x]', 'shape-mismatch ‹[z1, x]› The elements of a list have one shape, but one is int64 and another float32[2].'],
  ['[i for i in tokens]', 'type-mismatch ‹tokens› The set of a comprehension must be known without the data: a range, a list, or a list of tuples.'],
  ['[i for i in range(3) if z1 > i]', 'type-mismatch ‹z1› Sets and conditions of a comprehension must be known without the data, because its length would depend on the datum; use if … then … else, or where.'],
  ['[i for (i, j) in range(3)]', 'shape-mismatch ‹range(3)› 2 variables need elements of 2 parts, but one is 0.'],
  ['[i for i in range(0, 3, 0)]', 'type-mismatch ‹range(0, 3, 0)› Range takes whole numbers, and a step other than 0.'],
  ['horizon', 'shape-mismatch ‹horizon› `horizon` is a family: say which member, as in horizon[i].'],
  ['first[z1]', 'type-mismatch ‹n› The ends of a slice must be known without the data, because its length would depend on the datum; index with an array, or use where.'],
  ['[first[z1 + i] for i in range(2)]', 'type-mismatch ‹n› The ends of a slice must be known without the data, because its length would depend on the datum; index with an array, or use where.'],
  ['horizon[1, 2]', 'shape-mismatch ‹horizon[1, 2]› `horizon` has one index (i), not 2.'],
  ['horizon[x]', 'shape-mismatch ‹x› An index of a family is one number, not float32[2].'],
  ['pos[3]', 'shape-mismatch ‹pos[3]› `pos` has no member 3; it has 0; 1; 2.'],
  ['[pos[i] for i in range(4)]', 'shape-mismatch ‹pos[i]› `pos` has no member 3; it has 0; 1; 2.'],
  ['pos[0:2]', 'type-mismatch ‹pos[0:2]› `pos` is a family; to take some of its members write [pos[i] for i in range(…)].'],
  ['z1 ** -1', 'type-mismatch ‹z1 ** -1› A whole number to a negative power is no whole number; make the base a float, as in float64(x) ** -1.'],
  ['x @ z1', 'type-mismatch ‹x @ z1› @ takes arrays of at least one axis, not float32[2] and int64; use * with a scalar.'],
  ['x @ tokens', 'shape-mismatch ‹x @ tokens› float32[2] @ int64[6] does not fit: 2 columns meet 6 rows.'],
  ['cross_entropy(z1, z2)', 'shape-mismatch ‹z1› `logits` have an axis of classes, but this is a scalar; for one logit use binary_cross_entropy.'],
  ['cross_entropy(x, flag)', 'type-mismatch ‹flag› `index` is the int64 number of a class, not bool.'],
  ['cross_entropy(x, tokens)', 'shape-mismatch ‹tokens› `index` has one axis less than logits: int64[6] does not fit float32[2].'],
  ['reshape(tokens, (4, -1))', 'shape-mismatch ‹(4, -1)› int64[6] has 6 elements, which do not make [4, -1].'],
  ['astype(x, "int")', 'type-mismatch ‹"int"› `dtype` is one of "bool", "int64", "float32", "float64".'],
  ['max(tokens[:0])', 'shape-mismatch ‹max(tokens[:0])› There are no elements to choose from: the array is empty.'],
  ['zeros((100000, 100000))', 'too-large ‹zeros((100000, 100000))› An array of shape [100000, 100000] is too large for an expression (limit 16777216 elements); load it from a file with load("…").'],
  ['[i for i in range(10 ** 9)]', 'too-large ‹range(10 ** 9)› This set has 1000000000 elements; the limit is 65536.'],
  ['[sum(tokens[:i]) for i in range(20000)]', 'too-large ‹[sum(tokens[:i]) for i in range(20000)]› This comprehension must be written out element by element and has 20000 of them; the limit is 10000.'],
  // Several mistakes are all found.
  ['foo + bar', 'unknown-column ‹foo› `foo` is no column, let or node here.|unknown-column ‹bar› `bar` is no column, let or node here.'],
])('%s', (expr, expected) => {
  const { lines, compiled } = found(expr)
  expect(lines).toEqual(expected.split('|'))
  expect(compiled === undefined).toBe(!expected.startsWith('warning'))
})

test('the example of every function compiles, given columns of those names', () => {
  const vector = { dtype: 'float32', values: [[1, 2, 3, 4, 5, 6]] } as const
  const whole = { dtype: 'int64', values: [1] } as const
  const bools = { dtype: 'bool', values: [[true, false]] } as const
  const names = {
    x: vector, y: vector, logits: vector, direction: vector, output: vector, logit: { dtype: 'float32', values: [1] }, label: whole, token: whole, z1: whole, z2: whole,
    matrix: { dtype: 'float32', values: [[[1, 2, 3], [4, 5, 6]]] }, a: bools, b: bools, tokens: columns['tokens']!, open: { dtype: 'bool', values: [[true, false]] }, opens: vector, parens: vector,
  } as const
  const tensor = { dtype: 'float32', dims: [1], data: Float32Array.of(1) } as const
  for (const { name, example } of functionDocs) {
    const built = build(`let result = ${example}`, names, { load: { 'direction.npy': tensor }, weights: { W_E: tensor } })
    expect([name, built.findings.map((f) => f.message), built.compiled?.parts.length]).toEqual([name, [], 1])
  }
})
