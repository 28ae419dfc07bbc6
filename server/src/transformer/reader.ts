/** Questions about a model's graph that finding a transformer asks again and again. */
import type { ModelGraph } from '../model/graph.ts'
import { constant, type Known } from '../onnx/infer/index.ts'
import { numbersOf } from '../onnx/infer/context.ts'
import type { Dim, DType, Op } from '../onnx/types.ts'

/** Where a tensor is read. */
export interface Reading {
  readonly op: Op
  /** Position of the operator in the graph. */
  readonly at: number
}

/** Operators that say something of their input's shape only. */
const MEASURES = new Set(['Shape', 'Size'])

export class Reader {
  readonly graph: ModelGraph
  private readonly fixed = new Map<string, boolean>()

  constructor(graph: ModelGraph) {
    this.graph = graph
    for (const op of graph.ops) {
      const fixed = MEASURES.has(op.opType) || [...op.inputs, ...op.captures].every((name) => this.isFixed(name))
      // An operator that reads nothing may be random: only constants are known.
      for (const name of op.outputs) this.fixed.set(name, fixed && (op.inputs.length > 0 || op.opType === 'Constant'))
    }
  }

  /** The operator that makes a tensor; undefined for inputs and weights. */
  producer(tensor: string): Op | undefined {
    const at = this.graph.tensors.get(tensor)?.producer
    return at === undefined ? undefined : this.graph.ops[at]
  }

  /** The position of that operator, -1 where there is none. */
  position(tensor: string): number {
    return this.graph.tensors.get(tensor)?.producer ?? -1
  }

  /** Who reads a tensor's elements. */
  readers(tensor: string): readonly Reading[] {
    return (this.graph.tensors.get(tensor)?.consumers ?? []).map((at) => ({ op: this.graph.ops[at]!, at })).filter(({ op }) => !MEASURES.has(op.opType))
  }

  shape(name: string): readonly Dim[] | undefined {
    return this.graph.tensors.get(name)?.type.shape ?? this.graph.initializers.get(name)?.dims
  }

  rank(name: string): number {
    return this.shape(name)?.length ?? -1
  }

  dtype(name: string): DType | undefined {
    return (this.graph.tensors.get(name)?.type ?? this.graph.initializers.get(name))?.dtype
  }

  isFloat(name: string): boolean {
    return /^b?float(16|32|64)$/.test(this.dtype(name) ?? '')
  }

  /** True for weights and what is computed from weights and shapes alone: the same for every datum. */
  isFixed(name: string): boolean {
    return name === '' || this.graph.initializers.has(name) || (this.fixed.get(name) ?? false)
  }

  /** The elements of a small integer weight; undefined for anything else. */
  integers(name: string | undefined): readonly number[] | undefined {
    return numbersOf(this.known(name))
  }

  known(name: string | undefined): Known | undefined {
    const weight = name === undefined ? undefined : this.graph.initializers.get(name)
    return weight?.source.kind === 'inline' ? constant(weight.source.tensor) : undefined
  }

  /** Inputs of an operator that differ from datum to datum. */
  varying(op: Op): string[] {
    return [...op.inputs, ...op.captures].filter((name) => !this.isFixed(name))
  }

  /** Everything above some tensors, these included, where `stop` says not to go on above a tensor. */
  above(tensors: Iterable<string>, stop: (tensor: string) => boolean = () => false): Set<string> {
    const found = new Set<string>()
    const open = [...tensors]
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (found.has(name)) continue
      found.add(name)
      const op = stop(name) ? undefined : this.producer(name)
      if (op) open.push(...this.varying(op))
    }
    return found
  }
}
