/**
 * What follows positions read side by side and treats each by itself (a LayerNorm, keys, values) is a function of one datum
 * at one position: it is computed once per datum and cached, and read by position in turn.
 */
import type { Dag, Value } from '../onnx/dag.ts'
import { POSITIONS, samePieces, type Families } from './families.ts'
import { operandAxes } from './stack-rules.ts'
import { NO_STREAM, type StreamOf } from './streams.ts'
import { recall, topological } from './walk.ts'

/** The same value, with as much as possible in what its families are read of. */
export function absorb(dag: Dag, root: Value, families: Families, streamOf: StreamOf): Value {
  const made = new Map<number, Value>()
  for (const value of topological([root])) {
    if (value.def.kind !== 'op') made.set(value.id, value)
    else made.set(value.id, absorbed(dag, value, made, families, streamOf) ?? recall(dag, value.def.call, (v) => made.get(v.id)!)[value.def.index]!)
  }
  return made.get(root.id)!
}

function absorbed(dag: Dag, value: Value, made: ReadonlyMap<number, Value>, families: Families, streamOf: StreamOf): Value | undefined {
  const { def, type } = value
  const slice = families.sliceOf(value)
  const sliced = slice && !slice.across && families.of(made.get(slice.whole.id)!)
  if (sliced) return families.slice(sliced, slice.start, slice.end)
  if (def.kind !== 'op' || def.call.captures.size > 0 || !type.shape) return undefined
  const inputs = def.call.inputs.map((input) => input && made.get(input.id)!)
  const read = inputs.map((input) => input && families.of(input))
  const [family] = read.filter((one) => one !== undefined)
  if (!family || !inputs.every((input, k) => (read[k] ? samePieces(read[k], family) : !input || streamOf(input) === NO_STREAM))) return undefined
  const sources = inputs.map((input, k) => read[k]?.source ?? input)
  // On all positions of the source, in place of those that are read.
  const whole = { ...type, shape: type.shape.map((dim, axis) => (axis === POSITIONS ? family.length : dim)) }
  const call = { ...def.call, inputs: sources }
  const plan = operandAxes([call], [{ id: -1, type: whole, def }], POSITIONS, (k) => !read[k])
  if (!plan || !plan.axes.every((axis, k) => axis === (read[k] ? POSITIONS : undefined))) return undefined
  const source = plan.rebuild ? plan.rebuild(dag, sources) : dag.call(call)[def.index]!
  return source.type.shape?.[POSITIONS] === family.length ? families.read(source, family) : undefined
}
