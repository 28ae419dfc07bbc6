/** Ways to a smaller error (`--reduce-variance`), as one hypothesis uses them. */
import type { Reduction } from '../protocol/reductions.ts'
import type { ReducedReport } from '../protocol/report.ts'
import { byMetric, GROUP, inOrder, type Strata } from './strata.ts'
import type { Urn } from './draws.ts'
import { meanOf, scrubbedOf, type Outcome } from './statistics.ts'

/** Whether draws are spread evenly, so that samples of a group depend on each other. */
export const isSpread = (ways: ReadonlySet<Reduction>): boolean => ways.has('stratified') || ways.has('latin')

/** Samples that depend on each other. */
export const groupOf = (ways: ReadonlySet<Reduction>): number => (isSpread(ways) ? GROUP : 1)

/** The same urn with what is drawn evenly; `perDatum` is the model's own metric, where it is known. */
export function spreadUrn(urn: Urn, ways: ReadonlySet<Reduction>, perDatum: Float64Array | undefined): Urn {
  if (!isSpread(ways)) return urn
  const order = perDatum && byMetric(perDatum)
  const strata: Strata = { reference: ways.has('stratified'), branches: ways.has('latin'), order }
  const classes = order && strata.branches ? new Map([...urn.classes].map(([node, own]) => [node, inOrder(own, order)])) : urn.classes
  return { ...urn, classes, strata }
}

/** What was gained: the variance of the mean as a share of that of as many independent samples, each of which is distributed alike. */
export function reducedReport(ways: ReadonlySet<Reduction>, outcome: Omit<Outcome, 'lines' | 'paired'>, controls: number): ReducedReport | undefined {
  if (ways.size === 0) return undefined
  const plain = meanOf(outcome.scrubbed).se
  return { ways: [...ways], group: outcome.group, controls, variance: plain > 0 ? (scrubbedOf(outcome).se / plain) ** 2 : 1 }
}
