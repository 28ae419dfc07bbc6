/** What the report of a shard holds besides: all that `mergeShards` needs to make the whole run's. */
import type { HypothesisShard } from '../protocol/report.ts'
import { placesOf } from './class-means.ts'
import type { EvaluateOptions, Prepared } from './evaluate.ts'
import type { Feature } from './features.ts'
import { repetitionsOf } from './repetitions.ts'
import { groupOf } from './reduced.ts'
import type { Sampled } from './sample.ts'
import { rangeOf, samplesOf, sharedOut } from './shard.ts'
import { packed } from './vectors.ts'

export function shardOf({ hypothesis, features, tree }: Prepared, result: Sampled, options: EvaluateOptions): HypothesisShard {
  const { values: { scrubbed, model, reference }, paired, swaps, costs, identity, control } = result
  const { pool } = hypothesis.options
  const each = pool === undefined ? groupOf(options.reduce) : repetitionsOf(samplesOf(hypothesis, options), pool).samples
  const shared = sharedOut(hypothesis, options)
  const nodesOf = new Map<Feature, string[]>()
  for (const { node: { name } } of tree.order) {
    const feature = features.get(name)!
    // `exact` and `any` list no classes.
    if (feature.value) nodesOf.set(feature, [...(nodesOf.get(feature) ?? []), name])
  }
  return {
    first: rangeOf(options.shard!, shared).first * each,
    total: shared * each,
    scrubbed: packed(scrubbed),
    model: packed(model),
    ...(paired ? { shuffled: packed(paired.shuffled) } : {}),
    reference: packed(reference),
    classes: [...nodesOf].map(([{ classes }, nodes]) => ({ nodes, places: packed(placesOf(classes, reference)) })),
    swaps: Object.fromEntries(swaps),
    costs: options.costs(hypothesis.name) && pool === undefined ? Object.fromEntries([...costs].map(([node, running]) => [node, running.moments()])) : null,
    ...(control ? { control: packed(control) } : {}),
    identity: identity.largest,
  }
}
