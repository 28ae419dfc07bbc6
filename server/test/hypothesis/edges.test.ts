/** Which edges are legal, on small graphs: hypothesis in, findings out. */
import { expect, test } from 'vitest'
import { bound, findings, given } from './check.ts'
import { model, transformer, transformerNames } from './models.ts'

const columns = ['tokens: int64[4]', 'label: int64']

/** Findings for nodes in a hypothesis over the two-block residual stream; lines are counted from its first node. */
function stream(nodes: string): string[] {
  const head = `model "m.onnx" data "d.npz" metric loss = cross_entropy(logits, label) ${transformerNames.replaceAll('\n', ' ')} hypothesis h {\n`
  return findings(`${head}${nodes}\n}`, given(transformer, columns)).map((line) => line.replace(/^(\d+)/, (n) => String(Number(n) - 1)))
}

test.each([
  ['a head reaches the logits along the residual stream', 'node p = any at a0.h0 node out = exact at logits from p', []],
  ['and every later head, past the MLP', 'node p = any at a0.h0 node q = any at a1.h1 from p node out = exact at logits from q', []],
  ['and a point of a later block', 'node p = any at a0.h0 node q = any at a1.in from p node out = exact at logits from q through any', []],
  ['the embedding reaches everything', 'node e = any at emb node q = any at m1 from e node out = exact at logits from q, e', []],
  ['a point blocks nothing for others', 'node e = any at emb node q = any at a0.h0 from e node r = any at a0.in node out = exact at logits from q, r through any', []],
  ['a point reaches its head', 'node r = any at a0.in node q = any at a0.h1 from r node out = exact at logits from q', []],
  ['the column is covered by the model input', 'node e = any at emb from tokens node out = exact at logits from e', []],
  [
    'a point before a head reaches the logits only through the heads',
    'node r = any at a0.in\nnode out = exact at logits from r',
    ['2:33 blocked-edge Every path from `r` (at a0.in) to `out` (at logits) is blocked by components, the freest by a0.h0; write `through [a0.h0]`, or put a node there.'],
  ],
  ['through names the component', 'node r = any at a0.in node out = exact at logits from r through [a0.h1]', []],
  ['a member of a component family by index', 'node r = any at a0.in node out = exact at logits from r through [a[0].h[1]]', []],
  [
    'the other head is no way for this point',
    'node r = any at a1.in\nnode out = exact at logits from r through [a0.h1]',
    ['2:33 blocked-edge Every path from `r` (at a1.in) to `out` (at logits) is blocked by components, the freest by a1.h0; write `through [a0.h1, a1.h0]`, or put a node there.'],
  ],
  ['through any', 'node r = any at a0.in node out = exact at logits from r through any', []],
  [
    'the column lies behind the embedding',
    'node out = exact at logits from tokens',
    ['1:33 blocked-edge Every path from the column `tokens` to `out` (at logits) is blocked by components, the freest by emb; write `through [emb]`, or put a node there.'],
  ],
  [
    'two components in a row are named together, nearest to the input first',
    'node r = any at "tokens"\nnode p = any at "/mlp_in0"\nnode out = exact at a0.h0 from r\nnode top = exact at logits from out, p',
    [
      '3:32 blocked-edge Every path from `r` (at tokens) to `out` (at a0.h0) is blocked by components, the freest by emb; write `through [emb]`, or put a node there.',
      '4:38 blocked-edge Every path from `p` (at "/mlp_in0") to `top` (at logits) is blocked by components, the freest by m0; write `through [m0]`, or put a node there.',
    ],
  ],
  [
    'column to point to head to logits',
    'node out = exact at logits from r\nnode r = any at "tokens"',
    ['1:33 blocked-edge Every path from `r` (at tokens) to `out` (at logits) is blocked by components, the freest by emb; write `through [emb]`, or put a node there.'],
  ],
  [
    'a sibling on every path',
    'node e = any at emb node s = any at "/mid0"\nnode q = any at "/mlp_in0" from e, s\nnode out = exact at logits from q through any',
    ['2:33 blocked-edge Every path from `e` (at emb) to `q` (at "/mlp_in0") runs through the place of `s`, another parent of `q`; make `e` a parent of `s` instead, or remove one of them.'],
  ],
  [
    'through any does not go through a sibling',
    'node e = any at emb node s = any at "/mid0"\nnode q = any at "/mlp_in0" from e through any, s\nnode out = exact at logits from q through any',
    ['2:33 blocked-edge Every path from `e` (at emb) to `q` (at "/mlp_in0") runs through the place of `s`, another parent of `q`; make `e` a parent of `s` instead, or remove one of them.'],
  ],
  ['a sibling on one of several paths', 'node e = any at emb node s = any at a0.h0 node q = any at "/mlp_in0" from e, s node out = exact at logits from q through any', []],
  [
    'the parent lies downstream',
    'node q = any at a1.h0\nnode p = any at a0.h0 from q\nnode out = exact at logits from p',
    ['2:28 reversed-edge `q` (at a1.h0) lies downstream of `p` (at a0.h0); a parent is nearer the model\'s input, so make `p` a parent of `q` instead.'],
  ],
  [
    'two heads of one block',
    'node q = any at a0.h1\nnode p = any at a0.h0 from q\nnode out = exact at logits from p',
    ['2:28 missing-edge In m.onnx nothing leads from `q` (at a0.h1) to `p` (at a0.h0); remove this parent, or move one of the two.'],
  ],
  [
    'parts of one tensor',
    'node q = any at a0.in[0]\nnode p = any at a0.in[1] from q\nnode out = exact at logits from p through any',
    ['2:31 missing-edge `q` (at a0.in[0]) and `p` (at a0.in[1]) are parts of one tensor, so neither is computed from the other; remove this parent, or move one of them.'],
  ],
  ['slices of one tensor as siblings', 'node q[i in range(4)] = any at a0.in[i] node p = any at a0.h0 from q node out = exact at logits from p', []],
  [
    'overlapping slices as siblings',
    'node q[i in range(3)] = any at a0.in[i:i+2]\nnode p = any at a0.h0 from q\nnode out = exact at logits from p',
    ['2:28 overlapping-places `q[0]` and `q[1]`, both parents of `p`, stand at overlapping places on a0.in; move one of them, or take slices that do not overlap.'],
  ],
  [
    'a node and its parent',
    'node q = any at a0.in[:2]\nnode p = any at a0.in[1] from q\nnode out = exact at logits from p through any',
    ['2:31 overlapping-places `p` and its parent `q` stand at overlapping places on a0.in; move one of them, or take slices that do not overlap.'],
  ],
  [
    'a column and a node at the input that it feeds',
    'node t = any at tokens\nnode e = any at emb from tokens, t\nnode out = exact at logits from e',
    ['2:34 overlapping-places The column `tokens` and `t`, both parents of `e`, stand at overlapping places on tokens; move one of them, or take slices that do not overlap.'],
  ],
  [
    'a column that feeds no input',
    'node e = any at emb from label\nnode out = exact at logits from e',
    ['1:26 unknown-node No model input is computed from the column `label`, so it cannot be a parent of `e`; name a node, or one of the columns that feed the model.'],
  ],
  [
    'through the place of a sibling',
    'node s = any at a0.h0 node r = any at a0.in\nnode out = exact at logits from r through [a0.h0], s',
    ['2:44 bad-through a0.h0 is the place of `s`, another parent of `out`; what it holds is drawn, not recomputed, so leave it out of `through`.'],
  ],
  [
    'through something that does not block',
    'node r = any at a0.in\nnode out = exact at logits from r through [a1.in, a0.h0]',
    ['2:44 bad-through a1.in is no component, so it blocks nothing; leave it out of `through`.'],
  ],
  ['an output that the metric does not read blocks nothing', 'node r = any at a1.in node p = any at a1.h0 from r node out = exact at logits from p', []],
  ['an output where a node stands may be on the side', 'node c = any at cache node p = any at a0.h0 node out = exact at logits from p', []],
  [
    'two nodes at overlapping parts of the output',
    'node a = any at logits[0]\nnode b = any at logits',
    ['2:17 overlapping-places `a` and `b` stand at overlapping places on the output `logits`, which the metric reads; move one of them, or take slices that do not overlap.'],
  ],
  ['an edge to an unknown place says nothing more', 'node p = any at nowhere\nnode out = exact at logits from p', ['1:17 unknown-place `nowhere` is no component, point or tensor of m.onnx; `scrub graph m.onnx` lists its tensors.']],
])('%s', (_, nodes, expected) => expect(stream(nodes)).toEqual(expected))

const diamond = model(
  ['x: float32[N]'],
  ['a: float32[N] = x', 'b: float32[N] = a', 'c: float32[N] = a', 'size: int64[1] = Shape(b)', 'd: float32[N] = b, c', 'e: float32[N] = d, size', 'y: float32[N] = e'],
  ['y'],
)

/** Findings over the diamond x → a → (b, c) → d → e → y. */
const over = (graph: string, nodes: string) =>
  findings(`model "m.onnx" data "d.npz" metric loss = y graph { ${graph} } hypothesis h {\n${nodes}\n}`, given(diamond, ['x: float32']))
    .map((line) => line.replace(/^\d+:\d+ (\S+).*?((?: `through \[.*?\]`)?)[^`]*(?:`[^t`][^`]*`[^`]*)*$/, '$1$2'))

test.each([
  ['one free side is enough', 'component b = b', 'node p = x > 0 at a node out = p at y', []],
  ['both sides blocked', 'component b = b component c = c', 'node p = x > 0 at a node out = p at y', ['blocked-edge `through [b]`']],
  ['two in a row', 'component a = a component d = d', 'node out = exact at y from x', ['blocked-edge `through [a, d]`']],
  ['one of the two is given', 'component a = a component d = d', 'node out = exact at y from x through [a]', ['blocked-edge `through [a, d]`']],
  ['the side that costs less', 'component b = b component c = c component d = d', 'node p = x > 0 at a node out = p at y', ['blocked-edge `through [b, d]`']],
  ['a shape carries nothing', 'component c = c component d = d', 'node p = x > 0 at b node out = p at y', ['blocked-edge `through [d]`']],
])('diamond: %s', (_, graph, nodes, expected) => expect(over(graph, nodes)).toEqual(expected))

test('edges carry what they run through', () => {
  const text = 'model "m" data "d" metric loss = y graph { component b = b component c = c } hypothesis h { node p = x > 0 at a node out = p at y from p through [b], p through [c] }'
  const { hypotheses: [h], findings: found } = bound(text, given(diamond, ['x: float32']))
  expect(found).toEqual([])
  expect(h!.nodes.find((n) => n.name === 'out')!.parents.map(({ through }) => [...through.tensors])).toEqual([['b', 'c']])
})

test('an output blocks where a node stands at it', () => {
  const chain = model(['x: float32[N]'], ['a: float32[N] = x', 'y: float32[N] = a', 'z: float32[N] = y'], ['y', 'z'])
  const check = (nodes: string) => findings(`model "m" data "d" metric loss = z hypothesis h { ${nodes} }`, given(chain, ['x: float32'])).map((line) => line.split(' ')[1])
  expect(check('node p = any at a node out = any at z from p')).toEqual([])
  expect(check('node p = any at a node q = any at y node out = any at z from p')).toEqual(['blocked-edge'])
  expect(check('node p = any at a node q = any at y from p node out = any at z from q')).toEqual([])
})
