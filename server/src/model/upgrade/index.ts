/** Operators -> the form the rest of the program knows: that of opset 18 for those of 7 to 17. */
import type { Op } from '../../onnx/types.ts'
import type { Workbench } from '../workbench.ts'
import { type Adapter, type Adapters, called, text, Unsupported } from './adapter.ts'
import { RESIZE } from './resize.ts'
import { SOFTMAX } from './softmax.ts'
import { withUpgradedSubgraphs } from './subgraph.ts'
import { TO_INPUTS } from './to-inputs.ts'
import { TRAINING } from './training.ts'

export { Unsupported } from './adapter.ts'

const scatter: Adapter = (op) => [{ ...op, opType: 'ScatterElements' }]

const scan: Adapter = (op, opset) => {
  if (opset < 9) throw new Unsupported(`uses ${called(op)} of opset 8: export it with opset_version=17`)
  return [op]
}

/** Half a pixel was added to outputs only. */
const roiAlign: Adapter = (op, opset) => {
  if (opset >= 16) return [op]
  return [{ ...op, attributes: { coordinate_transformation_mode: text('output_half_pixel'), ...op.attributes } }]
}

const ADAPTERS: Adapters = {
  ...TO_INPUTS, ...SOFTMAX, ...RESIZE, ...TRAINING, Scatter: scatter, Scan: scan, RoiAlign: roiAlign,
}

/** The first opset whose operators need no change. */
export const BASE_OPSET = 18

/** Throws `Unsupported` for an operator that opset 18 has no form of. New weights go to the bench. */
export function canonical(op: Op, opset: number, bench: Workbench): readonly Op[] {
  return (opset < BASE_OPSET ? upgraded(op, opset, bench) : [op]).map((step) => withAxes(step, bench))
}

/** Squeeze without axes drops a batch of one as well: name the axes of length 1 instead. */
function withAxes(op: Op, bench: Workbench): Op {
  if (op.opType !== 'Squeeze' || op.domain !== '' || (op.inputs[1] ?? '') !== '') return op
  const [data = ''] = op.inputs
  const shape = bench.known(data)?.type.shape
  if (shape === undefined) return op
  const ones = [...shape.keys()].filter((axis) => shape[axis] === 1)
  return { ...op, inputs: [data, bench.integers(`${op.outputs[0]}/axes`, ones)] }
}

function upgraded(op: Op, opset: number, bench: Workbench): readonly Op[] {
  if (op.domain !== '') return [op]
  const whole = op.captures.length > 0 || Object.values(op.attributes).some(({ type }) => type === 'raw')
    ? withUpgradedSubgraphs(op, opset, bench, upgraded) : op
  return Object.hasOwn(ADAPTERS, op.opType) ? (ADAPTERS[op.opType] as Adapter)(whole, opset, bench) : [whole]
}
