/** Binding the versions of a file one after the other gives what binding each of them afresh gives. */
import { parse } from '@scrub/grammar'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BoundFile } from '../../src/hypothesis/bound.ts'
import { bind } from '../../src/hypothesis/bind.ts'
import { Binder } from '../../src/hypothesis/binder.ts'
import { given } from './check.ts'
import { transformer, transformerNames } from './models.ts'

const from = given(transformer, ['tokens: int64[4]', 'label: int64'])

const BASE = `model "m.onnx"
data "d.npz"
vocab tokens = ["a", "b", "(", ")"]
metric loss = cross_entropy(logits, label)
let open = tokens == "("
let opens = sum(open)
let early[i] = sum(tokens[i:] == "(")
let both = mean(logits) + label
${transformerNames}
# one
hypothesis "one" {
  let k = 2
  node count[l in [0, 1]] = opens > k    at a[l].h0
  node out                = exact        at logits    from count through any
}
hypothesis "two" extends "one" {
  refine count[1] = early[1] + opens
  node pos[i in range(4)] = tokens[i] at a1.in[i]
  refine count[1] from pos
}
hypothesis "three" extends "two" { node top = opens at emb  refine out from top }
hypothesis four { node out = label at logits }
expect "one" recovered > 80%
expect four recovered < "three"
`

/** All that is known, with canonical texts; values are compared by what they are written as there. */
function shown(bound: BoundFile): unknown {
  const { hypotheses, findings, places, components, points, options, expectations, metric, vocabs } = bound
  const inOrder = <T>(list: readonly T[]) => list.map((one) => JSON.stringify(one)).sort()
  return {
    hypotheses: hypotheses.map((h) => ({
      ...h,
      nodes: h.nodes.map(({ feature, ...node }) => ({
        ...node,
        parents: node.parents.map((edge) => ({ ...edge, through: [edge.through.any, ...edge.through.tensors] })),
        type: typeof feature === 'string' ? feature : feature.parts.map(({ dtype, shape, batched }) => ({ dtype, shape, batched })),
      })),
    })),
    findings: inOrder(findings), places: inOrder(places), components: [...components], points: [...points], options, expectations, metric: metric?.name, vocabs: [...vocabs],
  }
}

function versions(binder: Binder, texts: readonly string[]): void {
  for (const text of texts) {
    const { file } = parse(text)
    const steps = binder.bind(file, text, from)
    let step = steps.next()
    while (!step.done) step = steps.next()
    expect(shown(step.value), text).toEqual(shown(bind(file, text, from)))
  }
}

const WORDS = ['open', 'opens', 'opns', 'tokens', 'label', 'early[2]', ' > 1', 'from count', '# note\n', '\n', '}', '{', 'hypothesis "one" { }', 'let k = 3', 'let opens = label', 'let label = 1', 'both', 'exact', 'at a0.h1', '"', 'extends "two"', 'option samples 5', 'metric other = mean(logits)', 'component q = "/in0"', 'm0']

test('any edits', () => {
  const edit = fc.record({ at: fc.nat(), length: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(12), fc.nat(90)), word: fc.oneof(fc.constant(''), fc.constantFrom(...WORDS)) })
  fc.assert(fc.property(fc.array(edit, { minLength: 1, maxLength: 8 }), (edits) => {
    const texts = [BASE]
    for (const { at, length, word } of edits) {
      const text = texts.at(-1)!
      const start = at % (text.length + 1)
      texts.push(`${text.slice(0, start)}${word}${text.slice(start + length)}`)
    }
    // … and back, so that what was kept long ago is used again.
    versions(new Binder(), [...texts, BASE])
  }), { numRuns: 60, seed: 1 })
})

const replaced = (a: string, b: string) => BASE.replace(a, b)

test.each([
  ['a let that one hypothesis uses by way of another', replaced('tokens == "("\n', 'tokens == ")"\n')],
  ['a let that hides a column', `let label = opens\n${BASE}`],
  ['a base', replaced('let k = 2', 'let k = 3')],
  ['a name taken away', replaced('hypothesis "one"', 'hypothesis "uno"')],
  ['a component that blocks', replaced('component emb', 'point emb')],
  ['statements swapped', replaced('let open = tokens == "("\nlet opens = sum(open)', 'let opens = sum(open)\nlet open = tokens == "("')],
  ['an unused let that reads outputs is used', replaced('node out = label at', 'node out = both at')],
  ['a broken let is no longer used', replaced('let opens = sum(open)', 'let opens = sum(opn)')],
])('%s', (_, text) => versions(new Binder(), [BASE, text, BASE, text, `\n${text}`, BASE]))

test('what an edit leaves alone is kept: nodes of another hypothesis are the same objects', () => {
  const binder = new Binder()
  const all = (text: string): BoundFile => {
    const steps = binder.bind(parse(text).file, text, from)
    let step = steps.next()
    while (!step.done) step = steps.next()
    return step.value
  }
  const first = all(BASE)
  const second = all(replaced('node out = label', 'node out = opens'))
  expect(second.hypotheses[0]).toBe(first.hypotheses[0])
  expect(second.hypotheses[3]).not.toBe(first.hypotheses[3])
  const features = (file: BoundFile, i: number) => file.hypotheses[i]!.nodes.map((node) => node.feature)
  const third = all(`# moved\n${BASE}`)
  features(third, 1).forEach((feature, i) => expect(feature).toBe(features(first, 1)[i]))
})

test('values of earlier versions do not pile up without end', () => {
  const binder = new Binder()
  let largest = 0
  for (let i = 0; i < 3000; i++) {
    const text = replaced('node out = label at', `node out = label * ${i} + sum(tokens * ${i + 1} > ${i}) at`)
    const steps = binder.bind(parse(text).file, text, from)
    let step = steps.next()
    while (!step.done) step = steps.next()
    largest = Math.max(largest, step.value.features.size)
  }
  expect(largest).toBeLessThan(5000)
})
