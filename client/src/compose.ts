/** One report of what was evaluated hypothesis by hypothesis. */
import type { Report } from '../../server/src/protocol/report.ts'

/** `report` with the hypotheses of others that are of the same model, data and metric; `names` is the order of the file. */
export function composed(report: Report, others: readonly Report[], names: readonly string[]): Report {
  const same = others.filter((one) => one.model.sha256 === report.model.sha256 && one.data.sha256 === report.data.sha256 && one.metric.name === report.metric.name && one.schema === report.schema)
  const hypotheses = [...report.hypotheses]
  for (const other of same) for (const one of other.hypotheses) if (!hypotheses.some(({ name }) => name === one.name)) hypotheses.push(one)
  const place = (name: string): number => (names.includes(name) ? names.indexOf(name) : names.length)
  return hypotheses.length === report.hypotheses.length ? report : { ...report, hypotheses: hypotheses.sort((a, b) => place(a.name) - place(b.name)) }
}
