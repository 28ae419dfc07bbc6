/** Softmax before opset 13: over all axes from `axis` on, as if they were one. */
import { type Adapter, type Adapters, int, made, number } from './adapter.ts'

const flattening: Adapter = (op, opset, bench) => {
  if (opset >= 13) return [op]
  const axis = int(op, 'axis', 1)
  const [input] = op.inputs as [string]
  const rank = bench.known(input)?.type.shape?.length
  if (axis === -1 || (rank !== undefined && (axis === rank - 1 || rank === 1))) return [{ ...op, attributes: { axis: number(-1) } }]
  const [output] = op.outputs as [string]
  const shape = bench.name(`${output}/shape`)
  const flat = bench.name(`${output}/flat`)
  const result = bench.name(`${output}/normalized`)
  return [
    made('Shape', [input], [shape]),
    made('Flatten', [input], [flat], { axis: number(axis) }),
    { ...op, attributes: { axis: number(1) }, inputs: [flat], outputs: [result] },
    made('Reshape', [result, shape], [output]),
  ]
}

export const SOFTMAX: Adapters = { Softmax: flattening, LogSoftmax: flattening, Hardmax: flattening }
