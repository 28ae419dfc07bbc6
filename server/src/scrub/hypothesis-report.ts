/** What is told of one hypothesis, sampled or enumerated. */
import { createHash } from 'node:crypto'
import type { HypothesisReport, NodeReport } from '../protocol/report.ts'
import { describeClasses } from './classes.ts'
import type { Clock } from './clock.ts'
import type { EvaluateGiven, Prepared, Shared } from './evaluate.ts'
import type { Enumerated } from './exact.ts'
import { requireIdentity } from './self-checks.ts'
import { linesOf, seedOf, type Sampled } from './sample.ts'
import { streamKey } from './region.ts'
import { chooseSamples, type RandomDatum } from './sampled.ts'
import { meanOf, ratio, recovered, recoveredExactly, shifts } from './statistics.ts'

/** Sizes of classes that a report lists. */
const MOST_SIZES = 100

export function sampledReport(given: EvaluateGiven, shared: Shared, p: Prepared, result: Sampled, clock: Clock): HypothesisReport {
  const { values, lines, paired, firstDraws } = result
  const name = p.hypothesis.name
  const { sense } = shared.file.metric!
  const range = Math.abs(lines.shuffled.mean - lines.model.mean)
  const seen = Math.min(firstDraws.count, values.scrubbed.length)
  return {
    ...headOf(shared, p),
    samples: values.scrubbed.length,
    exact: false,
    partial: result.partial,
    seconds: clock.total(name, 'costs'),
    costSeconds: clock.seconds[name]?.['costs'] ?? 0,
    scrubbed: meanOf(values.scrubbed),
    ...linesReport(shared, lines),
    recovered: recovered(values.scrubbed, lines, paired),
    ...shifts(values.scrubbed, values.model, lines, sense),
    nodes: nodesOf(p, (node) => {
      const { swapped, all } = result.swaps.get(node)!
      const cost = result.costs.get(node)
      return { swapRate: all === 0 ? 0 : swapped / all, cost: cost ? ratio(cost.result(), lines) : null }
    }),
    expectations: [],
    sampled: chooseSamples(firstDraws, randomData(p), values.scrubbed.subarray(0, seen), values.model.subarray(0, seen), sense, given.original),
    checks: {
      identity: { samples: result.identity.samples, largest: range > 0 ? result.identity.largest / range : result.identity.largest },
      draws: result.checkedDraws,
      replacements: p.compiled.replacements,
    },
  }
}

export function exactReport(shared: Shared, p: Prepared, enumerated: Enumerated, clock: Clock): HypothesisReport {
  const lines = linesOf(shared.baseline, new Float64Array(), new Float64Array())
  requireIdentity(shared, p, enumerated.identity.largest, lines)
  const all = recoveredExactly(enumerated.mean, lines)
  const range = Math.abs(lines.shuffled.mean - lines.model.mean)
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
    nodes: nodesOf(p, (node) => {
      const off = enumerated.off.get(node)
      return { swapRate: null, cost: off === undefined || all.value === null ? null : ratio({ mean: enumerated.mean - off, se: 0 }, lines) }
    }),
    expectations: [],
    sampled: [],
    checks: {
      identity: { samples: enumerated.identity.samples, largest: range > 0 ? enumerated.identity.largest / range : enumerated.identity.largest },
      draws: 0,
      replacements: p.compiled.replacements,
    },
  }
}

/** Each once, in the order of the graph. */
function randomData({ compiled }: Prepared): RandomDatum[] {
  const found = new Map<string, RandomDatum>()
  for (const { stream } of compiled.reads) if (stream.kind === 'unimportant') found.set(streamKey(stream), stream)
  return [...found.values()]
}

function headOf({ options }: Shared, { hypothesis, tree }: Prepared) {
  return {
    name: hypothesis.name,
    sha256: createHash('sha256').update(hypothesis.canonical).digest('hex'),
    seed: seedOf(hypothesis, options),
    branches: tree.branches,
    unimportant: hypothesis.options.unimportant,
  }
}

function linesReport(shared: Shared, { model, shuffled }: Sampled['lines']) {
  return { model: { ...model, over: shared.baseline.whole ? ('data' as const) : ('samples' as const) }, shuffled, constant: shared.baseline.constant }
}

/** Parents before children. */
function nodesOf({ tree, classes }: Prepared, measured: (node: string) => Pick<NodeReport, 'swapRate' | 'cost'>): NodeReport[] {
  return [...tree.order].reverse().map(({ node, paths }) => {
    const partition = classes.get(node.name)!
    const { sizes, singletons, effective } = describeClasses(partition)
    return {
      name: node.name,
      place: node.place.text,
      tensor: node.place.tensor,
      feature: node.featureText,
      parents: node.parents.map((edge) => (edge.kind === 'node' ? edge.node : edge.column)),
      branches: paths.length,
      classes: partition.count,
      sizes: Array.from(sizes.subarray(0, MOST_SIZES)),
      singletons,
      effectiveClasses: effective,
      ...measured(node.name),
    }
  })
}
