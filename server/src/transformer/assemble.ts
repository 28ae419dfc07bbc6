/** Puts the parts together: every segment of the residual stream becomes the stream before it plus its components, one by one. */
import { attr } from '../onnx/dag.ts'
import { nameHeads } from './attention.ts'
import type { Unclear } from './contraction.ts'
import type { Core } from './cores.ts'
import { embeddingNames, tokensApart } from './embeddings.ts'
import { nameMlp } from './mlp.ts'
import type { Norm } from './norms.ts'
import type { Parts } from './parts.ts'
import { namePoints, stackPatterns } from './points.ts'
import { aliasOf, type Leaf, type Segment, type Stream } from './stream.ts'
import type { StreamSum, TransformerView } from './view.ts'

type Found = Pick<TransformerView, 'sums' | 'layers'>

export function assemble(parts: Parts, stream: Stream, cores: readonly Core[], norms: ReadonlyMap<string, Norm>): Found | Unclear {
  return new Assembly(parts, cores, norms).of(stream)
}

class Assembly {
  private readonly parts: Parts
  private readonly cores: readonly Core[]
  private readonly norms: ReadonlyMap<string, Norm>
  private readonly sums: StreamSum[] = []
  private readonly layers: { heads: number; mlp: boolean }[] = []
  /** The stream with the data first, by the tensor of the model. */
  private readonly dataFirst = new Map<string, string>()
  private lengths: string | undefined
  private readonly normOutputs: ReadonlySet<string>
  /** What the products with values give. */
  private readonly results: ReadonlySet<string>
  private mlps = 0

  constructor(parts: Parts, cores: readonly Core[], norms: ReadonlyMap<string, Norm>) {
    this.parts = parts
    this.cores = cores
    this.norms = norms
    this.normOutputs = new Set(norms.keys())
    this.results = new Set(cores.flatMap(({ values }) => values.map(({ output }) => output.tensor)))
  }

  of({ segments, end }: Stream): Found | Unclear {
    const { parts } = this
    for (const segment of segments) {
      const terms = segment.from === undefined ? this.beginning(segment) : this.blocks(segment)
      if ('problem' in terms) return terms
      this.add(segment, terms)
    }
    const names = this.blockInputs(segments)
    const last = this.lastStream(segments, end)
    const final = this.dataFirst.get(last) ?? parts.onPath(last, 'final.in')
    if (final !== undefined) parts.point('final.in', final)
    this.done.forEach(({ to, terms }, i) => {
      const [known] = names.get(to) ?? []
      const [next] = names.get(segments[i + 1]?.from ?? '') ?? []
      this.sums.push({ name: to === last ? 'final.in' : known ?? `the norm before ${next ?? (to === end ? 'final.in' : 'the next block')}`, stream: to, positionsFirst: parts.positionsFirst(to), terms })
    })
    this.nameNormed('final.normed', last, undefined)
    return { sums: this.sums, layers: this.layers }
  }

  /** Where the stream goes through norms and ends with one more, it ends before that one. */
  private lastStream(segments: readonly Segment[], end: string): string {
    const after = (stream: string): Norm[] => [...this.norms.values()].filter(({ input }) => aliasOf(this.parts.reader, input) === stream)
    const through = segments.some(({ from }, i) => i > 0 && from !== segments[i - 1]!.to)
    const [norm, ...more] = through ? after(end) : []
    return norm && more.length === 0 && after(norm.output).length === 1 ? norm.output : end
  }

  private readonly done: { readonly to: string; readonly terms: readonly string[] }[] = []

  /** Terms that read no stream. */
  private beginning({ leaves, to }: Segment): string[] {
    const names = embeddingNames(this.parts.reader, leaves)
    return leaves.flatMap((leaf, i) => {
      const tokens = leaf.top === leaf.core && leaf.loose.length === 0 ? tokensApart(this.parts, leaf.core, names[i]!) : undefined
      return tokens?.map(({ name, tensor }) => this.parts.component(name, tensor)) ?? [this.parts.component(names[i]!, this.full(this.whole(leaf, names[i]!), to, names[i]!))]
    })
  }

  private blocks({ leaves, to }: Segment): string[] | Unclear {
    const terms: string[] = []
    const attentions = leaves.filter(({ region }) => this.cores.some(({ softmax }) => region.has(softmax.outputs[0]!)))
    if (attentions.length > 0) {
      const found = this.attention(attentions, to)
      if ('problem' in found) return found
      terms.push(...found)
    }
    for (const leaf of leaves) {
      if (attentions.includes(leaf)) continue
      if (leaf.reads.length === 0) terms.push(this.parts.component('extra_embed', this.full(this.whole(leaf, 'extra_embed'), to, 'extra_embed')))
      else terms.push(this.mlp(leaf, to))
    }
    return terms
  }

  private attention(leaves: readonly Leaf[], to: string): string[] | Unclear {
    const { parts } = this
    const layer = this.layers.length
    const terms: string[] = []
    const biases: string[] = []
    /** The number of each core's first head. */
    const firsts = new Map<Core, number>()
    let heads = 0
    for (const leaf of leaves) {
      // The nearest ones: keys and values may come from another stream with attention of its own.
      const nearest = parts.reader.above([leaf.core], (name) => this.results.has(name) || !leaf.region.has(name))
      const own = this.cores.filter(({ values }) => values.some(({ output }) => nearest.has(output.tensor)))
      const products = own.flatMap(({ values }) => values.filter(({ output }) => nearest.has(output.tensor)))
      const [core] = own
      // A term of one head of several that share a softmax has that head's number, in whatever order they are added.
      const within = own.length === 1 ? core!.values.indexOf(products[0]!) * (core!.heads / core!.values.length) : 0
      const found = nameHeads(parts, products, leaf, layer, (firsts.get(core!) ?? heads) + within)
      if ('problem' in found) return { problem: `${this.soFar()}, but the heads of the attention that adds to \`${to}\` could not be told apart: ${found.problem}` }
      const order = (one: Core): number => found.parts?.indexOf(one.values[0]!.output.tensor) ?? 0
      for (const one of own.filter((other) => !firsts.has(other)).sort((a, b) => order(a) - order(b))) {
        firsts.set(one, heads)
        namePoints(parts, one, this.normOutputs, layer, heads)
        heads += one.heads
      }
      terms.push(...found.terms)
      biases.push(...found.biases)
    }
    if (biases.length > 0) {
      const sum = biases.reduce((a, b) => parts.d.add(`a${layer}.bias/sum`, 'Add', [a, b]))
      terms.push(parts.component(`a${layer}.bias`, this.full(sum, to, `a${layer}.bias`)))
    }
    stackPatterns(parts, layer, heads)
    this.layers.push({ heads, mlp: false })
    this.reading.push({ block: `a${layer}`, leaf: leaves[0]! })
    return terms
  }

  private mlp(leaf: Leaf, to: string): string {
    const name = `m${this.mlps++}`
    const last = this.layers.at(-1)
    if (last) this.layers[this.layers.length - 1] = { ...last, mlp: true }
    this.reading.push({ block: name, leaf })
    nameMlp(this.parts, leaf, name)
    return this.parts.component(name, this.full(this.whole(leaf, name), to, name))
  }

  private readonly reading: { readonly block: string; readonly leaf: Leaf }[] = []

  /** Names where blocks read the stream: by tensor of the stream, the names of the places. */
  private blockInputs(segments: readonly Segment[]): Map<string, string[]> {
    const { parts } = this
    const names = new Map<string, string[]>()
    const places = new Set(segments.flatMap(({ from, to }) => [from, to]))
    for (const { block, leaf } of this.reading) {
      const read = leaf.reads.filter((name) => places.has(name)).sort((a, b) => parts.reader.position(a) - parts.reader.position(b)).at(-1)
      if (read === undefined) continue
      const own = this.dataFirst.get(read) ?? parts.onPath(read, `${block}.in`)
      if (own === undefined) continue
      parts.point(`${block}.in`, own)
      names.set(read, [...(names.get(read) ?? []), `${block}.in`])
      this.nameNormed(`${block}.normed`, read, leaf.region)
    }
    return names
  }

  /** The norm of the stream at one place that a block (or what follows the last) reads. */
  private nameNormed(name: string, stream: string, region: ReadonlySet<string> | undefined): void {
    const found = [...this.norms.values()].filter(({ input, output }) => aliasOf(this.parts.reader, input) === stream && (region?.has(output) ?? true))
    if (found.length !== 1) return
    const known = this.normed.get(found[0]!.output) ?? this.parts.onPath(found[0]!.output, name)
    if (known === undefined) return
    this.normed.set(found[0]!.output, known)
    this.parts.point(name, known)
  }

  private readonly normed = new Map<string, string>()

  /** A term with all its biases. */
  private whole({ top, loose }: Leaf, name: string): string {
    return loose.reduce((sum, bias) => this.parts.d.add(`${name}/sum`, 'Add', [sum, bias]), top)
  }

  /** A term with the data first, as long as the stream where it is the same for every datum. */
  private full(term: string, stream: string, name: string): string {
    const { parts } = this
    const { d, reader } = parts
    const turned = parts.positionsFirst(stream)
    if (parts.dataFirst(term)) return term
    if (parts.positionsFirst(term)) return parts.turned(term, name)
    const flipped = turned && (d.type(term)?.shape?.length ?? 0) === 3 ? parts.turned(term, `${name}/turned`) : term
    if (!reader.isFixed(term) && d.type(term)?.shape === undefined) return flipped
    const lengths = this.lengthsOf(stream)
    return lengths === undefined ? flipped : d.add(name, 'Expand', [flipped, lengths])
  }

  /** The lengths of the stream with the data first, read from an input where all but the data's are known, otherwise from a component. */
  private lengthsOf(stream: string): string | undefined {
    const { d, reader } = this.parts
    if (this.lengths !== undefined) return this.lengths
    const shape = reader.shape(stream)!
    const [positions, width] = this.parts.positionsFirst(stream) ? [shape[0], shape[2]] : [shape[1], shape[2]]
    const [input] = reader.graph.inputs
    if (typeof positions === 'number' && typeof width === 'number' && input !== undefined && this.parts.dataFirst(input)) {
      const rows = d.add('stream/rows', 'Shape', [input], { start: attr.int(0), end: attr.int(1) })
      return (this.lengths = d.add('stream/lengths', 'Concat', [rows, d.integers([positions, width])], { axis: attr.int(0) }))
    }
    // Not from the stream itself, which is made from what is made here.
    const like = [...this.parts.components.values()].find((tensor) => this.parts.dataFirst(tensor) && d.type(tensor)?.shape?.length === 3 && d.type(tensor)!.shape![1] === positions && d.type(tensor)!.shape![2] === width)
    return (this.lengths = like === undefined ? undefined : d.add('stream/lengths', 'Shape', [like]))
  }

  /** Makes the stream anew as a chain of additions. */
  private add({ from, to }: Segment, terms: readonly string[]): void {
    const { parts } = this
    const { d, reader } = parts
    const before = from === undefined ? [] : [this.dataFirst.get(from) ?? parts.onPath(from, `${to}/from`) ?? from]
    const all = [...before, ...terms]
    this.done.push({ to, terms: all })
    const turned = parts.positionsFirst(to)
    // A single term that is the stream already: the component blocks, the stream does not.
    if (all.length === 1 && all[0] === to) {
      const own = d.add('a0.in', 'Identity', [to])
      d.rereadAll(to, own)
      this.dataFirst.set(to, own)
      return
    }
    if (reader.producer(to) !== undefined) d.free(to)
    const { length } = all
    let sum = all[0]!
    for (let i = 1; i < length; i++) {
      const last = i === length - 1
      if (last && !turned) d.append({ name: '', opType: 'Add', domain: '', attributes: {}, inputs: [sum, all[i]!], outputs: [to], captures: [] })
      else sum = d.add(last ? `${to}/data` : `${to}/sum${i}`, 'Add', [sum, all[i]!])
    }
    if (turned) d.append({ name: '', opType: 'Transpose', domain: '', attributes: { perm: attr.ints([1, 0, 2]) }, inputs: [sum], outputs: [to], captures: [] })
    else if (length === 1) d.append({ name: '', opType: 'Identity', domain: '', attributes: {}, inputs: [sum], outputs: [to], captures: [] })
    this.dataFirst.set(to, turned ? sum : to)
  }

  private soFar(): string {
    const count = this.layers.length
    return count === 0 ? 'the residual stream was found' : `the residual stream and ${count === 1 ? 'one layer of attention' : `${count} layers of attention`} were found`
  }
}
