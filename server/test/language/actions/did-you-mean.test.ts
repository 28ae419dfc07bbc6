/** Misspelt names: the titles offered, a star after the one that is surely meant, and the text after each. */
import { describe, expect, test } from 'vitest'
import { model, transformer, transformerNames } from '../../hypothesis/models.ts'
import { given } from '../../hypothesis/check.ts'
import type { Around } from '../check.ts'
import { fixed } from './fixed.ts'

const graph = model(
  ['tokens: int64[N, 4]', 'x: float32[N]'],
  ['h: float32[N, 4, 8] = tokens', '/blocks.0/z: float32[N, 4, 8] = h', 'logits: float32[N, 2] = /blocks.0/z, x'],
  ['logits'],
  ['W'],
)
const MODEL: Around = { given: given(graph, ['tokens: int64[4]', 'x: float32', 'label: int64', 'colour: string', 'my col: float32', 'model: float32']) }
const STREAM: Around = { given: given(transformer, ['tokens: int64[4]', 'label: int64']) }

const HEAD = 'model "m.onnx"\ndata "d.npz"\nmetric loss = cross_entropy(logits, label)\n'
const NODE = '\nhypothesis h { node out = exact at logits }\n'

type Row = [code: string, part: string, ...fixes: [title: string, after: string][]]

const inFile: Row[] = [
  ['unknown-column', 'let a = tokns[0]\nlet b = a', ['Change to `tokens` *', 'let a = tokens[0]\nlet b = a']],
  ['unknown-column', 'let a = xx + tokens[0]', ['Change to `x` *', 'let a = x + tokens[0]']],
  ['unknown-column', 'let a = data.colur == "red"', ['Change to `colour` *', 'let a = data.colour == "red"']],
  ['unknown-column', 'let a = data.my_col + 1', ['Change to `my col` *', 'let a = data["my col"] + 1']],
  ['unknown-column', 'let a = my_col + 1', ['Change to `my col` *', 'let a = data["my col"] + 1']],
  ['unknown-column', 'let a = data["my kol"] + 1', ['Change to `my col` *', 'let a = data["my col"] + 1']],
  ['unknown-column', 'let a = modell + 1', ['Change to `model` *', 'let a = data["model"] + 1']],
  ['unknown-column', 'vocab tokns = ["a"]', ['Change to `tokens` *', 'vocab tokens = ["a"]']],
  ['unknown-function', 'let a = flop(tokens)', ['Change to `flip` *', 'let a = flip(tokens)']],
  ['unknown-place', 'let a = sum(weight("V"))', ['Change to `W` *', 'let a = sum(weight("W"))']],
  ['unknown-token', 'vocab tokens = ["[start]", "("]\nlet a = tokens == "[strt]"', ['Change to `"[start]"` *', 'vocab tokens = ["[start]", "("]\nlet a = tokens == "[start]"']],
  ['unknown-token', 'let a = colour == "blu"', ['Change to `"blue"` *', 'let a = colour == "blue"']],
  ['unknown-place', 'graph { component a = "logit" }', ['Change to `logits` *', 'graph { component a = "logits" }']],
  ['unknown-place', 'graph { component a = "/block.0/z"[1:3] }', ['Change to `/blocks.0/z` *', 'graph { component a = "/blocks.0/z"[1:3] }']],
  ['unknown-place', 'graph { component a = model.logit }', ['Change to `logits` *', 'graph { component a = logits }']],
  ['syntax', 'option sample 100', ['Change to `samples` *', 'option samples 100']],
  ['syntax', 'option unimportant seperate', ['Change to `separate` *', 'option unimportant separate']],
]

const unused = (fixes: Row[2][]) => fixes.map(([title, after]) => [title, after])

describe('in a file', () => {
  test.each(inFile)('%s: %s', (code, part, ...fixes) => {
    // A let is only looked into where it is used.
    const use = !part.includes('weight') && /^let (a)\b/m.test(part) ? '\nhypothesis k { node p = sum(a) > 0 at "/blocks.0/z" node out = exact at logits from p }' : NODE
    expect(fixed(part, code, MODEL, undefined, HEAD, use)).toEqual(unused(fixes))
  })
})

const inHypothesis: Row[] = [
  ['unknown-column', 'node p = tokns[0] > 1 at h', ['Change to `tokens` *', 'node p = tokens[0] > 1 at h']],
  ['unknown-node', 'node p = any at h from tokns', ['Change to `tokens` *', 'node p = any at h from tokens']],
  ['unknown-node', 'node count[i in [0, 1]] = any at h[i] node q = any at "/blocks.0/z" from cout[1]', ['Change to `count` *', 'node count[i in [0, 1]] = any at h[i] node q = any at "/blocks.0/z" from count[1]']],
  ['unknown-node', 'node count = any at h refine cuont = x > 0', ['Change to `count` *', 'node count = any at h refine count = x > 0']],
  ['unknown-column', 'node p = any at h from data.tokns', ['Change to `tokens` *', 'node p = any at h from data.tokens']],
  ['unknown-place', 'node p = any at logit_[0]', ['Change to `logits` *', 'node p = any at logits[0]']],
]
describe('in a hypothesis', () => {
  test.each(inHypothesis)('%s: %s', (code, part, ...fixes) => {
    const rest = 'node out = exact at logits[1] }'
    expect(fixed(part, code, MODEL, undefined, `${HEAD}hypothesis k { `, ` ${rest}`)).toEqual(unused(fixes))
  })
})

const hypotheses: Row[] = [
  ['unknown-hypothesis', 'expect hh recovered > 50%', ['Change to `h` *', 'expect h recovered > 50%']],
  ['unknown-hypothesis', 'hypothesis "the other" extends "h h" { node out = any at logits }\nexpect "the othr" recovered > h', ['Change to `the other`', '']],
]
test('a hypothesis, as a word and in quotes', () => {
  expect(fixed(hypotheses[0]![1], 'unknown-hypothesis', MODEL, undefined, HEAD + NODE)).toEqual(unused(hypotheses[0]!.slice(2) as Row[2][]))
  const two = (name: string) => `hypothesis "the other" { node out = any at logits }\nexpect ${name} recovered > h`
  expect(fixed(two('"the othr"'), 'unknown-hypothesis', MODEL, undefined, HEAD + NODE)).toEqual([['Change to `the other` *', two('"the other"')]])
  expect(fixed(two('the_other'), 'unknown-hypothesis', MODEL, undefined, HEAD + NODE)).toEqual([['Change to `the other` *', two('"the other"')]])
})

const places: Row[] = [
  ['unknown-place', 'node p = any at a1.ho', ['Change to `a1.h0`', 'node p = any at a1.h0'], ['Change to `a1.h1`', 'node p = any at a1.h1']],
  ['unknown-place', 'node p = any at a[1].hh[0]', ['Change to `a1.h0`', 'node p = any at a1.h0[0]'], ['Change to `a1.h1`', 'node p = any at a1.h1[0]']],
  ['unknown-place', 'node p = any at embb[1]', ['Change to `emb` *', 'node p = any at emb[1]']],
  ['unknown-place', 'node p = any at "/a1/h9"[1]', ['Change to `/a1/h0`', 'node p = any at "/a1/h0"[1]'], ['Change to `/a1/h1`', 'node p = any at "/a1/h1"[1]'], ['Change to `/a0/h0`', 'node p = any at "/a0/h0"[1]']],
  ['unknown-place', 'node p[l in range(2)] = any at aa[l].h[0]', ['Change to `a0.h0` *', 'node p[l in range(2)] = any at a[l].h[0]']],
  ['unknown-place', 'node p = any at a1.in node q = any at logits from p through [a1.h0, a1.hh1]', 
    ['Change to `a1.h1`', 'node p = any at a1.in node q = any at logits from p through [a1.h0, a1.h1]'],
    ['Change to `a0.h1`', 'node p = any at a1.in node q = any at logits from p through [a1.h0, a0.h1]'],
    ['Change to `a1.h0`', 'node p = any at a1.in node q = any at logits from p through [a1.h0, a1.h0]']],
  ['unknown-place', 'node p = any at mid1', ['Change to `/mid1` *', 'node p = any at "/mid1"']],
]
describe('a place', () => {
  test.each(places)('%s: %s', (code, part, ...fixes) => {
    const out = part.includes('logits') ? '' : ' node out = exact at logits'
    expect(fixed(part, code, STREAM, undefined, `${HEAD}${transformerNames}\nhypothesis k { `, `${out} }`)).toEqual(unused(fixes))
  })
})

test('a model input without a column of its name', () => {
  const around: Around = { given: given(model(['token: int64[N, 4]', 'x: float32[N]'], ['logits: float32[N, 2] = token, x'], ['logits']), ['tokens: int64[4]', 'x: float32', 'label: int64']) }
  const text = (data: string) => `model "m.onnx"\n${data}\nmetric loss = cross_entropy(logits, label)\n${NODE}`
  expect(fixed(text('data "d.npz"'), 'data-mismatch', around)).toEqual([['Change to `tokens` *', text('data "d.npz" as { token = tokens }')]])
  expect(fixed(text('data "d.npz" as { x = x }'), 'data-mismatch', around)).toEqual([['Change to `tokens` *', text('data "d.npz" as { x = x, token = tokens }')]])
  expect(fixed(text('data "d.npz" as { tokn = tokens }').replace('tokn', 'toke'), 'data-mismatch', around)[0]).toEqual(['Change to `token` *', text('data "d.npz" as { token = tokens }')])
})

test('no name is near', () => {
  expect(fixed('let a = nothing_like_it', 'unknown-column', MODEL, undefined, HEAD, '\nhypothesis k { node p = a > 0 at h node out = exact at logits from p }')).toEqual([])
})
