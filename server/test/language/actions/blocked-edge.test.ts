/** An edge that components block: what is offered, and the text after each. */
import { expect, test } from 'vitest'
import { model } from '../../hypothesis/models.ts'
import { given } from '../../hypothesis/check.ts'
import type { Around } from '../check.ts'
import { fixed, STREAM, STREAM_HEAD } from './fixed.ts'

const on = (part: string, around = STREAM, head = STREAM_HEAD) => fixed(part, 'blocked-edge', around, undefined, head, '\n}\n')

test('one component, the parent after `from`', () => {
  const r = '  node r = any    at a1.in\n'
  expect(on(`${r}  node out = exact at logits from r  # why`)).toEqual([
    ['Run through a1.h0', `${r}  node out = exact at logits from r through [a1.h0]  # why`],
    ['Run through any component', `${r}  node out = exact at logits from r through any  # why`],
    ['Insert a node at a1.h0', `${r}  node a1_h0 = exact    at a1.h0    from r\n  node out = exact at logits from a1_h0  # why`],
  ])
})

test('`through` has a list already: of the wrong one, and of none', () => {
  const r = '  node r = any    at a1.in\n'
  expect(on(`${r}  node out = exact at logits from r through [a0.h1]`)).toEqual([
    ['Run through a1.h0', `${r}  node out = exact at logits from r through [a0.h1, a1.h0]`],
    ['Run through any component', `${r}  node out = exact at logits from r through any`],
    ['Insert a node at a1.h0', `${r}  node a1_h0 = exact    at a1.h0    from r through [a0.h1]\n  node out = exact at logits from a1_h0 through [a0.h1]`],
  ])
  expect(on(`${r}  node out = exact at logits from r through []`).slice(0, 1)).toEqual([['Run through a1.h0', `${r}  node out = exact at logits from r through [a1.h0]`]])
})

test('a column', () => {
  expect(on('  node out = exact at logits from tokens')).toEqual([
    ['Run through emb', '  node out = exact at logits from tokens through [emb]'],
    ['Run through any component', '  node out = exact at logits from tokens through any'],
    ['Insert a node at emb', '  node emb = exact    at emb    from tokens\n  node out = exact at logits from emb'],
  ])
})

test('the parent is named in the feature only', () => {
  const r = '  node r = label > 0    at a1.in\n'
  expect(on(`${r}  node out = r or not r at logits`)).toEqual([
    ['Run through a1.h0', `${r}  node out = r or not r at logits    from r through [a1.h0]`],
    ['Run through any component', `${r}  node out = r or not r at logits    from r through any`],
    ['Insert a node at a1.h0', `${r}  node a1_h0 = r    at a1.h0\n  node out = a1_h0 or not a1_h0 at logits`],
  ])
})

test('the parent is named in both; the block is one line', () => {
  const r = '  node r = label > 0    at a1.in '
  expect(on(`${r}node out = r at logits from r through [a0.h0]`)).toEqual([
    ['Run through a1.h0', `${r}node out = r at logits from r through [a0.h0, a1.h0]`],
    ['Run through any component', `${r}node out = r at logits from r through any`],
    ['Insert a node at a1.h0', `${r}node a1_h0 = r    at a1.h0    from r through [a0.h0] node out = a1_h0 at logits from a1_h0 through [a0.h0]`],
  ])
})

test('several in a row make a chain', () => {
  const chain: Around = { given: given(model(['x: float32[N]'], ['a: float32[N] = x', 'b: float32[N] = a', 'c: float32[N] = b', 'y: float32[N] = c'], ['y']), ['x: float32']) }
  const head = 'model "m.onnx"\ndata "d.npz"\nmetric loss = y\ngraph {\n  component first = "a"\n  component second = "b"\n}\nhypothesis h {\n'
  expect(on('  node out = exact    at y    from x', chain, head)).toEqual([
    ['Run through first, second', '  node out = exact    at y    from x through [first, second]'],
    ['Run through any component', '  node out = exact    at y    from x through any'],
    ['Insert nodes at first, second', '  node first = exact    at first    from x\n  node second = exact    at second    from first\n  node out = exact    at y    from second'],
  ])
})

test('names that are taken', () => {
  const r = '  node emb = any    at "/in0"\n  node q = emb_2 at a0.h0 from emb\n  let emb_2 = label\n'.replace('emb_2', 'label')
  expect(on(`${r}  node out = exact at logits from q, tokens`).at(-1)).toEqual(['Insert a node at emb', `${r}  node emb2 = exact    at emb    from tokens\n  node out = exact at logits from q, emb2`])
})

test('a family: only what holds for all its members', () => {
  const r = '  node r[l in range(2)] = any    at a[l].in\n'
  expect(on(`${r}  node top[l in range(2)] = any at logits[l] from r[l]`)).toEqual([
    ['Run through a0.h0, a1.h0', `${r}  node top[l in range(2)] = any at logits[l] from r[l] through [a0.h0, a1.h0]`],
    ['Run through any component', `${r}  node top[l in range(2)] = any at logits[l] from r[l] through any`],
  ])
  expect(on(`${r}  node out = exact at logits from r`)).toEqual([
    ['Run through a0.h0, a1.h0', `${r}  node out = exact at logits from r through [a0.h0, a1.h0]`],
    ['Run through any component', `${r}  node out = exact at logits from r through any`],
  ])
})

test('members that the feature names', () => {
  const r = '  node r[l in range(2)] = label > l    at a[l].in\n'
  expect(on(`${r}  node out = r[0] or r[1] at logits`)).toEqual([
    ['Run through a0.h0, a1.h0', `${r}  node out = r[0] or r[1] at logits    from r[0] through [a0.h0, a1.h0], r[1] through [a0.h0, a1.h0]`],
    ['Run through any component', `${r}  node out = r[0] or r[1] at logits    from r[0] through any, r[1] through any`],
  ])
})

test('another parent stands on every path', () => {
  const nodes = '  node e = any at emb\n  node s = any at "/mid0"\n'
  const rest = '\n  node out = exact at logits from q through any'
  expect(on(`${nodes}  node q = any at "/mlp_in0" from e, s${rest}`)).toEqual([
    ['Make `e` a parent of `s` instead', `  node e = any at emb\n  node s = any at "/mid0"    from e\n  node q = any at "/mlp_in0" from s${rest}`],
    ['Remove the parent `e`', `${nodes}  node q = any at "/mlp_in0" from s${rest}`],
  ])
})

test('an inherited statement', () => {
  const base = '  node r = any at a1.in\n'
  const rest = '\n}\nhypothesis k extends h {\n  node top = any at a0.h0\n  refine out from top'
  expect(on(`${base}  node out = exact at logits from r${rest}`)[0]).toEqual(['Run through a1.h0', `${base}  node out = exact at logits from r through [a1.h0]${rest}`])
})
