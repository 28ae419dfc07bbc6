/** A Concat of all the parts of a value is that value; of anything less or else it is not. */
import { expect, it } from 'vitest'
import { attr, Dag, type Value } from '../../src/onnx/dag.ts'
import { rejoined } from '../../src/scrub/rejoin.ts'

const dag = new Dag()
const x = dag.input('x', { dtype: 'float32', shape: ['N', 3, 6] })
const y = dag.input('y', { dtype: 'float32', shape: ['N', 3, 6] })
const head = (of: Value, index: number, axis = 1): Value => dag.op('Unsqueeze', [dag.op('Gather', [of, dag.scalar(index, 'int64')], { axis: attr.int(axis) }), dag.ints([axis])])
const slice = (of: Value, start: number, end: number): Value => dag.op('Slice', [of, dag.ints([start]), dag.ints([end]), dag.ints([2])])
const replaced = dag.op('Abs', [head(x, 1)])

const CASES: readonly (readonly [name: string, axis: number, parts: readonly Value[], whole: Value | undefined])[] = [
  ['every index', 1, [head(x, 0), head(x, 1), head(x, 2)], x],
  ['every slice', 2, [slice(x, 0, 2), slice(x, 2, 6)], x],
  ['one of them replaced', 1, [head(x, 0), replaced, head(x, 2)], undefined],
  ['one of another value', 1, [head(x, 0), head(y, 1), head(x, 2)], undefined],
  ['another order', 1, [head(x, 1), head(x, 0), head(x, 2)], undefined],
  ['one missing', 1, [head(x, 0), head(x, 1)], undefined],
  ['one twice', 1, [head(x, 0), head(x, 0), head(x, 1), head(x, 2)], undefined],
  ['another axis', 2, [head(x, 0), head(x, 1), head(x, 2)], undefined],
  ['slices with a gap', 2, [slice(x, 0, 2), slice(x, 3, 6)], undefined],
]

it.each(CASES)('%s', (_, axis, parts, whole) => {
  expect(rejoined({ opType: 'Concat', domain: '', attributes: { axis: attr.int(axis) }, inputs: parts })).toBe(whole)
})
