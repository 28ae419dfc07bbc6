/** What each head adds to the residual stream, as a tensor of its own: its part of the result of attention times its part of the output weight. */
import type { Derivation } from '../model/derive.ts'
import { attr } from '../onnx/dag.ts'
import { type Contraction, contractionOf, type Unclear, type WeightAxis } from './contraction.ts'
import { apart, headsOf, takeHead } from './heads.ts'
import { layoutOf } from './layout.ts'
import type { Norm } from './norms.ts'
import type { Parts } from './parts.ts'
import type { Product } from './product.ts'
import type { Leaf } from './stream.ts'

export interface HeadTerms {
  readonly terms: readonly string[]
  /** Weights that are added once, in order. */
  readonly biases: readonly string[]
  /** Results of heads that were computed one by one, in the order of the heads. */
  readonly parts?: readonly string[]
}

/** Names the heads `first`, `first + 1`, … of layer `layer`, whose sum with biases is the term `leaf`. */
export function nameHeads(parts: Parts, norms: ReadonlyMap<string, Norm>, products: readonly Product[], leaf: Leaf, layer: number, first: number): HeadTerms | Unclear {
  const contraction = contractionOf(parts.reader, norms, products, leaf.core)
  if ('problem' in contraction) return contraction
  const { d } = parts
  const outer = [...leaf.biases, ...leaf.loose]
  const name = (h: number): string => `a${layer}.h${first + h}`
  if (contraction.parts === undefined && headsOf(contraction.site.axes) === 1 && contraction.after.length === 0 && parts.dataFirst(leaf.core)) {
    nameResult(parts, products[0]!, `a${layer}.z.h${first}`)
    return { terms: [parts.component(name(0), leaf.core)], biases: outer }
  }
  const results = headResults(parts, contraction, layer, first)
  if (!results?.every((result) => typeof d.type(result)?.shape?.at(-1) === 'number')) return { problem: 'the heads cannot be told apart on the axes of the result of attention' }
  if (contraction.after.some((step) => step.kind === 'norm' && !parts.dataFirst(step.norm.input))) return { problem: 'the norm after them has the positions first' }
  let biases: string[] = []
  const steps = contraction.after.filter(({ kind }) => kind !== 'bias')
  let terms = results.map((result, h) => asWide(d, contraction, result, h, results.length, steps.length > 0 ? `${name(h)}/product` : name(h)))
  for (const step of contraction.after) {
    if (step.kind === 'bias') {
      biases.push(step.weight)
      continue
    }
    const apply = step.kind === 'norm' ? normalised(d, step.norm) : (term: string, as: string) => d.add(as, step.kind === 'scale' ? 'Mul' : 'Div', [term, step.weight])
    terms = terms.map((term, h) => apply(term, step === steps.at(-1) ? name(h) : `${name(h)}/scaled`))
    biases = biases.map((bias) => apply(bias, `a${layer}.bias/scaled`))
    if (step.kind === 'norm') biases.push(...step.norm.shifts)
  }
  return { terms: terms.map((term, h) => parts.component(name(h), term)), biases: [...biases, ...outer], ...(contraction.parts ? { parts: contraction.parts } : {}) }
}

/** A part of what is normalised: the norm is linear in it once what it divides by is known, which is that of the whole. */
function normalised(d: Derivation, { input, output, centred, deviation, scales }: Norm): (term: string, as: string) => string {
  const mean = (tensor: string, as: string): string => d.add(as, 'ReduceMean', [tensor, d.integers([-1])])
  const off = (tensor: string, as: string): string => (centred ? d.add(as, 'Sub', [tensor, mean(tensor, `${as}/mean`)]) : tensor)
  const whole = (): string => {
    const rest = off(input, `${output}/centred`)
    const variance = mean(d.add(`${output}/squared`, 'Mul', [rest, rest]), `${output}/variance`)
    const epsilon = d.number(`${output}/epsilon`, deviation as number, input)
    return d.add(`${output}/deviation`, 'Sqrt', [d.add(`${output}/positive`, 'Add', [variance, epsilon])])
  }
  const divisor = typeof deviation === 'string' ? deviation : whole()
  return (term, as) => {
    const divided = d.add(scales.length > 0 ? `${as}/divided` : as, 'Div', [off(term, `${as}/centred`), divisor])
    return scales.reduce((product, scale, i) => d.add(i === scales.length - 1 ? as : `${as}/scaled`, 'Mul', [product, scale]), divided)
  }
}

/** A head's result as wide as the stream. */
function asWide(d: Derivation, contraction: Contraction, result: string, head: number, heads: number, name: string): string {
  const { weight, beside } = contraction
  if (weight !== undefined) return d.add(name, 'MatMul', [result, weightOf(d, contraction, weight, head, heads, `${name}/weight`)])
  const width = d.type(result)!.shape!.at(-1) as number
  return beside ? d.add(name, 'Pad', [result, d.integers([0, 0, head * width, 0, 0, (heads - 1 - head) * width])]) : d.add(name, 'Identity', [result])
}

/** The result of every head, `[data, query, width]`. */
function headResults(parts: Parts, { site, parts: own }: Contraction, layer: number, first: number): string[] | undefined {
  const { d } = parts
  const order = ['data', 'query', 'width'] as const
  const named = (result: string, h: number): string => {
    parts.point(`a${layer}.z.h${first + h}`, result)
    return result
  }
  if (own) return own.every((tensor) => parts.dataFirst(tensor) && parts.reader.rank(tensor) === 3) ? own.map(named) : undefined
  const whole = apart(d, site, `a${layer}.z`)
  if (!whole || !order.every((role) => whole.axes.flat().filter((atom) => atom.role === role).length === 1)) return undefined
  return Array.from({ length: headsOf(whole.axes) }, (_, h) => named(takeHead(d, whole, h, order, `a${layer}.z.h${first + h}`), h))
}

/** The result of a single head, where it has the right axes already. */
function nameResult(parts: Parts, product: Product, name: string): void {
  const { axes, tensor } = layoutOf(product.output)
  if (axes.map((atoms) => atoms.map(({ role }) => role).join()).join(';') === 'data;query;width') parts.point(name, tensor)
}

/** The part of the output weight that a head meets: `[width, model]`. */
function weightOf(d: Derivation, { weightAxes, rows }: Contraction, weight: string, head: number, heads: number, name: string): string {
  let tensor = weight
  let axes: WeightAxis[] = [...weightAxes]
  let rest = head
  const index = rows.filter(({ role }) => role === 'heads').reverse().map(({ size }) => {
    const own = rest % (size as number)
    rest = Math.floor(rest / (size as number))
    return own
  }).reverse()
  const alone = axes.filter((axis) => axis === 'heads').length
  const indices = alone === 1 ? [head] : index
  for (let k = 0; axes.includes('heads'); k++) {
    const axis = axes.indexOf('heads')
    tensor = d.add(name, 'Gather', [tensor, d.integers([indices[k]!], true)], { axis: attr.int(axis) })
    axes = axes.toSpliced(axis, 1)
  }
  const at = axes.indexOf('rows')
  if (at >= 0) {
    const width = rows.find(({ role }) => role === 'width')!.size as number
    const range = rows[0]!.role === 'width' ? [[head], [width * heads], [at], [heads]] : [[head * width], [(head + 1) * width], [at]]
    tensor = d.add(name, 'Slice', [tensor, ...range.map((values) => d.integers(values))])
    axes[at] = 'width'
  }
  const ones = axes.flatMap((axis, i) => (axis === 'one' ? [i] : []))
  if (ones.length > 0) {
    tensor = d.add(name, 'Squeeze', [tensor, d.integers(ones)])
    axes = axes.filter((axis) => axis !== 'one')
  }
  return axes[0] === 'width' ? tensor : d.add(name, 'Transpose', [tensor], { perm: attr.ints([1, 0]) })
}
