/** What lies along the axes of a tensor, followed through operators that move axes: which part of an axis is the heads. */
import { intAttribute, intsAttribute } from '../onnx/infer/context.ts'
import { divideExactly, multiply, multiplyAll } from '../onnx/infer/dims.ts'
import { BATCH, type Dim, type Op } from '../onnx/types.ts'
import type { Operand } from './product.ts'
import type { Reader } from './reader.ts'

/** A factor of an axis. `model` is the width of the residual stream. */
export interface Atom {
  readonly role: 'data' | 'heads' | 'query' | 'key' | 'width' | 'model'
  readonly size: Dim
  /** Heads that share what lies along an axis of length 1. */
  readonly shared?: boolean
}

/** Of each axis its factors, the outermost first; an axis of length 1 has none. */
export interface Layout {
  readonly tensor: string
  readonly axes: readonly (readonly Atom[])[]
}

/** The layout of an operand or a result of a product; with `result`, an axis of length 1 beside heads of the result is shared by them. */
export function layoutOf({ tensor, axes }: Operand, result?: Operand): Layout {
  return {
    tensor,
    axes: axes.map(({ role, size, headsFirst }, axis): Atom[] => {
      const beside = result?.axes[axis - axes.length + result.axes.length]
      if (role === 'one') return beside?.role === 'heads' ? [{ role: 'heads', size: beside.size, shared: true }] : []
      if (role !== 'merged') return [{ role, size }]
      const both: Atom[] = [{ role: 'data', size: BATCH }, { role: 'heads', size: divideExactly(size, BATCH) as number }]
      return headsFirst ? both.reverse() : both
    }),
  }
}

/** The layout after an operator that moves the axes of its first input and nothing else; undefined for other operators. */
export function moved(reader: Reader, layout: Layout, op: Op): Layout | undefined {
  const tensor = op.outputs[0]!
  const { axes } = layout
  switch (op.opType) {
    case 'Identity': case 'Cast': case 'Dropout': return { tensor, axes }
    case 'Transpose': {
      const order = intsAttribute(op, 'perm') ?? axes.map((_, i) => axes.length - 1 - i)
      return order.length === axes.length ? { tensor, axes: order.map((axis) => axes[axis]!) } : undefined
    }
    case 'Unsqueeze': case 'Squeeze': case 'Reshape': case 'Flatten': {
      const shape = reader.shape(tensor)
      const reshaped = shape && regrouped(axes.flat(), shape)
      return reshaped && { tensor, axes: reshaped }
    }
    case 'ReduceSum': {
      const reduced = reader.integers(op.inputs[1])?.map((axis) => (axis < 0 ? axis + axes.length : axis))
      if (!reduced || !reduced.every((axis) => axes[axis]?.every(({ role }) => role === 'heads'))) return undefined
      const keep = intAttribute(op, 'keepdims', 1) === 1
      return { tensor, axes: axes.flatMap((atoms, axis) => (!reduced.includes(axis) ? [atoms] : keep ? [[]] : [])) }
    }
    default: return undefined
  }
}

/** The layout before a Transpose. */
export function beforeTranspose(layout: Layout, op: Op): Layout {
  const order = intsAttribute(op, 'perm') ?? layout.axes.map((_, i) => layout.axes.length - 1 - i)
  return { tensor: op.inputs[0]!, axes: layout.axes.map((_, axis) => layout.axes[order.indexOf(axis)]!) }
}

/**
 * The target of a Reshape after which data, positions and heads have axes of their own (heads and width may share one); the axes
 * as they are then. An empty target: nothing needs to change. Undefined where too many lengths are unknown.
 */
export function separated({ axes }: Layout): { readonly target: readonly number[]; readonly axes: readonly (readonly Atom[])[] } | undefined {
  const apart = axes.flatMap((atoms): (readonly Atom[])[] => (atoms.length > 0 && atoms.every(({ role }) => role === 'heads' || role === 'width') && atoms.some(({ role }) => role === 'width') ? [atoms] : atoms.map((atom) => [atom])))
  if (apart.length === axes.length && axes.every((atoms) => atoms.length > 0)) return { target: [], axes }
  let open = 0
  const target = apart.map((atoms, at) => {
    const size = multiplyAll(atoms.map((atom) => (atom.shared ? 1 : atom.size)))
    if (typeof size === 'number') return size
    if (axes[at]?.length === 1 && axes[at]![0] === atoms[0] && atoms.length === 1) return 0
    open++
    return -1
  })
  return open > 1 ? undefined : { target, axes: apart }
}

/** The same factors over the axes of a new shape; a factor is split where an axis ends within it. */
function regrouped(atoms: readonly Atom[], shape: readonly Dim[]): Atom[][] | undefined {
  const rest = atoms.filter(({ size }) => size !== 1)
  const axes: Atom[][] = []
  for (const dim of shape) {
    const own: Atom[] = []
    let size: Dim = 1
    while (size !== dim) {
      const next = rest.shift()
      if (!next) return undefined
      const joint = multiply(size, next.size)
      const missing: number = typeof dim === 'number' && typeof size === 'number' ? dim / size : Number.NaN
      if (joint !== dim && typeof next.size === 'number' && next.size > missing) {
        if (!Number.isInteger(missing) || next.size % missing !== 0) return undefined
        own.push({ role: next.role, size: missing })
        rest.unshift({ role: next.role, size: next.size / missing })
        size = dim
      } else {
        own.push(next)
        size = joint
      }
    }
    axes.push(own)
  }
  return rest.length === 0 ? axes : undefined
}
