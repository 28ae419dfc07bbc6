/** Points inside attention: queries, keys, values, patterns and what comes out, of every head by itself and on the path. */
import type { Core, Mask } from './cores.ts'
import { apart, headsOf, joinable, joinHeads, takeHead } from './heads.ts'
import { type Atom, beforeTranspose, type Layout, layoutOf } from './layout.ts'
import type { Parts } from './parts.ts'
import type { Operand, Product } from './product.ts'
import type { Norm } from './norms.ts'
import { nameRaw } from './rotary.ts'
import { attr } from '../onnx/dag.ts'
import { BATCH } from '../onnx/types.ts'

type Role = Atom['role']

/** Names the points of the heads `first`, `first + 1`, … of layer `layer`. */
export function namePoints(parts: Parts, core: Core, norms: ReadonlyMap<string, Norm>, layer: number, first: number): void {
  const { heads } = core
  for (const [side, raw, role] of [['left', 'q_raw', 'query'], ['right', 'k_raw', 'key']] as const) {
    const [product] = core.scores
    if (core.scores.length === 1) nameRaw(parts, siteOf(parts, product!, product![side]).layout, norms, `a${layer}.${raw}`, first, heads, ['data', role, 'width'])
  }
  name(parts, core.scores, 'left', `a${layer}.q`, first, heads, ['data', 'query', 'width'])
  name(parts, core.scores, 'right', `a${layer}.k`, first, heads, ['data', 'key', 'width'])
  name(parts, core.values, 'right', `a${layer}.v`, first, heads, ['data', 'key', 'width'])
  const whole = core.softmax.outputs[0]!
  // Where each head takes its own from what the softmax gives.
  if (core.values.length > 1 && parts.reader.shape(whole)?.length === 4 && parts.reader.shape(whole)![1] === heads && parts.dataFirst(whole)) parts.point(`a${layer}.pattern`, whole)
  name(parts, core.values, 'left', `a${layer}.pattern`, first, heads, ['data', 'query', 'key'])
  core.masks.forEach((mask) => nameMask(parts, mask, `a${layer}.mask`))
}

function name(parts: Parts, products: readonly Product[], side: 'left' | 'right', base: string, first: number, heads: number, order: readonly Role[]): void {
  products.forEach((product, i) => {
    const each = heads / products.length
    if (Number.isInteger(each)) nameOperand(parts, product, product[side], base, first + i * each, each, order)
  })
}

function nameOperand(parts: Parts, product: Product, operand: Operand, base: string, first: number, heads: number, order: readonly Role[]): void {
  const { d } = parts
  const site = siteOf(parts, product, operand)
  const { layout } = site
  if (layout.axes.flat().every(({ role }) => role !== 'heads')) {
    // One head, or one that all share: the tensor itself, where it has the right axes.
    const roles = layout.axes.flatMap((atoms) => atoms.map(({ role }) => role))
    if (heads === 1 && roles.join() === order.join() && layout.axes.every((atoms) => atoms.length === 1)) parts.point(`${base}.h${first}`, alone(parts, site, `${base}.h${first}`))
    else if (heads === 1) lone(parts, site, `${base}.h${first}`, order)
    else if (roles.join() === order.join()) for (let h = 0; h < heads; h++) parts.point(`${base}.h${first + h}`, layout.tensor)
    return
  }
  const whole = apart(d, layout, base)
  if (!whole || headsOf(whole.axes) !== heads || !joinable(whole.axes)) return
  const roles = whole.axes.flatMap((atoms) => atoms.map(({ role }) => role))
  if (base.endsWith('.pattern') && first === 0 && roles.join() === 'data,heads,query,key') parts.point(base, whole.tensor)
  const own = Array.from({ length: heads }, (_, h) => takeHead(d, whole, h, order, `${base}.h${first + h}`))
  own.forEach((tensor, h) => parts.point(`${base}.h${first + h}`, tensor))
  d.reread(site.at, layout.tensor, joinHeads(d, whole, own, order, `${base}.joined`))
}

/** A single head among axes of length 1. */
function lone(parts: Parts, site: Site, base: string, order: readonly Role[]): void {
  const { d } = parts
  const whole = apart(d, site.layout, `${base}/apart`)
  if (!whole) return
  const [pattern, head] = base.split(/\.(?=h\d+$)/)
  if (pattern!.endsWith('.pattern') && head === 'h0' && d.type(site.layout.tensor)?.shape?.length === 4) parts.point(pattern!, site.layout.tensor)
  const own = takeHead(d, whole, 0, order, base)
  parts.point(base, own)
  d.reread(site.at, site.layout.tensor, joinHeads(d, whole, [own], order, `${base}.joined`))
}

/** Heads whose patterns are computed one by one, side by side as one tensor that all of them are read from. */
export function stackPatterns({ d, points }: Parts, layer: number, heads: number): void {
  const base = `a${layer}.pattern`
  const own = Array.from({ length: heads }, (_, h) => points.get(`${base}.h${h}`))
  if (points.has(base) || own.some((tensor) => tensor === undefined)) return
  const stacked = d.add(base, 'Concat', own.map((tensor) => d.add(`${base}/Unsqueeze`, 'Unsqueeze', [tensor!, d.integers([1])])), { axis: attr.int(1) })
  points.set(base, stacked)
  own.forEach((tensor, h) => {
    const taken = d.add(`${base}.h${h}`, 'Gather', [stacked, d.integers([h], true)], { axis: attr.int(1) })
    d.rereadAll(tensor!, taken)
    points.set(`${base}.h${h}`, taken)
  })
}

interface Site {
  readonly layout: Layout
  /** Position of the operator that reads it. */
  readonly at: number
}

/** Where an operand is best taken apart: before a Transpose that only it reads. Heads that share keys are laid side by side only in the product. */
function siteOf({ reader }: Parts, { op, at, output }: Product, operand: Operand): Site {
  let site: Site = { layout: layoutOf(operand, op.opType === 'MatMul' ? output : undefined), at }
  for (;;) {
    const { tensor } = site.layout
    const above = reader.producer(tensor)
    if (above?.opType !== 'Transpose' || reader.readers(tensor).length > 1 || site.layout.axes.flat().some(({ shared }) => shared)) return site
    site = { layout: beforeTranspose(site.layout, above), at: reader.position(tensor) }
  }
}

/** A tensor that only one operator reads, so that what is put in its place is seen there alone. */
function alone(parts: Parts, { layout: { tensor }, at }: Site, name: string): string {
  if (parts.reader.readers(tensor).length === 1) return tensor
  const own = parts.d.add(name, 'Identity', [tensor])
  parts.d.reread(at, tensor, own)
  return own
}

const PASSED = new Set(['Reshape', 'Expand', 'Unsqueeze', 'Transpose', 'Cast', 'Identity', 'Where', 'Mul', 'Not'])

/** A mask as it is for one datum, for this layer alone. */
function nameMask(parts: Parts, mask: Mask, name: string): void {
  const { reader } = parts
  let { tensor, at } = mask
  for (let op = reader.producer(tensor); reader.shape(tensor)?.[0] !== BATCH; op = reader.producer(tensor)) {
    const above = op && PASSED.has(op.opType) ? reader.varying(op) : []
    if (above.length !== 1 || reader.readers(tensor).length > 1) return
    at = reader.position(tensor)
    tensor = above[0]!
  }
  if (parts.points.has(name)) return
  parts.point(name, alone(parts, { layout: { tensor, axes: [] }, at }, name))
}
