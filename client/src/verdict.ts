/** What a run says of the expectations about a hypothesis, as a test tells it. */
import type { Report } from '../../server/src/protocol/report.ts'
import { mean, recovered } from '../../server/src/language/numbers.ts'

export interface Failed {
  /** The expectation, as written. */
  readonly text: string
  readonly message: string
}

/** Nodes that a message names. */
const MOST_NODES = 3

/** Expectations that do not hold; none where all do. */
export function failures(report: Report, hypothesis: string): Failed[] {
  const found = report.hypotheses.find(({ name }) => name === hypothesis)
  if (!found) return [{ text: '', message: `The report holds no "${hypothesis}".` }]
  const costly = found.nodes.filter(({ cost }) => cost?.value != null && cost.value > 0).sort((a, b) => b.cost!.value! - a.cost!.value!).slice(0, MOST_NODES)
  return found.expectations.filter(({ holds }) => !holds).map(({ text, uncertain }) => ({
    text,
    message: [
      `${text.replace(/\s+/g, ' ')}: ${recovered(found.recovered)} recovered${uncertain ? '; the interval reaches over the bound, so more samples could decide otherwise' : ''}.`,
      `${report.metric.name}: model ${mean(found.model)}, scrubbed ${mean(found.scrubbed)}, shuffled ${mean(found.shuffled)}.`,
      ...(costly.length > 0 ? [`Most is lost at ${costly.map(({ name, place, cost }) => `${name} (${place}, ${recovered(cost!)})`).join(', ')}.`] : []),
    ].join('\n'),
  }))
}
