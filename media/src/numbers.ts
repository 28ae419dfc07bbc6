/** Numbers as the views write them: those of the command line, so that both say the same, and signs where a difference is meant. */
import type { Interval } from '../../server/src/protocol/report.ts'
import { recovered } from '../../server/src/language/numbers.ts'

export { count, duration, effective, nullBand, plural, poolText, reducedText, recovered as percent, share, significant } from '../../server/src/language/numbers.ts'

/** A cost or a difference: `+6.7 % ± 0.2`. */
export function signedPercent(interval: Interval): string {
  const text = recovered(interval)
  return interval.value !== null && interval.value > 0 && !/^0(\.0+)? /.test(text) ? `+${text}` : text
}
