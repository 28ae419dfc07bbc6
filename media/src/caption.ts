/** What stands under an exported picture, so that it can be cited. */
import type { HypothesisReport, Report } from '../../server/src/protocol/report.ts'
import { count, percent } from './numbers.ts'

export const caption = (report: Report, hypothesis: HypothesisReport): string =>
  `${hypothesis.name}: recovered ${percent(hypothesis.recovered)} of ${report.metric.name}, ${hypothesis.exact ? 'all draws' : `${count(hypothesis.samples)} samples`}, seed ${hypothesis.seed}; Scrub ${report.scrub}`
