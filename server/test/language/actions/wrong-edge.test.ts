/** Edges that the model does not have, or has the other way round. */
import { expect, test } from 'vitest'
import { fixed, STREAM, STREAM_HEAD } from './fixed.ts'

const on = (part: string, code: string) => fixed(part, code, STREAM, undefined, STREAM_HEAD, '\n}\n')

test.each([
  ['the only parent', '  node q = any    at a0.h1\n  node p = any    at a0.h0    from q\n', '  node q = any    at a0.h1\n  node p = any    at a0.h0\n', 'p'],
  ['the first of two', '  node q = any    at a0.h1\n  node p = any    at a0.h0    from q, tokens through any\n', '  node q = any    at a0.h1\n  node p = any    at a0.h0    from tokens through any\n', 'p'],
  ['the last of two', '  node q = any    at a0.h1\n  node p = any    at a0.h0    from tokens through any, q\n', '  node q = any    at a0.h1\n  node p = any    at a0.h0    from tokens through any\n', 'p'],
  ['a comment between', '  node q = any    at a0.h1\n  node p = any    at a0.h0    from tokens through any, # all\n    q\n', '  node q = any    at a0.h1\n  node p = any    at a0.h0    from tokens through any # all\n    \n', 'p'],
])('missing-edge: %s', (_, before, after, p) => {
  const out = `  node out = exact at logits from ${p}`
  expect(on(before + out, 'missing-edge')).toEqual([['Remove the parent `q`', after + out]])
})

test('a missing edge that the feature names is not removed', () => {
  expect(on('  node q = label > 0 at a0.h1\n  node p = q at a0.h0\n  node out = exact at logits from p', 'missing-edge')).toEqual([])
})

test('a column that feeds nothing', () => {
  expect(on('  node e = any at emb from label, tokens\n  node out = exact at logits from e', 'unknown-node')).toEqual([['Remove the parent `label`', '  node e = any at emb from tokens\n  node out = exact at logits from e']])
})

test('reversed-edge: turned round, or removed', () => {
  const out = '  node out = exact at logits from p, q'
  expect(on(`  node q = any at a1.h0\n  node p = any at a0.h0 from q\n${out}`, 'reversed-edge')).toEqual([
    ['Make `p` a parent of `q` instead', `  node q = any at a1.h0    from p\n  node p = any at a0.h0\n${out}`],
    ['Remove the parent `q`', `  node q = any at a1.h0\n  node p = any at a0.h0\n${out}`],
  ])
})

test('turned round, the edge needs `through`', () => {
  const out = '  node out = exact at logits from q'
  expect(on(`  node q = any at a1.h0 from tokens through any\n  node p = any at "/mlp_in0" from q, tokens through any\n${out}`, 'reversed-edge')[0]).toEqual(
    ['Make `p` a parent of `q` instead', `  node q = any at a1.h0 from tokens through any, p through [m0]\n  node p = any at "/mlp_in0" from tokens through any\n${out}`],
  )
})

test('what a family or a feature names is not turned round', () => {
  expect(on('  node q = label > 0 at a1.h0\n  node p = q at a0.h0\n  node out = exact at logits from p', 'reversed-edge')).toEqual([])
  expect(on('  node q = any at a1.h0\n  node p[h in range(2)] = any at a0.h[h] from q\n  node out = exact at logits from p', 'reversed-edge')).toEqual([
    ['Remove the parent `q`', '  node q = any at a1.h0\n  node p[h in range(2)] = any at a0.h[h]\n  node out = exact at logits from p'],
  ])
})

test.each([
  ['a sibling', '  node s = any at a0.h0\n  node r = any at a0.in\n  node out = exact at logits from r through [a0.h0, a0.h1], s', '  node s = any at a0.h0\n  node r = any at a0.in\n  node out = exact at logits from r through [a0.h1], s', 'a0.h0'],
  ['no component', '  node r = any at a0.in\n  node out = exact at logits from r through [a0.h0, a1.in]', '  node r = any at a0.in\n  node out = exact at logits from r through [a0.h0]', 'a1.in'],
  ['the only one', '  node s = any at a0.h0\n  node out = exact at logits from s through [a1.in]', '  node s = any at a0.h0\n  node out = exact at logits from s', 'a1.in'],
])('bad-through: %s', (_, before, after, name) => expect(on(before, 'bad-through')).toEqual([[`Leave \`${name}\` out of \`through\` *`, after]]))

test('bad-through: the edge is blocked besides, or no way is left without it', () => {
  const r = '  node r = any at a1.in\n'
  expect(on(`${r}  node out = exact at logits from r through [a0.in]`, 'bad-through')).toEqual([['Leave `a0.in` out of `through` *', `${r}  node out = exact at logits from r`]])
  expect(on(`${r}  node s = any at a1.h0\n  node out = exact at logits from r through [a1.h0], s`, 'bad-through')).toEqual([])
})

test('cycle: the edge that the model has the other way round', () => {
  const out = '  node out = exact at logits from q'
  const after = [['Remove the parent `q` of `p`', `  node p = any at a0.h0\n  node q = any at a1.h0 from p\n${out}`]]
  expect(on(`  node p = any at a0.h0 from q\n  node q = any at a1.h0 from p\n${out}`, 'cycle')).toEqual(after)
  expect(on(`  node p = any at a0.h0 from p, q\n  node q = any at a1.h0\n${out}, p`, 'cycle')).toEqual([['Remove the parent `p` of `p`', `  node p = any at a0.h0 from q\n  node q = any at a1.h0\n${out}, p`]])
})

test('cycle: of three, one in a feature', () => {
  const nodes = (first: string) => `  node p = any at a0.h0${first}\n  node m = label > 0 at m0 from p\n  node q = m at a1.h0\n  node out = exact at logits from q`
  expect(on(nodes(' from q'), 'cycle')).toEqual([['Remove the parent `q` of `p`', nodes('')]])
})

test('cycle: of hypotheses, and of a let', () => {
  const rest = '\n}\nhypothesis k extends h {'
  expect(fixed(`hypothesis h extends k {\n  node out = exact at logits${rest}`, 'cycle', STREAM, undefined, STREAM_HEAD.slice(0, -'hypothesis h {\n'.length), '\n}\n')).toEqual([
    ['Do not extend `h` *', 'hypothesis h extends k {\n  node out = exact at logits\n}\nhypothesis k {'],
  ])
  const tail = '\nhypothesis h { node p = label > 0 at a0.h0 node out = p at logits }'
  expect(fixed('let label = label + 1', 'cycle', STREAM, undefined, STREAM_HEAD.slice(0, -'hypothesis h {\n'.length), tail)).toEqual([['Read the column `label` *', 'let label = data.label + 1']])
})
