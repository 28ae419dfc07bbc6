/** Every mistake that binding finds: the part of a file that makes it, and what is said. Lines count from the part. */
import { expect, test } from 'vitest'
import type { Tensor } from '../../src/onnx/types.ts'
import { findings, given } from './check.ts'
import { model } from './models.ts'

const graph = model(
  ['tokens: int64[N, 4]', 'x: float32[N]'],
  ['h: float32[N, 4, 8] = tokens', 'scale: float32[8] = h', 'odd: float32 = h', 'flat: float32[4, N] = h', 'logits: float32[N, 2] = h, x', 'state: float32[N, S] = h'],
  ['logits', 'state'],
  ['W'],
)
const columns = ['tokens: int64[4]', 'x: float32', 'label: int64', 'colour: string']
const from = given(graph, columns, {
  load: (path) => (path === 'v.npy' ? ({ dtype: 'float32', dims: [4], data: new Float32Array(4) } satisfies Tensor) : `${path} does not exist; it is looked for beside this file.`),
  vocab: (path) => (path === 'vocab.json' ? ['a', 'b'] : `${path} does not exist; it is looked for beside this file.`),
})

const HEAD = 'model "m.onnx" data "d.npz" metric loss = cross_entropy(logits, label)\n'
const NODE = 'hypothesis h { node out = exact at logits }\n'

/** `part` in a file with all that a file needs besides. */
function check(part: string): string[] {
  const needs = { model: 'model "m.onnx" ', data: 'data "d.npz" ', metric: 'metric loss = cross_entropy(logits, label) ', hypothesis: NODE.replace('\n', ' ') }
  const has = (word: string) => new RegExp(`^\\s*${word === 'metric' ? '(metric|score)' : word}\\b`, 'm').test(part)
  const head = Object.entries(needs).map(([word, text]) => (has(word) ? '' : text)).join('')
  return findings(`${head}\n${part}`, from).map((line) => line.replace(/^(\d+)/, (n) => String(Number(n) - 1)))
}

/** Statements inside one hypothesis that has an output node. */
const inside = (part: string): string[] => check(`hypothesis h { node out = exact at logits\n${part}\n}`).map((line) => line.replace(/^(\d+)/, (n) => String(Number(n) - 1)))

test('a sound file has no findings', () => expect(findings(HEAD + NODE, from)).toEqual([]))

test.each([
  // names
  ['let a = tokns[0]\nlet b = a', ['1:9 unknown-column `tokns` is no column, let or node here; closest: `tokens`.']],
  ['vocab colors = ["a"]', ['1:7 unknown-column `colors` is no column of d.npz; closest: `colour`.']],
  ['metric loss = mean(logts)', ['1:20 unknown-column `logts` is no column, let or node here; closest: `logits`.']],
  ['metric loss = mean(h)', ['1:20 unknown-place `h` is a tensor inside m.onnx, and a metric reads only its outputs; they are `logits`, `state`.']],
  ['metric loss = mean(model.logits) + mean(logits)', []],
  ['metric loss = model.nothing + mean(logits)', ['1:15 unknown-place `nothing` is no output of m.onnx; they are `logits`, `state`.']],
  ['let a = flop(tokens)', ['1:9 unknown-function There is no function `flop`; closest: `flip`.']],
  ['let a = weight("V")', ['1:16 unknown-place The model has no weight `V`; closest: `W`.']],
  ['let a = sum(weight("V"))\nhypothesis k { node p = a > 0 at h  node out = exact at logits from p }', ['1:20 unknown-place The model has no weight `V`; closest: `W`.']],
  ['let a = load("w.npy")', ['1:14 data-unreadable w.npy does not exist; it is looked for beside this file.']],
  ['let a = sum(load("v.npy")) + sum(weight("W"))', []],
  ['let a = 1\nlet a = 2', ['2:5 duplicate-name `a` is defined twice; give one of them another name.']],
  ['let a = b\nlet b = a', ['2:9 cycle `a` is defined by itself; take one of the names out of the circle.']],
  ['let x = x + 1', ['1:9 cycle `x` is defined by itself; write `data.x` for the column.']],
  // vocab
  ['vocab tokens = "vocab.json"', []],
  ['vocab tokens = "other.json"', ['1:16 data-unreadable other.json does not exist; it is looked for beside this file.']],
  ['vocab tokens = ["a", 2]', ['1:22 type-mismatch A vocabulary is a list of strings, the first for id 0, or the path of a vocab.json or tokenizer.json.']],
  ['vocab tokens = "vocab.json"\nvocab tokens = ["a"]', ['2:7 duplicate-name `tokens` has a vocabulary already; remove one of the two.']],
  ['vocab x = ["a"]', ['1:7 type-mismatch A vocabulary shows token ids, which are integers, but `x` is float32; leave this statement out.']],
  // metric
  ['metric loss = logits', ['1:15 metric-shape A metric is one number per datum, but `loss` has the shape [2] per datum; index it, or take `mean(…)` or `sum(…)` of it.']],
  ['metric loss = (logits[0], logits[1])', ['1:15 metric-shape A metric is one number per datum, but `loss` is a tuple of 2; choose one of them, or add them up.']],
  ['metric loss = 3', ['1:15 metric-shape A metric is one number per datum, but `loss` is the same constant for every datum; read an output of the model.']],
  ['metric loss = x', ['1:15 no-output-node `loss` reads no output of the model, so no hypothesis can change it; name one of `logits`, `state`.']],
  ['metric loss = logits[0:1]', []],
  ['metric loss = colour', ['1:15 metric-shape A metric is one number per datum, but `loss` is a string; compare it with `==` or map it to a number.']],
  ['metric loss = logits[5]', ['1:22 shape-mismatch Index 5 is outside an axis of length 2 (-2 to 1).']],
  ['metric loss = mean(state)', ['1:20 shape-mismatch The output `state` cannot be read: the length of its axis 0 (`S`) is not known.']],
  ['metric loss = logits[0]\nscore loss = logits[1]', ['2:7 duplicate-name There are two metrics `loss`; give one of them another name.']],
  // data
  ['data "d.npz" as { x = label, tokens = tokens }', []],
  ['data "d.npz" as { y = label }', ['1:19 data-mismatch `y` is no input of m.onnx; closest: `x`.']],
  ['data "d.npz" as { x = label, x = x }', ['1:30 duplicate-name The model input `x` is given twice; remove one of the two.']],
  ['data "d.npz" as { x = tokens }', ['1:23 data-mismatch The column `tokens` is [4] per datum, but the model input `x` is one number; reshape it with `as { x = … }`.']],
  ['data "d.npz" as { x = colour }', ['1:23 data-mismatch The column `colour` is string, but the model input `x` is float32; models read numbers: give it token ids or another numeric column.']],
  ['data "d.npz" as { tokens = x * ones_like(tokens) }', ['1:28 data-mismatch This expression is float64, but the model input `tokens` is int64; convert it with `as { tokens = … }`.']],
  ['data "d.npz" as { x = 1 }', ['1:23 data-mismatch The model input `x` would be the same for every datum; give it a column, or an expression over columns such as `ones_like(COLUMN)`.']],
  ['data "d.npz" as { x = nothing }', ['1:23 unknown-column `nothing` is no column, let or node here.']],
  ['data "d.npz" as { x = logits[0] }', ['1:23 feature-reads-tensor `logits` is a tensor of m.onnx, which only a metric can read; name a column here, or in a feature also a node.']],
  ['data "d.npz" filter label > 0 limit 10', []],
  ['data "d.npz" filter tokens > 0', ['1:21 type-mismatch A filter is true or false for each datum, but this is of shape [4] per datum; compare a column with something, or take `any(…)` or `all(…)`.']],
  ['data "d.npz" filter label', ['1:21 type-mismatch A filter is true or false for each datum, but this is int64; compare a column with something, or take `any(…)` or `all(…)`.']],
  ['data "d.npz" filter true', ['1:21 type-mismatch A filter is true or false for each datum, but this is the same for every datum; compare a column with something, or take `any(…)` or `all(…)`.']],
  // options and expectations
  ['option samples 0', ['1:16 unknown-option `option samples` takes a whole number from 2 to 9007199254740991.']],
  ['option seed 1 option seed 2', ['1:22 duplicate-name `option seed` is given twice; remove one of the two.']],
  ['option colour 3', ['1:8 syntax `colour` is not an option: write `unimportant`, `samples`, `seed` or `pool`.']],
  ['expect h recovered > 50%\nexpect k recovered > h', ['2:8 unknown-hypothesis There is no hypothesis `k`; closest: `h`.']],
  ['expect h recovered > k', ['1:22 unknown-hypothesis There is no hypothesis `k`; closest: `h`.']],
  // graph
  ['graph { use transformer }', ['1:9 no-transformer `use transformer` does not understand m.onnx: no attention was found in it: no Softmax stands between a product of queries and keys and a product with values. Declare the heads and MLPs with `component NAME = "tensor"` and what lies between with `point`.']],
  ['graph { use convolutions }', ['1:13 syntax `convolutions` is no view of a model; write `use transformer`.']],
  // rewrites
  ['graph { rewrite h = u + rest with u = x * ones([8]) }', []],
  ['graph { rewrite h[1] = u + v + rest with u = x * ones([8]), v = 2 * h[0] }', []],
  ['graph { rewrite h = u + rest with u = load("v.npy") }', ['1:39 type-mismatch `u` is the same for every datum, so there is nothing to draw of it; write it into the expression itself.']],
  ['graph { rewrite h = u + rest with u = x, u = 2 * x }', ['1:42 duplicate-name `u` is declared twice in the graph; give one of them another name.']],
  ['graph { component u = "h" rewrite logits = u + rest with u = x }', ['1:58 duplicate-name `u` is declared twice in the graph; give one of them another name.']],
  ['graph { rewrite h = rest }', ['1:21 type-mismatch Nothing but the rest changes nothing; write the terms that are to be components of their own.']],
  ['graph { rewrite h = 2 * rest + u with u = x }', ['1:25 type-mismatch `rest` stands once, as one term of a sum: `rewrite t = u + v + rest`.']],
  ['graph { rewrite h = u + rest with u = tokens[0] == 1 }', []],
  ['graph { rewrite h = u + rest with u = colour }', ['1:39 type-mismatch This is a string, and tensors hold numbers.']],
  // tensors in quotes, which are strings in an expression
  ['graph { rewrite logits = u + rest with u = 0.5 * "h"[0, :2] }', ['1:50 type-mismatch `"h"` is a string in an expression: declare the tensor before, `point NAME = "h"` (or `component`), and write NAME, or write `model["h"]`.']],
  ['graph { component first = "h" rewrite logits = "h" + rest }', ['1:48 type-mismatch `"h"` is a string in an expression: write `first`, as the tensor is called here.']],
  ['graph { for l in [0] { rewrite logits = (if x > 0 then "{l}h" else 2) + rest } }', ['1:42 type-mismatch Strings and int64 cannot be mixed.']],
  ['graph { rewrite logits = u + rest with u = mean("hh") }', ['1:49 type-mismatch `x` is a number, not string.']],
  ['graph { rewrite logits = u + rest with u = (colour == "h") * ones([2]) }', ['1:55 unknown-token No datum has the value "h", so this is never equal.']],
  ['graph { rewrite logits = u + rest with u = where(colour in ["h", "x"], model["h"][0, 0], x) * ones([2]) }', ['1:60 unknown-token No datum has the value "h", so this is never equal.']],
  ['graph { rewrite h = u + rest with u = (x, x) }', ['1:39 type-mismatch This is a tuple, and tensors hold numbers.']],
  ['graph { rewrite h = u + rest with u = x * ones([7]) }', ['1:21 shape-mismatch Shapes [4, 8] and [7] do not fit together: axes must agree or be 1, counted from the last.']],
  ['graph { rewrite logits = u with u = h }', ['1:26 shape-mismatch This is [4, 8] per datum, but logits is [2].']],
  ['graph { rewrite h = u + rest with u = x, v = x }', ['1:42 no-effect `v` is no part of the expression; name it there, or leave it out.']],
  ['graph { rewrite h = u + rest with u = nothing }', ['1:39 unknown-column `nothing` is no column, let or node here.']],
  ['graph { rewrite h = u + rest with u = scale[0] * x }', ['1:39 shape-mismatch `scale` cannot be read: its shape is [8], and the first axis must be the batch.']],
  ['graph { rewrite h = u + rest with u = logits[0] * ones([4, 8]) }', ['1:9 cycle h would be made from itself: the expression reads a tensor that is computed from it.']],
  ['graph { rewrite x = u + rest with u = x }', ['1:17 unknown-place x is an input of the model, which nothing computes; rewrite a tensor that is computed from it.']],
  ['graph { rewrite state = u + rest with u = x }', ['1:17 shape-mismatch state cannot be rewritten: the length of its axis 0 (`S`) is not known.']],
  ['graph { rewrite h = u + rest with u = x rewrite h[1] = v + rest with v = x }', ['1:49 overlapping-places h[1] is rewritten already, at least in part; write one `rewrite` with all terms, or slices that do not overlap.']],
  ['graph { rewrite h[1] = u + rest with u = x rewrite h[1:3] = v + rest with v = x }', ['1:52 overlapping-places h[1:3] is rewritten already, at least in part; write one `rewrite` with all terms, or slices that do not overlap.']],
  ['graph { rewrite h[1] = u + rest with u = x rewrite h[2] = v + rest with v = x rewrite h[:1] = w + rest with w = x }', []],
  ['graph { for i in range(3) { rewrite h[i] = u + rest with u = x } }', []],
  ['graph { component a = "g" }', ['1:23 unknown-place `g` is no tensor of m.onnx; closest: `h`, `x`.']],
  ['graph { component a[i in [0]] = "g" component b = a[0][1] }', ['1:33 unknown-place `g` is no tensor of m.onnx; closest: `h`, `x`.']],
  ['graph { component a = W }', ['1:23 unknown-place `W` is no component, point or tensor of m.onnx; closest: `h`, `x`.']],
  ['graph { component a = "W" }', ['1:23 unknown-place `W` is a weight of the model, the same for every datum; a place is a tensor that is computed from the data.']],
  ['graph { component a = scale }', ['1:23 shape-mismatch scale cannot be a place: its shape is [8], and the first axis of a place must be the batch; choose a tensor that has one value per datum.']],
  ['graph { component a = odd }', ['1:23 shape-mismatch odd cannot be a place: its shape is not known, and the first axis of a place must be the batch; choose a tensor that has one value per datum.']],
  ['graph { component a = flat }', ['1:23 shape-mismatch flat cannot be a place: its shape is [4, N], and the first axis of a place must be the batch; choose a tensor that has one value per datum.']],
  ['graph { component a = h component a = h }', ['1:35 duplicate-name `a` is declared twice in the graph; give one of them another name.']],
  ['graph { component a[i in 3] = h }', ['1:26 type-mismatch An index runs over a set: write `range(12)`, a list, or a list of tuples instead of `3`.']],
  ['graph { component a[(i, j) in [1, 2]] = h }', ['1:31 type-mismatch `(i, j)` are 2 indices, but the set holds `1`; write tuples of 2.']],
  ['graph { component a[i in range(2)] = "/h{j}" }', ['1:38 unknown-place `/h{j}` is no tensor of m.onnx: `{j}` is no index here; braces hold the name of one, as in `{l}`.']],
  ['graph { component a = h[4] }', ['1:24 shape-mismatch h has 4 positions along axis 0, so index 4 is outside it.']],
  ['graph { component a = h[0, 1, 2] }', ['1:24 shape-mismatch h has 2 axes after the batch, so 3 subscripts are too many.']],
  ['graph { component a = h["q"] }', ['1:25 type-mismatch A place is indexed by integers and slices like `2:5`, not by `"q"`.']],
  ['graph { component a = h[2:2] }', ['1:24 shape-mismatch h has 4 positions along axis 0, and the slice takes none of them.']],
  ['graph { component a = state[0] }', ['1:28 shape-mismatch state cannot be indexed along axis 0: the length of that axis is not known.']],
  ['graph { component logits = h }\nhypothesis k { node out = exact at logits }', ['2:36 ambiguous-name `logits` is a component and also another tensor of the model; write `model.logits` for the tensor, or rename the component.']],
])('%s', (part, expected) => expect(check(part)).toEqual(expected))

test.each([
  ['node p = tokns[0] > 1 at h', ['1:10 unknown-column `tokns` is no column, let or node here; closest: `tokens`.']],
  ['node p = sum(logits) > 1 at h', ['1:14 feature-reads-tensor `logits` is a tensor of m.onnx, which only a metric can read; name a column here, or in a feature also a node.']],
  ['node p = model.h > 1 at h', ['1:10 feature-reads-tensor `h` is a tensor of m.onnx, which only a metric can read; name a column here, or in a feature also a node.']],
  ['node p = sum(tokens) > 1 at hh', ['1:29 unknown-place `hh` is no component, point or tensor of m.onnx; closest: `h`.']],
  ['node p = sum(tokens) > 1 at h.z', ['1:29 unknown-place `h.z` is no component, point or tensor of m.onnx; `scrub graph m.onnx` lists its tensors.']],
  ['node p = any at data.tokens', ['1:17 unknown-place `data.tokens` is a column, and a place is a tensor of the model; write `model.tokens` or a name from the graph.']],
  ['node p = any at h from q', ['1:24 unknown-node `q` is no node of this hypothesis and no column of d.npz; closest: `p`, `x`.']],
  ['node p = any at h from "h"', ['1:24 unknown-node `h` is a tensor, and a parent is a node or a column; declare `node NAME = … at h` and name that.']],
  ['node p = any at h from state', ['1:24 unknown-node `state` is a tensor, and a parent is a node or a column; declare `node NAME = … at state` and name that.']],
  ['node p = any at h from tokens[0]', ['1:24 unknown-node A column is a parent as a whole; write `tokens`, or declare a node at the part of the model input that is meant.']],
  ['node p = any at h from data.tok', ['1:24 unknown-column `tok` is no column of d.npz.']],
  ['node p = any at h[0] node p = any at h[1]', ['1:27 duplicate-name There is a node `p` already; use `refine p` to change it, or another name.']],
  ['node p[i in [0, 0]] = any at h[i]', ['1:6 duplicate-name There is a node `p[0]` already; use `refine p[0]` to change it, or another name.']],
  ['node p = any at h[0] node p[i in [1]] = any at h[i]', ['1:27 duplicate-name `p` is already the name of a node; use another name.']],
  ['node p[i in [0, 1]] = any at h[i] node q = any at x from p[2]', ['1:58 unknown-node There is no node `p[2]`; the members of `p` are `p[0]`, `p[1]`.']],
  ['node p[i in [0, 1]] = any at h[i] node q = any at x from p[:]', ['1:60 unknown-node Members of a family are named one by one, or all of them by the bare name; a slice names none.']],
  ['node p = any at h[0] node q = any at x from p[0]', ['1:45 unknown-node `p` is one node, not a family; a parent is the whole node, so leave out what follows the name.']],
  ['node p = sum(out) at h', ['1:14 type-mismatch The node `out` is `exact` and has no value to compute with; put it after `from`, or give it a feature.']],
  ['node p = q at h[0] node q = p at h[1]', ['1:29 cycle The interpretation has a cycle: `p` ← `q` ← `p`; remove one of these parents.']],
  ['node p = any at h[0] from p', ['1:27 cycle The interpretation has a cycle: `p` ← `p`; remove one of these parents.']],
  ['node p[i in range(3)] = any at h[i] from p', ['1:42 cycle The interpretation has a cycle: `p[0]` ← `p[0]`; remove one of these parents.']],
  ['node p = "red" == colour at h[0]', []],
  ['node p = colour + 1 at h[0]', ['1:10 type-mismatch `+` takes numbers, not strings; strings have only ==, != and in.']],
  ['node p = tokens[7] at h[0]', ['1:17 shape-mismatch Index 7 is outside an axis of length 4 (-4 to 3).']],
  ['refine q = any', ['1:8 unknown-node There is no node `q` to refine; it must stand before this line or in a hypothesis that this one extends.']],
  ['node p[i in [0, 1]] = any at h[i] refine p[3] = x > 0', ['1:42 unknown-node There is no node `p[3]`; the members of `p` are `p[0]`, `p[1]`.']],
  ['refine out[1] = x > 0', ['1:8 unknown-node `out` is one node, not a family; write `refine out`.']],
  ['let a = 1 let a = 2', ['1:15 duplicate-name `a` is defined twice in this hypothesis; give one of them another name.']],
  ['option samples 0', ['1:16 unknown-option `option samples` takes a whole number from 2 to 9007199254740991.']],
  ['option pool 2000', []],
  ['option pool 1', ['1:13 unknown-option `option pool` takes a whole number from 2 to 9007199254740991.']],
  ['option pool 20 option unimportant shared', ['1:1 unknown-option With `option pool` no sample has a datum of its own that all unimportant inputs could share: take `option unimportant together` or `separate`, or leave the pool out.']],
])('in a hypothesis: %s', (part, expected) => expect(inside(part)).toEqual(expected))

test.each([
  ['hypothesis a { node p = any at h }', ['1:12 no-output-node No node of `a` stands at `logits`, which `loss` reads; add `node out = … at logits`.']],
  ['hypothesis a extends b { node out = exact at logits }', ['1:22 unknown-hypothesis There is no hypothesis `b`; closest: `a`.']],
  ['hypothesis a extends a { node out = exact at logits }', ['1:22 cycle `a` extends itself; remove one of these `extends`.']],
  ['hypothesis a extends b { }\nhypothesis b extends a { node out = exact at logits }', ['2:22 cycle `b` extends itself by way of `a`; remove one of these `extends`.']],
  ['hypothesis a { node out = exact at logits }\nhypothesis a { node out = exact at logits }', ['2:12 duplicate-name There are two hypotheses `a`; give this one another name.']],
  ['hypothesis a { node out = exact at logits }\nhypothesis b { node out = any at logits }\nhypothesis c extends a, b {}', ['3:25 extends-conflict `out` has different features in `a` and `b`; make them agree, or extend only one of the two.']],
  ['hypothesis a { node out = exact at logits[0] }\nhypothesis b { node out = exact at logits[1] }\nhypothesis c extends a, b {}', ['3:25 extends-conflict `out` has different places in `a` and `b`; make them agree, or extend only one of the two.']],
])('hypotheses: %s', (part, expected) => expect(check(part)).toEqual(expected))
