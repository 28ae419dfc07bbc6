/** What was cut into all its parts and laid side by side again is what it was: heads that nobody replaced cost nothing. */
import type { OpCall, Value } from '../onnx/dag.ts'

/** The value that a Concat of all parts of it, in order, gives; undefined for other operators. */
export function rejoined({ opType, domain, attributes, inputs }: Pick<OpCall, 'opType' | 'domain' | 'attributes' | 'inputs'>): Value | undefined {
  const axis = attributes['axis']
  const [first] = inputs
  if (opType !== 'Concat' || domain !== '' || axis?.type !== 'int' || !first) return undefined
  const at = Number(axis.value)
  const whole = partOf(first, at)?.whole
  const length = whole?.type.shape?.[at]
  if (!whole || typeof length !== 'number') return undefined
  let next = 0
  for (const input of inputs) {
    const part = input && partOf(input, at)
    if (!part || part.whole !== whole || part.start !== next) return undefined
    next = part.end
  }
  return next === length ? whole : undefined
}

interface Part {
  readonly whole: Value
  readonly start: number
  readonly end: number
}

/** A slice along the axis, or one index of it that was given its axis back. */
function partOf({ def }: Value, axis: number): Part | undefined {
  if (def.kind !== 'op' || def.call.domain !== '') return undefined
  const { opType, inputs } = def.call
  if (opType === 'Unsqueeze') {
    const inner = inputs[0]?.def
    const taken = inner?.kind === 'op' && inner.call.opType === 'Gather' && inner.call.domain === '' ? inner.call : undefined
    const along = taken?.attributes['axis']
    const index = taken?.inputs[1]?.known
    if (single(inputs[1]) !== axis || along?.type !== 'int' || Number(along.value) !== axis || index?.dims.length !== 0) return undefined
    const start = Number(index.data[0])
    return { whole: taken!.inputs[0]!, start, end: start + 1 }
  }
  if (opType !== 'Slice' || inputs.length !== 4 || single(inputs[3]) !== axis) return undefined
  const [start, end] = [single(inputs[1]), single(inputs[2])]
  return start === undefined || end === undefined || start < 0 || end <= start ? undefined : { whole: inputs[0]!, start, end }
}

/** The element of a constant of one element. */
const single = (value: Value | undefined): number | undefined => (value?.known?.data.length === 1 ? Number(value.known.data[0]) : undefined)
