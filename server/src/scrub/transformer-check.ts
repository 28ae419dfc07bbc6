/** Whether what `use transformer` found is true on the data: the parts add up to the residual stream, and the model with them is the model. */
import { dirname } from 'node:path'
import type { Finding } from '@scrub/grammar'
import type { Column } from '../data/columns.ts'
import type { BoundFile, InputBinding } from '../hypothesis/bound.ts'
import { headerOf } from '../model/header.ts'
import { attr, emit, type Dag, type Value } from '../onnx/dag.ts'
import type { TransformerView } from '../transformer/view.ts'
import { apart, float32Of, notFinite } from './apart.ts'
import { rowsPerCall } from './limits.ts'
import { modelValues } from './model-values.ts'
import { processor, type Breathe, type Runtime } from './runtime.ts'
import { takeColumn, type Table } from './table.ts'

/** Data on which it is tried. */
const ROWS = 16
/** Of the largest magnitude of the same tensor on the same datum; more where the model computes in half precision. */
const TOLERANCE = 1e-4
const HALF_TOLERANCE = 2e-2

export interface TransformerCheckGiven {
  readonly view: TransformerView
  /** Where the values of `inputs` are made. */
  readonly dag: Dag
  readonly inputs: readonly InputBinding[]
  readonly columns: readonly Column[]
  readonly table: Table
  readonly runtime: Runtime
  readonly breathe: Breathe
}

export interface TransformerCheck {
  /** Data looked at. */
  readonly data: number
  /** The largest difference, relative to the largest magnitude of its tensor on its datum, where, and on which datum. */
  readonly largest: number
  readonly place: string
  readonly datum: number
  readonly fine: boolean
}

/** Compares on the first data. */
export async function checkTransformer({ view, dag, inputs, columns, table, runtime, breathe }: TransformerCheckGiven): Promise<TransformerCheck> {
  const original = modelValues(dag, view.original, inputs, columns)
  const reference = modelValues(dag, view.reference, inputs, columns)
  const derived = modelValues(dag, view.graph, inputs, columns)
  const places: { place: string; value: Value }[] = []
  for (const { name, stream, positionsFirst, terms } of view.sums) {
    const own = reference.tensor(stream)
    const sum = terms.map(derived.tensor).reduce((a, b) => dag.op('Add', [a, b]))
    places.push({ place: `\`${name}\``, value: difference(dag, positionsFirst ? dag.op('Transpose', [own], { perm: attr.ints([1, 0, 2]) }) : own, sum) })
  }
  for (const output of view.graph.outputs) {
    const own = original.tensor(output)
    if (/^b?float/.test(own.type.dtype)) places.push({ place: `the output \`${output}\``, value: difference(dag, own, derived.tensor(output)) })
  }
  const half = view.sums.some(({ stream }) => /16$/.test(reference.tensor(stream).type.dtype))
  const values = places.map(({ value }) => value)
  const data = Math.min(table.rows, rowsPerCall(values, ROWS))
  const folder = dirname(view.graph.path)
  await breathe()
  const emitted = emit(new Map(values.map((value, i) => [`o${i}`, value])), headerOf(view.graph), folder, table.stored)
  const session = await processor(runtime).load(emitted.bytes, folder)
  try {
    await breathe()
    const rows = Int32Array.from({ length: data }, (_, i) => i)
    const outputs = await session.run(Object.fromEntries(emitted.inputs.map(({ name }) => [name, takeColumn(table.behind(name)!, rows)])))
    let worst = { largest: -1, place: '', datum: 0 }
    places.forEach(({ place }, i) => {
      ;(outputs[`o${i}`]!.data as Float32Array).forEach((error, datum) => {
        const largest = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error
        if (largest > worst.largest) worst = { largest, place, datum }
      })
    })
    return { data, ...worst, fine: worst.largest <= (half ? HALF_TOLERANCE : TOLERANCE) }
  } finally {
    await session.release()
  }
}

/** One number per datum: the largest difference, relative to the largest magnitude. What is no number in the first counts as equal. */
function difference(dag: Dag, own: Value, other: Value): Value {
  const [a, b] = [float32Of(dag, own), float32Of(dag, other)]
  const open = notFinite(dag, a)
  const most = (value: Value): Value => dag.op('ReduceMax', [value, dag.ints(Array.from({ length: (own.type.shape?.length ?? 1) - 1 }, (_, i) => i + 1))], { keepdims: attr.int(0) })
  const scale = dag.op('Max', [most(dag.op('Where', [open, dag.scalar(0, 'float32'), dag.op('Abs', [a])])), dag.scalar(1e-30, 'float32')])
  return dag.op('Div', [most(apart(dag, a, b, open)), scale])
}

/** The finding of a check that failed; `row` is the datum's in the file. */
export function notEqual(file: BoundFile, { place, largest, row }: { readonly place: string; readonly largest: number; readonly row: number }): Finding {
  const model = file.graph.path.slice(file.graph.path.lastIndexOf('/') + 1)
  const size = Number.isFinite(largest) ? `by ${largest.toExponential(1)} of its largest value` : 'and is no number'
  return {
    code: 'transformer-not-equal', severity: 'error', span: file.transformer!.span,
    message: `What \`use transformer\` finds in ${model} is not the model: at ${place} the parts differ from it ${size} (row ${row} of the data). Declare the heads and MLPs with \`component NAME = "tensor"\`, and please report this with the model.`,
  }
}
