/** Upsample and the first Resize, which had one way to map positions, and the inputs that later ones may leave out. */
import type { Op } from '../../onnx/types.ts'
import { floatsOf } from '../../onnx/infer/context.ts'
import type { Workbench } from '../workbench.ts'
import { type Adapter, type Adapters, called, text, Unsupported, without } from './adapter.ts'

const upsample: Adapter = (op, opset, bench) => {
  if (opset >= 10) throw new Unsupported(`uses ${called(op)}, which opset 10 removed: export it with opset_version=17`)
  const attribute = op.attributes.scales
  const scales = attribute?.type === 'floats'
    ? bench.constant(`${op.outputs[0]}/scales`, { dtype: 'float32', dims: [attribute.value.length], data: Float32Array.from(attribute.value) })
    : op.inputs[1] as string
  return [asymmetric(op, scales, bench)]
}

const resize: Adapter = (op, opset, bench) => {
  if (opset === 10) return [asymmetric(op, op.inputs[1] as string, bench)]
  const [data = '', roi = '', scales = '', sizes = ''] = op.inputs
  const mode = op.attributes.coordinate_transformation_mode
  const cropped = mode?.type === 'string' && mode.value === 'tf_crop_and_resize'
  return [{ ...op, inputs: [data, cropped ? roi : '', sizes === '' ? scales : '', ...(sizes === '' ? [] : [sizes])] }]
}

function asymmetric(op: Op, scales: string, bench: Workbench): Op {
  return {
    ...op,
    opType: 'Resize',
    attributes: {
      ...without(op.attributes, 'scales'), coordinate_transformation_mode: text('asymmetric'), nearest_mode: text(rounding(op, scales, bench)),
    },
    inputs: [op.inputs[0] as string, '', scales],
  }
}

/** ONNX Runtime rounded down when it enlarged and up when it shrank. */
function rounding(op: Op, scales: string, bench: Workbench): string {
  const factors = floatsOf(bench.known(scales)) ?? []
  const shrinks = factors.some((factor) => factor < 1)
  if (shrinks && factors.some((factor) => factor > 1)) {
    throw new Unsupported(`uses ${called(op)}, which shrinks one axis and enlarges another: export it with opset_version=17`)
  }
  return shrinks ? 'ceil' : 'floor'
}

export const RESIZE: Adapters = { Upsample: upsample, Resize: resize }
