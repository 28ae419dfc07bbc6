/** Warnings: what makes a hypothesis say what was meant. What is known of the data is given; what follows from it is computed. */
import { expect, test } from 'vitest'
import type { FeatureFacts } from '../../../src/protocol/inspect.ts'
import { questionsOf } from '../../../src/scrub/inspection.ts'
import { dataWarnings, structuralWarnings, type Known } from '../../../src/scrub/warnings.ts'
import { transformer, transformerNames } from '../../hypothesis/models.ts'
import { given } from '../../hypothesis/check.ts'
import { TOY, TOY_HEAD, type Around } from '../check.ts'
import { fixed, type More } from './fixed.ts'

const STREAM: Around = { given: given(transformer, ['tokens: int64[4]', 'label: int64']) }
const STREAM_HEAD = `model "m.onnx"\ndata "d.npz"\nmetric loss = cross_entropy(logits, label)\n${transformerNames}\n`

const structure: More = ({ bound }) => bound!.hypotheses.flatMap((hypothesis) => structuralWarnings(bound!, hypothesis))

const facts = (classes: number): FeatureFacts => ({ rows: 100, classes, singletons: classes === 100 ? 1 : 0, effectiveClasses: classes, swapRate: 1 - classes / 100, list: [{ value: 'true', count: 100, share: 1, examples: [] }] })

/** Facts by the text of a feature. */
const featuresWith = (classes: Record<string, number>): More => ({ bound }) => bound!.hypotheses.flatMap((hypothesis) => {
  const { features } = questionsOf(hypothesis)
  const known = ((kind, key) => {
    const node = hypothesis.nodes[features.indexOf(key)]
    return kind === 'feature' && node && classes[node.featureText] !== undefined ? { kind, key, facts: facts(classes[node.featureText]!) } : undefined
  }) as Known
  return dataWarnings(hypothesis, known)
})

/** A feature follows from its parents where these are among them. */
const determinedBy = (name: string, ...sets: string[][]): More => ({ bound }) => bound!.hypotheses.flatMap((hypothesis) => {
  const { determined } = questionsOf(hypothesis)
  const known = ((kind, key) => {
    const node = hypothesis.nodes[determined.indexOf(key)]
    if (kind !== 'determined' || node?.name !== name) return undefined
    const parents = node.parents.map((edge) => (edge.kind === 'node' ? edge.node : edge.column))
    const against = [{ row: 1, text: 'z1=1', value: 'true' }, { row: 2, text: 'z1=1', value: 'false' }]
    return { kind, key, ...(sets.some((set) => set.every((one) => parents.includes(one))) ? {} : { against }) }
  }) as Known
  return dataWarnings(hypothesis, known)
})

const inHypothesis = (before: string, code: string, more: More) => fixed(before, code, TOY, more, `${TOY_HEAD}hypothesis h {\n`, '\n}\n')

test('vacuous', () => {
  const more = featuresWith({ 'z1 >= 0': 1, 'A or z2 >= 0': 1 })
  expect(inHypothesis('  node A = z1 >= 0    at "/A"\n  node out = exact    at logit    from A', 'vacuous', more)).toEqual([
    ['Write `any` instead', '  node A = any    at "/A"\n  node out = exact    at logit    from A'],
  ])
  expect(inHypothesis('  node A = z1 > 3    at "/A"\n  node B = z2 > 3    at "/B"\n  node out = A or z2 >= 0    at logit    from B', 'vacuous', more)).toEqual([
    ['Write `any` instead', '  node A = z1 > 3    at "/A"\n  node B = z2 > 3    at "/B"\n  node out = any    at logit    from B, A'],
  ])
})

test('vacuous, but other features compute with it', () => {
  expect(inHypothesis('  node A = z1 >= 0    at "/A"\n  node out = A or z2 > 3    at logit', 'vacuous', featuresWith({ 'z1 >= 0': 1 }))).toEqual([])
  expect(inHypothesis('  let both = A or z2 > 3\n  node A = z1 >= 0    at "/A"\n  node out = both    at logit', 'vacuous', featuresWith({ 'z1 >= 0': 1 }))).toEqual([])
})

test('untestable', () => {
  const more = featuresWith({ 'z1 * 100 + A': 100 })
  expect(inHypothesis('  node A = z1    at "/A"\n  node out = z1 * 100 + A    at logit', 'untestable', more)).toEqual([
    ['Write `exact` instead', '  node A = z1    at "/A"\n  node out = exact    at logit    from A'],
  ])
})

test('not-a-function: the node or the column that is missing', () => {
  const before = '  node A = z1 > 3    at "/A"\n  node B = z2 > 3    at "/B"\n  node C = z3 > 3    at "/C"\n'
  expect(inHypothesis(`${before}  node out = z1 > 3 or z2 > 3    at logit    from A`, 'not-a-function', determinedBy('out', ['A', 'B'], ['A', 'z2'])).slice(0, 2)).toEqual([
    ['Add the parent `B`', `${before}  node out = z1 > 3 or z2 > 3    at logit    from A, B`],
    ['Add the parent `z2`', `${before}  node out = z1 > 3 or z2 > 3    at logit    from A, z2`],
  ])
})

test('not-a-function: by way of a let; a place that nothing leads to is not offered', () => {
  const before = '  let either = z1 > 3 or z2 > 3\n  node A = z1 > 3    at "/A"\n  node B = z2 > 3    at "/B"\n'
  const nodes = `${before}  node D = either    at "/D"    from A\n  node out = D    at logit`
  const found = inHypothesis(nodes, 'not-a-function', determinedBy('D', ['A', 'B'], ['A', 'z2']))
  expect(found.map(([title]) => title)).toEqual(['Add the parent `B`', 'Add the parent `z2`'])
  expect(inHypothesis('  node A = z2 > 3    at "/A"    from z1\n  node out = A    at logit', 'not-a-function', determinedBy('A', ['z2']))).toEqual([])
})

test('no-effect: a node that nothing leads from', () => {
  const before = '  node A = z1 > 3    at "/A"\n  node B = z2 > 3    at "/B"  # unused\n'
  expect(inHypothesis(`${before}  node out = A    at logit`, 'no-effect', structure)).toEqual([
    ['Make it a parent of `out`', `${before}  node out = A    at logit    from B`],
    ['Remove `B`', '  node A = z1 > 3    at "/A"\n  node out = A    at logit'],
  ])
})

test('no-effect: what a node elsewhere names is not removed, what stands behind a parent is not added', () => {
  const nodes = '  node A = z1 > 3    at "/A"\n  node D = A    at "/D"\n  node B = z2 > 3    at "/B"\n  node E = B    at "/D"\n  node out = D    at logit'
  expect(inHypothesis(nodes, 'no-effect', structure)).toEqual([['Remove `E`', nodes.replace('  node E = B    at "/D"\n', '')]])
})

test('no-effect: in another hypothesis, through what blocks', () => {
  const base = 'hypothesis base {\n  node p = any    at a1.h0\n  node out = exact    at logits    from p\n}\n'
  const own = 'hypothesis h extends base {\n  node r = any    at "/mlp_in1"\n'
  expect(fixed(`${base}${own}}`, 'no-effect', STREAM, structure, STREAM_HEAD)).toEqual([
    ['Make it a parent of `out`', `${base}${own}  refine out    from r through [m1]\n}`],
    ['Remove `r`', `${base}hypothesis h extends base {\n}`],
  ])
})
