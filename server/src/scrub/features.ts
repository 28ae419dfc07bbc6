/** Evaluate features over the whole dataset and make their equivalence classes. */
import type { BoundNode } from '../hypothesis/bound.ts'
import { emit, plainHeader, type Value } from '../onnx/dag.ts'
import type { Tensor, TypedArray } from '../onnx/types.ts'
import { anyClass, classesOf, exactClasses, type Classes } from './classes.ts'
import type { Breathe, Runtime } from './runtime.ts'
import { sliceColumn, type Table } from './table.ts'

/** Fixed, so that a feature's value never depends on anything but the datum. */
const BLOCK = 16384

/** Values of expressions on every datum, each of shape `[rows, …]`. */
export async function evaluateOnData(
  runtime: Runtime, table: Table, values: readonly Value[], breathe: Breathe,
): Promise<Tensor[]> {
  const distinct = [...new Map(values.map((v) => [v.id, v])).values()]
  if (distinct.length === 0) return []
  const emitted = emit(new Map(distinct.map((value, i) => [`o${i}`, value])), plainHeader, undefined, table.stored)
  const session = await runtime.load(emitted.bytes)
  const whole = new Map<number, Tensor>()
  try {
    for (let start = 0; start < table.rows; start += BLOCK) {
      await breathe()
      const end = Math.min(table.rows, start + BLOCK)
      const feeds = Object.fromEntries(emitted.inputs.map(({ name }) => [name, sliceColumn(table.behind(name)!, start, end)]))
      const outputs = await session.run(feeds)
      distinct.forEach((value, i) => {
        const part = outputs[`o${i}`]!
        const data = part.data as TypedArray
        if (start === 0 && end === table.rows) {
          whole.set(value.id, part)
          return
        }
        const size = data.length / (end - start)
        let all = whole.get(value.id)
        if (!all) {
          const room = new (data.constructor as new (n: number) => TypedArray)(table.rows * size)
          whole.set(value.id, (all = { dtype: part.dtype, dims: [table.rows, ...part.dims.slice(1)], data: room }))
        }
        ;(all.data as Float32Array).set(data as Float32Array, start * size)
      })
    }
  } finally {
    await session.release()
  }
  return values.map((v) => whole.get(v.id)!)
}

/** Classes of each node, in order. Nodes with the same feature share their classes. */
export async function classesOfNodes(
  runtime: Runtime, table: Table, nodes: readonly BoundNode[], breathe: Breathe,
): Promise<Classes[]> {
  const parts = nodes.map((node) => (typeof node.feature === 'string' ? [] : node.feature.parts))
  const batched = parts.flat().filter((p) => p.batched).map((p) => p.value)
  const tensors = await evaluateOnData(runtime, table, batched, breathe)
  const byValue = new Map(batched.map((value, i) => [value.id, tensors[i]!]))
  const made = new Map<string, Classes>()
  return nodes.map((node, i) => {
    // Parts that are the same for every datum divide nothing.
    const varying = parts[i]!.filter((p) => p.batched)
    const key = node.feature === 'exact' ? 'exact' : varying.map((p) => p.value.id).join()
    let classes = made.get(key)
    if (!classes) {
      classes =
        node.feature === 'exact' ? exactClasses(table.rows)
        : varying.length === 0 ? anyClass(table.rows)
        : classesOf(varying.map((p) => byValue.get(p.value.id)!), table.rows)
      made.set(key, classes)
    }
    return classes
  })
}

