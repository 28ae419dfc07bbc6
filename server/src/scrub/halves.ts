/**
 * A compiled graph in two: what the device computes, in float32, and what the processor finishes, in float64. Devices other than
 * the processor have no float64, and losses near zero need it; between the two only values that are narrow cross.
 */
import { attr, type Dag, type Value } from '../onnx/dag.ts'
import { codeOf } from '../onnx/dtype.ts'
import { BATCH } from '../onnx/types.ts'
import { elements } from './elements.ts'
import { operands, recall, topological } from './walk.ts'

/** Elements of a sample that may cross: 256 bytes are nothing to a bus, and a row of logits of a language model is not narrow. */
const NARROW = 64

export interface Halves {
  /** What the device gives, by name: the inputs of the same names of `finish`. */
  readonly device: ReadonlyMap<string, Value>
  /** What the processor makes of it, in the order of the outputs. */
  readonly finish: readonly Value[]
}

const SINGLE = ' as float32'

/** The name of an input of the device's half that holds in float32 what `input` holds in float64. */
export const single = (input: string): string => `${input}${SINGLE}`

/** The input that one of this name holds in float32; undefined where it is no such name. */
export const doubleOf = (input: string): string | undefined => (input.endsWith(SINGLE) ? input.slice(0, -SINGLE.length) : undefined)

const CROSSING = 'from device '

/** Whether a name is that of a value which the device gives. */
export const isCrossing = (name: string): boolean => name.startsWith(CROSSING)

/** Any of the outputs may have several rows for each sample. */
export function halvesOf(dag: Dag, outputs: readonly Value[]): Halves {
  const lowered = lowering(dag)
  const device = new Map<string, Value>()
  const made = new Map<number, Value>()
  /** Values whose operators the processor runs: those that are narrow and whose operands are, but for float32, which the device has. */
  const stays = (value: Value): boolean => {
    const { def, type } = value
    if (def.kind !== 'op') return true
    if (type.dtype === 'float32' || type.dtype === 'float16' || !isNarrow(value)) return false
    // A gather of a cached column: the processor has the column.
    if (def.call.opType === 'Gather' && def.call.inputs.every((v) => v?.def.kind === 'input')) return true
    return operands(value).every((v) => isNarrow(v) || v.def.kind === 'const' || v.def.kind === 'weight')
  }
  const crossing = (value: Value): Value => {
    const given = lowered(value)
    const type = { ...given.type, shape: given.type.shape ?? [BATCH] }
    // Graphs share their inputs by name, and one may have this value narrower than another.
    const name = `${CROSSING}${device.size} ${type.dtype} ${type.shape.join()}`
    device.set(name, given)
    const input = dag.input(name, type)
    return type.dtype === value.type.dtype ? input : dag.op('Cast', [input], { to: attr.int(codeOf(value.type.dtype)) })
  }
  for (const value of needed(outputs, stays)) {
    made.set(value.id, value.def.kind !== 'op' ? value : stays(value) ? recall(dag, value.def.call, (v) => made.get(v.id)!)[value.def.index]! : crossing(value))
  }
  return { device, finish: outputs.map(({ id }) => made.get(id)!) }
}

const isNarrow = ({ type }: Value): boolean => elements(type.shape) <= NARROW

/** What the processor needs, operands before users, down to what crosses. */
function needed(outputs: readonly Value[], stays: (value: Value) => boolean): Value[] {
  const reached = new Set<number>()
  const stack = [...outputs]
  while (stack.length > 0) {
    const value = stack.pop()!
    if (reached.has(value.id)) continue
    reached.add(value.id)
    if (stays(value)) stack.push(...operands(value))
  }
  return topological(outputs).filter(({ id }) => reached.has(id))
}

/** The same value computed in float32; values that do not come from float64 are themselves. */
function lowering(dag: Dag): (value: Value) => Value {
  const made = new Map<number, Value>()
  const cast = (value: Value): Value => dag.op('Cast', [value], { to: attr.int(codeOf('float32')) })
  const one = (value: Value): Value => {
    const { def, type } = value
    const double = type.dtype === 'float64'
    if (def.kind === 'input') return double ? dag.input(single(def.name), { ...type, dtype: 'float32' }) : value
    if (def.kind === 'const') return double ? dag.constant({ ...def.tensor, dtype: 'float32', data: Float32Array.from(def.tensor.data as Float64Array) }) : value
    if (def.kind === 'weight') return double ? cast(value) : value
    const { call } = def
    const inputs = operands(value)
    // What is inside a subgraph keeps its types.
    if (call.captures.size > 0 || Object.values(call.attributes).some(({ type }) => type === 'raw')) return double ? cast(value) : value
    if (!double && inputs.every((v) => made.get(v.id) === v)) return value
    if (call.opType === 'Cast' && double) {
      const [from] = inputs.map((v) => made.get(v.id)!)
      return from!.type.dtype === 'float32' ? from! : cast(from!)
    }
    if (call.opType === 'ConstantOfShape' && double) return cast(value)
    return recall(dag, call, (v) => made.get(v.id)!)[def.index]!
  }
  return (root) => {
    for (const value of topological([root])) if (!made.has(value.id)) made.set(value.id, one(value))
    return made.get(root.id)!
  }
}
