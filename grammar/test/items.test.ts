/** Items: text to S-expression, without findings. */
import { expect, test } from 'vitest'
import { parse } from '../src/index.ts'
import { sexpr } from './sexpr.ts'
import { samples } from './table.ts'

const table: [text: string, tree: string][] = [
  ['model "a.onnx"', '(model "a.onnx")'],
  ['data "f" as {a = tokens, "b.c" = ones_like(tokens),} filter limit > 3 limit 10', '(data "f" a=tokens "b.c"=(ones_like tokens) filter (cmp limit > 3) limit 10)'],
  ['vocab tokens = ["a", "b"]', '(vocab tokens ["a" "b"])'],
  ['vocab data.node = "vocab.json"', '(vocab node "vocab.json")'],
  ['metric loss = f(a) score acc = b', '(metric loss (f a)) (score acc b)'],
  ['let a = 1 let h[i, j] = x[i]', '(let a 1) (let h[i j] ([] x i))'],
  ['graph {}', '(graph )'],
  ['graph { use transformer component z[l in range(12)] = "/blocks.{l}/z" point a.b = t[2:5] }',
    '(graph (use transformer) (component z[(l in (range 12))] "/blocks.{l}/z") (point (. a b) ([] t (: 2 5 _))))'],
  ['graph { component a[l in range(2)].q = "t{l}" }', '(graph (component (. ([] a l) q)[(l in (range 2))] "t{l}"))'],
  ['graph { rewrite a0.h0[1] = phi + rest with phi = load("f"), b = 2 }', '(graph (rewrite ([] (. a0 h0) 1) (+ phi rest) phi=(load "f") b=2))'],
  ['graph { for l in [1, 2] { component c = d } }', '(graph (for (l in [1 2]) : (component c d)))'],
  ['hypothesis h extends "A b", c { }', '(hypothesis h < "A b" < c : )'],
  ['hypothesis h { node x = exact at logits }', '(hypothesis h : (node x = <exact> at logits))'],
  ['hypothesis h { node x[(l, h) in [(9,6),(9,9)]] = a at b }', '(hypothesis h : (node x[(l,h in [(tuple 9 6) (tuple 9 9)])] = a at b))'],
  ['hypothesis h { node x[i in range(4), j in [1,2]] = a at b[i] }', '(hypothesis h : (node x[(i in (range 4)) (j in [1 2])] = a at ([] b i)))'],
  ['hypothesis h { node x = a at model["/z"][1] from p, q[i], data.for through [m0, a1.h0], s through any }',
    '(hypothesis h : (node x = a at ([] ([] model "/z") 1) from (p) (([] q i)) ((. data for) through [m0 (. a1 h0)]) (s through any)))'],
  ['hypothesis h { refine depth = a from b }', '(hypothesis h : (refine depth = a from (b)))'],
  ['hypothesis h { refine count[l in [1,2]] from at1[l] refine x[1] = y refine z[(1, 2)] at w }',
    '(hypothesis h : (refine count[(l in [1 2])] from (([] at1 l))) (refine x[1] = y) (refine z[(tuple 1 2)] at w))'],
  ['hypothesis h { for l in [1], k in r { let a = l option seed 3 for m in q { node n = a at b } } }',
    '(hypothesis h : (for (l in [1]) (k in r) : (let a l) (option seed 3) (for (m in q) : (node n = a at b))))'],
  ['option unimportant together option samples 10000', '(option unimportant together) (option samples 10000)'],
  ['expect NAME recovered >= 85% expect A recovered < -50 % expect A recovered > "B c"',
    '(expect NAME >= 85%) (expect A < -50%) (expect A > "B c")'],
]

test.each(table)('%s', (text, tree) => {
  const { file, findings } = parse(text)
  expect(findings).toEqual([])
  expect(sexpr(file)).toBe(tree)
})

test.each(samples)('the sample $name', ({ text }) => {
  const { file, findings } = parse(text)
  expect(findings).toEqual([])
  expect(file.items.map(sexpr)).toMatchSnapshot()
})
