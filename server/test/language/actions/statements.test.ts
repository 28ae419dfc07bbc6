/** Statements that are missing, and those that are there twice. */
import { describe, expect, test } from 'vitest'
import { filesOf } from '../../../src/hypothesis/header.ts'
import { codeActions } from '../../../src/language/actions/index.ts'
import { edited } from '../../../src/language/edit.ts'
import { transformer, transformerNames } from '../../hypothesis/models.ts'
import { given } from '../../hypothesis/check.ts'
import { snapshotOf, NOTHING, TOY, TOY_HEAD, type Around } from '../check.ts'
import { checkEdits, fixed } from './fixed.ts'

const STREAM: Around = { given: given(transformer, ['tokens: int64[4]', 'label: int64']) }
const HEAD = `model "m.onnx"\ndata "d.npz"\nmetric loss = cross_entropy(logits, label)\n${transformerNames}\n`

describe('no-output-node', () => {
  test.each([
    ['nodes that are nobody\'s parent', '  node A = z1 > 3    at "/A"\n  node B = z2 > 3    at "/B"   # or', '\n  node out = exact    at logit    from A, B'],
    ['a parent of another is none', '  node A = z1 > 3    at "/A"\n  node D = A    at "/D"', '\n  node out = exact    at logit    from D'],
    ['names that are taken', '  node out = z1 > 3    at "/A"', '\n  node out2 = exact    at logit    from out'],
    ['one behind the other', '  node A = z1 > 3    at "/A"\n  node D = z2 > 3    at "/D"', '\n  node out = exact    at logit    from D'],
  ])('%s', (_, nodes, line) => {
    expect(fixed(nodes, 'no-output-node', TOY, undefined, `${TOY_HEAD}hypothesis h {\n`, '\n}\n')).toEqual([['Add a node at logit *', nodes + line]])
  })

  test.each([
    ['hypothesis h {}', 'hypothesis h {\n  node out = exact    at logit\n}'],
    ['hypothesis h {\n}', 'hypothesis h {\n  node out = exact    at logit\n}'],
    ['hypothesis h { node A = z1 at "/A" }', 'hypothesis h { node A = z1 at "/A" node out = exact    at logit    from A }'],
    ['hypothesis h {\n  for i in [1] {\n    node A = z1 at "/A"\n  }\n}', 'hypothesis h {\n  for i in [1] {\n    node A = z1 at "/A"\n  }\n  node out = exact    at logit    from A\n}'],
  ])('%s', (before, after) => expect(fixed(before, 'no-output-node', TOY, undefined, TOY_HEAD)).toEqual([['Add a node at logit *', after]]))

  test('through what blocks, families by name, and inherited nodes', () => {
    const base = 'hypothesis h {\n  node r[l in range(2)] = any    at a[l].in\n  node q[h in range(2)] = any at a0.h[h] from r[0]'
    expect(fixed(`${base}\n}`, 'no-output-node', STREAM, undefined, HEAD)).toEqual([['Add a node at logits *', `${base}\n  node out = exact    at logits    from r[1] through [a1.h0], q\n}`]])
    const whole = `hypothesis h {\n  node out = exact    at logits\n}\nhypothesis k extends h {}\nhypothesis other {\n  node p = any at a0.h0\n}`
    expect(fixed(whole, 'no-output-node', STREAM, undefined, HEAD)).toEqual([['Add a node at logits *', whole.replace(' a0.h0\n', ' a0.h0\n  node out = exact    at logits    from p\n')]])
  })
})

test('no-output-node: not surely meant while another node has an error', () => {
  const nodes = '  node A = z1 > 3    at "/A"\n  node B = z9 > 3    at "/B"'
  expect(fixed(nodes, 'no-output-node', TOY, undefined, `${TOY_HEAD}hypothesis h {\n`, '\n}\n')).toEqual([['Add a node at logit', `${nodes}\n  node out = exact    at logit    from A`]])
})

describe('missing-statement', () => {
  /** What stands in the file; each statement is missing once. */
  const all = { model: 'model "toy.onnx"', data: 'data "toy.jsonl"  # z1, z2', metric: 'metric loss = logit', hypothesis: 'hypothesis h {\n  node out = exact    at logit\n}' }
  const file = (more: Partial<typeof all>) => `# A file.\n${Object.values({ ...all, ...more }).filter((line) => line !== '').join('\n')}\n`

  test('model and data, with a name to be changed', () => {
    for (const [kind, title, line] of [['model', 'Add a model', 'model "model.onnx"'], ['data', 'Add data', 'data "data.jsonl"']] as const) {
      const text = file({ [kind]: '' })
      const snapshot = snapshotOf(text, NOTHING)
      const { findings } = filesOf(snapshot.parsed.file)
      const [action, ...others] = codeActions(snapshot, { start: 0, end: 0 }, findings)
      expect([action!.title, others]).toEqual([title, []])
      checkEdits(text, action!)
      const after = edited(text, action!.edits)
      expect(after).toBe(file({ [kind]: line }))
      expect(filesOf(snapshotOf(after, NOTHING).parsed.file).findings).toEqual([])
    }
  })

  test('metric and hypothesis, of what the model has', () => {
    expect(fixed(file({ metric: '' }), 'missing-statement')).toEqual([['Add a metric', file({})]])
    expect(fixed(file({ hypothesis: '' }), 'missing-statement')).toEqual([['Add a hypothesis', `${file({ hypothesis: '' })}\n${all.hypothesis.replace(' h ', ' "name" ')}\n`]])
    const stream = `model "m.onnx" data "d.npz" hypothesis h { node out = exact at logits }`
    expect(fixed(stream, 'missing-statement', STREAM)).toEqual([['Add a metric', 'model "m.onnx" data "d.npz"\nmetric loss = mean(logits)\nhypothesis h { node out = exact at logits }']])
  })

  test('an empty file', () => {
    const { parsed: { file: empty } } = snapshotOf('', NOTHING)
    const made = filesOf(empty).findings.map((finding) => codeActions(snapshotOf('', NOTHING), finding.span, [finding]).map(({ edits }) => edited('', edits)))
    expect(made).toEqual([['model "model.onnx"\n'], ['data "data.jsonl"\n'], ['metric loss = mean(logits)\n'], ['hypothesis "name" {\n  node out = exact    at logits\n}\n']])
  })
})

test.each([
  ['graph {\n  rewrite "/D" = "/A" + rest\n}\n', 'Write `model["/A"]` *', 'graph {\n  rewrite "/D" = model["/A"] + rest\n}\n'],
  ['graph {\n  point first = "/A"\n  rewrite "/D" = 2 * "/A" + rest\n}\n', 'Write `first` *', 'graph {\n  point first = "/A"\n  rewrite "/D" = 2 * first + rest\n}\n'],
])('a tensor in quotes: %s', (part, title, after) => {
  expect(fixed(part, 'type-mismatch', TOY, undefined, TOY_HEAD, 'hypothesis h {\n  node out = exact    at logit\n}')).toEqual([[title, after]])
})

describe('duplicate-name', () => {
  const out = 'hypothesis h {\n  node out = exact    at logit\n}'
  test.each([
    ['let a = 1\nlet a = 2  # again\n', ['Rename to `a2`', 'let a = 1\nlet a2 = 2  # again\n'], ['Remove this `let`', 'let a = 1\n']],
    ['metric loss = z1 + logit\n', ['Rename to `loss2`', 'metric loss2 = z1 + logit\n'], ['Remove this `metric`', '']],
    ['option seed 1\noption seed 2\n', ['Remove this `option` *', 'option seed 1\n']],
    ['data "other.jsonl"\n', ['Remove this `data` *', '']],
    ['model "other.onnx" ', ['Remove this `model` *', '']],
    ['graph {\n  component a = "/A"\n  component a = "/B"\n}\n', ['Remove this `component`', 'graph {\n  component a = "/A"\n}\n']],
  ] as [string, ...[string, string][]][])('%s', (part, ...fixes) => expect(fixed(part, 'duplicate-name', TOY, undefined, TOY_HEAD, out)).toEqual(fixes))

  test('nodes and hypotheses', () => {
    const nodes = (name: string) => `  node A = z1 > 3    at "/A"\n  node ${name} = z2 > 3    at "/B"\n  node out = A    at logit`
    expect(fixed(nodes('A'), 'duplicate-name', TOY, undefined, `${TOY_HEAD}hypothesis h {\n`, '\n}')).toEqual([['Rename to `A2`', nodes('A2')]])
    expect(fixed(out, 'duplicate-name', TOY, undefined, `${TOY_HEAD}${out}\n`)).toEqual([['Rename to `h2`', out.replace(' h ', ' h2 ')]])
    const quoted = out.replace(' h ', ' "the first" ')
    expect(fixed(quoted, 'duplicate-name', TOY, undefined, `${TOY_HEAD}${quoted}\n`)).toEqual([['Rename to `the first 2`', quoted.replace('first', 'first 2')]])
  })

  test('a model input given twice', () => {
    const text = (as: string) => `model "m"\ndata "d" as { ${as} }\nmetric loss = logit\n${out}`
    expect(fixed(text('z1 = z2, z1 = z3'), 'duplicate-name')).toEqual([['Remove this column *', text('z1 = z2')]])
  })
})
