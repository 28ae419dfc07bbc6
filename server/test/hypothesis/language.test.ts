/** The files of the language reference bind as they stand. */
import { expect, test } from 'vitest'
import { bound, findings, given } from './check.ts'
import { model, toy } from './models.ts'
import { nodesOf } from './show.ts'

const TOY = `# The worked example of the causal scrubbing post: does the model compute "z1 > 3 or z2 > 3"?
model "toy.onnx"
data  "toy.jsonl"                               # columns z1, z2, z3, label
metric log_loss = binary_cross_entropy(logit, label)

hypothesis "or of two" {
  node A   = z1 > 3    at "/A"      from z1     # only the column z1 matters to A
  node B   = z2 > 3    at "/B"      from z2
  node out = A or B    at "logit"               # names A and B, so they are its parents
}

hypothesis "A is all" {
  node A   = z1 > 3    at "/A"                  # a leaf: A on a whole other datum
  node out = A         at "logit"
}

expect "or of two" recovered > 95%
expect "A is all"  recovered < 60%
`

test('the toy', () => {
  const from = given(toy, ['z1: int64', 'z2: int64', 'z3: int64', 'label: bool'])
  expect(findings(TOY, from)).toEqual([])
  const file = bound(TOY, from)
  expect(nodesOf(file, 'or of two')).toEqual(['A: z1 > 3 at "/A" from data.z1', 'B: z2 > 3 at "/B" from data.z2', 'out: A or B at logit from A, B'])
  expect(nodesOf(file, 'A is all')).toEqual(['A: z1 > 3 at "/A"', 'out: A at logit from A'])
  expect(file.hypotheses.map(({ ok, outputs, options }) => ({ ok, outputs, options }))).toEqual([
    { ok: true, outputs: ['out'], options: { unimportant: 'together' } },
    { ok: true, outputs: ['out'], options: { unimportant: 'together' } },
  ])
  const { name, sense, outputs, unscrubbed, columns, crossEntropy } = file.metric!
  expect({ name, sense, outputs, unscrubbed, columns, crossEntropy }).toEqual({
    name: 'log_loss', sense: 'metric', outputs: ['logit'], unscrubbed: [], columns: ['label'], crossEntropy: { kind: 'binary', column: 'label' },
  })
  expect(file.inputs.map(({ input, columns: read, plain }) => [input, read, plain])).toEqual([['z1', ['z1'], true], ['z2', ['z2'], true], ['z3', ['z3'], true]])
  expect(file.expectations.map(({ hypothesis, op, bound: at }) => [hypothesis, op, at])).toEqual([
    ['or of two', '>', { kind: 'fraction', value: 0.95 }],
    ['A is all', '<', { kind: 'fraction', value: 0.6 }],
  ])
})

const PAREN_HEAD = `model  "paren.onnx"
data   "paren.npz"                              # tokens: int64[42], is_balanced: bool
vocab  tokens = ["[start]", "[pad]", "[end]", "(", ")"]      # or a vocab.json / tokenizer.json: only for showing data
metric loss   = binary_cross_entropy(logits[1] - logits[0], is_balanced)

let open    = tokens == "("                     # a vocabulary entry stands for its token id
let close   = tokens == ")"
let opens   = flip(cumulative_sum(flip(open)))            # "(" from here to the end
let parens  = flip(cumulative_sum(flip(open or close)))
let count_test   = 2 * opens[0] == parens[0] and open[1]  # as many "(" as ")", and the first is "("
let horizon_test = all(2 * opens <= parens)               # read from the right, never more "(" than ")"
let p1_if_open   = if open[1] then opens[1] / parens[1] else -1
let length       = sum(tokens != "[pad]")
let horizon[i]   = if tokens[i] == "[pad]" then 0 else if 2 * opens[i] > parens[i] then -1 else 1
`
const TRANSFORMER = `
graph {
  use transformer                               # finds embed, a0.h0 … a2.h1, m0 … m2, and the points a1.in, a1.q.h0, a1.pattern …
  rewrite a0.h0[1] = phi + rest with phi = load("open_direction.npy") * (2 * opens[1] / parens[1] - 1)
}
`
const HYPOTHESES = `
hypothesis "claim 1" {
  node count[l in [1, 2]] = count_test     at a[l].h[0]   # two nodes, count[1] and count[2]; a[1].h[0] is a1.h0
  node depth              = horizon_test   at a2.h1
  node out                = exact          at logits      from count, depth
}

hypothesis "claims 1 and 2" extends "claim 1" {
  node at1[l in [1, 2]]   = count_test     at a[l].in[1]
  node share[l in [1, 2]] = p1_if_open     at a0.h0[1]    from phi[l]
  node phi[l in [1, 2]]   = p1_if_open     at phi
  node start[l in [1, 2]] = open[1]        at embed
  refine count[l in [1, 2]] from at1[l]                   # adds a parent to each
  refine at1[l in [1, 2]]   from share[l] through any, start[l] through any
}

hypothesis "claims 1 and 3" extends "claim 1" {
  node pos[i in range(42)] = horizon[i]    at a2.in[i]
  node mask                = length        at a2.mask
  refine depth = [horizon[i] for i in range(42)] from pos, mask     # its value is the whole vector: every position agrees with the reference
}

hypothesis "all claims" extends "claims 1 and 2", "claims 1 and 3" {}
`

/** Three blocks of two heads over 42 tokens, with the tensors that the reference's names stand for. */
const paren = model(
  ['tokens: int64[N, 42]'],
  [
    '/embed: float32[N, 42, 56] = tokens', '/mask: bool[N, 42] = tokens',
    ...[0, 1, 2].flatMap((l) => [
      `/a${l}/in: float32[N, 42, 56] = ${l === 0 ? '/embed' : `/r${l}`}`,
      `/a${l}/mask: bool[N, 42] = /mask`,
      ...[0, 1].map((h) => `/a${l}/h${h}: float32[N, 42, 56] = /a${l}/in, /a${l}/mask`),
      `/mid${l}: float32[N, 42, 56] = /a${l}/in, /a${l}/h0, /a${l}/h1`,
      `/m${l}: float32[N, 42, 56] = /mid${l}`,
      `/r${l + 1}: float32[N, 42, 56] = /mid${l}, /m${l}`,
    ]),
    'logits: float32[N, 2] = /r3',
  ],
  ['logits'],
)
const from = given(paren, ['tokens: int64[42]', 'is_balanced: bool'])

test('the paren checker of a model without attention: one finding, and none that follows from it', () => {
  expect(findings(PAREN_HEAD + TRANSFORMER + HYPOTHESES, from)).toEqual([
    '17:3 no-transformer `use transformer` does not understand m.onnx: no attention was found in it: no Softmax stands between a product of queries and keys and a product with values. Declare the heads and MLPs with `component NAME = "tensor"` and what lies between with `point`.',
  ])
  const file = bound(PAREN_HEAD + TRANSFORMER + HYPOTHESES, from)
  expect(file.hypotheses.map(({ name, ok }) => [name, ok])).toEqual([['claim 1', false], ['claims 1 and 2', false], ['claims 1 and 3', false], ['all claims', false]])
  expect(file.metric?.crossEntropy).toEqual({ kind: 'binary', column: 'is_balanced' })
})

const DECLARED = `
graph {
  component a[l in range(3)].h[h in range(2)] = "/a{l}/h{h}"
  component m[l in range(3)] = "/m{l}"
  component embed = "/embed"
  point a[l in range(3)].in = "/a{l}/in"
  point a[l in range(3)].mask = "/a{l}/mask"
  point phi = "/a0/h0"
}
`

test('the paren checker with its components declared', () => {
  // Without the rewrite the first head is not a sum, so the part of it is left out.
  const text = PAREN_HEAD + DECLARED + HYPOTHESES.replace(/    from phi\[l\]/, '').replace(/.*node phi.*\n/, '')
  expect(findings(text, from)).toEqual([])
  const file = bound(text, from)
  expect(file.hypotheses.map(({ name, ok, nodes }) => [name, ok, nodes.length])).toEqual([['claim 1', true, 4], ['claims 1 and 2', true, 10], ['claims 1 and 3', true, 47], ['all claims', true, 53]])
  expect(nodesOf(file, 'claim 1')).toEqual([
    'count[1]: count_test at a1.h0', 'count[2]: count_test at a2.h0', 'depth: horizon_test at a2.h1', 'out: exact at logits from count[1], count[2], depth',
  ])
  expect(nodesOf(file, 'claims 1 and 2')).toEqual([
    'share[1]: p1_if_open at a0.h0[1]', 'start[1]: open[1] at embed', 'at1[1]: count_test at a1.in[1] from share[1] through any, start[1] through any',
    'count[1]: count_test at a1.h0 from at1[1]',
    'share[2]: p1_if_open at a0.h0[1]', 'start[2]: open[1] at embed', 'at1[2]: count_test at a2.in[1] from share[2] through any, start[2] through any',
    'count[2]: count_test at a2.h0 from at1[2]',
    'depth: horizon_test at a2.h1', 'out: exact at logits from count[1], count[2], depth',
  ])
  const all = nodesOf(file, 'all claims')
  expect(all.filter((line) => line.startsWith('depth'))[0]).toMatch(/^depth: \[horizon\[i\] for i in range\(42\)\] at a2\.h1 from pos\[0\], pos\[1\].*, pos\[41\], mask$/)
  expect(all.filter((line) => line.startsWith('count[1]'))).toEqual(['count[1]: count_test at a1.h0 from at1[1]'])
  const depth = file.hypotheses.find((h) => h.name === 'all claims')!.nodes.find((n) => n.name === 'depth')!.feature
  expect(typeof depth === 'object' && depth.parts.map(({ dtype, shape }) => [dtype, shape])).toEqual([['int64', [42]]])
})

test('deleting a token makes nothing throw', () => {
  const text = PAREN_HEAD + DECLARED + HYPOTHESES
  const tokens = [...text.matchAll(/"[^"\n]*"|\w+|[^\s\w]/g)]
  for (const token of tokens.filter((_, i) => i % 7 === 0)) expect(() => bound(text.slice(0, token.index) + text.slice(token.index + token[0].length), from)).not.toThrow()
})
