/**
 * Sums, regrouped: in a chain of additions the terms that read the same stream are added first, among themselves, so that
 * their sum is one function of one datum and can be cached. A residual stream of thirty components of which three are
 * scrubbed becomes four terms.
 */
import type { Dag, Value } from '../onnx/dag.ts'
import { recall, topological } from './walk.ts'
import { NO_STREAM, SEVERAL, type StreamOf } from './streams.ts'

export function regroup(dag: Dag, root: Value, streamOf: StreamOf): Value {
  const made = new Map<number, Value>()
  for (const value of topological([root])) {
    if (value.def.kind !== 'op' || streamOf(value) !== SEVERAL) {
      made.set(value.id, value)
      continue
    }
    made.set(value.id, isSum(value) ? regroupSum(dag, value, streamOf, made) : recall(dag, value.def.call, (v) => made.get(v.id)!)[value.def.index]!)
  }
  return made.get(root.id)!
}

function regroupSum(dag: Dag, sum: Value, streamOf: StreamOf, made: ReadonlyMap<number, Value>): Value {
  const terms: Value[] = []
  const stack: Value[] = [sum]
  while (stack.length > 0) {
    const value = stack.pop()!
    if (value === sum || (isSum(value) && streamOf(value) === SEVERAL && sameShape(value, sum))) {
      if (value.def.kind === 'op') stack.push(...[...value.def.call.inputs].reverse().map((v) => v!))
    } else terms.push(value)
  }
  const groups = new Map<number, Value[]>()
  const alone: Value[] = []
  for (const term of terms) {
    const stream = streamOf(term)
    if (stream === SEVERAL || !sameShape(term, sum)) alone.push(made.get(term.id)!)
    else groups.set(stream, [...(groups.get(stream) ?? []), term])
  }
  const add = (a: Value, b: Value): Value => dag.op('Add', [a, b])
  // Constants join the first group: one addition less for every sample.
  const constants = groups.get(NO_STREAM)
  const first = [...groups.keys()].find((stream) => stream !== NO_STREAM)
  if (constants && first !== undefined) {
    groups.get(first)!.push(...constants)
    groups.delete(NO_STREAM)
  }
  const broadcast = first === undefined ? -1 : alone.findIndex((v) => streamOf(v) === NO_STREAM)
  if (broadcast >= 0) groups.get(first!)!.push(...alone.splice(broadcast, 1))
  const parts = [...groups.values()].map((group) => group.reduce(add))
  return [...parts, ...alone].reduce(add)
}

const isSum = (value: Value): boolean =>
  value.def.kind === 'op' && value.def.call.opType === 'Add' && value.def.call.domain === '' && /^b?float/.test(value.type.dtype)

const sameShape = (a: Value, b: Value): boolean =>
  a.type.shape !== undefined && b.type.shape !== undefined && a.type.shape.length === b.type.shape.length && a.type.shape.every((d, i) => d === b.type.shape![i])
