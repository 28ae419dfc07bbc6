/** Metrics and model inputs: what they read, what they compile to. */
import { expect, test } from 'vitest'
import { columnInput } from '../../src/hypothesis/bound.ts'
import { scrubbedInput, unscrubbedInput } from '../../src/hypothesis/metric.ts'
import { Dag } from '../../src/onnx/dag.ts'
import { BATCH } from '../../src/onnx/types.ts'
import { bound, findings, given } from './check.ts'
import { model } from './models.ts'

const graph = model(
  ['x: float32[N, 3]', 'mask: int32[N, 3]', 'flag: bool[N]'],
  ['h: float32[N, 3] = x, mask, flag', 'y: float32[N] = h', 'half: float16[N, 2] = h', 'label: float32[N] = h', 'one: float32[N, 1] = h', 'i: int32[N] = h'],
  ['y', 'half', 'label', 'one', 'i'],
)
const columns = ['x: int64[3]', 'mask: bool[3]', 'flag: bool', 'label: int64', 'cls: int64', 'p: float64', 'name: string']
const from = given(graph, columns)

const file = (metric: string) => `model "m" data "d" let target = cls let margin = half[1] - half[0] let hit[k] = cls == k ${metric} hypothesis h { node out = exact at y node o = exact at half node o1 = exact at one node o2 = exact at i }`

test.each([
  ['metric m = y', 'y', '', ''],
  ['score m = y * 2', 'y', '', ''],
  ['metric m = mean(half)', 'half', '', ''],
  ['metric m = one', 'one', '', ''],
  ['metric m = i', 'i', '', ''],
  ['metric m = y > p', 'y', '', 'p'],
  ['metric m = y - model.y', 'y', 'y', ''],
  ['metric m = margin * data.label', 'half', '', 'label'],
  ['metric m = if hit[2] then y else 0', 'y', '', 'cls'],
  ['metric m = y + data["label"] + model["half"][0]', 'y', 'half', 'label'],
])('%s reads', (text, outputs, unscrubbed, read) => {
  const source = file(text)
  expect(findings(source, from)).toEqual([])
  const metric = bound(source, from).metric!
  expect([metric.outputs.join(), metric.unscrubbed.join(), metric.columns.join()]).toEqual([outputs, unscrubbed, read])
  // The engine's own values are used, and the result is one float64 per datum.
  const dag = new Dag()
  const input = (name: string) => dag.input(`engine ${name}`, graph.tensors.get(name)!.type)
  const column = (name: string) => dag.input(`engine ${name}`, { dtype: name === 'p' ? 'float64' : 'int64', shape: [BATCH] })
  const value = metric.compile(dag, {
    outputs: new Map(metric.outputs.map((name) => [name, input(name)])),
    unscrubbed: new Map(metric.unscrubbed.map((name) => [name, input(name)])),
    columns: new Map(metric.columns.map((name) => [name, column(name)])),
  })
  expect(value.type).toEqual({ dtype: 'float64', shape: [BATCH] })
  expect(dag.input(scrubbedInput('y'), graph.tensors.get('y')!.type).id).toBeGreaterThan(value.id)
})

test.each([
  ['binary_cross_entropy(y, cls)', { kind: 'binary', column: 'cls' }],
  ['(binary_cross_entropy((margin), data.cls))', { kind: 'binary', column: 'cls' }],
  ['cross_entropy(half, data.label)', { kind: 'categorical', column: 'label' }],
  ['cross_entropy(half, target)', undefined],
  ['2 * cross_entropy(half, cls)', undefined],
  ['cross_entropy(half + p, cls)', undefined],
  ['cross_entropy(model.half + half, cls)', undefined],
  ['mean(half) + y', undefined],
])('cross-entropy: %s', (text, expected) => {
  expect(findings(file(`metric m = ${text}`), from)).toEqual([])
  expect(bound(file(`metric m = ${text}`), from).metric!.crossEntropy).toEqual(expected)
})

test('a column and an output of one name', () => {
  expect(findings(file('metric m = y - label'), from)).toEqual([
    '1:105 ambiguous-name `label` is a column and an output of the model; write `data.label` for the column, or rename the column: `model.label` is the unscrubbed output.',
  ])
})

test('the metric that is evaluated', () => {
  const text = file('metric first = y score second = -y metric broken = logits')
  expect(bound(text, from).metric?.name).toBe('first')
  expect(bound(text, from).hypotheses[0]!.ok).toBe(true)
  expect(bound(text, from, 'second').metric?.sense).toBe('score')
  expect(bound(text, from, 'broken').metric).toBeUndefined()
  expect(bound(text, from, 'broken').hypotheses[0]!.ok).toBe(false)
  expect(bound(text, from, 'secnd').findings.map((f) => `${f.code} ${f.message}`)).toContain('unknown-metric This file has no metric `secnd`; closest: `second`.')
})

test.each([
  ['', [['x', 'x', true, 'float32'], ['mask', 'mask', true, 'int32'], ['flag', 'flag', true, 'bool']]],
  ['as { mask = x, flag = cls > 0 }', [['x', 'x', true, 'float32'], ['mask', 'x', true, 'int32'], ['flag', 'cls', false, 'bool']]],
  ['as { x = mask, mask = ones_like(x) * target }', [['x', 'mask', true, 'float32'], ['mask', 'x,cls', false, 'int32'], ['flag', 'flag', true, 'bool']]],
  ['as { x = data.x, flag = data["flag"] }', [['x', 'x', true, 'float32'], ['mask', 'mask', true, 'int32'], ['flag', 'flag', true, 'bool']]],
])('inputs %s', (clause, expected) => {
  const text = `model "m" data "d" ${clause} let target = cls metric m = y hypothesis h { node out = exact at y }`
  expect(findings(text, from)).toEqual([])
  const dag = new Dag()
  const { inputs } = bound(text, from)
  const value = (name: string) => {
    const { dtype, shape } = from.dataset.columns.find((c) => c.name === name)!
    return dag.input(columnInput(name), { dtype, shape: [BATCH, ...shape] })
  }
  const shown = inputs.map(({ input, columns: read, plain, compile }) => {
    const made = compile(dag, new Map(read.map((name) => [name, value(name)])))
    expect(made.type.shape).toEqual(graph.tensors.get(input)!.type.shape)
    return [input, read.join(), plain, made.type.dtype]
  })
  expect(shown).toEqual(expected)
})

test('a missing column', () => {
  expect(findings('model "m" data "d" metric m = y hypothesis h { node p = any at h from flag node out = exact at y from p }', given(graph, ['x: float32[3]', 'msk: bool[3]', 'flag: bool']))).toEqual([
    '1:16 data-mismatch d.npz has no column for the model input `mask`; closest: `msk`; write `as { mask = COLUMN }`.',
  ])
})

test('symbolic lengths must agree', () => {
  const two = model(['a: float32[N, S]', 'b: float32[N, S]'], ['y: float32[N] = a, b'], ['y'])
  expect(findings('model "m" data "d" metric m = y hypothesis h { node out = exact at y }', given(two, ['a: float32[3]', 'b: float32[4]']))).toEqual([
    '1:16 data-mismatch The column `b` is [4] per datum, but the model input `b` is [3]; reshape it with `as { b = … }`.',
  ])
})

test('filter, limit and vocabularies', () => {
  const file = bound('model "m" data "d" filter name == "red" and cls > 0 limit 20 vocab cls = ["no", "yes"] metric m = y hypothesis h { node out = cls == "yes" at y }', from)
  expect(file.findings).toEqual([])
  expect([file.filter?.dtype, file.filter?.shape, file.filter?.batched, file.limit]).toEqual(['bool', [], true, 20])
  expect([...file.vocabs]).toEqual([['cls', ['no', 'yes']]])
})

test('names under which tensors enter', () => expect([scrubbedInput('y'), unscrubbedInput('y')]).toEqual(['scrubbed.y', 'model.y']))
