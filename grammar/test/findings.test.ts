/** What is said about broken text: where it points, and the exact sentence. */
import { describe, expect, test } from 'vitest'
import { parse } from '../src/index.ts'
import { sexpr } from './sexpr.ts'
import { findingsOf } from './table.ts'

const inHypothesis: [text: string, ...findings: string[]][] = [
  ['node out', 'node out | `node out` has no feature: write `= …` after the name.'],
  ['node out = a', 'node out | `node out` has no place: write `at PLACE` after the feature.'],
  ['node = a at b', 'node | `node` has no name: write a name after it.'],
  ['node in = a at b', 'in | `in` is a keyword and cannot name a node: give it another name.'],
  ['node model = a at b', 'model | `model` is a keyword and cannot name a node: give it another name.'],
  ['node inf = a at b', 'inf | `inf` is a number and cannot name a node: give it another name.'],
  ['node x = a b at c', 'b | `b` cannot stand here, after `a`: remove it, or write what joins it to the text before.'],
  ['node x = a at b from', 'from | `from` has nothing after it: write a parent.'],
  ['node x = a at b from c through d', 'd | `through` takes `any` or components in brackets: write `through [a]`, for one as well.'],
  ['node x = a from c at b', 'at | `at` stands too late: the order is `=`, `at`, `from`.'],
  ['node x = a = b at c', '= | `=` stands twice in one item: to compare, write `==`.'],
  ['node x[l] = a at b', 'l | `l` runs over nothing: write `l in SET`.'],
  ['node x[l in [1, 2] = a at b', '[ | `[` is not closed: write `]` after its last element.'],
  ['refine x', 'refine x | `refine x` changes nothing: write `= …`, `at PLACE` or `from PARENTS` after the name.'],
  ['for l in [1, 2] node x = a at b', 'for l in [1, 2] | `for l` has no block: write `{ … }` after it.'],
  ['data "f"', 'data | `data` cannot stand in a `hypothesis`: move it out of the block.'],
  ['use transformer', 'use | `use` cannot stand in a `hypothesis`: move it into `graph { … }`.'],
]

const inLet: [text: string, ...findings: string[]][] = [
  ['', '= | `=` has nothing after it: write an expression.'],
  ['a +', '+ | `+` has nothing after it: write an expression.'],
  ['a & b | ~c',
    '& | `&` is not an operator: write `and`.',
    '| | `|` is not an operator: write `or`.',
    '~ | `~` is not an operator: write `not`.'],
  ['x[...]', '... | `...` is not an expression: there is no `...`: write one `:` for each axis.'],
  ['x[None]', 'None | There is no `None`: write `expand_dims` to add an axis, or leave the argument out.'],
  ['True', 'True | `True` is written in lower case: write `true`.'],
  ['"abc', '"abc | `"abc` is not a string: the string has no end: write `"` after it, on the same line.'],
  ['\'abc\'', '\'abc\' | `\'abc\'` is not a string: write strings with double quotes, `"…"`.'],
  ['"a\\q"', '"a\\q" | `"a\\q"` holds an unknown escape: write `\\\\` for a backslash.'],
  ['1_000', '1_000 | `1_000` is not an expression: it is neither a number nor a name: write numbers as `1`, `1.5` or `1e-3`.'],
  ['a $ b', '$ | `$` cannot stand here, after `a`: remove it.'],
  ['if a', 'if | `if` has no `then`: write `if … then … else …`.'],
  ['if a then b', 'if | `if` has no `else`: write `if … then … else …`.'],
  ['1 + if a then b else c', 'if a then b else c | `if … then … else` binds less than the operator before it: put parentheses around it.'],
  ['1 + not a', 'not a | `not` binds less than the operator before it: put parentheses around it.'],
  ['a not b', 'not | `not` stands between two values: write `not in`, or `and not`.'],
  ['95%', '% | `%` has nothing after it: write an expression, or a fraction: percentages stand only in `expect`.'],
  ['(a', '( | `(` is not closed: write `)` after its last element.'],
  ['()', '() | `()` holds nothing: write a value between the parentheses.'],
  ['x[]', '[] | `[]` holds no index: write one, or `:` for all.'],
  ['a.b(c)', 'a.b | Only a function can be called, by its name: write an operator before `(`, or remove the parentheses.'],
  ['a.', '. | `.` has nothing after it: write a name right after the dot.'],
  ['a .b', '.b | `.b` has space before its dot: write `a.b`.'],
  ['f(a=1, b)', 'b | An argument without a name stands before those with one: move it to the front.'],
  ['[i, j for i in y]', '[i, j for i in y] | `for` repeats one element: write `[x for i in SET]`, or put the elements in parentheses.'],
]

const inFile: [text: string, ...findings: string[]][] = [
  ['model toy.onnx', 'model | `model` has no file: write it in quotes, `model "…"`.'],
  ['data "f" as a = b', 'as | `as` has no `{`: write `as { INPUT = COLUMN }`.'],
  ['data "f" limit 1.5', '1.5 | `1.5` is not a whole number: write it without point or exponent.'],
  ['metric loss', 'metric loss | `metric loss` has no value: write `= …` after the name.'],
  ['let x[1] = 2', '1 | The indices of a `let` are bare names: write `let NAME[i, j] = …`.'],
  ['option speed 1', 'speed | `speed` is not an option: write `unimportant`, `samples`, `seed` or `pool`.'],
  ['option samples many', 'many | `option samples` does not take this value: write a whole number such as `10000`.'],
  ['expect a > 5%', 'expect a | `expect a` has no `recovered`: write `recovered > 85%`, or `>=`, `<`, `<=`, or another hypothesis.'],
  ['expect a recovered > 5', '5 | `5` has no unit: write `5%`.'],
  ['hypothesis h', 'hypothesis h | `hypothesis h` has no block: write `{ … }` after it.'],
  ['hypothesis h { node a = b at c', 'hypothesis h | `hypothesis h` is not closed: write `}` after its last line.'],
  ['}', '} | `}` closes nothing: remove it, or write the `{` that it belongs to.'],
  ['{ node a = b at c }', '{ | `{` belongs to no item: write `graph`, `hypothesis NAME` or `for NAME in SET` before it, or remove it.'],
  ['foo bar', 'foo | `foo` belongs to no item: start a line with a word such as `node` or `let`, or remove it.'],
  ['node a = b at c', 'node | `node` cannot stand outside of a block: move it into a `hypothesis`.'],
  ['graph { component a "x" }',
    'component a | `component a` has no place: write `= PLACE` after the name.',
    '"x" | `"x"` cannot stand here, after `a`: remove it, or write what joins it to the text before.'],
]

/** Each a whole file: what is declared in one item is used in another. */
const keywordsAsNames: [text: string, ...findings: string[]][] = [
  ['graph { rewrite a = score + rest with score = b, node = c }',
    'score | `score` is a keyword and cannot name a part: give it another name.',
    'node | `node` is a keyword and cannot name a part: give it another name.'],
  ['graph { rewrite a = b with at = c component x = y }', 'at | `at` is a keyword and cannot name a part: give it another name.'],
  ['graph { component at = "x" point model[l in range(2)] = "y" component data.z = "z" }',
    'at | `at` is a keyword and cannot name a component: give it another name.',
    'model | `model` is a keyword and cannot name a point: give it another name.',
    'data | `data` is a keyword and cannot name a component: give it another name.'],
  ['hypothesis h { node score = a at b node out = (score, c) at d from score, e }', 'score | `score` is a keyword and cannot name a node: give it another name.'],
  ['hypothesis h { node for[i in range(2)] = a at b node out = exact at d from for[1] through [for], for }', 'for | `for` is a keyword and cannot name a node: give it another name.'],
  ['let score = 1 metric m = a + score hypothesis h { node out = if score then 1 else score at b }', 'score | `score` is a keyword and cannot name a `let`: give it another name.'],
  ['metric score = a score metric = b', 'score | `score` is a keyword and cannot name a metric: give it another name.', 'metric | `metric` is a keyword and cannot name a score: give it another name.'],
  ['hypothesis score { node out = any at b } hypothesis h extends score {} expect score recovered > 5%', 'score | `score` is a keyword and cannot name a hypothesis: give it another name.'],
  ['hypothesis h { for node in range(3) { node a = b[node] at c[node] } }', 'node | `node` is a keyword and cannot name an index: give it another name.'],
  ['let a = sum([point + 1 for point in range(3)])', 'point | `point` is a keyword and cannot name an index: give it another name.'],
  // Declared nowhere: a column, most likely.
  ['let a = score + 1', 'score | `score` cannot stand here, after `=`: it is a keyword; a column of that name is `data.score`.'],
  ['let a = max(b, axis=score) let c = 1', 'score | `score` cannot stand here, after `=`: it is a keyword; a column of that name is `data.score`.'],
  // What a keyword means stays its meaning.
  ['let any = a hypothesis h { node out = any at b }', 'any | `any` is a keyword and cannot name a `let`: give it another name.'],
  ['let score = 1 score better = score', 'score | `score` is a keyword and cannot name a `let`: give it another name.'],
  ['let a = score better = b', '= | `=` has nothing after it: write an expression.'],
  ['let a = node b', '= | `=` has nothing after it: write an expression.', 'node b | `node b` has no feature: write `= …` after the name.'],
]

describe('in a hypothesis', () => {
  test.each(inHypothesis)('%s', (text, ...findings) => expect(findingsOf(`hypothesis h { ${text} }`)).toEqual(findings))
})
describe('in an expression', () => {
  test.each(inLet)('%s', (text, ...findings) => expect(findingsOf(`let x = ${text}`)).toEqual(findings))
})
describe('in a file', () => {
  test.each(inFile)('%s', (text, ...findings) => expect(findingsOf(text)).toEqual(findings))
})

const partly: [text: string, tree: string][] = [
  ['let x = [a b, c, , d)]', '(let x [a c ! d])'],
  ['let x = f(a, = 2, b c, d=3)', '(let x (f a ! b d=3))'],
  ['let x = a + * b', '(let x (+ a (* ! b)))'],
  ['hypothesis h { node x[l in [1, 2] = a at b from c d, e through, f }', '(hypothesis h : (node x[(l in [1 2])] = a at b from (c) (e through []) (f)))'],
  ['hypothesis h { node x = at b from c }', '(hypothesis h : (node x = ! at b from (c)))'],
  ['hypothesis h { node a = b at c expect h recovered > 1%', '(hypothesis h : (node a = b at c)) (expect h > 1%)'],
  ['hypothesis h node a = b at c } let d = 1', '(hypothesis h : (node a = b at c)) (let d 1)'],
  ['let x = [a for i in node b = c at d', '(let x [a for (i in !)]) (misplaced (node b = c at d))'],
  ['data "f" as { a = , b = c, d }', '(data "f" a=! b=c d=!)'],
]

test.each(partly)('what is kept of %s', (text, tree) => {
  const { file, findings } = parse(text)
  expect(findings.length).toBeGreaterThan(0)
  expect(sexpr(file)).toBe(tree)
})

describe('keywords as names', () => {
  test.each(keywordsAsNames)('%s', (text, ...findings) => expect(findingsOf(text)).toEqual(findings))
})
