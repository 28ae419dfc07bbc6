/** Walking and rebuilding graphs of values. Iterative throughout: graphs may be thousands of operators deep. */
import type { Dag, OpCall, Value } from '../onnx/dag.ts'

/** All values that `roots` depend on, inputs before users, each once. */
export function topological(roots: Iterable<Value>): Value[] {
  const order: Value[] = []
  const state = new Map<number, 'open' | 'done'>()
  const stack: Value[] = [...roots].reverse()
  while (stack.length > 0) {
    const value = stack[stack.length - 1]!
    const seen = state.get(value.id)
    if (seen === 'done') {
      stack.pop()
      continue
    }
    if (seen === 'open') {
      stack.pop()
      state.set(value.id, 'done')
      order.push(value)
      continue
    }
    state.set(value.id, 'open')
    for (const input of operands(value)) if (!state.has(input.id)) stack.push(input)
  }
  return order
}

/** What an operator's value reads. */
export function operands(value: Value): Value[] {
  if (value.def.kind !== 'op') return []
  const { inputs, captures } = value.def.call
  const present = inputs.filter((v): v is Value => v !== undefined)
  return captures.size === 0 ? present : [...present, ...captures.values()]
}

/** The same operator on other inputs. */
export function recall(dag: Dag, call: OpCall, map: (v: Value) => Value): readonly Value[] {
  return dag.call({
    ...call,
    inputs: call.inputs.map((v) => v && map(v)),
    captures: call.captures.size === 0 ? call.captures : new Map([...call.captures].map(([n, v]) => [n, map(v)])),
  })
}

/**
 * Rebuild `roots` with some values replaced. `replace` gives the new value, or undefined to keep the operator on its
 * rebuilt inputs; it is asked before the inputs of a value are visited, so that a replaced value's own inputs are not.
 */
export function substitute(dag: Dag, roots: readonly Value[], replace: (v: Value) => Value | undefined): Value[] {
  const made = new Map<number, Value>()
  const stack: Value[] = [...roots].reverse()
  while (stack.length > 0) {
    const value = stack[stack.length - 1]!
    if (made.has(value.id)) {
      stack.pop()
      continue
    }
    const replaced = replace(value)
    if (replaced) {
      made.set(value.id, replaced)
      stack.pop()
      continue
    }
    const pending = operands(value).filter((v) => !made.has(v.id))
    if (pending.length > 0) {
      stack.push(...pending)
      continue
    }
    stack.pop()
    made.set(
      value.id,
      value.def.kind === 'op' ? recall(dag, value.def.call, (v) => made.get(v.id)!)[value.def.index]! : value,
    )
  }
  return roots.map((v) => made.get(v.id)!)
}

/** Whether data can have different values of it: it is made from a column, and not from its shape alone. */
export function dependsOnData(root: Value): boolean {
  const seen = new Set<number>()
  const stack = [root]
  while (stack.length > 0) {
    const value = stack.pop()!
    if (seen.has(value.id)) continue
    seen.add(value.id)
    if (value.def.kind === 'input') return true
    if (value.def.kind === 'op' && (value.def.call.opType === 'Shape' || value.def.call.opType === 'Size') && value.def.call.domain === '') continue
    stack.push(...operands(value))
  }
  return false
}
