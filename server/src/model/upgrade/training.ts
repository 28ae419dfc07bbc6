/** Operators whose old forms had outputs for training. */
import { type Adapter, type Adapters, called, int, made, number, Unsupported, without } from './adapter.ts'

/** In inference Dropout passes its input on; the mask, true everywhere, had the type of the data before opset 10. */
const dropout: Adapter = (op, opset, bench) => {
  if (opset >= 12) return [op]
  const plain = { ...op, attributes: without(op.attributes, 'ratio') }
  const [output = '', mask = ''] = op.outputs
  if (mask === '') return [{ ...plain, outputs: [output] }]
  if (opset >= 10) return [plain]
  const kept = bench.name(`${mask}/bool`)
  return [{ ...plain, outputs: [output, kept] }, made('CastLike', [kept, op.inputs[0] as string], [mask])]
}

const batchNormalization: Adapter = (op, opset) => {
  if (opset >= 14) return [op]
  if (op.outputs.slice(1).some((name) => name !== '')) {
    throw new Unsupported(`uses ${called(op)} in training mode: call model.eval() before the export`)
  }
  if (opset < 9 && int(op, 'spatial', 1) === 0) {
    throw new Unsupported(`uses ${called(op)} with spatial=0, which later opsets dropped: export it with opset_version=17`)
  }
  return [{ ...op, attributes: { ...without(op.attributes, 'spatial'), training_mode: number(0) }, outputs: op.outputs.slice(0, 1) }]
}

export const TRAINING: Adapters = { Dropout: dropout, BatchNormalization: batchNormalization }
