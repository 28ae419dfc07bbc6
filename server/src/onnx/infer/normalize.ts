/** Normalisations and losses. */
import type { Dim } from '../types.ts'
import { type Context, dtypeAt, intAttribute, known, type Rule, type Rules, shapeAt, stringAttribute } from './context.ts'
import { dtypeOf } from '../dtype.ts'

const like: Rule = (context) => [known(dtypeAt(context, 0), shapeAt(context, 0))]

const layer: Rule = (context) => {
  const shape = shapeAt(context, 0)
  const statistics = known(dtypeOf(intAttribute(context.op, 'stash_type', 1)), shape && keptUpTo(context, shape))
  return [known(dtypeAt(context, 0), shape), statistics, statistics]
}

/** The shape with 1 from `axis` on. */
function keptUpTo(context: Context, shape: readonly Dim[]): readonly Dim[] {
  const axis = intAttribute(context.op, 'axis', -1)
  const cut = axis < 0 ? axis + shape.length : axis
  return shape.map((dim, at) => (at < cut ? dim : 1))
}

const batch: Rule = (context) => {
  const statistics = known(dtypeAt(context, 3), shapeAt(context, 3))
  return [known(dtypeAt(context, 0), shapeAt(context, 0)), statistics, statistics]
}

const loss: Rule = (context) => {
  const shape = shapeAt(context, 1)
  const reduced = stringAttribute(context.op, 'reduction', 'mean') !== 'none'
  return [known(dtypeAt(context, 0), reduced ? [] : shape), known(dtypeAt(context, 0), shapeAt(context, 0))]
}

export const NORMALIZE: Rules = {
  BatchNormalization: batch,
  InstanceNormalization: like,
  GroupNormalization: like,
  LayerNormalization: layer,
  RMSNormalization: like,
  NegativeLogLikelihoodLoss: loss,
  SoftmaxCrossEntropyLoss: loss,
}
