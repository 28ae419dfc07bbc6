/** Outline, folding and growing selections. */
import { describe, expect, test } from 'vitest'
import { folding } from '../../src/language/folding.ts'
import { outline, type OutlineEntry } from '../../src/language/outline.ts'
import { selectionRanges } from '../../src/language/selection-ranges.ts'
import { transformerNames } from '../hypothesis/models.ts'
import { cursorOf, NOTHING, snapshotOf } from './check.ts'

describe('outline', () => {
  /** One line an entry: kind, name, detail, and the text of its name. */
  const drawn = (text: string, entries: readonly OutlineEntry[] = outline(snapshotOf(text, NOTHING)), indent = ''): string[] => entries.flatMap((entry) => {
    const { name, detail, kind, span, nameSpan, children } = entry
    if (nameSpan.start < span.start || nameSpan.end > span.end) throw new Error(`the name of ${name} lies outside of it`)
    return [`${indent}${kind} ${name}${detail === undefined ? '' : ` | ${detail}`} | ${text.slice(nameSpan.start, nameSpan.end)}`, ...drawn(text, children, `${indent}  `)]
  })

  test('of every kind of statement', () => {
    expect(drawn(`model "m.onnx"
data "d.npz"
vocab tokens = ["a"]
metric loss = f(logits,
  label)
let horizon[i] = tokens[i]
option seed 3
${transformerNames.trim()}
hypothesis "a b" {
  option samples 10
  let x = 1
  for i in [1, 2] {
    node n = x at a[i].h0 from m0
  }
}
hypothesis c extends "a b" {
  refine n = 2
}
expect "a b" recovered > 5%
`)).toEqual([
      'model m.onnx | model | "m.onnx"',
      'data d.npz | data | "d.npz"',
      'vocab tokens | vocab | tokens',
      'metric loss | f(logits, label) | loss',
      'let horizon | tokens[i] | horizon',
      'option option seed 3 | seed',
      'graph graph | graph',
      '  component a[l in range(2)].h | "/a{l}/h{h}" | a[l in range(2)].h',
      '  component m | "/m{l}" | m',
      '  component emb | "embed" | emb',
      '  point a[l in range(2)].in | "/in{l}" | a[l in range(2)].in',
      'hypothesis a b | "a b"',
      '  option option samples 10 | samples',
      '  let x | 1 | x',
      '  for for i in [1, 2] | for',
      '    node n | x at a[i].h0 | n',
      'hypothesis c | extends a b | c',
      '  refine n | refine | n',
      'expect expect "a b" recovered > 5% | "a b"',
    ])
  })
  test('of a file that is being typed', () => expect(drawn('model\nhypothesis {\n  node = 1\nlet\n)\n')).toEqual(['model model | model | model', 'hypothesis hypothesis | hypothesis', '  node node | 1 | node', '  let let | let']))
})

describe('folding', () => {
  /** Line numbers from 1, and what kind. */
  const folds = (text: string) => folding(snapshotOf(text, NOTHING)).map(({ span, kind }) => {
    const line = (offset: number) => text.slice(0, offset).split('\n').length
    return `${line(span.start)}-${line(span.end)} ${kind}`
  })
  test.each<[string, string, string[]]>([
    ['blocks, their last line stays', 'hypothesis h {\n  for i in [1] {\n    node n = 1 at x\n  }\n}\ngraph {}', ['1-4 block', '2-3 block']],
    ['lists', 'let a = [1,\n  2,\n  3]\nlet b = f(\n  x\n)', ['1-3 list', '4-5 list']],
    ['runs of comments', '# a\n# b\n\n# c\nlet a = 1 # d\n# e\n# f', ['1-2 comment', '6-7 comment']],
    ['nothing on one line', 'hypothesis h { node n = 1 at x }', []],
    ['what is not closed', 'hypothesis h {\n  node n = f(\n}', ['1-2 block']],
  ])('%s', (_, text, expected) => expect(folds(text)).toEqual(expected))
})

describe('a growing selection', () => {
  const grown = (marked: string) => {
    const { text, offset } = cursorOf(marked)
    return selectionRanges(snapshotOf(text, NOTHING), offset).map(({ start, end }) => text.slice(start, end))
  }
  test('from a word to the file', () => expect(grown('let a = 1\nhypothesis h {\n  node n = f(x + $0y[1], 2) at z\n}')).toEqual([
    'y', 'y[1]', 'x + y[1]', 'x + y[1], 2', '(x + y[1], 2)', 'f(x + y[1], 2)', 'node n = f(x + y[1], 2) at z', '\n  node n = f(x + y[1], 2) at z\n', '{\n  node n = f(x + y[1], 2) at z\n}',
    'hypothesis h {\n  node n = f(x + y[1], 2) at z\n}', 'let a = 1\nhypothesis h {\n  node n = f(x + y[1], 2) at z\n}',
  ]))
  test('a word of a name, the name, its slice', () => expect(grown('hypothesis h { node n = 1 at a1.$0in[3] }').slice(0, 3)).toEqual(['in', 'a1.in', 'a1.in[3]']))
  test.each<[string, string[]]>([
    ['model "m.$0onnx"', ['onnx', 'm.onnx', '"m.onnx"', 'model "m.onnx"']],
    ['model "/blocks.0/at$0tn.q/z"', ['attn', 'attn.q', '/blocks.0/attn.q/z', '"/blocks.0/attn.q/z"', 'model "/blocks.0/attn.q/z"']],
    ['model "/a/$0/b"', ['/a//b', '"/a//b"', 'model "/a//b"']],
    ['vocab t = ["an 𝔸$0B", "c"]', ['𝔸B', 'an 𝔸B', '"an 𝔸B"', '"an 𝔸B", "c"', '["an 𝔸B", "c"]', 'vocab t = ["an 𝔸B", "c"]']],
    ["model 'a/$0b'", ['b', 'a/b', "'a/b'", "model 'a/b'"]],
    ['model "a/b$0', ['b', 'a/b', '"a/b', 'model "a/b']],
    ['model "$0"', ['""', 'model ""']],
    ['model "$0', ['"', 'model "']],
  ])('by the steps of a path, inside quotes, then with them: %s', (marked, expected) => expect(grown(marked)).toEqual(expected))
  test('a comment', () => expect(grown('let a = 1\n# so $0it is').slice(0, 1)).toEqual(['# so it is']))
  test('an empty file', () => expect(grown('$0')).toEqual(['']))
})
