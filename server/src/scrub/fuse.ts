/**
 * A product with a matrix followed by an addition (of a bias, or of a residual stream) as one Gemm over all rows: ONNX
 * Runtime fuses the two only for two-dimensional tensors, and in a small model the additions cost as much as the products.
 */
import { attr, type Dag, type Value } from '../onnx/dag.ts'
import { elements } from './elements.ts'
import { operands, substitute, topological } from './walk.ts'

/** The same values with every fusable pair replaced. */
export function fuse(dag: Dag, values: readonly Value[]): Value[] {
  const roots = sliceRows(dag, values)
  const order = topological(roots)
  const uses = new Map<number, number>()
  for (const value of [...order.flatMap(operands), ...roots]) uses.set(value.id, (uses.get(value.id) ?? 0) + 1)
  const made = new Map<number, Value>()
  const rebuilt = (value: Value): Value => substitute(dag, [value], (v) => made.get(v.id))[0]!
  // Inputs before users: a pair above another is rebuilt on the fused one.
  for (const value of order) {
    const pair = fusable(value, uses)
    if (!pair) continue
    const { rows, matrix, added, shape } = pair
    const flat = (v: Value, width: number): Value => dag.op('Reshape', [rebuilt(v), dag.ints([-1, width])])
    const [depth, width] = matrix.type.shape as [number, number]
    const sum = dag.op('Gemm', [flat(rows, depth), matrix, isParameter(added, 1) ? added : flat(added, width)], { alpha: attr.float(1), beta: attr.float(1) })
    made.set(value.id, dag.op('Reshape', [sum, dag.ints(shape)]))
  }
  return substitute(dag, roots, (v) => made.get(v.id))
}

interface Pair {
  readonly rows: Value
  readonly matrix: Value
  /** A bias, or a tensor like the product. */
  readonly added: Value
  /** Of the sum: -1 for the batch, everything else known. */
  readonly shape: readonly number[]
}

/** `rows @ matrix + added`, with rows of rank 3 or more and a product that nothing else reads. */
function fusable(sum: Value, uses: ReadonlyMap<number, number>): Pair | undefined {
  if (sum.def.kind !== 'op' || sum.def.call.opType !== 'Add' || sum.def.call.domain !== '' || !/^float(32|64)$/.test(sum.type.dtype)) return undefined
  const [a, b] = sum.def.call.inputs as [Value, Value]
  for (const [product, added] of [[b, a], [a, b]] as const) {
    if (product.def.kind !== 'op' || product.def.call.opType !== 'MatMul' || product.def.call.domain !== '' || uses.get(product.id) !== 1) continue
    const [rows, matrix] = product.def.call.inputs as [Value, Value]
    const shape = product.type.shape
    if (!isParameter(matrix, 2) || !shape || shape.length < 3 || !shape.slice(1).every((d) => typeof d === 'number')) continue
    const bias = isParameter(added, 1) && added.type.shape![0] === matrix.type.shape![1]
    const alike = added.type.shape?.length === shape.length && added.type.shape.every((d, i) => d === shape[i])
    if (bias || alike) return { rows, matrix, added, shape: [-1, ...(shape.slice(1) as number[])] }
  }
  return undefined
}

const isParameter = (value: Value, rank: number): boolean =>
  (value.def.kind === 'weight' || value.def.kind === 'const') && value.type.shape?.length === rank && value.type.shape.every((d) => typeof d === 'number')

/**
 * A slice of a product that is needed whole elsewhere is made from a slice of its rows: it costs little, and leaves the
 * product to a single reader, which can then be fused with it.
 */
function sliceRows(dag: Dag, roots: readonly Value[]): Value[] {
  const made = new Map<number, Value>()
  for (const value of topological(roots)) {
    if (value.def.kind !== 'op' || value.def.call.opType !== 'Slice' || value.def.call.inputs.length !== 4) continue
    const [product, starts, ends, axes] = value.def.call.inputs as [Value, Value, Value, Value]
    if (product.def.kind !== 'op' || product.def.call.opType !== 'MatMul' || product.def.call.domain !== '') continue
    const [rows, matrix] = product.def.call.inputs as [Value, Value]
    const rank = product.type.shape?.length
    const along = axes.known && Array.from(axes.known.data as ArrayLike<bigint>, Number)
    if (!isParameter(matrix, 2) || !rank || rows.type.shape?.length !== rank || !along || !along.every((axis) => axis > 0 && axis < rank - 1)) continue
    if (elements(value.type.shape) * FEW > elements(product.type.shape)) continue
    const [source] = substitute(dag, [rows], (v) => made.get(v.id))
    made.set(value.id, dag.op('MatMul', [dag.op('Slice', [source, starts, ends, axes]), matrix]))
  }
  return substitute(dag, roots, (v) => made.get(v.id))
}

/** A slice is worth a product of its own when it is this much smaller. */
const FEW = 4
