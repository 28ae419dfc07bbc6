import { test } from 'vitest'
import { bound, findings, given } from './check.ts'
import { toy, transformer, transformerNames } from './models.ts'

const toyGiven = given(toy, ['z1: int64', 'z2: int64', 'z3: int64', 'label: bool'])
test('toy', () => {
  const text = `model "toy.onnx"
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
  console.log(findings(text, toyGiven))
  const b = bound(text, toyGiven)
  console.dir(b.hypotheses.map((h) => ({ ...h, nodes: h.nodes.map((n) => [n.name, n.featureText, n.place.text, n.parents.map((p) => p.kind === 'node' ? p.node : p.column)]) })), { depth: 6 })
  console.log(b.metric, b.expectations, b.inputs)
})
test('claim 1', () => {
  const text = `model "m.onnx"
data "d.npz"
metric loss = cross_entropy(logits, label)
let count_test = sum(tokens) > 3
let horizon_test = all(tokens > 1)
${transformerNames}
hypothesis "claim 1" {
  node count[l in [0, 1]] = count_test     at a[l].h[0]
  node depth              = horizon_test   at a1.h1
  node out                = exact          at logits      from count, depth
}`
  const g = given(transformer, ['tokens: int64[4]', 'label: int64'])
  console.log(findings(text, g))
  const b = bound(text, g)
  console.dir(b.hypotheses.map((h) => ({ ...h, nodes: h.nodes.map((n) => [n.name, n.featureText, n.place.text, n.parents.map((p) => p.kind === 'node' ? p.node : p.column)]) })), { depth: 6 })
})
