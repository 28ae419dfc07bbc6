/** Colours: `text:type`, with modifiers behind a dot, in the order of the text. */
import { describe, expect, test } from 'vitest'
import { legend, semanticTokens } from '../../src/language/semantic-tokens.ts'
import { type Around, NOTHING, snapshotOf, TOY, TOY_HEAD } from './check.ts'

const tokens = (text: string, around: Around = NOTHING, range?: { start: number; end: number }) =>
  semanticTokens(snapshotOf(text, around), range).map(({ span, type, modifiers }) => `${text.slice(span.start, span.end)}:${[type, ...modifiers].join('.')}`)

describe('every word as what it stands for', () => {
  test.each<[string, string, string[]]>([
    ['statements of the file', 'model "m.onnx"\nvocab t = "v"  # c', ['model:keyword', '"m.onnx":string', 'vocab:keyword', 't:property.readonly', '=:operator', '"v":string', '# c:comment']],
    ['data', 'data "d" as { x = t } filter not t limit 3', ['data:keyword', '"d":string', 'as:keyword', 'x:enumMember.readonly', '=:operator', 't:property.readonly', 'filter:keyword', 'not:keyword', 't:property.readonly', 'limit:keyword', '3:number']],
    ['a let and a function', 'let a[i] = sum(data.x, axis=-1) + a[i]', ['let:keyword', 'a:macro.declaration', 'i:parameter.declaration', '=:operator', 'sum:function.defaultLibrary', 'data:namespace', 'x:property.readonly', 'axis:parameter', '=:operator', '-:operator', '1:number', '+:operator', 'a:macro', 'i:parameter']],
    ['a hypothesis in quotes', 'hypothesis "a b" { refine n = exact }', ['hypothesis:keyword', '":string', 'a b:class.declaration', '":string', 'refine:keyword', '=:operator', 'exact:keyword']],
    ['nodes and places', 'hypothesis h { node n = z at "/x" from z, m }\nhypothesis i extends h { refine n at t[1] }',
      ['hypothesis:keyword', 'h:class.declaration', 'node:keyword', 'n:variable.declaration', '=:operator', 'z:property.readonly', 'at:keyword', '":string', '/x:string.readonly', '":string', 'from:keyword', 'z:property.readonly', 'm:property.readonly',
        'hypothesis:keyword', 'i:class.declaration', 'extends:keyword', 'h:class', 'refine:keyword', 'n:variable.modification', 'at:keyword', 't:enumMember.readonly', '1:number']],
    ['names of the graph', 'graph { component a[l in range(2)].in = "/x{l}"\n point p = a0.in }',
      ['graph:keyword', 'component:keyword', 'a:struct.declaration', 'l:parameter.declaration', 'in:keyword', 'range:function.defaultLibrary', '2:number', 'in:struct.declaration', '=:operator', '":string', '/x:string.readonly', '{:string', 'l:parameter', '}":string',
        'point:keyword', 'p:interface.declaration', '=:operator', 'a0:struct', 'in:struct']],
    ['options', 'option unimportant together', ['option:keyword', 'unimportant:property', 'together:enumMember']],
    ['expectations', 'hypothesis h {}\nexpect h recovered > -5%', ['hypothesis:keyword', 'h:class.declaration', 'expect:keyword', 'h:class', 'recovered:keyword', '>:operator', '-:operator', '5:number', '%:operator']],
    ['words of the language after a dot are names', 'let a = data.node', ['let:keyword', 'a:macro.declaration', '=:operator', 'data:namespace', 'node:property.readonly']],
  ])('%s', (_, text, expected) => expect(tokens(text)).toEqual(expected))
})

test('an output in a metric is a tensor when the model is known', () => {
  const metric = (around: Around) => tokens(TOY_HEAD, around).find((token) => token.startsWith('logit'))
  expect(metric(TOY)).toBe('logit:enumMember.readonly')
  expect(metric(NOTHING)).toBe(undefined)
})

test('a range: only what touches it', () => {
  const text = 'let a = 1\nlet b = a\nlet c = 3'
  expect(tokens(text, NOTHING, { start: 10, end: 19 })).toEqual(['let:keyword', 'b:macro.declaration', '=:operator', 'a:macro'])
})

test('the legend has what is used, once', () => {
  expect(new Set(legend.types).size).toBe(legend.types.length)
  expect(new Set(legend.modifiers).size).toBe(legend.modifiers.length)
})
