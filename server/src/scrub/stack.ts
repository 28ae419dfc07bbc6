/**
 * The same operators on members that are laid side by side, as one operator on all of them: a node at each of 42 positions
 * is computed once, not 42 times. A Concat moves up through what treats its members alike, the opposite of what `narrow`
 * does with a slice, until it meets what is read of the cache: there 42 reads are one.
 */
import { attr, attributesKey, type Dag, type OpCall, type Value } from '../onnx/dag.ts'
import { intAttribute } from '../onnx/infer/context.ts'
import { wrap } from './operands.ts'
import { operandAxes } from './stack-rules.ts'
import { recall, topological } from './walk.ts'

/** One value for members of one kind that follow each other along an axis, where there is a better way than a Concat. */
export interface Joiner {
  /** Equal for members that can be joined. */
  readonly kind: (member: Value, axis: number) => string | undefined
  readonly join: (members: readonly Value[], axis: number) => Value | undefined
}

/** Operators through which one Concat moves at most. */
const DEEPEST = 1000

/** The same value, with members of families stacked. */
export function stack(dag: Dag, root: Value, joiner: Joiner): Value {
  const made = new Map<number, Value>()
  const stacking = new Stacking(dag, joiner)
  for (const value of topological([root])) {
    if (value.def.kind !== 'op') made.set(value.id, value)
    else {
      const { call, index } = value.def
      const axis = concatAxis(value)
      const joined = axis === undefined ? undefined : stacking.join(call.inputs.map((v) => made.get(v!.id)!), axis)
      made.set(value.id, joined ?? recall(dag, call, (v) => made.get(v.id)!)[index]!)
    }
  }
  return made.get(root.id)!
}

/** The axis of a Concat, but for the batch. */
export function concatAxis({ def, type }: Value): number | undefined {
  if (def.kind !== 'op' || def.call.domain !== '' || def.call.opType !== 'Concat' || !type.shape) return undefined
  const own = wrap(intAttribute(def.call, 'axis', 0), type.shape.length)
  return own === 0 ? undefined : own
}

class Stacking {
  private readonly dag: Dag
  private readonly joiner: Joiner
  private readonly known = new Map<string, Value>()

  constructor(dag: Dag, joiner: Joiner) {
    this.dag = dag
    this.joiner = joiner
  }

  join(members: readonly Value[], axis: number, depth = 0): Value {
    const key = `${axis}: ${members.map(({ id }) => id).join()}`
    let joined = this.known.get(key)
    if (!joined) this.known.set(key, (joined = this.joinRuns(members.map((member) => this.opened(member, axis)), axis, depth)))
    return joined
  }

  /** Neighbours of one kind are joined; what is left is laid side by side. */
  private joinRuns(members: readonly Value[], axis: number, depth: number): Value {
    if (members.length === 1) return members[0]!
    const parts: Value[] = []
    for (let from = 0, to = 0; from < members.length; from = to) {
      const kind = this.kindOf(members[from]!, axis)
      for (to = from + 1; to < members.length && kind !== undefined && this.kindOf(members[to]!, axis) === kind; ) to++
      const run = members.slice(from, to)
      const joined = run.length === 1 || depth >= DEEPEST ? undefined : (this.joiner.join(run, axis) ?? this.lifted(run, axis, depth))
      parts.push(...(joined ? [joined] : run))
    }
    return parts.length === 1 ? parts[0]! : this.dag.op('Concat', parts, { axis: attr.int(axis) })
  }

  private kindOf(member: Value, axis: number): string | undefined {
    const own = this.joiner.kind(member, axis)
    if (own !== undefined) return own
    if (member.def.kind !== 'op' || member.def.call.captures.size > 0) return undefined
    const { domain, opType, inputs, outputs, attributes } = member.def.call
    return `${domain}:${opType} ${inputs.length} ${outputs} ${member.def.index} ${attributesKey(attributes)}`
  }

  /** One operator on stacked operands. */
  private lifted(members: readonly Value[], axis: number, depth: number): Value | undefined {
    const calls = members.map(({ def }) => (def.kind === 'op' ? def.call : undefined))
    if (calls.includes(undefined)) return undefined
    const plan = operandAxes(calls as OpCall[], members, axis)
    if (!plan) return undefined
    const [first] = calls as [OpCall]
    const inputs = first.inputs.map((input, k) => {
      const along = plan.axes[k]
      return along === undefined ? input : this.join(calls.map((call) => call!.inputs[k]!), along, depth + 1)
    })
    return plan.rebuild ? plan.rebuild(this.dag, inputs) : this.dag.call({ ...first, inputs })[members[0]!.def.kind === 'op' ? members[0]!.def.index : 0]
  }

  /** An axis that was dropped and given back: as if it had stayed. */
  private opened(member: Value, axis: number): Value {
    const inner = operandOf(member, 'Unsqueeze', axis)
    return inner ? (this.kept(inner, axis) ?? member) : member
  }

  private kept(value: Value, axis: number): Value | undefined {
    const whole = operandOf(value, 'Squeeze', axis)
    if (whole) return whole
    if (value.def.kind !== 'op' || value.def.call.domain !== '' || value.def.call.opType !== 'Gather') return undefined
    // Rows that serve one child.
    const [data, rows] = value.def.call.inputs
    if (intAttribute(value.def.call, 'axis', 0) !== 0 || rows?.type.shape?.length !== 1) return undefined
    const inner = this.kept(data!, axis)
    return inner && this.dag.op('Gather', [inner, rows], { axis: attr.int(0) })
  }
}

/** What an operator that gives or drops this one axis is applied to. */
export function operandOf({ def }: Value, opType: 'Squeeze' | 'Unsqueeze', axis: number): Value | undefined {
  if (def.kind !== 'op' || def.call.domain !== '' || def.call.opType !== opType) return undefined
  const [operand, axes] = def.call.inputs
  return axes?.known?.data.length === 1 && Number(axes.known.data[0]) === axis ? operand : undefined
}
