/**
 * From a treeified hypothesis to one graph: its inputs are cached functions of a datum and index vectors, its output is
 * the metric, one number per sample. Everything that depends on one datum alone is cut out of the graph and cached.
 */
import type { BoundFile, BoundHypothesis } from '../hypothesis/bound.ts'
import { isUnknown } from '../onnx/infer/dims.ts'
import type { Dag, Value } from '../onnx/dag.ts'
import { attr } from '../onnx/dag.ts'
import { BATCH } from '../onnx/types.ts'
import { absorb } from './absorb.ts'
import type { Draws } from './draws.ts'
import type { ModelValues } from './model-values.ts'
import { narrow } from './narrow.ts'
import { widthOf, type CachedRead, type CompiledRead, type Piece } from './reads.ts'
import { regroup } from './regroup.ts'
import { nodeRegion, rootRegion, type Stream, type Surroundings } from './region.ts'
import { Families } from './families.ts'
import { stack } from './stack.ts'
import { NO_STREAM, SEVERAL, streamsOf, type StreamOf } from './streams.ts'
import type { Block, Tree } from './tree.ts'
import { dependsOnData, substitute, topological } from './walk.ts'

/** Rows of a parent that serve one child, where it has several. */
export interface BlockRead {
  readonly input: string
  readonly parent: string
  readonly child: string
}

export interface Compiled {
  /** One number per row. */
  readonly output: Value
  readonly reads: readonly CompiledRead[]
  readonly blocks: readonly BlockRead[]
  /** Planned replacements that were found wired. */
  readonly replacements: number
  /** Names of the batch axes of inputs that are supplied. */
  readonly rows?: ReadonlyMap<string, string>
}

/** Besides the graph, the tensors that each node that is no leaf reads on its random datum. */
export interface CompiledHypothesis extends Compiled {
  readonly unimportant: ReadonlyMap<string, ReadonlySet<string>>
}

/** Raised for a model whose component cannot be drawn datum by datum. */
export class NotBatched extends Error {}

/** What a graph input stands for. */
interface Source {
  readonly source: Value
  /** Of its stream. */
  readonly id: number
  /** Where all data have the same: the stream whose rows are as many. */
  readonly same?: Stream
}

/** The readers and streams of one compilation. */
export class Assembly {
  readonly dag: Dag
  private readonly streams = new Map<string, { stream: Stream; id: number }>()
  private readonly sources = new Map<string, Source>()
  private readonly canonical: (stream: Stream) => Stream
  private readonly blockReads = new Map<string, BlockRead>()
  private readonly stacked: boolean

  /** `stacked`: nodes at positions of one tensor are computed together. */
  constructor(dag: Dag, canonical: (stream: Stream) => Stream, stacked = false) {
    this.dag = dag
    this.canonical = canonical
    this.stacked = stacked
  }

  readonly read = (source: Value, stream: Stream): Value => {
    if (!topological([source]).some((v) => v.def.kind === 'input')) return source
    const shape = source.type.shape
    if (shape && shape[0] !== BATCH) {
      const why = isUnknown(shape[0] ?? 0) ? 'nothing is known of its first axis, because an operator before it is not understood (`scrub graph` shows the shapes)' : 'its first axis is not the batch'
      throw new NotBatched(`A tensor of shape [${shape.map((dim) => (isUnknown(dim) ? '?' : dim)).join(', ')}] would have to be drawn datum by datum, but ${why}; declare a component where the batch axis comes first.`)
    }
    // Equal for all data, it goes with whatever it is added to; alone, it is read for as many rows as there are.
    if (!dependsOnData(source)) return this.readOf(source, NO_STREAM, { kind: 'own', of: stream.of })
    const canonical = this.canonical(stream)
    const key = JSON.stringify(canonical)
    let known = this.streams.get(key)
    if (!known) this.streams.set(key, (known = { stream: canonical, id: this.streams.size + 1 }))
    return this.readOf(source, known.id)
  }

  /** The rows of a parent's value that serve one child. Parents whose children have the same rows read the same ones. */
  block(value: Value, parent: string, child: string, { first, length }: Block): Value {
    const input = `block ${first} ${length}`
    this.blockReads.set(input, { input, parent, child })
    return this.dag.op('Gather', [value, this.dag.input(input, { dtype: 'int32', shape: [BATCH] })], { axis: attr.int(0) })
  }

  /** A value supplied from outside; equal names must have equal types. */
  supply(name: string, type: Value['type']): Value {
    return this.dag.input(name, type)
  }

  /** Cut what depends on one datum out of the graph. */
  finish(root: Value, replacements: number): Compiled {
    const { dag } = this
    // Cut twice: first along the model's own tensors, so that sums of unimportant terms are those the model computes
    // anyway; then, when slices have moved up to these cuts, with the slices on the other side.
    const whole = regroup(dag, root, this.streamOf())
    const [opened] = substitute(dag, [whole], this.replaceCut(whole, ({ source, id }) => this.readOf(source, id)))
    const [narrowed] = narrow(dag, [opened!])
    const families = new Families(dag, (name) => this.sources.get(name))
    const output = this.stacked ? absorb(dag, stack(dag, narrowed!, families), families, this.streamOf(), (value) => this.lifted([value])[0]!) : narrowed!
    const byId = new Map<number, Stream>([...this.streams.values()].map(({ stream, id }) => [id, stream]))
    const reads: CompiledRead[] = []
    const gather = (read: CachedRead, streams: string): Value => {
      const { dtype, shape = [] } = read.source.type
      const cacheInput = read.length === undefined ? `cache ${read.source.id}` : `cache ${read.source.id} by position`
      const indexInput = `index ${read.source.id} ${streams}`
      reads.push({ ...read, cacheInput, indexInput })
      const cache = dag.input(cacheInput, { dtype, shape: ['C', ...shape.slice(read.length === undefined ? 1 : 2)] })
      const index = dag.input(indexInput, { dtype: 'int32', shape: read.length === undefined ? [BATCH] : [BATCH, widthOf(read)] })
      return dag.op('Gather', [cache, index], { axis: attr.int(0) })
    }
    const cut = this.replaceCut(output, ({ source, id }) => gather({ source, pieces: [{ stream: byId.get(id)!, start: 0, end: 1 }] }, `${id}`))
    const [finished] = substitute(dag, [output], (value) => {
      const same = value.def.kind === 'input' ? this.sources.get(value.def.name) : undefined
      if (same?.same) return gather({ source: same.source, pieces: [{ stream: this.canonical(same.same), start: 0, end: 1 }] }, `for ${same.same.of}`)
      const family = families.of(value)
      if (!family) return cut(value)
      const { source, length, pieces } = family
      return gather({ source, length, pieces: pieces.map(({ id, start, end }) => ({ stream: byId.get(id)!, start, end })) as [Piece, ...Piece[]] }, pieces.map(({ id, start, end }) => `${id}[${start}:${end}]`).join())
    })
    return { output: finished!, reads, blocks: [...this.blockReads.values()], replacements }
  }

  private streamOf(): StreamOf {
    return streamsOf((name) => this.sources.get(name)?.id ?? SEVERAL)
  }

  private readOf(source: Value, id: number, same?: Stream): Value {
    const name = same ? `read for ${same.of} ${source.id}` : `read ${id} ${source.id}`
    this.sources.set(name, { source, id, ...(same ? { same } : {}) })
    return this.dag.input(name, source.type)
  }

  /** In terms of columns. */
  private lifted(values: readonly Value[]): Value[] {
    return substitute(this.dag, values, (v) => (v.def.kind === 'input' ? this.sources.get(v.def.name)?.source : undefined))
  }

  /** Replaces the largest parts of a graph that depend on one datum alone, given as functions of that datum. */
  private replaceCut(root: Value, replacement: (part: { source: Value; id: number }) => Value): (value: Value) => Value | undefined {
    const { dag } = this
    const streamOf = this.streamOf()
    const parts = new Map<number, Value>()
    substitute(dag, [root], (value) => {
      const stream = streamOf(value)
      if (stream === SEVERAL || stream === NO_STREAM || value.type.shape?.[0] !== BATCH) return undefined
      parts.set(value.id, value)
      return value
    })
    const values = [...parts.values()]
    const lifted = this.lifted(values)
    const made = new Map(values.map((value, i) => [value.id, replacement({ source: lifted[i]!, id: streamOf(value) })]))
    return (value) => made.get(value.id)
  }
}

/** Two streams that always hold the same data, whatever claim is off, are one. */
export function canonicalStream(tree: Tree): (stream: Stream) => Stream {
  const canonical = (stream: Stream): Stream => {
    // Also where unimportant inputs share their datum, each node has its own stream: its claim can be switched off alone.
    if (stream.kind === 'unimportant') return stream
    const node = stream.kind === 'parent' ? tree.byName.get(stream.parent)! : stream.of === '' ? undefined : tree.byName.get(stream.of)!
    if (!node || node.blocks.length > 1) return stream
    const own: Stream = { kind: 'own', of: node.node.name }
    // `exact` draws the datum itself.
    return node.node.feature === 'exact' ? canonical({ kind: 'own', of: node.blocks[0]!.child }) : own
  }
  return canonical
}

/** The data of a stream, one per row. */
export function streamData(draws: Draws, stream: Stream): Int32Array {
  switch (stream.kind) {
    case 'own': return draws.of(stream.of)
    case 'unimportant': return draws.unimportant(stream.of, stream.place)
    case 'parent': return draws.serving(stream.parent, stream.of)
  }
}

/** Compile a hypothesis: the scrubbed metric, one number per sample. Not `stacked`, it reads less of the cache in more operators. */
export function compileHypothesis(dag: Dag, file: BoundFile, hypothesis: BoundHypothesis, model: ModelValues, tree: Tree, stacked: boolean): CompiledHypothesis {
  const assembly = new Assembly(dag, canonicalStream(tree), stacked)
  const values = new Map<string, Value>()
  const surroundings: Surroundings = {
    read: assembly.read,
    scrubbed: (parent, child) => {
      const value = values.get(parent)!
      const { blocks } = tree.byName.get(parent)!
      return blocks.length === 1 ? value : assembly.block(value, parent, child, blocks.find((block) => block.child === child)!)
    },
  }
  const given = { dag, file, hypothesis, model, surroundings }
  const unimportant = new Map<string, ReadonlySet<string>>()
  let replacements = 0
  for (const { node, leaf } of [...tree.order].reverse()) {
    if (leaf) continue
    const region = nodeRegion(given, node)
    values.set(node.name, region.value)
    unimportant.set(node.name, region.unimportant)
    replacements += region.replacements
  }
  const root = rootRegion(given)
  return { ...assembly.finish(root.value, replacements + root.replacements), unimportant }
}

/** The metric with outputs and columns of separate data: what `model`, `shuffled` and per-datum values are made from. */
export function compileBaseline(dag: Dag, file: BoundFile, model: ModelValues): Compiled {
  const outputs: Stream = { kind: 'unimportant', of: '', place: 'outputs' }
  const own: Stream = { kind: 'own', of: '' }
  const assembly = new Assembly(dag, (stream) => stream)
  const metric = file.metric!
  const value = metric.compile(dag, {
    outputs: new Map(metric.outputs.map((name) => [name, assembly.read(model.tensor(name), outputs)])),
    unscrubbed: new Map(metric.unscrubbed.map((name) => [name, assembly.read(model.tensor(name), own)])),
    columns: new Map(metric.columns.map((name) => [name, assembly.read(model.column(name), own)])),
  })
  return assembly.finish(value, 0)
}

/** Names of the graph inputs of `compileConstant`. */
export const constantInput = (output: string): string => `constant ${output}`
export const ZEROS = 'zeros'

/** The metric when every datum gets the same outputs: each output is supplied once, shape `[1, …]`, and repeated. */
export function compileConstant(dag: Dag, file: BoundFile, model: ModelValues): Compiled {
  const own: Stream = { kind: 'own', of: '' }
  const assembly = new Assembly(dag, (stream) => stream)
  const metric = file.metric!
  const zeros = dag.input(ZEROS, { dtype: 'int32', shape: [BATCH] })
  const repeated = (name: string): Value => {
    const { dtype, shape } = model.tensor(name).type
    return dag.op('Gather', [assembly.supply(constantInput(name), { dtype, shape: [1, ...(shape ?? []).slice(1)] }), zeros], { axis: attr.int(0) })
  }
  const value = metric.compile(dag, {
    outputs: new Map(metric.outputs.map((name) => [name, repeated(name)])),
    unscrubbed: new Map(metric.unscrubbed.map((name) => [name, assembly.read(model.tensor(name), own)])),
    columns: new Map(metric.columns.map((name) => [name, assembly.read(model.column(name), own)])),
  })
  return assembly.finish(value, 0)
}
