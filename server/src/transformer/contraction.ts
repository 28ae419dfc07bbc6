/** From the result of attention to its term of the residual stream: the output product, and what is scaled and added after it. */
import { called } from '../model/upgrade/adapter.ts'
import { floatAttribute, intAttribute, stringAttribute } from '../onnx/infer/context.ts'
import type { Op } from '../onnx/types.ts'
import { type Atom, type Layout, layoutOf, moved, separated } from './layout.ts'
import type { Norm } from './norms.ts'
import type { Product } from './product.ts'
import type { Reader } from './reader.ts'

/** What an axis of the output weight meets: heads, the width of a head, or the residual stream. */
export type WeightAxis = 'heads' | 'width' | 'model' | 'one' | 'rows'

export interface Contraction {
  /** The result of attention where it can be taken apart, before the output product. */
  readonly site: Layout
  /** Where each head is computed by itself: the tensors of the heads, in order. `site` is then that of the joint tensor. */
  readonly parts: readonly string[] | undefined
  /** Undefined where the values are as wide as the stream already: heads are added up, or each has a part of the width (`beside`). */
  readonly weight: string | undefined
  readonly beside?: boolean
  /** `rows`: heads and width in one axis, in the order of `rows`. */
  readonly weightAxes: readonly WeightAxis[]
  readonly rows: readonly Atom[]
  /** Applied in order to the sum over heads. */
  readonly after: readonly After[]
}

/** What is done to the sum of the heads before it is added: a weight that it is multiplied by, divided by or that is added, or a norm. */
export type After = { readonly kind: 'scale' | 'divide' | 'bias'; readonly weight: string } | { readonly kind: 'norm'; readonly norm: Norm }

/** Why the heads of a term cannot be told apart. */
export interface Unclear {
  readonly problem: string
}

/** The way from the products with values to the term `to`. */
export function contractionOf(reader: Reader, norms: ReadonlyMap<string, Norm>, products: readonly Product[], to: string): Contraction | Unclear {
  const way = wayTo(reader, norms, products, to)
  if ('problem' in way) return way
  let layout: Layout = way.start
  const sites: Layout[] = [layout]
  let found: Pick<Contraction, 'site' | 'weight' | 'weightAxes' | 'rows'> | undefined
  const after: After[] = []
  for (const op of way.steps) {
    if ('input' in op) {
      if (!found || layout.axes.at(-1)?.[0]?.role !== 'model') return { problem: `a norm stands between the heads and their weight (\`${op.output}\`)` }
      after.push({ kind: 'norm', norm: op })
      layout = { ...layout, tensor: op.output }
      continue
    }
    const next = moved(reader, layout, op)
    if (next) {
      layout = next
      sites.push(layout)
      continue
    }
    const weight = op.inputs.find((name) => reader.isFixed(name))
    const scales = (op.opType === 'Mul' || (op.opType === 'Div' && op.inputs[1] === weight)) && weight !== undefined && (found ? onWidth(reader, weight) : isScalar(reader, weight))
    const product = found ? undefined : multiplied(reader, layout, op)
    if (product) {
      const site = siteBefore(sites)
      if (!site) return { problem: `${called(op)} multiplies a tensor whose data and positions lie on one axis` }
      found = { site, weight: product.weight, weightAxes: product.weightAxes, rows: product.rows }
      if (product.bias !== undefined) after.push({ kind: 'bias', weight: product.bias })
      layout = product.layout
    } else if (scales || (found && op.opType === 'Add' && weight !== undefined && onWidth(reader, weight))) {
      after.push({ kind: op.opType === 'Add' ? 'bias' : op.opType === 'Mul' ? 'scale' : 'divide', weight: weight! })
      layout = { ...layout, tensor: op.outputs[0]! }
    } else return { problem: `after the heads stands ${called(op)}, which is no product with a weight` }
  }
  if (!found) return withoutWeight(way, sites, layout, after)
  if (layout.axes.some((atoms) => atoms.some(({ role }) => role === 'heads' || role === 'width'))) return { problem: 'the heads are not summed over' }
  return { ...found, parts: way.parts, after }
}

/** Values that are as wide as the stream: a single head, heads that are summed, or heads side by side. */
function withoutWeight({ parts }: Way, sites: readonly Layout[], { axes }: Layout, after: Contraction['after']): Contraction | Unclear {
  const heads = (layout: Layout): number => layout.axes.flat().filter(({ role }) => role === 'heads').length
  const site = siteBefore(sites, (one) => heads(one) === heads(sites[0]!))
  const last = axes.at(-1) ?? []
  const beside = last.length > 1 && last.at(-1)!.role === 'width' && last.slice(0, -1).every(({ role }) => role === 'heads')
  const summed = last.length === 1 && last[0]!.role === 'width' && axes.flat().every(({ role }) => role !== 'heads')
  return site && (beside || summed) ? { site, parts, weight: undefined, beside, weightAxes: [], rows: [], after } : { problem: 'no product with a weight follows the heads' }
}

/** The last where heads are apart, but not the term itself, which is made anew from the heads. */
const siteBefore = (sites: readonly Layout[], fits: (one: Layout) => boolean = () => true): Layout | undefined =>
  sites.slice(0, Math.max(1, sites.length - 1)).findLast((one) => separated(one) !== undefined && fits(one))

const isScalar = (reader: Reader, weight: string): boolean => reader.shape(weight)?.every((dim) => dim === 1) ?? false

/** A scalar, or a vector as wide as the stream. */
function onWidth(reader: Reader, weight: string): boolean {
  return reader.shape(weight)?.slice(0, -1).every((dim) => dim === 1) ?? false
}

interface Way {
  readonly start: Layout
  readonly parts: readonly string[] | undefined
  /** In the direction of data. */
  readonly steps: readonly (Op | Norm)[]
}

function wayTo(reader: Reader, norms: ReadonlyMap<string, Norm>, products: readonly Product[], to: string): Way | Unclear {
  const [first] = products
  const outputs = new Map(products.map((product) => [product.output.tensor, product]))
  const steps: (Op | Norm)[] = []
  for (let tensor = to; ; ) {
    const product = outputs.get(tensor)
    if (product) return products.length === 1 ? { start: layoutOf(product.output), parts: undefined, steps } : { problem: 'the heads are combined in a way that is not known' }
    const norm = norms.get(tensor)
    if (norm) {
      steps.unshift(norm)
      tensor = norm.input
      continue
    }
    const op = reader.producer(tensor)
    if (!op) return { problem: `the heads do not lead to \`${to}\`` }
    const varying = reader.varying(op)
    if (varying.length > 1) {
      const parts = op.opType === 'Concat' ? concatenated(reader, op, outputs, first!) : undefined
      return parts ? { ...parts, steps } : { problem: `${called(op)} joins the heads with something else` }
    }
    if (varying.length === 0) return { problem: `the heads do not lead to \`${to}\`` }
    steps.unshift(op)
    tensor = varying[0]!
  }
}

/** Heads that were computed one by one and are laid side by side: along the width, or along an axis of their own. */
function concatenated(reader: Reader, op: Op, outputs: ReadonlyMap<string, Product>, first: Product): Pick<Way, 'start' | 'parts'> | undefined {
  const parts = op.inputs.map((name) => {
    const above = reader.producer(name)
    return outputs.has(name) ? name : above?.opType === 'Unsqueeze' && outputs.has(above.inputs[0]!) ? above.inputs[0]! : undefined
  })
  if (parts.includes(undefined) || new Set(parts).size < outputs.size) return undefined
  const own = layoutOf(first.output)
  if (own.axes.flat().some(({ role }) => role === 'heads')) return undefined
  const heads: Atom = { role: 'heads', size: parts.length }
  const stacked = !outputs.has(op.inputs[0]!)
  const axis = intAttribute(op, 'axis', 0)
  const rank = own.axes.length + (stacked ? 1 : 0)
  const at = axis < 0 ? axis + rank : axis
  const axes = stacked ? [...own.axes.slice(0, at), [heads], ...own.axes.slice(at)]
    : own.axes.map((atoms, i) => (i === at ? [heads, ...atoms] : atoms))
  return { start: { tensor: op.outputs[0]!, axes }, parts: parts as string[] }
}

interface Multiplied {
  readonly layout: Layout
  readonly weight: string
  readonly weightAxes: readonly WeightAxis[]
  readonly rows: readonly Atom[]
  readonly bias?: string
}

/** A product of heads with a weight that ends in the width of the stream. */
function multiplied(reader: Reader, layout: Layout, op: Op): Multiplied | undefined {
  if (op.domain !== '' || op.inputs.slice(1).some((name) => !reader.isFixed(name))) return op.opType === 'Einsum' ? summed(reader, layout, op) : undefined
  const model = (name: string, axis: number): Atom => ({ role: 'model', size: reader.shape(name)!.at(axis)! })
  const rows = layout.axes.at(-1) ?? []
  if (!rows.some(({ role }) => role === 'width') || rows.some(({ role }) => role !== 'width' && role !== 'heads')) return op.opType === 'Einsum' ? summed(reader, layout, op) : undefined
  const kind: WeightAxis = rows.length === 1 ? 'width' : 'rows'
  if (op.opType === 'Gemm' && intAttribute(op, 'transA', 0) === 0 && floatAttribute(op, 'alpha', 1) === 1 && floatAttribute(op, 'beta', 1) === 1) {
    const flipped = intAttribute(op, 'transB', 0) === 1
    const [, weight, bias] = op.inputs as [string, string, string?]
    return {
      layout: { tensor: op.outputs[0]!, axes: [...layout.axes.slice(0, -1), [model(weight, flipped ? 0 : 1)]] },
      weight, weightAxes: flipped ? ['model', kind] : [kind, 'model'], rows, ...(bias ? { bias } : {}),
    }
  }
  if (op.opType === 'MatMul') {
    const weight = op.inputs[1]!
    const outer = reader.rank(weight) - 2
    if (outer < 0 || outer > layout.axes.length - 2) return undefined
    const weightAxes = Array.from({ length: outer }, (_, i): WeightAxis => {
      const atoms = layout.axes[layout.axes.length - 2 - outer + i]!
      return reader.shape(weight)![i] === 1 ? 'one' : atoms.length > 0 && atoms.every(({ role }) => role === 'heads') ? 'heads' : 'rows'
    })
    if (weightAxes.includes('rows')) return undefined
    return { layout: { tensor: op.outputs[0]!, axes: [...layout.axes.slice(0, -1), [model(weight, -1)]] }, weight, weightAxes: [...weightAxes, kind, 'model'], rows }
  }
  return op.opType === 'Einsum' ? summed(reader, layout, op) : undefined
}

function summed(reader: Reader, layout: Layout, op: Op): Multiplied | undefined {
  const [left = '', result] = stringAttribute(op, 'equation', '').replaceAll(' ', '').split('->')
  const terms = left.split(',')
  if (result === undefined || terms.length !== 2 || left.includes('.')) return undefined
  const own = op.inputs.findIndex((name) => !reader.isFixed(name))
  const [mine, other] = [terms[own]!, terms[1 - own]!]
  const weight = op.inputs[1 - own]!
  if (mine.length !== layout.axes.length) return undefined
  const atomsOf = (label: string): readonly Atom[] | undefined => {
    const axis = mine.indexOf(label)
    return axis < 0 ? undefined : layout.axes[axis]
  }
  const added = [...other].filter((label) => !mine.includes(label))
  const gone = [...mine].filter((label) => !result.includes(label))
  if (added.length !== 1 || !result.includes(added[0]!) || gone.some((label) => atomsOf(label)!.some(({ role }) => role === 'data' || role === 'query'))) return undefined
  const weightAxes = [...other].map((label): WeightAxis | undefined => {
    const atoms = atomsOf(label)
    if (!atoms) return 'model'
    const roles = new Set(atoms.map(({ role }) => role))
    return roles.size === 1 && roles.has('heads') ? 'heads' : roles.size === 1 && roles.has('width') ? 'width' : roles.size === 2 && roles.has('heads') && roles.has('width') ? 'rows' : undefined
  })
  if (weightAxes.includes(undefined)) return undefined
  const rows = [...other].flatMap((label) => atomsOf(label) ?? []).filter(({ role }) => role === 'heads' || role === 'width')
  const model: Atom = { role: 'model', size: reader.shape(weight)![other.indexOf(added[0]!)]! }
  return { layout: { tensor: op.outputs[0]!, axes: [...result].map((label) => atomsOf(label) ?? [model]) }, weight, weightAxes: weightAxes as WeightAxis[], rows }
}
