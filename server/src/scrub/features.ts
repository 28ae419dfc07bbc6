/** Evaluate features over the whole dataset and make their equivalence classes. */
import type { BoundNode } from '../hypothesis/bound.ts'
import { emit, plainHeader, type Value } from '../onnx/dag.ts'
import type { Tensor, TypedArray } from '../onnx/types.ts'
import { showParts } from './class-list.ts'
import { anyClass, classesOf, exactClasses, type Classes } from './classes.ts'
import { KeptFeatures, type KeptFeature } from './kept-features.ts'
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

/** In the order of the nodes. Nodes with the same feature share theirs; what `kept` holds is not evaluated again. */
export async function featuresOfNodes(
  runtime: Runtime, table: Table, nodes: readonly BoundNode[], breathe: Breathe, kept: KeptFeatures = new KeptFeatures(),
): Promise<Feature[]> {
  // Parts that are the same for every datum divide nothing.
  const parts = nodes.map((node) => (typeof node.feature === 'string' ? [] : node.feature.parts.filter((p) => p.batched)))
  const keys = nodes.map((node, i) => (typeof node.feature === 'string' ? node.feature : `${kept.keyOf(parts[i]!.map((p) => p.value))} ${parts[i]!.map((p) => p.dtype).join()}`))
  const found = new Map(keys.flatMap((key): [string, KeptFeature][] => {
    const feature = kept.get(key)
    return feature ? [[key, feature]] : []
  }))
  const missing = parts.filter((_, i) => !found.has(keys[i]!)).flat().map((p) => p.value)
  const tensors = await evaluateOnData(runtime, table, missing, breathe)
  const byValue = new Map(missing.map((value, i) => [value.id, tensors[i]!]))
  const made = new Map<string, Feature>()
  return nodes.map(({ feature: written }, i) => {
    const own = parts[i]!
    const key = keys[i]!
    let feature = made.get(key)
    if (!feature) {
      const known = found.get(key) ?? classified(written, own.map((p) => byValue.get(p.value.id)!), table.rows)
      if (!found.has(key)) kept.set(key, known)
      const { classes, values } = known
      const texts = new Map<number, string>()
      const value = (datum: number): string => {
        const number = classes.of[datum]!
        let text = texts.get(number)
        if (text === undefined) texts.set(number, (text = showParts(own, values, number, classes.count)))
        return text
      }
      made.set(key, (feature = { classes, value: typeof written === 'string' ? undefined : value }))
    }
    return feature
  })
}

/** The classes of a feature's values on all data, with one value of each. */
function classified(feature: BoundNode['feature'], tensors: readonly Tensor[], rows: number): KeptFeature {
  const classes = feature === 'exact' ? exactClasses(rows) : tensors.length === 0 ? anyClass(rows) : classesOf(tensors, rows)
  const firsts = Int32Array.from({ length: classes.count }, (_, c) => classes.order[classes.start[c]!]!)
  return { classes, values: tensors.map(({ data }) => takeRows(data as TypedArray, firsts, data.length / rows)) }
}
