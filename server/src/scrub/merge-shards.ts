/**
 * The report of a whole run, from those of its shards: the same numbers to floating-point error. What tells of the work itself
 * is added up (seconds, the samples of the self-check) and `time` is that of the last shard.
 */
import type { HypothesisReport, NodeReport, Report } from '../protocol/report.ts'
import { ascending } from './ascending.ts'
import { byDatum, inPlaces, meansByPlace } from './class-means.ts'
import { controlledMean, sumsOf } from './control.ts'
import { mergedBesides, type Part } from './merge-besides.ts'
import { mergeEnumerated } from './merge-enumerated.ts'
import { Differences } from './differences.ts'
import { judge } from './expectations.ts'
import { BadInput } from './failures.ts'
import { MOST_SPREADS } from './hypothesis-report.ts'
import { reducedReport } from './reduced.ts'
import { chooseAgain } from './sampled.ts'
import type { NamedReport } from './same-run.ts'
import { requireWhole } from './same-run.ts'
import type { SampleValues } from './sample.ts'
import { isDegenerate, meanOf, quantileOf, quantiles, ratio, recoveredOf, Running, scrubbedOf, shifts, type Lines, type Outcome, type Paired } from './statistics.ts'
import { valuesOf } from './shard-values.ts'
import { unpacked } from './vectors.ts'

export interface Merged {
  readonly report: Report
  /** By hypothesis, as of a single run. */
  readonly samples: ReadonlyMap<string, SampleValues>
}

/** In any order. Throws BadInput, with a sentence that names them, for reports that are not all shards of one run, each once. */
export function mergeShards(given: readonly NamedReport[]): Merged {
  const parts = requireWhole(given)
  const reports = parts.map(({ report }) => report)
  const { shard, hypotheses, ...first } = reports[0]!
  const differ = new Differences()
  const samples = new Map<string, SampleValues>()
  const merged = hypotheses.map((_, i): HypothesisReport => {
    const of = parts.map(({ name, report }): Part => ({ name, hypothesis: report.hypotheses[i]! }))
    if (of[0]!.hypothesis.exact) {
      const report = mergeEnumerated(of)
      differ.add({ name: report.name, extends: report.extends === null ? [] : [report.extends] }, { mean: report.scrubbed.mean, lines: report })
      return report
    }
    const { report, values, lines, paired, group } = mergeSampled(of, first.metric.sense)
    samples.set(report.name, values)
    if (!report.pool) differ.add({ name: report.name, extends: report.extends === null ? [] : [report.extends] }, { seed: report.seed, values: values.scrubbed, lines, paired, group })
    return report
  })
  differ.tell(merged)
  judge(merged, shard!.expectations)
  const sum = (of: (report: Report) => number): number => reports.reduce((all, report) => all + of(report), 0)
  const time = reports.map((report) => report.time).sort().at(-1)!
  return { report: { ...first, hypotheses: merged, sharedSeconds: sum(({ sharedSeconds }) => sharedSeconds), time }, samples }
}

interface MergedHypothesis {
  readonly report: HypothesisReport
  readonly values: SampleValues
  readonly lines: Lines
  readonly paired: Paired | undefined
  readonly group: number
}

function mergeSampled(parts: readonly Part[], sense: 'metric' | 'score'): MergedHypothesis {
  const all = parts.map(({ hypothesis }) => hypothesis)
  const { shard: _, besides: _sums, null: _null, sensitivity: _ways, ...first } = all[0]!
  const sum = (of: (one: HypothesisReport) => number): number => all.reduce((total, one) => total + of(one), 0)
  const { scrubbed, model, shuffled, reference, placesOf } = valuesOf(parts.map(({ name, hypothesis }) => ({ name, hypothesis: hypothesis.name, samples: hypothesis.samples, shard: hypothesis.shard! })))
  const values = { scrubbed, model, reference }
  const paired = shuffled && { model, shuffled }
  const lines: Lines = paired ? { model: meanOf(model), shuffled: meanOf(paired.shuffled) } : { model: first.model, shuffled: first.shuffled }
  const pool = first.pool && { ...first.pool, repetitions: sum((one) => one.pool!.repetitions) }
  const group = pool?.samples ?? first.reduced?.group ?? 1
  const sums = addedUp(parts)
  const outcome: Outcome = { scrubbed, lines, paired, group, controlled: sums && controlledMean(sums, lines.model.mean) }
  const outcomes = byDatum(values, first.nodes.length <= MOST_SPREADS ? ascending(scrubbed) : undefined)
  const nodes = first.nodes.map((node, i): NodeReport => {
    const { largest, others, ...same } = node
    const places = placesOf(node.name)
    const measured = places && meansByPlace(inPlaces(places, outcomes.first), largest.length, outcomes)
    const counts = all.map((one) => one.shard!.swaps[node.name] ?? { swapped: 0, all: 0 })
    const drawn = counts.reduce((total, one) => total + one.all, 0)
    return {
      ...same,
      largest: largest.map(({ value, count, examples }, place) => ({ value, count, examples, ...measured!(place) })),
      ...(others ? { others: { ...others, ...measured!(largest.length) } } : {}),
      swapRate: drawn === 0 ? 0 : counts.reduce((total, one) => total + one.swapped, 0) / drawn,
      cost: costOf(all.map((one) => one.shard!.costs?.[first.nodes[i]!.name]), lines, quantileOf(scrubbed.length, group)),
    }
  })
  const sampled = chooseAgain(all.flatMap((one) => one.sampled), first.seed, sense)
  const range = Math.abs(lines.shuffled.mean - lines.model.mean)
  const largest = Math.max(...all.map((one) => one.shard!.identity))
  const recovered = recoveredOf(outcome)
  const report: HypothesisReport = {
    ...first,
    ...mergedBesides(parts, { recovered, lines, paired, group }),
    difference: null,
    samples: scrubbed.length,
    seconds: sum(({ seconds }) => seconds),
    costSeconds: sum(({ costSeconds }) => costSeconds),
    ...(pool ? { pool } : {}),
    ...(first.reduced ? { reduced: reducedReport(new Set(first.reduced.ways), outcome, first.reduced.controls)! } : {}),
    scrubbed: scrubbedOf(outcome),
    model: { ...lines.model, over: first.model.over },
    shuffled: lines.shuffled,
    recovered,
    ...shifts(scrubbed, model, lines, sense),
    nodes,
    expectations: [],
    sampled,
    losses: {
      model: quantiles(model),
      scrubbed: quantiles(scrubbed),
      shuffled: paired ? quantiles(paired.shuffled) : first.losses.shuffled,
      difference: quantiles(scrubbed.map((value, i) => value - model[i]!)),
    },
    texts: textsOf(all, nodes, sampled),
    checks: {
      ...first.checks,
      identity: { samples: sum(({ checks }) => checks.identity.samples), largest: range > 0 ? largest / range : largest },
      draws: sum(({ checks }) => checks.draws),
      // Every shard compares the same samples.
      ...(first.checks.device ? { device: { ...first.checks.device, largest: Math.max(...all.map(({ checks }) => checks.device?.largest ?? 0)) } } : {}),
    },
  }
  return { report, values, lines, paired, group }
}

function costOf(parts: readonly (Parameters<typeof Running.merged>[0][number] | undefined)[], lines: Lines, quantile: number): NodeReport['cost'] {
  if (isDegenerate(lines) || parts.some((part) => part === undefined)) return null
  return ratio(Running.merged(parts as Parameters<typeof Running.merged>[0]).result(), lines, quantile)
}

/** Of control variates, where all shards have them. Throws BadInput where they are not as many numbers. */
function addedUp(parts: readonly Part[]): Float64Array | undefined {
  const { controls = 0 } = parts[0]!.hypothesis.reduced ?? {}
  if (controls === 0) return undefined
  const all = new Float64Array(sumsOf(controls))
  for (const { name, hypothesis } of parts) {
    const own = unpacked(hypothesis.shard!.control ?? '', Float64Array, all.length)
    if (!own) throw new BadInput(`${name} is damaged: the sums of control variates of "${hypothesis.name}" are not those of ${controls}; run that shard again.`)
    own.forEach((value, i) => (all[i]! += value))
  }
  return all
}

/** Those that are still named. */
function textsOf(all: readonly HypothesisReport[], nodes: readonly NodeReport[], sampled: HypothesisReport['sampled']): Record<string, string> {
  const named = [...nodes.flatMap(({ largest }) => largest.flatMap(({ examples }) => examples)), ...sampled.flatMap(({ reference, draws }) => [reference, ...Object.values(draws)])]
  const texts = Object.assign({}, ...all.map((one) => one.texts)) as Record<string, string>
  return Object.fromEntries([...new Set(named)].map((row) => [row, texts[row] ?? '']))
}
