/** Text that the parser does not understand: what is offered, and the text after. */
import { describe, expect, test } from 'vitest'
import { NOTHING } from '../check.ts'
import { fixed } from './fixed.ts'

type Row = [before: string, ...fixes: [title: string, after: string][]]
const on = (text: string, head = '', tail = '') => fixed(text, 'syntax', NOTHING, undefined, head, tail)
const rows = (fixes: Row[1][]) => fixes.map(([title, after]) => [title, after])

const inLet: Row[] = [
  ['x == \'abc\'', ['Write `"abc"` *', 'x == "abc"']],
  ['x == \'a "b"\'', ['Write `"a \\"b\\""` *', 'x == "a \\"b\\""']],
  ['x == “abc”', ['Write `"abc"` *', 'x == "abc"']],
  ['x == "abc', ['End the string', 'x == "abc"']],
  ['x == "abc   # of x', ['End the string', 'x == "abc"   # of x']],
  ['x == "a\\q"', ['Write `"a\\\\q"` *', 'x == "a\\\\q"']],
  ['x & y', ['Write `and` *', 'x and y']],
  ['x&&y', ['Write `and` *', 'x and y']],
  ['(x)|y', ['Write `or` *', '(x) or y']],
  ['x || y', ['Write `or` *', 'x or y']],
  ['~x', ['Write `not` *', 'not x']],
  ['(!x)', ['Write `not` *', '(not x)']],
  ['1 + !x', ['Write `not` *', '1 + (not x)']],
  ['True', ['Write `true` *', 'true']],
  ['if x then False else y', ['Write `false` *', 'if x then false else y']],
  ['sum(x, axis=None)', ['Leave the argument out *', 'sum(x)']],
  ['mean(x, axis=None, keepdims=true)', ['Leave the argument out *', 'mean(x, keepdims=true)']],
  ['x[None]', ['Write `expand_dims` *', 'expand_dims(x, axis=0)']],
  ['1_000', ['Write `1000` *', '1000']],
  ['1 + if a then b else c', ['Put parentheses around it *', '1 + (if a then b else c)']],
  ['1 + not a', ['Put parentheses around it *', '1 + (not a)']],
  ['a .b', ['Remove the space *', 'a.b']],
  ['x > 95%', ['Write `0.95` *', 'x > 0.95']],
  ['f(at, 1)', ['Write `data.at`', 'f(data.at, 1)']],
  ['(a + b', ['Close it with `)`', '(a + b)']],
  ['f(a, [b, c)', ['Close it with `]`', 'f(a, [b, c])']],
  ['x[1', ['Close it with `]`', 'x[1]']],
  ['a = b', ['Write `==` *', 'a == b']],
  ['...'],
]
describe('in an expression', () => test.each(inLet)('%s', (before, ...fixes) => expect(on(before, 'let x = ')).toEqual(rows(fixes))))

const inHypothesis: Row[] = [
  ['node in = a at b', ['Rename to `in_` *', 'node in_ = a at b']],
  ['node inf = a at b', ['Rename to `inf_` *', 'node inf_ = a at b']],
  ['node a = \'x\' == y at b', ['Write `"x"` *', 'node a = "x" == y at b']],
  ['node a = b at \'t\'', ['Write `"t"` *', 'node a = b at "t"']],
  ['node x[l in [1, 2] = a at b', ['Close it with `]`', 'node x[l in [1, 2]] = a at b']],
  ['node x = f(a or b at c from d', ['Close it with `)`', 'node x = f(a or b) at c from d']],
  ['node x = a at b from c through d', ['Put brackets around it *', 'node x = a at b from c through [d]']],
  ['node x = a at b from c through [d, e', ['Close it with `]`', 'node x = a at b from c through [d, e]']],
  ['node x a at b', ['Write `=` *', 'node x = a at b']],
  ['for l in [1, 2] node x = a at b }', ['Open a block', 'for l in [1, 2] { node x = a at b }']],
  ['let x = a = b', ['Write `==` *', 'let x = a == b']],
]
describe('in a hypothesis', () => {
  test.each(inHypothesis)('%s', (before, ...fixes) => {
    const found = on(before, 'hypothesis h { ', ' }')
    expect(found.filter(([title]) => fixes.some(([wanted]) => wanted === title))).toEqual(rows(fixes))
    expect(found.length).toBe(fixes.length)
  })
})

const inFile: Row[] = [
  ['graph {\n  rewrite a = score + rest with score = b\n}', ['Rename to `score_` *', 'graph {\n  rewrite a = score_ + rest with score_ = b\n}']],
  ['graph {\n  component at = "x"\n}\nhypothesis h {\n  node a = inf at at\n  node inf = a at b\n}', ['Rename to `at_` *', 'graph {\n  component at_ = "x"\n}\nhypothesis h {\n  node a = inf at at_\n  node inf = a at b\n}'], ['Rename to `inf_` *', 'graph {\n  component at = "x"\n}\nhypothesis h {\n  node a = inf at at\n  node inf_ = a at b\n}']],
  ['let a = score + 1', ['Write `data.score`', 'let a = data.score + 1']],
  ['model toy.onnx', ['Write `"toy.onnx"` *', 'model "toy.onnx"']],
  ['data my/toy.jsonl limit 5', ['Write `"my/toy.jsonl"` *', 'data "my/toy.jsonl" limit 5']],
  ['expect a recovered > 5', ['Write `5%` *', 'expect a recovered > 5%']],
  ['expect a > 5%', ['Write `recovered` *', 'expect a recovered > 5%']],
  ['hypothesis h', ['Write an empty block', 'hypothesis h {}']],
  ['hypothesis h {\n  node a = b at c  # d\nexpect h recovered > 1%', ['Close the block', 'hypothesis h {\n  node a = b at c  # d\n}\nexpect h recovered > 1%']],
  ['hypothesis h { node a = b at c', ['Close the block', 'hypothesis h { node a = b at c }']],
  ['graph {\n  point a = b', ['Close the block', 'graph {\n  point a = b\n}']],
  ['let a = 1\n}', ['Remove `}`', 'let a = 1\n']],
  ['mdel "toy.onnx"', ['Change to `model` *', 'model "toy.onnx"']],
  ['metrics loss = a', ['Change to `metric` *', 'metric loss = a']],
  ['hypothesis h {\n  data "f"  # d\n  node a = b at c\n}', ['Move it out of the block', 'data "f"\nhypothesis h {\n  node a = b at c\n}']],
  ['hypothesis h {\n  use transformer\n}', ['Move it into a graph', 'graph {\n  use transformer\n}\nhypothesis h {\n}']],
  ['graph {\n  point x = y\n}\nhypothesis h {\n  component a = b\n  node a = b at c\n}', ['Move it into the graph', 'graph {\n  point x = y\n  component a = b\n}\nhypothesis h {\n  node a = b at c\n}']],
  ['hypothesis h {\n  node a = b at c\n}\nnode d = e at f', ['Move it into the hypothesis', 'hypothesis h {\n  node a = b at c\n  node d = e at f\n}\n']],
  ['graph {\n  node d = e at f\n}\nhypothesis h {\n  node a = b at c\n}', ['Move it into the hypothesis', 'graph {\n}\nhypothesis h {\n  node a = b at c\n  node d = e at f\n}']],
  ['point a = b', ['Put a graph around it', 'graph {\n  point a = b\n}']],
]
describe('in a file', () => test.each(inFile)('%s', (before, ...fixes) => expect(on(before)).toEqual(rows(fixes))))

test('statements of a hypothesis that is not there', () => {
  expect(on('let x = 1\nnode a = x at b\nrefine a from c')[0]).toEqual(['Put a hypothesis around it', 'let x = 1\nhypothesis "name" {\n  node a = x at b\n  refine a from c\n}'])
})

test('several findings in one line', () => {
  expect(on('let x = a & b | ~c')).toEqual([
    ['Write `and` *', 'let x = a and b | ~c'],
    ['Write `or` *', 'let x = a & b or ~c'],
    ['Write `not` *', 'let x = a & b | not c'],
  ])
})
