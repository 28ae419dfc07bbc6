/** `expect` lines, judged: point estimates decide; an interval that straddles the bound is said. */
import type { Expectation } from '../hypothesis/bound.ts'
import type { HypothesisReport, Interval } from '../protocol/report.ts'

/** Add each expectation to the report of the hypothesis it is about. Those about hypotheses that were not run are left out. */
export function judge(reports: readonly HypothesisReport[], expectations: readonly Omit<Expectation, 'span'>[]): void {
  const byName = new Map(reports.map((r) => [r.name, r]))
  for (const { text, hypothesis, op, bound } of expectations) {
    const report = byName.get(hypothesis)
    const other = bound.kind === 'fraction' ? { value: bound.value, low: bound.value, high: bound.value } : byName.get(bound.name)?.recovered
    if (!report || !other) continue
    report.expectations.push({ text, ...compare(report.recovered, op, other) })
  }
}

function compare(a: Interval, op: Expectation['op'], b: Interval): { holds: boolean; uncertain: boolean } {
  if (a.value === null || b.value === null) return { holds: false, uncertain: true }
  const holds = op === '>' ? a.value > b.value : op === '>=' ? a.value >= b.value : op === '<' ? a.value < b.value : a.value <= b.value
  return { holds, uncertain: a.low! <= b.high! && b.low! <= a.high! }
}
