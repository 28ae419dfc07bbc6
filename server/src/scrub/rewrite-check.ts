/** Whether rewrites change nothing: each rewritten tensor is compared with the model's own, on the data. */
import { dirname } from 'node:path'
import type { Finding } from '@scrub/grammar'
import type { Column } from '../data/columns.ts'
import type { BoundFile } from '../hypothesis/bound.ts'
import type { BoundRewrite } from '../hypothesis/rewrites.ts'
import { selectPlace } from '../hypothesis/slice-values.ts'
import { headerOf } from '../model/header.ts'
import { attr, emit, type Dag, type Value } from '../onnx/dag.ts'
import { apart, float32Of, notFinite } from './apart.ts'
import { flopsPerDatum } from './flops.ts'
import { rowsPerCall } from './limits.ts'
import { modelValues } from './model-values.ts'
import { narrow } from './narrow.ts'
import { processor, type Breathe, type Runtime, type Tensors } from './runtime.ts'
import type { Tensor } from '../onnx/types.ts'
import { takeColumn, type Table } from './table.ts'

/** Of the largest magnitude of the tensor on all data; more where it is in half precision. */
const TOLERANCE = 1e-4
const HALF_TOLERANCE = 2e-2
/** Of the largest magnitude of one datum at one position, so that a large coordinate elsewhere hides nothing. */
const ROW_TOLERANCE = 1e-3
/** Rows that are this much smaller than the tensor's largest value are judged by that. */
const LEAST_ROW = 1e-2
/** Operations that the comparison may take; of larger data and models it looks at so many data, spread evenly. */
const FLOPS = 2e12
const MOST_ROWS = 128

export interface RewriteCheckGiven {
  readonly file: Pick<BoundFile, 'graph' | 'original' | 'inputs' | 'rewrites'>
  /** Where the values of the inputs are made. */
  readonly dag: Dag
  readonly columns: readonly Column[]
  readonly table: Table
  readonly runtime: Runtime
  readonly breathe: Breathe
}

export interface RewriteCheck {
  /** Data looked at. */
  readonly data: number
  /** The largest difference relative to the tensor's largest magnitude, where and on which datum. */
  readonly largest: number
  readonly worst: BoundRewrite
  readonly datum: number
  /** The difference relative to its own row is what is too large. */
  readonly byRow: boolean
  readonly fine: boolean
}

/** Undefined where nothing is rewritten. */
export async function checkRewrites({ file, dag, columns, table, runtime, breathe }: RewriteCheckGiven): Promise<RewriteCheck | undefined> {
  const { rewrites } = file
  if (rewrites.length === 0 || !file.original) return undefined
  const own = modelValues(dag, file.original, file.inputs, columns)
  const made = modelValues(dag, file.graph, file.inputs, columns)
  // A tensor that only the transformer view has is compared with what the rewrite took it from.
  const pairs = rewrites.map(({ tensor, slice }) => {
    const whole = file.original!.tensors.has(tensor) ? own.tensor(tensor) : made.tensor(beforeOf(file, tensor))
    return { whole, before: selectPlace(dag, whole, slice), after: selectPlace(dag, made.tensor(tensor), slice) }
  })
  const evaluated = async (values: readonly Value[], data: Int32Array, besides: Tensors = {}): Promise<Float32Array[]> => {
    const emitted = emit(new Map(values.map((value, i) => [`o${i}`, value])), headerOf(file.graph), dirname(file.graph.path), table.stored)
    const batch = rowsPerCall(values, MOST_ROWS)
    const found = values.map(() => new Float32Array(data.length))
    await breathe()
    const session = await processor(runtime).load(emitted.bytes, dirname(file.graph.path))
    try {
      for (let start = 0; start < data.length; start += batch) {
        await breathe()
        const rows = data.subarray(start, start + batch)
        const outputs = await session.run(Object.fromEntries(emitted.inputs.map(({ name }) => [name, besides[name] ?? takeColumn(table.behind(name)!, rows)])))
        found.forEach((all, i) => all.set(outputs[`o${i}`]!.data as Float32Array, start))
      }
    } finally {
      await session.release()
    }
    return found
  }
  /** So many data, spread evenly. */
  const spread = (most: number): Int32Array => {
    const count = Math.min(table.rows, most)
    return Int32Array.from({ length: count }, (_, i) => Math.floor((i * table.rows) / count))
  }
  // How large the whole tensors are, which costs more than what was rewritten of them, is told from some data.
  const typical = (await evaluated(pairs.map(({ whole }) => sizeOf(dag, whole)), spread(rowsPerCall(pairs.map(({ whole }) => whole), MOST_ROWS)))).map((all) => all.reduce((a, b) => Math.max(a, b), 1e-30))
  const values = narrow(dag, pairs.flatMap((pair, i) => sizes(dag, pair, dag.input(scaleInput(i), { dtype: 'float32', shape: [] }))))
  const data = spread(Math.max(1, Math.floor(FLOPS / Math.max(1, flopsPerDatum(values)))))
  const count = data.length
  const found = await evaluated(values, data, Object.fromEntries(typical.map((scale, i): [string, Tensor] => [scaleInput(i), { dtype: 'float32', dims: [], data: Float32Array.of(scale) }])))
  let worst: RewriteCheck | undefined
  rewrites.forEach((rewrite, i) => {
    const [size, difference, byRow] = found.slice(3 * i, 3 * i + 3) as [Float32Array, Float32Array, Float32Array]
    const scale = size.reduce((a, b) => Math.max(a, b), typical[i]!)
    const half = /16$/.test(pairs[i]!.whole.type.dtype)
    for (let k = 0; k < count; k++) {
      const largest = Number.isNaN(difference[k]!) ? Infinity : difference[k]! / scale
      const fine = half ? largest <= HALF_TOLERANCE : largest <= TOLERANCE && byRow[k]! <= ROW_TOLERANCE
      const one = { data: count, largest, worst: rewrite, datum: data[k]!, byRow: !fine && !half && largest <= TOLERANCE, fine }
      if (!worst || Number(one.fine) < Number(worst.fine) || (one.fine === worst.fine && largest > worst.largest)) worst = one
    }
  })
  return worst
}

/** The name under which a rewrite keeps what a tensor was. */
const beforeOf = (file: Pick<BoundFile, 'graph'>, tensor: string): string => (file.graph.tensors.has(`${tensor}.before`) ? `${tensor}.before` : tensor)

interface Pair {
  /** The tensor as it was. */
  readonly whole: Value
  /** What was rewritten of it, and what became of that. */
  readonly before: Value
  readonly after: Value
}

const scaleInput = (pair: number): string => `scale ${pair}`

/** Axes after the batch. */
const axesOf = ({ type }: Value): number[] => Array.from({ length: (type.shape?.length ?? 1) - 1 }, (_, i) => i + 1)

const most = (dag: Dag, value: Value, over: readonly number[], keep = 0): Value => (over.length === 0 ? value : dag.op('ReduceMax', [value, dag.ints(over)], { keepdims: attr.int(keep) }))

const magnitude = (dag: Dag, value: Value): Value => dag.op('Where', [notFinite(dag, value), dag.scalar(0, 'float32'), dag.op('Abs', [value])])

/** The largest magnitude of each datum. */
const sizeOf = (dag: Dag, value: Value): Value => most(dag, magnitude(dag, float32Of(dag, value)), axesOf(value))

/** Of each datum: the largest magnitude of what was rewritten, the largest difference, and the largest difference relative to its row (all but the last axis), or to what `scale` leaves of that. */
function sizes(dag: Dag, { before, after }: Pair, scale: Value): [Value, Value, Value] {
  const [a, b] = [before, after].map((value) => float32Of(dag, value)) as [Value, Value]
  const own = axesOf(a)
  const last = own.slice(-1)
  // Where both are no number, or both infinite, they are equal.
  const differences = apart(dag, a, b, dag.op('And', [notFinite(dag, a), notFinite(dag, b)]))
  const row = dag.op('Max', [most(dag, magnitude(dag, a), last, 1), dag.op('Mul', [scale, dag.scalar(LEAST_ROW, 'float32')])])
  return [sizeOf(dag, before), most(dag, differences, own), most(dag, dag.op('Div', [most(dag, differences, last, 1), row]), own)]
}

/** The finding of a check that failed; `row` is the datum's in the file. */
export function rewriteNotEqual({ worst, largest, byRow, row }: Pick<RewriteCheck, 'worst' | 'largest' | 'byRow'> & { readonly row: number }): Finding {
  const size = !Number.isFinite(largest) ? 'it is no number' : byRow ? `it differs by more than ${ROW_TOLERANCE} of the largest value at one of its positions` : `it differs by ${Number(largest.toPrecision(2))} of its largest value`
  return {
    code: 'rewrite-not-equal', severity: 'error', span: worst.span,
    message: `This rewrite changes the model: ${worst.place} would be another value (row ${row} of the data: ${size}). Correct the expression, or add \`+ rest\` for whatever it leaves out.`,
  }
}
