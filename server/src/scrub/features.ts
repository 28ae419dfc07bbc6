/** Evaluate features over the whole dataset and make their equivalence classes. */
import type { BoundNode } from '../hypothesis/bound.ts'
import { emit, plainHeader, type Value } from '../onnx/dag.ts'
import type { Tensor, TypedArray } from '../onnx/types.ts'
import { showParts, type ShownPart } from './class-list.ts'
import { anyClass, classesOf, exactClasses, type Classes } from './classes.ts'
import { processor, type Breathe, type Runtime } from './runtime.ts'
import { sliceColumn, takeRows, type Table } from './table.ts'

/** Fixed, so that a feature's value never depends on anything but the datum. */
const BLOCK = 16384

/** Values of expressions on every datum, each of shape `[rows, …]`. */
export async function evaluateOnData(
  runtime: Runtime, table: Table, values: readonly Value[], breathe: Breathe,
): Promise<Tensor[]> {
  const distinct = [...new Map(values.map((v) => [v.id, v])).values()]
  if (distinct.length === 0) return []
  const emitted = emit(new Map(distinct.map((value, i) => [`o${i}`, value])), plainHeader, undefined, table.stored)
  const session = await processor(runtime).load(emitted.bytes)
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

/** A node's equivalence classes, and its feature's value on a datum, for people; nothing for `exact` and `any`. */
export interface Feature {
  readonly classes: Classes
  readonly value: ((datum: number) => string) | undefined
}

/** In the order of the nodes. Nodes with the same feature share theirs. */
export async function featuresOfNodes(
  runtime: Runtime, table: Table, nodes: readonly BoundNode[], breathe: Breathe,
): Promise<Feature[]> {
  // Parts that are the same for every datum divide nothing.
  const parts = nodes.map((node) => (typeof node.feature === 'string' ? [] : node.feature.parts.filter((p) => p.batched)))
  const batched = parts.flat().map((p) => p.value)
  const tensors = await evaluateOnData(runtime, table, batched, breathe)
  const byValue = new Map(batched.map((value, i) => [value.id, tensors[i]!]))
  const made = new Map<string, Feature>()
  return nodes.map((node, i) => {
    const own = parts[i]!
    const key = typeof node.feature === 'string' ? node.feature : own.map((p) => `${p.value.id} ${p.dtype}`).join()
    let feature = made.get(key)
    if (!feature) {
      const values = own.map((p) => byValue.get(p.value.id)!)
      const classes = node.feature === 'exact' ? exactClasses(table.rows) : own.length === 0 ? anyClass(table.rows) : classesOf(values, table.rows)
      made.set(key, (feature = { classes, value: typeof node.feature === 'string' ? undefined : valueOf(own, values, classes) }))
    }
    return feature
  })
}

/** Keeps one value of each class. */
function valueOf(parts: readonly ShownPart[], tensors: readonly Tensor[], { rows, count, of, order, start }: Classes): (datum: number) => string {
  const firsts = Int32Array.from({ length: count }, (_, c) => order[start[c]!]!)
  const values = tensors.map(({ data }) => takeRows(data as TypedArray, firsts, data.length / rows))
  return (datum) => showParts(parts, values, of[datum]!, count)
}
