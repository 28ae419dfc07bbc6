/** What a report says of activations that were kept as float16, in a sentence. */
import type { HypothesisReport } from '../protocol/report.ts'
import { plural, significant } from './numbers.ts'

/** What that changes of the metric; nothing where they were kept as they are. */
export function halfText(hypotheses: readonly HypothesisReport[]): string[] {
  const checks = hypotheses.flatMap(({ checks }) => checks.cache ?? [])
  if (checks.length === 0) return []
  const samples = checks.reduce((sum, check) => sum + check.samples, 0)
  const largest = Math.max(...checks.map((check) => check.largest))
  const mean = checks.reduce((most, check) => (Math.abs(check.mean) > Math.abs(most) ? check.mean : most), 0)
  return [`Activations were kept as float16: on the first ${plural(samples, 'sample')} that changes the metric by at most ${significant(100 * largest, 2)} % of (shuffled - model), and its mean by ${significant(100 * mean, 2)} %.`]
}
