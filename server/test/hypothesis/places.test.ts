/** References after `at`: text in, tensor and slice out. */
import { expect, test } from 'vitest'
import { bound, findings, given } from './check.ts'
import { model } from './models.ts'

const graph = model(
  ['x: float32[N, 3]'],
  [
    ...[0, 1, 11].map((l) => `/blocks.${l}/z: float32[N, 3, 4, 5] = x`),
    'h: float32[N, 3, 4] = x', 'h1: float32[N, 3] = x', 'a.b: float32[N, 3] = x', 'seq: float32[N, S, 2] = x', 'y: float32[N] = h',
    'k1.v0: float32[N, 3] = x', 'node: float32[N, 3] = x', 'we ird: float32[N, 3] = x', '{l}: float32[N, 2] = x', '/q/a: float32[N, 2] = x',
  ],
  ['y'],
)
const names = `
let last = 2
graph {
  component z[l in [0, 1, 11]] = "/blocks.{l}/z"
  component z[l in [0, 1, 11]].h[h in range(4)] = "/blocks.{l}/z"[:, h]
  for l in [0, 1] { component tail = "/blocks.{l}/z"[-1] component b[l].q = "/blocks.{l}/z" }
  point pair[(i, j) in [(0, 1), (1, 0)]] = h[i, j]
  point part[s in ["a"]] = "/q/{s}"
  point p7[i in range(2)] = h
  point z1.deep = h
}
`
const from = given(graph, ['x: float32[3]'])

/** The place of a node: `tensor[slice]`, as written, or what is wrong. */
function place(reference: string): string {
  const text = `model "m" data "d" metric m = y ${names.replaceAll('\n', ' ')} hypothesis g { for l in [1] { node n = exact at ${reference} } node out = exact at y }`
  const file = bound(text, from)
  const node = file.hypotheses[0]!.nodes.find((n) => n.name === 'n[1]')
  if (!node) return findings(text, from).map((line) => line.replace(/^\S+ /, '')).join('\n')
  const slice = node.place.slice.map((s) => (s.kind === 'index' ? s.index : s.kind === 'datum' ? s.text : `${s.start}:${s.stop}:${s.step}`)).join(', ')
  return `${node.place.tensor} [${slice}] as ${node.place.text}`
}

test.each([
  // names of the graph
  ['z0', '/blocks.0/z [] as z0'],
  ['z[0]', '/blocks.0/z [] as z0'],
  ['z[l]', '/blocks.1/z [] as z1'],
  ['z[l + 10]', '/blocks.11/z [] as z11'],
  ['z11', '/blocks.11/z [] as z11'],
  ['z1[1]', '/blocks.1/z [1] as z1[1]'],
  ['z[1][1]', '/blocks.1/z [1] as z1[1]'],
  ['z1.h2', '/blocks.1/z [0:3:1, 2] as z1.h2'],
  ['z[1].h[2]', '/blocks.1/z [0:3:1, 2] as z1.h2'],
  ['z[1].h2[0]', '/blocks.1/z [0, 2] as "/blocks.1/z"[0, 2]'],
  ['z1.h2[:, 1:3]', '/blocks.1/z [0:3:1, 2, 1:3:1] as "/blocks.1/z"[:, 2, 1:3]'],
  ['z1.h2[1:][0]', '/blocks.1/z [1, 2] as "/blocks.1/z"[1, 2]'],
  ['z1.deep[0]', 'h [0] as z1.deep[0]'],
  ['tail0', '/blocks.0/z [2] as tail0'],
  ['b1.q[last]', '/blocks.1/z [2] as b1.q[2]'],
  ['pair[0, 1]', 'h [0, 1] as pair[0,1]'],
  ['pair[(1, 0)]', 'h [1, 0] as pair[1,0]'],
  ['part["a"]', '/q/a [] as part["a"]'],
  ['p7[1]', 'h [] as p7[1]'],
  ['p7[1][1]', 'h [1] as p7[1][1]'],
  ['z5', 'unknown-place `z5` is no component, point or tensor of m.onnx; closest: `z0`, `z1`.'],
  ['z1.g2', 'unknown-place `z1.g2` is no component, point or tensor of m.onnx; closest: `z1.h2`.'],
  // tensors
  ['k[1].v[0]', 'k1.v0 [] as "k1.v0"'],
  ['k[l].v[0][2]', 'k1.v0 [2] as "k1.v0"[2]'],
  ['h[1]', 'h [1] as h[1]'],
  ['h', 'h [] as h'],
  ['h[1]', 'h [1] as h[1]'],
  ['h1', 'h1 [] as h1'],
  ['a.b', 'a.b [] as a.b'],
  ['a.b[2]', 'a.b [2] as a.b[2]'],
  ['model.h[1]', 'h [1] as h[1]'],
  ['model.node', 'node [] as node'],
  ['model["we ird"][0]', 'we ird [0] as "we ird"[0]'],
  ['"/blocks.1/z"', '/blocks.1/z [] as "/blocks.1/z"'],
  ['"/blocks.{l}/z"[0]', '/blocks.1/z [0] as "/blocks.1/z"[0]'],
  ['"{l}"', '{l} [] as "{l}"'],
  ['x', 'x [] as x'],
  // slices
  ['h[-1]', 'h [2] as h[2]'],
  ['h[:]', 'h [] as h'],
  ['h[:, 1]', 'h [0:3:1, 1] as h[:, 1]'],
  ['h[1:, ::2]', 'h [1:3:1, 0:3:2] as h[1:3, 0:3:2]'],
  ['h[::-1]', 'h [] as h'],
  ['h[2:0:-1]', 'h [1:3:1] as h[1:3]'],
  ['h[:, ::-2]', 'h [0:3:1, 1:4:2] as h[:, 1:4:2]'],
  ['h[0:99]', 'h [] as h'],
  ['h[1:2]', 'h [1:2:1] as h[1:2]'],
  ['h[-2:]', 'h [1:3:1] as h[1:3]'],
  ['h[last, l]', 'h [2, 1] as h[2, 1]'],
  ['h[3]', 'shape-mismatch h has 3 positions along axis 0, so index 3 is outside it.'],
  ['h[-4]', 'shape-mismatch h has 3 positions along axis 0, so index -4 is outside it.'],
  ['h[::0]', 'shape-mismatch h cannot be sliced with a step of 0.'],
  ['h[1.5]', 'type-mismatch A place is indexed by integers and slices like `2:5`, not by `1.5`.'],
  ['y[0]', 'shape-mismatch y has no axis after the batch, so it cannot be indexed.'],
  ['seq[:, 1]', 'shape-mismatch seq cannot be sliced: the length of its axis 0 is not known.'],
  ['seq', 'seq [] as seq'],
])('%s', (reference, expected) => expect(place(reference)).toBe(expected))

test('the names declared', () => {
  const file = bound(`model "m" data "d" metric m = y ${names} hypothesis h { node out = exact at y }`, from)
  expect([...file.components]).toContainEqual(['z1.h3', '/blocks.1/z'])
  expect([...file.points.keys()]).toEqual(['pair[0,1]', 'pair[1,0]', 'part["a"]', 'p7[0]', 'p7[1]', 'z1.deep'])
  expect([...file.blocking].sort()).toEqual(['/blocks.0/z', '/blocks.1/z', '/blocks.11/z', 'x', 'y'])
})

test('lengths of symbolic axes are learnt from the data', () => {
  const symbolic = model(['x: float32[N, S]'], ['h: float32[N, S, 2] = x', 'y: float32[N, S] = h'], ['y'])
  const text = 'model "m" data "d" metric m = mean(y) hypothesis h { node p = exact at h[-1] node out = exact at y from p }'
  expect(findings(text, given(symbolic, ['x: float32[7]']))).toEqual([])
  expect(bound(text, given(symbolic, ['x: float32[7]'])).hypotheses[0]!.nodes[0]!.place.slice).toEqual([{ kind: 'index', index: 6 }])
})
