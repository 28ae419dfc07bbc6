/**
 * What follows positions read side by side and treats each by itself (a LayerNorm, keys, values) is a function of one datum
 * at one position: it is computed once per datum and cached, and read by position in turn. Where only some positions are
 * computed sample by sample, the others are not computed with them.
 */
import { attr, type Dag, type OpCall, type Value } from '../onnx/dag.ts'
import { concatAxis } from './stack.ts'
import { POSITIONS, samePieces, type Families, type Family } from './families.ts'
import { operandAxes } from './stack-rules.ts'
import { NO_STREAM, SEVERAL, type StreamOf } from './streams.ts'
import { recall, topological } from './walk.ts'

/** Parts that an operator is divided into, at most: each is an operator. */
const MOST_PARTS = 8

/** The same value, with as much as possible in what is cached; `lifted` gives what all data have alike in terms of columns. */
export function absorb(dag: Dag, root: Value, families: Families, streamOf: StreamOf, lifted: (value: Value) => Value): Value {
  const made = new Map<number, Value>()
  const absorbing = new Absorbing(dag, families, streamOf, lifted)
  for (const value of topological([root])) {
    if (value.def.kind !== 'op') made.set(value.id, value)
    else made.set(value.id, absorbing.made(value, value.def.call.inputs.map((input) => input && made.get(input.id)!)) ?? recall(dag, value.def.call, (v) => made.get(v.id)!)[value.def.index]!)
  }
  return made.get(root.id)!
}

/** Whether the positions that are read are those of the source, one after the other. */
function inOrder({ length, pieces }: Family): boolean {
  let at = 0
  return pieces.every(({ start, end }) => start === at && (at = end) > start) && at === length
}

type Inputs = readonly (Value | undefined)[]

class Absorbing {
  private readonly dag: Dag
  private readonly families: Families
  private readonly streamOf: StreamOf
  private readonly lifted: (value: Value) => Value

  constructor(dag: Dag, families: Families, streamOf: StreamOf, lifted: (value: Value) => Value) {
    this.dag = dag
    this.families = families
    this.streamOf = streamOf
    this.lifted = lifted
  }

  /** A better way to compute an operator's value of these inputs. */
  made(value: Value, inputs: Inputs): Value | undefined {
    const { def, type } = value
    if (def.kind !== 'op' || def.call.captures.size > 0 || typeof type.shape?.[POSITIONS] !== 'number') return undefined
    const slice = this.families.sliceOf(value)
    if (slice && !slice.across) {
      const family = this.families.of(inputs[0]!)
      if (family) return this.families.slice(family, slice.start, slice.end)
      if (concatAxis(inputs[0]!) === POSITIONS) return this.positions(inputs[0]!, POSITIONS, slice.start, slice.end)
    }
    return this.ofFamilies(value, inputs) ?? this.divided(value, inputs)
  }

  /** An operator on families that read the same positions is such a family. */
  private ofFamilies(value: Value, inputs: Inputs): Value | undefined {
    const { families } = this
    const read = inputs.map((input) => input && families.of(input))
    const [family] = read.filter((one) => one !== undefined)
    if (!family || !inputs.every((input, k) => (read[k] ? samePieces(read[k], family) : !input || this.streamOf(input) === NO_STREAM))) return undefined
    const sources = inputs.map((input, k) => read[k]?.source ?? (input && this.lifted(input)))
    // On all positions of the source, in place of those that are read.
    const made = this.rowByRow(value, sources, family.length, (k) => read[k] !== undefined, inOrder(family))
    return made && families.read(made, family)
  }

  /**
   * The operator on `length` positions, where it treats each by itself; `positional` says which inputs have them. The others may
   * be another for each position only where the positions are those of the model, `inOrder`.
   */
  private rowByRow({ def, type }: Value, inputs: Inputs, length: number, positional: (input: number) => boolean, inOrder: boolean): Value | undefined {
    if (def.kind !== 'op') return undefined
    const call: OpCall = { ...def.call, inputs }
    const whole = { id: -1, type: { ...type, shape: type.shape!.map((dim, axis) => (axis === POSITIONS ? length : dim)) }, def }
    const plan = operandAxes([call], [whole], POSITIONS, (k) => !positional(k))
    if (!plan || !plan.axes.every((axis, k) => (positional(k) ? axis === POSITIONS : axis === undefined || inOrder))) return undefined
    const made = plan.rebuild ? plan.rebuild(this.dag, inputs) : this.dag.call(call)[def.index]!
    return made.type.shape?.[POSITIONS] === length ? made : undefined
  }

  /** Part by part, where most positions are read and not computed. */
  private divided(value: Value, inputs: Inputs): Value | undefined {
    const length = value.type.shape![POSITIONS] as number
    const positional = inputs.map((input) => input !== undefined && (this.families.of(input) !== undefined || this.streamOf(input) !== NO_STREAM))
    const cuts = new Set(inputs.flatMap((input) => (input && concatAxis(input) === POSITIONS ? this.endsOf(input) : [])))
    if (cuts.size < 2 || cuts.size > MOST_PARTS) return undefined
    const axes = this.axesOf(value, inputs, (k) => positional[k]!)
    if (!axes?.every((axis, k) => !positional[k] || axis === POSITIONS)) return undefined
    const ends = [...cuts].sort((a, b) => a - b)
    const parts: Value[] = []
    let computed = 0
    for (const [i, end] of ends.entries()) {
      const start = ends[i - 1] ?? 0
      const own = inputs.map((input, k) => (axes[k] === undefined ? input : this.positions(input!, axes[k], start, end)))
      if (own.some((input, k) => input === undefined && axes[k] !== undefined)) return undefined
      const part = this.ofFamilies(value, own) ?? this.rowByRow(value, own, end - start, (k) => positional[k]!, true)
      if (!part) return undefined
      if (!this.isRead(part)) computed += end - start
      parts.push(part)
    }
    return 2 * computed > length ? undefined : this.dag.op('Concat', parts, { axis: attr.int(POSITIONS) })
  }

  /** Which axis of each input has the positions. */
  private axesOf(value: Value, inputs: Inputs, positional: (input: number) => boolean): readonly (number | undefined)[] | undefined {
    return value.def.kind === 'op' ? operandAxes([{ ...value.def.call, inputs }], [value], POSITIONS, (k) => !positional(k))?.axes : undefined
  }

  /** Where the members of a Concat end. */
  private endsOf({ def }: Value): number[] {
    let at = 0
    return def.kind === 'op' ? def.call.inputs.map((member) => (at += member!.type.shape![POSITIONS] as number)) : []
  }

  /** Some positions of a value; undefined where it has not all of them. */
  private positions(value: Value, axis: number, start: number, end: number): Value | undefined {
    const length = value.type.shape?.[axis]
    if (typeof length !== 'number' || end > length) return undefined
    if (start === 0 && end === length) return value
    const family = this.families.of(value)
    if (family) return this.families.slice(family, start, end)
    if (axis === POSITIONS && concatAxis(value) === POSITIONS && value.def.kind === 'op') {
      const ends = this.endsOf(value)
      const member = ends.findIndex((one) => one >= end)
      const first = ends[member - 1] ?? 0
      if (first <= start) return this.positions(value.def.call.inputs[member]!, axis, start - first, end - first)
    }
    return this.dag.op('Slice', [value, this.dag.ints([start]), this.dag.ints([end]), this.dag.ints([axis])])
  }

  private isRead(value: Value): boolean {
    return this.families.of(value) !== undefined || this.streamOf(value) !== SEVERAL
  }
}
