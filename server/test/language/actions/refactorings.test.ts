/** Refactorings: the text before and after; what is bound stays what it was, but for what the action is about. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { given } from '../../hypothesis/check.ts'
import { transformer, transformerNames } from '../../hypothesis/models.ts'
import { codeActions, type Action } from '../../../src/language/actions/index.ts'
import { edited } from '../../../src/language/edit.ts'
import type { FeatureFacts } from '../../../src/protocol/inspect.ts'
import type { HypothesisReport } from '../../../src/protocol/report.ts'
import { cursorOf, snapshotOf, TOY, TOY_HEAD, type Around } from '../check.ts'
import { checkEdits } from './fixed.ts'

const STREAM: Around = { given: given(transformer, ['tokens: int64[4]', 'label: int64']) }
const STREAM_HEAD = `model "m.onnx"\ndata "d.npz"\nmetric loss = cross_entropy(logits, label)\n${transformerNames}\n`

/** Titles that begin so, with the text after; `head` is left out. The text after has no errors. */
function after(title: string, marked: string, around: Around = TOY, head = TOY_HEAD): string[] {
  const { text, offset, end } = cursorOf(head + marked)
  const actions = codeActions(snapshotOf(text, around), { start: offset, end }, []).filter((action: Action) => action.title.startsWith(title))
  return actions.map((action) => {
    checkEdits(text, action)
    const result = edited(text, action.edits)
    const { parsed, bound } = snapshotOf(result, around)
    expect([...parsed.findings, ...(bound?.findings ?? [])].filter(({ severity }) => severity === 'error').map(({ message }) => message), result).toEqual([])
    return result.startsWith(head) ? result.slice(head.length) : result
  })
}

/** Where nodes stand, of which type they are, and where their parents stand: whatever nodes are called. */
function meaning(text: string, around: Around): unknown {
  return snapshotOf(text, around).bound!.hypotheses.map(({ nodes, outputs }) => {
    const place = (name: string) => nodes.filter((node) => node.name === name).map((node) => node.place.tensor + JSON.stringify(node.place.slice)).join()
    const shown = nodes.map(({ name, feature, parents }) => [
      place(name), typeof feature === 'string' ? feature : feature.parts.map(({ dtype, shape }) => `${dtype}[${shape.join()}]`).join(),
      parents.map((edge) => (edge.kind === 'node' ? place(edge.node) : edge.column)).sort(),
    ])
    return [shown.map((one) => JSON.stringify(one)).sort(), outputs.map(place)]
  })
}

describe('declare a component or point', () => {
  test.each([
    ['in a new block', 'hypothesis h {\n  node A = z1 at "/$0A"\n  node out = A at logit\n}', 'graph {\n  component A = "/A"\n}\n\nhypothesis h {\n  node A = z1 at A\n  node out = A at logit\n}'],
    ['in the block that is there, everywhere', 'graph {\n  component B = "/B"\n}\nhypothesis h {\n  node A = z1 at "/A"\n  node out = A at logit\n}\nhypothesis k {\n  node A = z1 at "$0/A"\n  node out = A at logit\n}', 'graph {\n  component B = "/B"\n  component A = "/A"\n}\nhypothesis h {\n  node A = z1 at A\n  node out = A at logit\n}\nhypothesis k {\n  node A = z1 at A\n  node out = A at logit\n}'],
  ])('%s', (_, before, wanted) => expect(after('Declare the component', before)).toEqual([wanted]))

  test('a name that is declared is used; names come from the path', () => {
    expect(after('Write A, its name', 'graph { component A = "/A" }\nhypothesis h {\n  node A = z1 at "$0/A"\n  node out = A at logit\n}')).toEqual(['graph { component A = "/A" }\nhypothesis h {\n  node A = z1 at A\n  node out = A at logit\n}'])
    expect(after('Declare the point', 'graph { point emb = "embed" }\nhypothesis h { node p = any at "/a0/$0h0"[1] node out = exact at logits from p through any }', STREAM, STREAM_HEAD.replace(transformerNames, ''))).toEqual(['graph { point emb = "embed" point a0.h0 = "/a0/h0" }\nhypothesis h { node p = any at a0.h0[1] node out = exact at logits from p through any }'])
  })
})

describe('a family of what repeats', () => {
  test.each([
    ['one index, with references', 'hypothesis h {\n  node c0 = label > 1    at a0.h1$0\n  node c1 = label > 2    at a1.h1\n  node out = exact at logits from c0 through any, c1 through any\n}', undefined],
    ['numbers that vary together', 'hypothesis h {\n  node c0 = any at a0.h1\n  node c1 = any$0 at a1.h1\n  node out = exact at logits from c0 through any, c1 through any\n}\nhypothesis k extends h { refine c1 = label }', 'hypothesis h {\n  node c[l in range(2)] = any at a[l].h1\n  node out = exact at logits from c[0] through any, c[1] through any\n}\nhypothesis k extends h { refine c[1] = label }'],
    ['slices', 'hypothesis h {\n  node p1 = tokens[1] $0at a1.in[1]\n  node p3 = tokens[3] at a1.in[3]\n  node out = exact at logits from p1 through any, p3 through any\n}', 'hypothesis h {\n  node p[l in [1, 3]] = tokens[l] at a1.in[l]\n  node out = exact at logits from p[1] through any, p[3] through any\n}'],
    ['two indices', 'hypothesis h {\n  node c1 = label > 7$0 at a0.h1\n  node c2 = label > 5 at a0.h1\n  node out = exact at logits from c1 through any\n}', 'hypothesis h {\n  node c[(l, h) in [(1, 7), (2, 5)]] = label > h at a0.h1\n  node out = exact at logits from c[1, 7] through any\n}'],
    ['words of a feature cannot be indexed', 'hypothesis h {\n  let f1 = label\n  let f2 = label + 1\n  node c1 = f1$0 at a0.h1\n  node c2 = f2 at a0.h1\n  node out = exact at logits from c1 through any\n}', undefined],
  ])('%s', (title, before, wanted) => {
    const found = after('Make these', before, STREAM, STREAM_HEAD)
    if (title === 'one index, with references') return expect(found).toEqual(['hypothesis h {\n  node c[(l, h) in [(0, 1), (1, 2)]] = label > h    at a[l].h1\n  node out = exact at logits from c[0, 1] through any, c[1, 2] through any\n}'])
    expect(found).toEqual(wanted === undefined ? [] : [wanted])
    if (wanted !== undefined) expect(meaning(STREAM_HEAD + wanted, STREAM)).toEqual(meaning(STREAM_HEAD + cursorOf(before).text, STREAM))
  })

  test('components', () => {
    const head = STREAM_HEAD.replace(transformerNames, '')
    const use = '\nhypothesis h { node p = any at a1.h0 node out = exact at logits from p through any }'
    expect(after('Make these', `graph {\n  component a0.h0 = "/a0/h0"$0\n  component a0.h1 = "/a0/h1"\n  component a1.h0 = "/a1/h0"\n  component a1.h1 = "/a1/h1"\n}${use}`, STREAM, head)).toEqual([`graph {\n  component a[l in range(2)].h[h in range(2)] = "/a{l}/h{h}"\n}${use}`])
    expect(after('Make these', `graph {\n  point m1 = "/m1"\n  $0point m0 = "/m0"\n  component a1.h0 = "/a1/h0"\n}${use}`, STREAM, head)).toEqual([`graph {\n  point m[l in [1, 0]] = "/m{l}"\n  component a1.h0 = "/a1/h0"\n}${use}`])
  })
})

test.each([
  ['a whole feature', 'hypothesis h {\n  node A = z1 +$0 z2 > 3    at "/A"\n  node out = A at logit\n}', 'let A_value = z1 + z2 > 3\n\nhypothesis h {\n  node A = A_value    at "/A"\n  node out = A at logit\n}'],
  ['a selection', 'hypothesis h {\n  node A = $0z1 + z2$1 > 3    at "/A"\n  node out = A at logit\n}', 'let A_value = z1 + z2\n\nhypothesis h {\n  node A = A_value > 3    at "/A"\n  node out = A at logit\n}'],
  ['one that names nodes', 'hypothesis h {\n  node A = z1 at "/A"\n  node out = A $0> 2 at logit\n}', 'hypothesis h {\n  node A = z1 at "/A"\n  let out_value = A > 2\n  node out = out_value at logit\n}'],
  ['not one that reads an index', 'hypothesis h {\n  node A[i in [1]] = z1 $0> i at "/A"\n  node out = exact at logit\n}', undefined],
  ['not a name', 'hypothesis h {\n  node A = z$01 at "/A"\n  node out = A at logit\n}', undefined],
])('name an expression: %s', (_, before, wanted) => expect(after('Name it', before)).toEqual(wanted === undefined ? [] : [wanted]))

const facts = (values: readonly [string, number][]): FeatureFacts => ({
  rows: 48, classes: values.length, singletons: 0, effectiveClasses: 2, swapRate: 0.9,
  list: values.map(([value, count]) => ({ value, count, share: count / 48, examples: [] })),
})

test('classes of a feature are named', () => {
  const around: Around = { ...TOY, classes: () => facts([['2', 30], ['-1', 18]]) }
  expect(after('Name the 2 classes', 'hypothesis h {\n  node A = z1 %$0 3    at "/A"\n  node out = A at logit\n}', around)).toEqual([
    'let A_value = z1 % 3\n\nlet A_value_is_2 = A_value == 2    # 30 of 48 data\nlet A_value_is_minus_1 = A_value == -1    # 18 of 48 data\n\nhypothesis h {\n  node A = A_value    at "/A"\n  node out = A at logit\n}',
  ])
  const flags: Around = { ...TOY, classes: () => facts([['false', 30], ['true', 18]]) }
  expect(after('Name the 2 classes', 'let big = z1 > 3\nhypothesis h {\n  node A = bi$0g    at "/A"\n  node out = A at logit\n}', flags)).toEqual([
    'let big = z1 > 3\nlet not_big = not big    # 30 of 48 data\nlet is_big = big    # 18 of 48 data\n\nhypothesis h {\n  node A = big    at "/A"\n  node out = A at logit\n}',
  ])
  expect(after('Name the', 'hypothesis h {\n  node A = z1 %$0 3    at "/A"\n  node out = A at logit\n}')).toEqual([])
})

test('an expectation from the last result', () => {
  const result = (low: number, stale = false) => ({ ...TOY, results: { h: { report: { recovered: { value: low + 0.01, low, high: low + 0.02 } } as HypothesisReport, stale, time: 0, metric: 'loss', device: 'cpu' } } })
  const text = 'hypothesis "h" {\n  node A$0 = z1 at "/A"\n  node out = A at logit\n}\n'
  expect(after('Expect', text, result(0.8673))).toEqual([`${text.replace('$0', '')}\nexpect "h" recovered >= 86%\n`])
  expect(after('Expect', `${text}expect "k" recovered < 9%\nhypothesis k { node out = any at logit }\n`, result(0.9987))).toEqual([`${text.replace('$0', '')}expect "k" recovered < 9%\nexpect "h" recovered >= 99.8%\nhypothesis k { node out = any at logit }\n`])
  expect(after('Expect', text, result(0.8, true))).toEqual([])
  expect(after('Expect', `${text}expect "h" recovered > 1%`, result(0.8))).toEqual([])
})

test('an output node gets the parents that nobody has', () => {
  expect(after('Add `from', 'hypothesis h {\n  node A = z1 at "/A"\n  node B = z2 at "/B"\n  node out = exact$0    at logit\n}')).toEqual(['hypothesis h {\n  node A = z1 at "/A"\n  node B = z2 at "/B"\n  node out = exact    at logit    from A, B\n}'])
  expect(after('Add `from', 'hypothesis h {\n  node A = z1 at "/A"\n  node out = A$0    at logit\n}')).toEqual([])
})

test('a let that nothing uses can be removed', () => {
  expect(after('Remove `a`', 'let $0a = z1\nlet b = z2\nhypothesis h { node out = b at logit }')).toEqual(['let b = z2\nhypothesis h { node out = b at logit }'])
  expect(after('Remove', 'let $0b = z2\nhypothesis h { node out = b at logit }')).toEqual([])
})

test('statements are put in order, with their comments', () => {
  const text = `# The file.

expect h recovered > 1%   # one
# about h
hypothesis h { node out = b at logit }
let b = z2                # a let
data "toy.jsonl"
# the model
model "toy.onnx"
metric loss = binary_cross_entropy(logit, label)
hypothesis k { node out = any at logit }$0
`
  const wanted = `# The file.

# the model
model "toy.onnx"
data "toy.jsonl"
metric loss = binary_cross_entropy(logit, label)

let b = z2                # a let

# about h
hypothesis h { node out = b at logit }

hypothesis k { node out = any at logit }

expect h recovered > 1%   # one
`
  expect(after('Put the statements', text, TOY, '')).toEqual([wanted])
  expect(after('Put the statements', `${wanted}$0`, TOY, '')).toEqual([])
  expect(meaning(wanted, TOY)).toEqual(meaning(text.replace('$0', ''), TOY))
})

test('no action breaks on broken texts', () => {
  const text = readFileSync(new URL('../../../../grammar/test/fixtures/paren.scrub', import.meta.url), 'utf8')
  let state = 7
  const random = (n: number) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % n
  for (let round = 0; round < 25; round++) {
    const start = random(text.length)
    const broken = text.slice(0, start) + text.slice(start + random(30))
    const snapshot = snapshotOf(broken, STREAM)
    for (let offset = random(41); offset <= broken.length; offset += 41) {
      for (const action of codeActions(snapshot, { start: offset, end: Math.min(broken.length, offset + random(3) * 9) }, [])) checkEdits(broken, action)
    }
  }
})
