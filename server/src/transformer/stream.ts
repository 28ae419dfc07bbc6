/** The residual stream: a sum that every block reads and adds to. Found from its end backwards, through normalisations between sums. */
import { intsAttribute } from '../onnx/infer/context.ts'
import type { Reader } from './reader.ts'
import type { Norm } from './norms.ts'

/** A term of the stream. */
export interface Leaf {
  /** The term with the biases that are added to it by itself. */
  readonly top: string
  /** Without them. */
  readonly core: string
  readonly biases: readonly string[]
  /** Biases that are added to the stream after it. */
  readonly loose: readonly string[]
  /** Tensors between the term and the places where it reads the stream; empty for the stream itself. */
  readonly region: ReadonlySet<string>
  /** Where it reads the stream. */
  readonly reads: readonly string[]
}

/** What is added to the stream between two places where it is read. */
export interface Segment {
  /** The stream before, undefined at the beginning; that of a sum may be a normalisation of the one before. */
  readonly from: string | undefined
  /** The stream after. */
  readonly to: string
  readonly leaves: readonly Leaf[]
}

export interface Stream {
  readonly segments: readonly Segment[]
  /** The end: before the last norm. */
  readonly end: string
}

/** Sums that are tried as the end, the last ones first: few stand behind the stream. */
const MOST_ENDS = 256

/** `isAttention` says whether a region holds attention. Undefined where no such sum is found. */
export function findStream(reader: Reader, norms: ReadonlyMap<string, Norm>, isAttention: (region: ReadonlySet<string>) => boolean): Stream | undefined {
  const sums = new Map<string, Sum | undefined>()
  const sumAt = (tensor: string): Sum | undefined => {
    if (!sums.has(tensor)) sums.set(tensor, sumOf(reader, norms, tensor))
    return sums.get(tensor)
  }
  let tried = 0
  for (let at = reader.graph.ops.length - 1; at >= 0 && tried < MOST_ENDS; at--) {
    const end = reader.graph.ops[at]!.outputs[0]!
    if (!isSum(reader, norms, end)) continue
    tried++
    const segments = segmentsTo(end, sumAt, norms, isAttention)
    if (segments) return { segments, end }
  }
  return undefined
}

interface Sum {
  readonly segments: readonly Segment[]
  readonly leaves: readonly Leaf[]
}

/** All segments up to this sum, through the norms between sums; undefined when attention adds to none of them. */
function segmentsTo(end: string, sumAt: (tensor: string) => Sum | undefined, norms: ReadonlyMap<string, Norm>, isAttention: (region: ReadonlySet<string>) => boolean): Segment[] | undefined {
  const found: Segment[] = []
  let attends = false
  for (let tensor = end; ; ) {
    const sum = sumAt(tensor)
    if (!sum || sum.segments.length === 0) break
    const [first] = sum.segments
    const stream = first!.leaves.length === 1 && first!.from === undefined ? first!.leaves[0]! : undefined
    const norm = stream && norms.get(stream.top)
    const blocks = sum.leaves.filter((leaf) => leaf.reads.length > 0)
    // A sum in which no term reads another is that of the embeddings, or none of this kind.
    if (blocks.length === 0 && found.length === 0) return undefined
    attends ||= blocks.some(({ region }) => isAttention(region))
    if (!norm || blocks.length === 0) {
      found.unshift(...sum.segments)
      break
    }
    const before = sumAt(norm.input)
    // One term that is normalised is the embedding as the stream knows it.
    if (!before || before.leaves.length < 2) {
      found.unshift(...sum.segments)
      break
    }
    found.unshift({ ...sum.segments[1]!, from: stream.top }, ...sum.segments.slice(2))
    tensor = norm.input
  }
  return attends ? found : undefined
}

function isSum(reader: Reader, norms: ReadonlyMap<string, Norm>, tensor: string): boolean {
  const op = reader.producer(tensor)
  return op !== undefined && op.domain === '' && (op.opType === 'Add' || op.opType === 'Sum') && !norms.has(tensor) && reader.isFloat(tensor) && reader.rank(tensor) >= 2
}

interface Term {
  readonly top: string
  readonly core: string
  readonly biases: readonly string[]
  /** A weight that is added to a sum of several terms. */
  readonly loose: boolean
}

/** The terms of a sum and where they read it; undefined for a sum that is no stream. */
function sumOf(reader: Reader, norms: ReadonlyMap<string, Norm>, end: string): Sum | undefined {
  /** Tensors of the sum with the number of terms up to each. */
  const inner = new Map<string, ReadonlySet<Term>>()
  const terms = expand(reader, norms, end, inner)
  const tree = new Set([...inner.keys(), ...terms.flatMap(({ top, core }) => [top, core])])
  const read = new Set<string>()
  const leaves = new Map<Term, Omit<Leaf, 'loose'>>()
  for (const term of terms) {
    const reads = new Set<string>()
    const region = term.loose ? new Set<string>() : reader.above([term.core], (name) => name !== term.core && tree.has(name))
    for (const name of region) {
      if (name === term.core || !tree.has(name)) continue
      region.delete(name)
      reads.add(aliasOf(reader, name))
    }
    for (const name of reads) read.add(name)
    leaves.set(term, { top: term.top, core: term.core, biases: term.biases, region: reads.size > 0 ? region : new Set(), reads: [...reads] })
  }
  const points = streamPoints(read, inner, terms, end)
  if (!points) return undefined
  const segments: Segment[] = []
  let done: ReadonlySet<Term> = new Set()
  for (const [to, upTo] of points) {
    const added = terms.filter((term) => upTo.has(term) && !done.has(term)).sort((a, b) => Number(reader.isFixed(a.core)) - Number(reader.isFixed(b.core)) || reader.position(a.core) - reader.position(b.core))
    const from = segments.at(-1)?.to
    segments.push({ from, to, leaves: withLoose(added, leaves, from === undefined) })
    done = upTo
  }
  return { segments, leaves: segments.flatMap(({ leaves: own }) => own) }
}

/** The places where the stream is read, with the terms up to each: every one has more terms than the one before. */
function streamPoints(read: ReadonlySet<string>, inner: ReadonlyMap<string, ReadonlySet<Term>>, terms: readonly Term[], end: string): [string, ReadonlySet<Term>][] | undefined {
  const points = [...read].map((name): [string, ReadonlySet<Term>] => [name, inner.get(name) ?? new Set(terms.filter(({ top, core }) => top === name || core === name))])
  if (!read.has(end)) points.push([end, new Set(terms)])
  points.sort((a, b) => a[1].size - b[1].size)
  const nested = points.every(([, own], i) => i === 0 || (own.size > points[i - 1]![1].size && [...points[i - 1]![1]].every((term) => own.has(term))))
  return nested ? points : undefined
}

/** Weights that are added to the stream by themselves belong to the term before them; at the beginning they are terms. */
function withLoose(terms: readonly Term[], leaves: ReadonlyMap<Term, Omit<Leaf, 'loose'>>, first: boolean): Leaf[] {
  const result: Leaf[] = []
  for (const term of terms.filter(({ loose }) => !loose)) result.push({ ...leaves.get(term)!, loose: [] })
  const loose = terms.filter((term) => term.loose).map(({ top }) => top)
  const last = result.at(-1)
  if (last && !first) result[result.length - 1] = { ...last, loose }
  else for (const top of loose) result.push({ top, core: top, biases: [], loose: [], region: new Set(), reads: [] })
  return result
}

function expand(reader: Reader, norms: ReadonlyMap<string, Norm>, tensor: string, inner: Map<string, ReadonlySet<Term>>): Term[] {
  const alone: Term[] = [{ top: tensor, core: tensor, biases: [], loose: false }]
  const op = reader.producer(tensor)
  if (!op || reader.isFixed(tensor)) return alone
  let terms: Term[]
  if (aliasOf(reader, tensor) !== tensor) terms = expand(reader, norms, op.inputs[0]!, inner)
  else if (!isSum(reader, norms, tensor)) return alone
  else {
    const biases = op.inputs.filter((name) => isBias(reader, name, tensor))
    terms = op.inputs.filter((name) => !biases.includes(name)).flatMap((name) => expand(reader, norms, name, inner))
    const [only, ...more] = terms
    if (only && more.length === 0 && !only.loose) terms = [{ ...only, top: tensor, biases: [...only.biases, ...biases] }]
    else terms.push(...biases.map((name): Term => ({ top: name, core: name, biases: [], loose: true })))
  }
  inner.set(tensor, new Set(terms))
  return terms
}

/** What a tensor is a copy of: itself, or the tensor before operators that change nothing but the order of positions and data. */
export function aliasOf(reader: Reader, tensor: string): string {
  for (let name = tensor; ; ) {
    const op = reader.producer(name)
    const from = op?.inputs[0]
    const copies = op?.opType === 'Identity' || (op?.opType === 'Dropout' && op.outputs[0] === name)
      || (op?.opType === 'Cast' && reader.dtype(name) === reader.dtype(from!))
      || (op?.opType === 'Transpose' && reader.rank(name) === 3 && intsAttribute(op, 'perm')?.join() === '1,0,2')
    if (!copies || from === undefined) return name
    name = from
  }
}

/** A weight that is the same at every position. */
function isBias(reader: Reader, name: string, sum: string): boolean {
  const shape = reader.shape(name)
  return reader.isFixed(name) && shape !== undefined && shape.slice(0, -1).every((dim) => dim === 1) && shape.length <= reader.rank(sum)
}
