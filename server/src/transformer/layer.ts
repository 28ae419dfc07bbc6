/** One layer of attention: its heads in order, with their points, and the result that they add up to. */
import { nameHeads } from './attention.ts'
import { type Contraction, contractionOf, type Unclear } from './contraction.ts'
import type { Core } from './cores.ts'
import type { Op } from '../onnx/types.ts'
import type { Parts } from './parts.ts'
import { namePoints, stackPatterns } from './points.ts'
import { withHeadsFirst } from './product.ts'
import type { Norm } from './norms.ts'
import type { Leaf } from './stream.ts'

/** The attention of a model. */
export interface Attending {
  readonly cores: readonly Core[]
  /** By output. */
  readonly norms: ReadonlyMap<string, Norm>
  /** What the products with values give. */
  readonly results: ReadonlySet<string>
}

export interface Layer {
  /** The heads, in the order in which they are added. */
  readonly terms: readonly string[]
  /** A weight: all biases that are added with them. */
  readonly bias: string | undefined
  /** The output product adds one itself. */
  readonly biasInside: boolean
}

/** Names the heads of the terms of the stream that attention gives. */
export function nameLayer(parts: Parts, { cores, norms, results }: Attending, leaves: readonly Leaf[], layer: number): Layer | Unclear {
  const terms: string[] = []
  const biases: string[] = []
  /** The number of each core's first head, by its softmax. */
  const firsts = new Map<Op, number>()
  let heads = 0
  let biasInside = false
  for (const leaf of leaves) {
    // The nearest ones: keys and values may come from another stream with attention of its own.
    const nearest = parts.reader.above([leaf.core], (name) => results.has(name) || !leaf.region.has(name))
    const productsOf = (some: readonly Core[]) => some.flatMap(({ values }) => values.filter(({ output }) => nearest.has(output.tensor)))
    const own = inOrder(cores.filter(({ values }) => values.some(({ output }) => nearest.has(output.tensor))), (some) => contractionOf(parts.reader, norms, productsOf(some), leaf.core))
    const products = productsOf(own)
    const [core] = own
    if (!core) return { problem: 'they do not lead to what is added' }
    // A term of one head of several that share a softmax has that head's number, in whatever order they are added.
    const within = own.length === 1 ? core.values.indexOf(products[0]!) * (core.heads / core.values.length) : 0
    const found = nameHeads(parts, norms, products, leaf, layer, (firsts.get(core.softmax) ?? heads) + within)
    if ('problem' in found) return found
    const order = (one: Core): number => found.parts?.indexOf(one.values[0]!.output.tensor) ?? 0
    for (const one of own.filter(({ softmax }) => !firsts.has(softmax)).sort((a, b) => order(a) - order(b))) {
      firsts.set(one.softmax, heads)
      namePoints(parts, one, norms, layer, heads)
      heads += one.heads
    }
    terms.push(...found.terms)
    biases.push(...found.biases)
    biasInside ||= found.biases.length > leaf.biases.length + leaf.loose.length
  }
  stackPatterns(parts, layer, heads)
  return { terms, bias: biases.length === 0 ? undefined : biases.reduce((a, b) => parts.d.add(`a${layer}.bias/sum`, 'Add', [a, b])), biasInside }
}

/** Data and heads on one axis lie in one order or the other: the one that leads to the stream. */
function inOrder(cores: readonly Core[], contraction: (cores: readonly Core[]) => Contraction | Unclear): readonly Core[] {
  const merged = cores.some(({ values }) => values.some(({ output }) => output.axes.some(({ role }) => role === 'merged')))
  if (!merged || !('problem' in contraction(cores))) return cores
  const turned = cores.map((core) => ({ ...core, scores: core.scores.map(withHeadsFirst), values: core.values.map(withHeadsFirst) }))
  return 'problem' in contraction(turned) ? cores : turned
}

/**
 * The result of attention stays a tensor, now the sum of its heads; so does the one before its bias. Returns what is added to the
 * stream: that result, or heads and bias one by one where it has another form.
 */
export function keepResult(parts: Parts, { top, core, loose }: Leaf, heads: readonly string[], bias: string | undefined, biasInside: boolean): readonly string[] {
  const { d } = parts
  const all = bias === undefined ? heads : [...heads, bias]
  if (loose.length > 0 || !parts.dataFirst(top)) return all
  const make = (output: string, terms: readonly string[]): void => {
    if (terms.length === 1 && terms[0] === output) return
    d.free(output)
    const add = (inputs: readonly string[], opType: string) => d.append({ name: '', opType, domain: '', attributes: {}, inputs, outputs: [output], captures: [] })
    if (terms.length === 1) return add(terms, 'Identity')
    add([terms.slice(1, -1).reduce((sum, term) => d.add(`${output}/sum`, 'Add', [sum, term]), terms[0]!), terms.at(-1)!], 'Add')
  }
  if (top === core || biasInside || bias === undefined) make(top, all)
  else {
    make(core, heads)
    make(top, [core, bias])
  }
  return [top]
}
