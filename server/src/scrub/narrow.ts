/**
 * Compute only what is read: when a graph takes one position, head or class of a tensor, the slice is moved up through
 * the operators that produce the tensor. Backwards, every value learns the box of itself that anybody reads; forwards,
 * the graph is rebuilt on those boxes.
 */
import type { Dag, OpCall, Value } from '../onnx/dag.ts'
import { rules, type Box } from './narrow-rules.ts'
import { sliceBox } from './slices.ts'
import { recall, topological } from './walk.ts'

/** The same values, computed with as little as possible. Batch axes are never narrowed. */
export function narrow(dag: Dag, roots: readonly Value[]): Value[] {
  const order = topological(roots)
  const boxes = new Map<number, Box>()
  /** Boxes of the inputs of an operator, where its rule applies. */
  const plans = new Map<number, readonly (Box | undefined)[]>()
  /** Values of which nothing is read, as of the other parts of a Concat; they and what only they need stay as they are. */
  const unread = new Set<number>()
  for (const root of roots) boxes.set(root.id, whole(root))
  for (let i = order.length - 1; i >= 0; i--) {
    const value = order[i]!
    const box = boxes.get(value.id)
    const read = box?.every((range) => !range || range[0] < range[1]) ?? false
    if (!read) unread.add(value.id)
    if (!read || value.def.kind !== 'op') {
      boxes.set(value.id, whole(value))
      continue
    }
    const { call, index } = value.def
    const rule = value.type.shape && rules[`${call.domain}:${call.opType}`]
    const plan = rule ? rule.demand({ call, index, shape: value.type.shape!, box: box! }) : undefined
    if (plan) plans.set(value.id, plan)
    else boxes.set(value.id, whole(value))
    call.inputs.forEach((input, k) => {
      if (input) join(boxes, input, plan?.[k])
    })
    for (const captured of call.captures.values()) join(boxes, captured, undefined)
  }
  const made = new Map<number, Value>()
  const read = (value: Value, wanted: Box | undefined): Value =>
    sliceBox(dag, made.get(value.id)!, boxes.get(value.id)!, wanted ?? whole(value))
  for (const value of order) {
    if (value.def.kind !== 'op' || unread.has(value.id)) {
      made.set(value.id, value)
      continue
    }
    const { call, index } = value.def
    const plan = plans.get(value.id)
    if (!plan) {
      made.set(value.id, recall(dag, call, (v) => read(v, undefined))[index]!)
      continue
    }
    const inputs = call.inputs.map((v, k) => v && read(v, plan[k]))
    const box = boxes.get(value.id)!
    const rule = rules[`${call.domain}:${call.opType}`]!
    const same: OpCall = { ...call, inputs }
    made.set(value.id, rule.rebuild?.({ dag, call, inputs, index, shape: value.type.shape!, box, plan }) ?? dag.call(same)[index]!)
  }
  return roots.map((root) => read(root, undefined))
}

function whole(value: Value): Box {
  return (value.type.shape ?? []).map(() => undefined)
}

/** Widen a value's box by what one more reader wants. */
function join(boxes: Map<number, Box>, value: Value, wanted: Box | undefined): void {
  const old = boxes.get(value.id)
  if (!wanted) boxes.set(value.id, whole(value))
  else if (!old) boxes.set(value.id, wanted)
  else {
    boxes.set(
      value.id,
      old.map((range, axis) => {
        const other = wanted[axis]
        return range && other ? [Math.min(range[0], other[0]), Math.max(range[1], other[1])] : undefined
      }),
    )
  }
}
