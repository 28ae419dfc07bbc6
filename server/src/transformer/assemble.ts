/** Puts the parts together: every segment of the residual stream becomes the stream before it plus its components, one by one. */
import { attr } from '../onnx/dag.ts'
import { type Attending, keepResult, nameLayer } from './layer.ts'
import type { Unclear } from './contraction.ts'
import type { Core } from './cores.ts'
import { embeddingNames, tokensApart } from './embeddings.ts'
import { nameMlp } from './mlp.ts'
import type { Norm } from './norms.ts'
import type { Parts } from './parts.ts'
import { aliasOf, type Leaf, type Segment, type Stream } from './stream.ts'
import type { StreamSum, TransformerView } from './view.ts'

/** Components that are added to the stream, and the tensors that are their sum: those, or results of attention that they make up. */
interface Added {
  readonly terms: readonly string[]
  readonly chain: readonly string[]
}

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
  private readonly attending: Attending
  /** Segments that are made, with what adds up to each. */
  private readonly done: { readonly to: string; readonly terms: readonly string[] }[] = []
  /** Blocks that read the stream. */
  private readonly reading: { readonly block: string; readonly leaf: Leaf }[] = []
  /** Norms with the data first, by the tensor of the model. */
  private readonly normed = new Map<string, string>()
  private mlps = 0

  constructor(parts: Parts, cores: readonly Core[], norms: ReadonlyMap<string, Norm>) {
    this.parts = parts
    this.cores = cores
    this.norms = norms
    this.attending = { cores, norms, results: new Set(cores.flatMap(({ values }) => values.map(({ output }) => output.tensor))) }
  }

  of({ segments, end }: Stream): Found | Unclear {
    const { parts } = this
    for (const segment of segments) {
      const added = segment.from === undefined ? this.beginning(segment) : this.blocks(segment)
      if ('problem' in added) return added
      this.add(segment, added)
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

  /** Terms that read no stream. */
  private beginning({ leaves, to }: Segment): Added {
    const names = embeddingNames(this.parts.reader, leaves)
    const terms = leaves.flatMap((leaf, i) => {
      const tokens = leaf.top === leaf.core && leaf.loose.length === 0 ? tokensApart(this.parts, leaf.core, names[i]!) : undefined
      return tokens?.map(({ name, tensor }) => this.parts.component(name, tensor)) ?? [this.parts.component(names[i]!, this.parts.full(this.whole(leaf, names[i]!), to, names[i]!))]
    })
    return { terms, chain: terms }
  }

  private blocks({ leaves, to }: Segment): Added | Unclear {
    const terms: string[] = []
    const chain: string[] = []
    const attentions = leaves.filter(({ region }) => this.cores.some(({ softmax }) => region.has(softmax.outputs[0]!)))
    if (attentions.length > 0) {
      const found = this.attention(attentions, to)
      if ('problem' in found) return found
      terms.push(...found.terms)
      chain.push(...found.chain)
    }
    for (const leaf of leaves) {
      if (attentions.includes(leaf)) continue
      const term = leaf.reads.length === 0 ? this.parts.component('extra_embed', this.parts.full(this.whole(leaf, 'extra_embed'), to, 'extra_embed')) : this.mlp(leaf, to)
      terms.push(term)
      chain.push(term)
    }
    return { terms, chain }
  }

  private attention(leaves: readonly Leaf[], to: string): Added | Unclear {
    const layer = this.layers.length
    const found = nameLayer(this.parts, this.attending, leaves, layer)
    if ('problem' in found) return { problem: `${this.soFar()}, but the heads of the attention that adds to \`${to}\` could not be told apart: ${found.problem}` }
    const bias = found.bias === undefined ? undefined : this.parts.component(`a${layer}.bias`, this.parts.full(found.bias, to, `a${layer}.bias`))
    const terms = bias === undefined ? found.terms : [...found.terms, bias]
    this.layers.push({ heads: found.terms.length, mlp: false })
    this.reading.push({ block: `a${layer}`, leaf: leaves[0]! })
    return { terms, chain: leaves.length === 1 ? keepResult(this.parts, leaves[0]!, found.terms, bias, found.biasInside) : terms }
  }

  private mlp(leaf: Leaf, to: string): string {
    const name = `m${this.mlps++}`
    const last = this.layers.at(-1)
    if (last) this.layers[this.layers.length - 1] = { ...last, mlp: true }
    this.reading.push({ block: name, leaf })
    nameMlp(this.parts, this.norms, leaf, name)
    return this.parts.component(name, this.parts.full(this.whole(leaf, name), to, name))
  }

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

  /** A term with all its biases. */
  private whole({ top, loose }: Leaf, name: string): string {
    return loose.reduce((sum, bias) => this.parts.d.add(`${name}/sum`, 'Add', [sum, bias]), top)
  }

  /** Makes the stream anew as a chain of additions. */
  private add({ from, to }: Segment, { terms, chain }: Added): void {
    const { parts } = this
    const { d, reader } = parts
    const before = from === undefined ? [] : [this.dataFirst.get(from) ?? parts.onPath(from, `${to}/from`) ?? from]
    const all = [...before, ...chain]
    this.done.push({ to, terms: [...before, ...terms] })
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
