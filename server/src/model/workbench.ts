/** The graph while it is put together: operators and weights so far, what is known of every tensor, unused names. */
import type { DType, Op, Tensor } from '../onnx/types.ts'
import type { Initializer } from './graph.ts'
import { constant, inferOp, type Known, ShapeError } from '../onnx/infer/index.ts'

export class Workbench {
  readonly ops: Op[] = []
  readonly initializers = new Map<string, Initializer>()
  private readonly types = new Map<string, Known>()
  private readonly names: Set<string>
  private unknowns = 0

  /** `names` are all names in use. */
  constructor(names: Set<string>) {
    this.names = names
  }

  known(name: string | undefined): Known | undefined {
    return name === undefined || name === '' ? undefined : this.types.get(name)
  }

  /** Says what is known of a tensor. */
  learn(name: string, known: Known): void {
    this.types.set(name, known)
  }

  addWeight(weight: Initializer): void {
    this.initializers.set(weight.name, weight)
    const { dtype, dims, source } = weight
    this.types.set(weight.name, source.kind === 'inline' ? constant(source.tensor) : { type: { dtype, shape: dims } })
  }

  /** A new weight; returns its name. */
  constant(hint: string, tensor: Tensor): string {
    const name = this.name(hint)
    this.addWeight({ name, dtype: tensor.dtype, dims: tensor.dims, source: { kind: 'inline', tensor } })
    return name
  }

  /** A new int64 vector; returns its name. */
  integers(hint: string, values: readonly (number | bigint)[]): string {
    return this.constant(hint, { dtype: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) })
  }

  /** An empty bench for a subgraph: it knows nothing of the tensors outside, and takes none of their names. */
  inner(names: Iterable<string>): Workbench {
    for (const name of names) this.names.add(name)
    return new Workbench(this.names)
  }

  /** A name that nothing has yet. */
  name(hint: string): string {
    let name = hint
    for (let count = 1; this.names.has(name); count++) name = `${hint}_${count}`
    this.names.add(name)
    return name
  }

  /** Appends an operator; returns what its outputs are, or why its inputs do not fit. */
  append(op: Op): readonly Known[] | ShapeError {
    this.ops.push(op)
    const inputs = op.inputs.map((name) => this.known(name))
    let outputs: readonly Known[] | ShapeError
    try {
      outputs = inferOp(op, inputs, op.outputs.length, () => this.fresh())
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error
      return error
    }
    for (const [index, name] of op.outputs.entries()) if (name !== '') this.types.set(name, outputs[index] as Known)
    return outputs
  }

  dtype(name: string | undefined): DType {
    return this.known(name)?.type.dtype ?? 'unknown'
  }

  private fresh(): string {
    return `?${this.unknowns++}`
  }
}
