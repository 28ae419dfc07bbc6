/**
 * The region of the model between a node's inputs and its place, as values that read named streams: a stream says which
 * datum each row of a read is about. Nothing here depends on the data.
 */
import type { BoundFile, BoundHypothesis, BoundNode, DatumIndex, Edge } from '../hypothesis/bound.ts'
import type { Dag, Value } from '../onnx/dag.ts'
import type { ModelValues } from './model-values.ts'
import { covers, replaceSlices, selectPlace } from '../hypothesis/slice-values.ts'
import { dependsOnData } from './walk.ts'

/** Which datum a read is about. Rows are those of node `of` ('' is the root). */
export type Stream =
  /** The node's own datum: for the root, the reference. */
  | { readonly kind: 'own'; readonly of: string }
  /** The node's random datum; `place` tells them apart when they are separate. */
  | { readonly kind: 'unimportant'; readonly of: string; readonly place: string }
  /** What a parent drew for the node. */
  | { readonly kind: 'parent'; readonly of: string; readonly parent: string }

export const streamKey = (s: Stream): string =>
  s.kind === 'own' ? `own ${s.of}` : s.kind === 'parent' ? `parent ${s.parent} of ${s.of}` : `unimportant ${s.place} of ${s.of}`

/** How a region gets at values outside itself. */
export interface Surroundings {
  /** A function of one datum, read on a stream. */
  readonly read: (value: Value, stream: Stream) => Value
  /** The scrubbed value of a parent that is no leaf, in the rows of the child. */
  readonly scrubbed: (parent: string, child: string) => Value
}

export interface RegionGiven {
  readonly dag: Dag
  readonly file: BoundFile
  readonly hypothesis: BoundHypothesis
  readonly model: ModelValues
  readonly surroundings: Surroundings
}

/** Raised when a planned replacement does not reach the compiled graph: a bug, never a result. */
export class UnwiredReplacement extends Error {}

export interface Region {
  readonly value: Value
  /** Replacements planned and found wired. */
  readonly replacements: number
  /** Tensors that are read on the random datum, perhaps only in part. */
  readonly unimportant: ReadonlySet<string>
}

/** The value of a node's place, given its parents. */
export function nodeRegion(given: RegionGiven, node: BoundNode): Region {
  const view = new View(given, node.name, node.parents)
  const { value, random } = view.evaluate(node.place.tensor, view.everyone)
  view.checkWired()
  return { value: selectPlace(given.dag, value, node.place.slice, view.indexOf), replacements: node.parents.length, unimportant: random }
}

/** The metric of the root, one number per row. */
export function rootRegion(given: RegionGiven): Region {
  const { file, hypothesis, model, surroundings } = given
  const edges: Edge[] = hypothesis.outputs.map((node) => ({ kind: 'node', node, through: { any: false, tensors: new Set() }, span: hypothesis.span }))
  const view = new View(given, '', edges)
  const own: Stream = { kind: 'own', of: '' }
  const metric = file.metric!
  const scrubbed = new Map(metric.outputs.filter((name) => view.standsAt(name)).map((name) => [name, view.blocked(name, view.everyone)]))
  const value = metric.compile(given.dag, {
    outputs: new Map(metric.outputs.map((name) => [name, scrubbed.get(name)?.value ?? surroundings.read(model.tensor(name), own)])),
    unscrubbed: new Map(metric.unscrubbed.map((name) => [name, surroundings.read(model.tensor(name), own)])),
    columns: new Map(metric.columns.map((name) => [name, surroundings.read(model.column(name), own)])),
  })
  view.checkWired()
  return { value, replacements: edges.length, unimportant: union([...scrubbed.values()]) }
}

interface Evaluated {
  readonly value: Value
  /** Some parent's value is in it. */
  readonly drawn: boolean
  /** Tensors read on the random datum that are in it. */
  readonly random: ReadonlySet<string>
}

const NONE: ReadonlySet<string> = new Set()

const union = (parts: readonly Evaluated[]): ReadonlySet<string> => new Set(parts.flatMap(({ random }) => [...random]))

/** The model as one node sees it: which tensors are replaced by what. */
class View {
  readonly everyone: ReadonlySet<string>
  private readonly given: RegionGiven
  private readonly name: string
  private readonly edges: readonly Edge[]
  /** Node parents by the tensor they stand at. */
  private readonly places = new Map<string, { node: BoundNode; edge: Edge & { kind: 'node' } }[]>()
  /** Column parents by the model input they feed. */
  private readonly columns = new Map<string, Set<string>>()
  private readonly blocking: ReadonlySet<string>
  private readonly memo = new Map<string, Evaluated>()
  private readonly used = new Set<string>()

  constructor(given: RegionGiven, name: string, edges: readonly Edge[]) {
    this.given = given
    this.name = name
    this.edges = edges
    const byName = new Map(given.hypothesis.nodes.map((n) => [n.name, n]))
    const blocking = new Set(given.file.blocking)
    const outputs = new Set(given.file.graph.outputs)
    for (const node of given.hypothesis.nodes) if (outputs.has(node.place.tensor)) blocking.add(node.place.tensor)
    this.blocking = blocking
    for (const edge of edges) {
      if (edge.kind === 'node') {
        const node = byName.get(edge.node)!
        const at = this.places.get(node.place.tensor)
        if (at) at.push({ node, edge })
        else this.places.set(node.place.tensor, [{ node, edge }])
      } else {
        for (const binding of given.file.inputs) {
          if (!binding.columns.includes(edge.column)) continue
          const set = this.columns.get(binding.input) ?? new Set()
          this.columns.set(binding.input, set.add(edge.column))
        }
      }
    }
    this.everyone = new Set(edges.map(edgeName))
  }

  /** Where the values of this node's parents stand, and its own value is read: the index of the datum that it represents. */
  readonly indexOf = (index: DatumIndex): Value => this.given.surroundings.read(indexValue(this.given, index), { kind: 'own', of: this.name })

  standsAt(tensor: string): boolean {
    return this.places.has(tensor)
  }

  checkWired(): void {
    for (const edge of this.edges) {
      if (!this.used.has(edgeName(edge))) {
        throw new UnwiredReplacement(`the value of ${edgeName(edge)} does not reach ${this.name === '' ? 'the metric' : `\`${this.name}\``}`)
      }
    }
  }

  /** A tensor recomputed from its producer, with drawn values for the parents in `active`. */
  evaluate(target: string, active: ReadonlySet<string>): Evaluated {
    const key = `${target} ${[...active].sort().join()}`
    const known = this.memo.get(key)
    if (known) return known
    const { graph } = this.given.file
    const values = new Map<string, Evaluated>()
    const needed = new Set<number>()
    const edge: Evaluated[] = []
    const stack: string[] = []
    const visit = (name: string): void => {
      if (name === '' || values.has(name) || graph.initializers.has(name)) return
      if (name !== target && (this.places.has(name) || this.blocking.has(name))) {
        const blocked = this.blocked(name, active)
        edge.push(blocked)
        values.set(name, blocked)
        return
      }
      stack.push(name)
    }
    visit(target)
    while (stack.length > 0) {
      const producer = graph.tensors.get(stack.pop()!)!.producer!
      if (needed.has(producer)) continue
      needed.add(producer)
      const op = graph.ops[producer]!
      for (const name of op.inputs) visit(name)
      for (const name of op.captures) visit(name)
    }
    for (const index of [...needed].sort((a, b) => a - b)) {
      const op = graph.ops[index]!
      const drawn = [...op.inputs, ...op.captures].some((name) => values.get(name)?.drawn)
      for (const [name, value] of this.given.model.apply(op, (n) => values.get(n)!.value)) {
        if (!values.has(name)) values.set(name, { value, drawn, random: NONE })
      }
    }
    const result = { ...values.get(target)!, random: union(edge) }
    this.memo.set(key, result)
    return result
  }

  /** A tensor at which the walk stops: a parent's place, a component, a model input. */
  blocked(tensor: string, active: ReadonlySet<string>): Evaluated {
    const key = `| ${tensor} ${[...active].sort().join()}`
    let result = this.memo.get(key)
    if (!result) this.memo.set(key, (result = this.resolve(tensor, active)))
    return result
  }

  private resolve(tensor: string, active: ReadonlySet<string>): Evaluated {
    const parents = this.places.get(tensor)
    if (parents) return this.mixed(tensor, parents.filter(({ node }) => active.has(node.name)))
    const columns = this.columns.get(tensor)
    if (columns) return this.fed(tensor, new Set([...columns].filter((c) => active.has(columnName(c)))))
    const inside = new Set(this.edges.filter((e) => active.has(edgeName(e)) && runsThrough(e, tensor)).map(edgeName))
    if (inside.size > 0 && this.given.file.graph.tensors.get(tensor)?.producer !== undefined) {
      const recomputed = this.evaluate(tensor, inside)
      if (recomputed.drawn) return recomputed
    }
    return this.unimportant(tensor)
  }

  /** A tensor at which parents stand, whole or at slices; what they do not cover is unimportant. */
  private mixed(tensor: string, parents: readonly { node: BoundNode; edge: Edge & { kind: 'node' } }[]): Evaluated {
    if (parents.length === 0) return this.unimportant(tensor)
    const pieces = parents.map(({ node }) => {
      this.used.add(node.name)
      return { slice: node.place.slice, value: this.supplied(node) }
    })
    if (pieces[0]!.slice.length === 0) return { value: pieces[0]!.value, drawn: true, random: NONE }
    const shape = this.given.model.tensor(tensor).type.shape!
    const base = covers(pieces.map((p) => p.slice), shape) ? undefined : this.unimportant(tensor)
    return { value: replaceSlices(this.given.dag, base?.value, shape, pieces, this.indexOf), drawn: true, random: base?.random ?? NONE }
  }

  /** What a parent supplies: its place on its datum if it is a leaf, else its scrubbed value. */
  private supplied(parent: BoundNode): Value {
    const { dag, model, surroundings } = this.given
    if (parent.parents.length > 0) return surroundings.scrubbed(parent.name, this.name)
    const stream: Stream = { kind: 'parent', of: this.name, parent: parent.name }
    const { tensor, slice } = parent.place
    // At an index of the drawn datum's own the value is a function of that datum as it is.
    if (slice.some(({ kind }) => kind === 'datum')) return surroundings.read(selectPlace(dag, model.tensor(tensor), slice, (index) => indexValue(this.given, index)), stream)
    return selectPlace(dag, surroundings.read(model.tensor(tensor), stream), slice)
  }

  /** A model input fed by columns, of which the named ones are those of the node's own datum. */
  private fed(input: string, named: ReadonlySet<string>): Evaluated {
    if (named.size === 0) return this.unimportant(input)
    const { dag, file, model, surroundings } = this.given
    const binding = file.inputs.find((b) => b.input === input)!
    const columns = new Map<string, Value>()
    for (const column of binding.columns) {
      const stream: Stream = named.has(column)
        ? { kind: 'own', of: this.name }
        : { kind: 'unimportant', of: this.name, place: this.placeKey(input) }
      if (named.has(column)) this.used.add(columnName(column))
      columns.set(column, surroundings.read(model.column(column), stream))
    }
    return { value: binding.compile(dag, columns), drawn: true, random: named.size < columns.size ? new Set([input]) : NONE }
  }

  private unimportant(tensor: string): Evaluated {
    const { model, surroundings } = this.given
    const own = model.tensor(tensor)
    const value = surroundings.read(own, { kind: 'unimportant', of: this.name, place: this.placeKey(tensor) })
    return { value, drawn: false, random: dependsOnData(own) ? new Set([tensor]) : NONE }
  }

  private placeKey(tensor: string): string {
    return this.given.hypothesis.options.unimportant === 'separate' ? tensor : ''
  }
}

/** An index as a function of one datum; negative ones count from the end. */
export function indexValue({ dag, model }: Pick<RegionGiven, 'dag' | 'model'>, { columns, length, compile }: DatumIndex): Value {
  const own = compile(dag, new Map(columns.map((name) => [name, model.column(name)])))
  return dag.op('Where', [dag.op('Less', [own, dag.scalar(0, 'int64')]), dag.op('Add', [own, dag.scalar(length, 'int64')]), own])
}

const columnName = (column: string): string => `data.${column}`
const edgeName = (edge: Edge): string => (edge.kind === 'node' ? edge.node : columnName(edge.column))
const runsThrough = (edge: Edge, tensor: string): boolean => edge.through.any || edge.through.tensors.has(tensor)
