/**
 * Graphs that are made from a model's graph: operators added, tensors remade by others. Tensors that stay keep their names, and
 * weights are referred to, never copied.
 */
import { constant, inferOp, type Known } from '../onnx/infer/index.ts'
import { codeOf } from '../onnx/dtype.ts'
import type { Attributes, Op, Tensor, TensorType } from '../onnx/types.ts'
import type { Initializer, ModelGraph, TensorInfo } from './graph.ts'

/** Raised for a graph that cannot be: a tensor made twice or never, or from itself. The message names it. */
export class Underivable extends Error {}

/** A graph under change. Nothing of the graph that it began with is touched. */
export class Derivation {
  private readonly from: ModelGraph
  /** By position; undefined where an operator was taken out. */
  private readonly ops: (Op | undefined)[]
  private readonly types = new Map<string, Known>()
  private readonly initializers: Map<string, Initializer>
  private readonly producers = new Map<string, number>()
  private readonly constants = new Map<string, string>()
  /** Inputs besides those of the model. */
  private readonly inputs: string[] = []

  constructor(from: ModelGraph) {
    this.from = from
    this.ops = [...from.ops]
    this.initializers = new Map(from.initializers)
    for (const [name, { type, producer }] of from.tensors) {
      this.types.set(name, { type })
      if (producer !== undefined) this.producers.set(name, producer)
    }
    for (const weight of from.initializers.values()) this.types.set(weight.name, knownWeight(weight))
  }

  /** The type of a tensor or weight; undefined for a name that nothing has. */
  type(name: string): TensorType | undefined {
    return this.types.get(name)?.type
  }

  /** Whether some operator, or the model's outputs, read a tensor. */
  reads(tensor: string): boolean {
    return this.from.outputs.includes(tensor) || this.ops.some((op) => op !== undefined && (op.inputs.includes(tensor) || op.captures.includes(tensor)))
  }

  /** A name that nothing has yet: the hint, or the hint with a number. */
  name(hint: string): string {
    let name = hint
    for (let count = 1; this.types.has(name); count++) name = `${hint}_${count}`
    return name
  }

  /** A new weight held in memory; equal small ones are one. Returns its name. */
  constant(hint: string, tensor: Tensor): string {
    const key = tensor.data.length <= 64 ? `${tensor.dtype} ${tensor.dims.join()} ${tensor.data.join()}` : undefined
    const old = key === undefined ? undefined : this.constants.get(key)
    if (old !== undefined) return old
    const name = this.name(hint)
    const weight: Initializer = { name, dtype: tensor.dtype, dims: tensor.dims, source: { kind: 'inline', tensor } }
    this.initializers.set(name, weight)
    this.types.set(name, knownWeight(weight))
    if (key !== undefined) this.constants.set(key, name)
    return name
  }

  /** A new input. */
  input(name: string, type: TensorType): void {
    if (this.types.has(name)) throw new Error(`${name} is there already`)
    this.types.set(name, { type })
    this.inputs.push(name)
  }

  /** A weight of another graph, by reference; one of this name that is here already is taken for it. */
  weight(weight: Initializer): string {
    if (!this.initializers.has(weight.name)) {
      this.initializers.set(weight.name, weight)
      this.types.set(weight.name, knownWeight(weight))
    }
    return weight.name
  }

  /** What made a tensor makes one of a new name like `hint`, and the tensor itself is to be made by an operator appended later. Returns the name. */
  rename(tensor: string, hint: string): string {
    const at = this.producers.get(tensor)
    if (at === undefined) throw new Error(`${tensor} is made by no operator`)
    const name = this.name(hint)
    const op = this.ops[at]!
    this.ops[at] = { ...op, outputs: op.outputs.map((output) => (output === tensor ? name : output)) }
    this.types.set(name, this.types.get(tensor)!)
    this.producers.set(name, at)
    this.producers.delete(tensor)
    return name
  }

  /** A new int64 vector, or with `scalar` a single number. */
  integers(values: readonly number[], scalar = false): string {
    return this.constant(`integers/${values.join('_')}`, { dtype: 'int64', dims: scalar ? [] : [values.length], data: BigInt64Array.from(values, BigInt) })
  }

  /** A number of the type that a tensor has; returns its name. */
  number(hint: string, value: number, like: string): string {
    const dtype = this.type(like)?.dtype ?? 'float32'
    const own = this.constant(hint, { dtype: 'float32', dims: [], data: Float32Array.of(value) })
    return dtype === 'float32' ? own : this.add(`${hint}/${dtype}`, 'Cast', [own], { to: { type: 'int', value: BigInt(codeOf(dtype)) } })
  }

  /** Appends an operator with one output of a new name like `hint`; returns that name. Throws a ShapeError for inputs that do not fit. */
  add(hint: string, opType: string, inputs: readonly string[], attributes: Attributes = {}): string {
    const name = this.name(hint)
    this.append({ name, opType, domain: '', attributes, inputs, outputs: [name], captures: [] })
    return name
  }

  /** Appends an operator whose outputs are new names, or names that `free` gave up. Throws a ShapeError for inputs that do not fit, Underivable for a name that is taken. */
  append(op: Op): void {
    if (op.inputs.includes(undefined as never)) throw new Underivable(`${op.outputs[0]} lacks what it is made from`)
    const known = inferOp(op, op.inputs.map((name) => this.types.get(name)), op.outputs.length)
    for (const [index, name] of op.outputs.entries()) {
      if (name === '') continue
      if (this.producers.has(name)) throw new Underivable(`${name} is made already`)
      // A tensor that is made otherwise keeps the type that was known of it.
      const old = this.types.get(name)
      this.types.set(name, old?.type.shape === undefined ? known[index]! : old)
      this.producers.set(name, this.ops.length)
    }
    this.ops.push(op)
  }

  /** Takes the operator out that makes a tensor (Underivable where there is none): all its outputs are to be made by operators appended later, or read by nothing. */
  free(tensor: string): void {
    const at = this.producers.get(tensor)
    if (at === undefined) throw new Underivable(`${tensor} is made by no operator`)
    for (const name of this.ops[at]!.outputs) this.producers.delete(name)
    this.ops[at] = undefined
  }

  /** An operator (by its position in the graph that this began with) reads `by` where it read `tensor`. */
  reread(op: number, tensor: string, by: string): void {
    const old = this.ops[op]
    if (old?.inputs.includes(tensor)) this.ops[op] = { ...old, inputs: old.inputs.map((name) => (name === tensor ? by : name)) }
  }

  /** Every operator so far that reads the tensor reads `by` instead, except those that make `by`. Captures cannot be changed: they stay. */
  rereadAll(tensor: string, by: string): void {
    const above = this.above(by)
    for (const at of this.ops.keys()) if (!above.has(at)) this.reread(at, tensor, by)
  }

  /** The graph as it is now. Operators that only fed what was taken out are gone. Throws Underivable where a tensor in use is made by nothing, or from itself. */
  finish(): ModelGraph {
    const ops = this.ordered().map((at) => this.ops[at]!)
    const tensors = new Map<string, TensorInfo & { consumers: number[] }>()
    const inputs = [...this.from.inputs, ...this.inputs]
    for (const name of inputs) tensors.set(name, { name, type: this.type(name)!, producer: undefined, consumers: [] })
    for (const [producer, { outputs }] of ops.entries()) {
      for (const name of outputs) if (name !== '') tensors.set(name, { name, type: this.type(name)!, producer, consumers: [] })
    }
    for (const [index, { inputs, captures }] of ops.entries()) {
      for (const name of [...inputs, ...captures]) {
        const consumers = tensors.get(name)?.consumers
        if (consumers && consumers.at(-1) !== index) consumers.push(index)
      }
    }
    return { ...this.from, inputs, tensors, ops, initializers: this.initializers }
  }

  /** Positions of the operators that a tensor is made by, directly or not; adds to those found already. */
  private above(tensor: string, found = new Set<number>()): Set<number> {
    const open = [tensor]
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const at = this.producers.get(name)
      if (at === undefined || found.has(at)) continue
      found.add(at)
      const { inputs, captures } = this.ops[at]!
      open.push(...inputs, ...captures)
    }
    return found
  }

  /** What an output needs, and what led nowhere from the beginning or was added to lead nowhere. */
  private alive(): Set<number> {
    const read = new Set(this.ops.flatMap((op) => (op ? [...op.inputs, ...op.captures] : [])))
    const wasRead = (name: string): boolean => (this.from.tensors.get(name)?.consumers.length ?? 0) > 0
    const alive = new Set<number>()
    for (const output of this.from.outputs) this.above(output, alive)
    for (const op of this.ops) for (const name of op?.outputs ?? []) if (name !== '' && !read.has(name) && !wasRead(name)) this.above(name, alive)
    return alive
  }

  /** The operators that are alive, in the order of the file; what was added stands before what first reads it. */
  private ordered(): number[] {
    const alive = this.alive()
    const order: number[] = []
    /** 1: waits for what it reads, 2: placed. */
    const state = new Uint8Array(this.ops.length)
    for (const start of alive.size === 0 ? [] : this.ops.keys()) {
      if (!alive.has(start)) continue
      const stack = [start]
      while (stack.length > 0) {
        const at = stack.at(-1)!
        const { inputs, captures } = this.ops[at]!
        const missing = state[at] === 0 ? [...inputs, ...captures].flatMap((name) => this.producerOf(name)).filter((other) => state[other] !== 2) : []
        if (missing.some((other) => state[other] === 1)) throw new Underivable(`${this.ops[at]!.outputs[0]} would depend on itself`)
        if (missing.length > 0) {
          state[at] = 1
          stack.push(...missing.reverse())
          continue
        }
        stack.pop()
        if (state[at] === 2) continue
        state[at] = 2
        order.push(at)
      }
    }
    return order
  }

  /** The position of the operator that makes a tensor, if one does. Throws for a name that nothing makes. */
  private producerOf(name: string): number[] {
    if (name === '' || this.initializers.has(name) || this.inputs.includes(name)) return []
    const at = this.producers.get(name)
    if (at !== undefined) return [at]
    if (this.from.tensors.get(name)?.producer === undefined && this.from.tensors.has(name)) return []
    throw new Underivable(`nothing makes ${name} any more`)
  }
}

function knownWeight({ dtype, dims, source }: Initializer): Known {
  return source.kind === 'inline' ? constant(source.tensor) : { type: { dtype, shape: dims } }
}
