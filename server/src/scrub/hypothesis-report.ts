/** What is told of one hypothesis, sampled or enumerated. */
import { createHash } from 'node:crypto'
import { placeType } from '../hypothesis/place-type.ts'
import { tensorText } from '../hypothesis/spelling.ts'
import type { BoundFile } from '../hypothesis/bound.ts'
import type { HypothesisReport, Losses, NodeReport, SampleReport, Structure } from '../protocol/report.ts'
import { ascending, inOrder } from './ascending.ts'
import { byDatum, classMeans, type Outcomes } from './class-means.ts'
import { describeClasses } from './classes.ts'
import { COSTS, type Clock } from './clock.ts'
import type { EvaluateGiven, Prepared, Shared } from './evaluate.ts'
import type { Enumerated } from './exact.ts'
import type { Feature } from './features.ts'
import { requireIdentity } from './self-checks.ts'
import { componentsOf } from './model-layers.ts'
import { informationMatrix } from './information-matrix.ts'
import { outcomeOf, seedOf, type Sampled } from './sample.ts'
import { isDegenerate, quantileOf, quantiles, ratio, recoveredExactly, recoveredOf, scrubbedOf, shifts, sortedQuantiles, type Lines } from './statistics.ts'

/** Sizes of classes that a report lists. */
const MOST_SIZES = 100
/** Nodes of a hypothesis whose report tells how the metric spreads in each class. */
export const MOST_SPREADS = 100

export function sampledReport(given: EvaluateGiven, shared: Shared, p: Prepared, result: Sampled, clock: Clock): HypothesisReport {
  const { values, lines, sampled, pool, reduced } = result
  const name = p.hypothesis.name
  const { sense } = shared.file.metric!
  const range = Math.abs(lines.shuffled.mean - lines.model.mean)
  const order = ascending(values.scrubbed)
  const nodes = nodesOf(given, p, values, order, (node) => {
    const { swapped, all } = result.swaps.get(node)!
    const cost = result.costs.get(node)
    return { swapRate: all === 0 ? 0 : swapped / all, cost: cost && !isDegenerate(lines) ? ratio(cost.result(), lines, quantileOf(values.scrubbed.length, result.group)) : null }
  })
  return {
    ...headOf(shared, p),
    samples: values.scrubbed.length,
    exact: false,
    partial: result.partial,
    seconds: clock.total(name, ...COSTS),
    costSeconds: COSTS.reduce((sum, phase) => sum + (clock.seconds[name]?.[phase] ?? 0), 0),
    ...(pool ? { pool } : {}),
    ...(reduced ? { reduced } : {}),
    scrubbed: scrubbedOf(outcomeOf(result)),
    ...linesReport(shared, lines),
    recovered: recoveredOf(outcomeOf(result)),
    ...shifts(values.scrubbed, values.model, lines, sense),
    nodes,
    expectations: [],
    sampled,
    losses: lossesOf(values, order, result.paired ? quantiles(result.paired.shuffled) : shared.baseline.whole!.shuffledQuantiles),
    texts: textsIn(shared, given, nodes, sampled),
    checks: {
      identity: { samples: result.identity.samples, largest: range > 0 ? result.identity.largest / range : result.identity.largest },
      draws: result.checkedDraws,
      replacements: p.compiled.replacements,
      ...(given.parts ? { parts: given.parts } : {}),
      ...(given.rewrites ? { rewrites: given.rewrites } : {}),
      ...(p.device ? { device: p.device } : {}),
      ...(p.half ? { cache: range > 0 ? { ...p.half, largest: p.half.largest / range, mean: p.half.mean / range } : p.half } : {}),
    },
  }
}

export function exactReport(given: EvaluateGiven, shared: Shared, p: Prepared, enumerated: Enumerated, lines: Lines, clock: Clock): HypothesisReport {
  requireIdentity(shared, p, enumerated.identity.largest, lines)
  const all = recoveredExactly(enumerated.mean, lines)
  const range = Math.abs(lines.shuffled.mean - lines.model.mean)
  const outcomes: Outcomes = { reference: enumerated.reference, model: enumerated.model, scrubbed: enumerated.values, weights: enumerated.weights }
  const order = ascending(outcomes.scrubbed)
  const nodes = nodesOf(given, p, outcomes, order, (node) => {
    const off = enumerated.off.get(node)
    return { swapRate: null, cost: off === undefined || all.value === null ? null : ratio({ mean: enumerated.mean - off, se: 0 }, lines) }
  })
  return {
    ...headOf(shared, p),
    samples: enumerated.evaluations,
    exact: true,
    partial: false,
    seconds: clock.total(p.hypothesis.name),
    costSeconds: 0,
    scrubbed: { mean: enumerated.mean, se: 0 },
    ...linesReport(shared, lines),
    recovered: all,
    ...shifts(enumerated.values, enumerated.model, lines, shared.file.metric!.sense, enumerated.weights),
    nodes,
    expectations: [],
    sampled: [],
    // Only a dataset taken whole is enumerated.
    losses: lossesOf(outcomes, order, shared.baseline.whole!.shuffledQuantiles),
    texts: textsIn(shared, given, nodes, []),
    checks: {
      identity: { samples: enumerated.identity.samples, largest: range > 0 ? enumerated.identity.largest / range : enumerated.identity.largest },
      draws: 0,
      replacements: p.compiled.replacements,
      ...(given.parts ? { parts: given.parts } : {}),
      ...(given.rewrites ? { rewrites: given.rewrites } : {}),
      ...(p.device ? { device: p.device } : {}),
    },
  }
}

const NOTHING: Outcomes = { reference: new Int32Array(), model: new Float64Array(), scrubbed: new Float64Array() }

/** With the classes of nodes, and nothing that was measured. */
export function structureOf(given: EvaluateGiven, p: Prepared): Structure {
  return { nodes: nodesOf(given, p, NOTHING, new Uint32Array(), () => ({ swapRate: null, cost: null })), unimportant: p.hypothesis.options.unimportant, ...componentsOf(given.file) }
}

function headOf({ options }: Shared, p: Prepared) {
  const { hypothesis, tree } = p
  return {
    name: hypothesis.name,
    extends: hypothesis.extends[0] ?? null,
    // Known when all hypotheses are evaluated.
    difference: null,
    information: informationMatrix(p),
    sha256: createHash('sha256').update(hypothesis.canonical).digest('hex'),
    seed: seedOf(hypothesis, options),
    branches: tree.branches,
    unimportant: hypothesis.options.unimportant,
  }
}

function linesReport(shared: Shared, { model, shuffled }: Sampled['lines']) {
  return { model: { ...model, over: shared.baseline.whole ? ('data' as const) : ('samples' as const) }, shuffled, constant: shared.baseline.constant }
}

/** `order`: where outcomes stand by scrubbed metric, smallest first. */
function lossesOf({ model, scrubbed, weights }: Omit<Outcomes, 'reference'>, order: Uint32Array, shuffled: readonly number[]): Losses {
  return {
    model: quantiles(model, weights),
    scrubbed: sortedQuantiles(inOrder(scrubbed, order), weights && inOrder(weights, order)),
    shuffled: [...shuffled],
    difference: quantiles(scrubbed.map((value, i) => value - model[i]!), weights),
  }
}

/** Of the data that samples and classes name. */
function textsIn({ text, table }: Shared, { original }: EvaluateGiven, nodes: readonly NodeReport[], sampled: readonly SampleReport[]): Record<string, string> {
  const named = new Set([...nodes.flatMap(({ largest }) => largest.flatMap(({ examples }) => examples)), ...sampled.flatMap(({ reference, draws }) => [reference, ...Object.values(draws)])])
  const data = Array.from({ length: table.rows }, (_, datum) => datum).filter((datum) => named.has(original(datum)))
  return Object.fromEntries(data.map((datum) => [original(datum), text(datum)]))
}

/** Names by tensor: components first. */
function namesOf({ components, points }: BoundFile): (tensor: string) => string {
  const names = new Map<string, string>()
  for (const [name, tensor] of [...components, ...points]) if (!names.has(tensor)) names.set(tensor, name)
  return (tensor) => names.get(tensor) ?? tensorText(tensor)
}

/** Parents before children. */
function nodesOf({ file, original }: EvaluateGiven, { tree, features, compiled }: Prepared, outcomes: Outcomes, order: Uint32Array, measured: (node: string) => Pick<NodeReport, 'swapRate' | 'cost'>): NodeReport[] {
  const nameOf = namesOf(file)
  const measuredOf = byDatum(outcomes, tree.order.length <= MOST_SPREADS ? order : undefined)
  // Nodes of one feature share it.
  const means = new Map<Feature, ReturnType<typeof classMeans>>()
  const position = new Map([...file.graph.tensors.keys()].map((tensor, i) => [tensor, i]))
  return [...tree.order].reverse().map(({ node, branches }) => {
    const feature = features.get(node.name)!
    const partition = feature.classes
    if (!means.has(feature)) means.set(feature, classMeans(feature, outcomes, measuredOf, original))
    const parents = node.parents.map((edge) => (edge.kind === 'node' ? edge.node : edge.column))
    const { sizes, singletons, effective } = describeClasses(partition)
    return {
      name: node.name,
      place: node.place.text,
      tensor: node.place.tensor,
      shape: placeType(file.graph, node.place),
      feature: node.featureText,
      parents,
      edges: node.parents.map(({ through }, i) => ({ parent: parents[i]!, through: through.any ? ['any'] : [...through.tensors].map(nameOf) })),
      unimportant: [...(compiled.unimportant.get(node.name) ?? [])].sort((a, b) => position.get(a)! - position.get(b)!).map(nameOf),
      branches,
      classes: partition.count,
      sizes: Array.from(sizes.subarray(0, MOST_SIZES)),
      singletons,
      effectiveClasses: effective,
      ...means.get(feature)!,
      ...measured(node.name),
    }
  })
}
