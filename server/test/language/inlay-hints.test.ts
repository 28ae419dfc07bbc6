/** Inlay hints, written into the text. */
import { expect, test } from 'vitest'
import { inlayHints } from '../../src/language/inlay-hints.ts'
import type { FeatureFacts } from '../../src/protocol/inspect.ts'
import { transformerNames } from '../hypothesis/models.ts'
import { type Around, NOTHING, snapshotOf, TOY, TOY_HEAD, TRANSFORMER } from './check.ts'

const facts = (classes: number): FeatureFacts => ({ rows: 100, classes, singletons: 0, effectiveClasses: classes, swapRate: 0.9, list: [] })

function shown(text: string, around: Around, range = { start: 0, end: text.length }): string {
  let all = text
  for (const { offset, label, kind } of [...inlayHints(snapshotOf(text, around), range)].reverse()) all = `${all.slice(0, offset)}«${kind} ${label}»${all.slice(offset)}`
  return all
}

const T = `model "t.onnx"\ndata "t.npz"\nmetric loss = cross_entropy(logits, label)\n${transformerNames}\n`

test('shapes of places', () => {
  const text = 'graph { component r = "/r2" }\nhypothesis h {\n  node a[i in range(2)] = label at r[i]\n  node b = label at a0.in[1:3]\n  node out = exact at logits from a through any\n}'
  expect(shown(T + text, TRANSFORMER)).toContain('graph { component r = "/r2"«shape [S, 8]» }\nhypothesis h {\n  node a[i in range(2)] = label at r[i]«shape [8]»\n  node b = label at a0.in[1:3]«shape [2, 8]»\n  node out = exact at logits«shape [2]» from a through any\n}')
})

test('no shape where the members of a family differ, or of a single number', () => {
  const text = `${T}hypothesis h {\n  node a[t in ["embed", "logits"]] = label at "{t}"\n}`
  expect(shown(text, TRANSFORMER).slice(T.length)).not.toContain('at "{t}"«')
  const toy = `${TOY_HEAD}hypothesis h {\n  node out = exact at logit\n}`
  expect(shown(toy, TOY)).toBe(toy)
})

test('classes of features where they are known', () => {
  const text = `${TOY_HEAD}hypothesis h {\n  node A = z1 > 3 at "/A"\n  node B[i in [2, 3]] = z1 > i at "/B"\n  node out = exact at logit from A\n}`
  expect(shown(text, { ...TOY, classes: () => facts(2) })).toContain('node A = z1 > 3«classes 2 classes» at "/A"\n  node B[i in [2, 3]] = z1 > i«classes 2 classes» at "/B"\n  node out = exact at logit from A')
  let calls = 0
  expect(shown(text, { ...TOY, classes: () => facts(++calls) })).toContain('z1 > i«classes 2 to 3 classes» at')
  expect(shown(text, TOY)).toBe(text)
})

test('what they mean', () => {
  const text = `${TOY_HEAD}hypothesis h {\n  node A = z1 > 3 at "/A"\n}`
  expect(inlayHints(snapshotOf(text, { ...TOY, classes: () => facts(2) }), { start: 0, end: text.length }).map(({ tooltip }) => tooltip)).toEqual(['Equivalence classes of 100 data; a draw is another datum 90.0 % of the time'])
})

test('only in the range', () => {
  const text = `${TOY_HEAD}hypothesis h {\n  node A = z1 > 3 at "/A"\n  node B = z2 > 3 at "/B"\n}`
  const start = text.indexOf('node B')
  expect(shown(text, { ...TOY, classes: () => facts(2) }, { start, end: start + 1 })).toBe(text.replace('z2 > 3', 'z2 > 3«classes 2 classes»'))
})

test('without a model there are none', () => expect(shown(TOY_HEAD, NOTHING)).toBe(TOY_HEAD))
