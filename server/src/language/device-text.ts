/** What a report says of the device that ran it, in sentences. */
import type { HypothesisReport, Report } from '../protocol/report.ts'
import { plural, significant } from './numbers.ts'

/** Operators that are named. */
const MOST = 5

/** Of some of its hypotheses; nothing where the CPU was asked for and ran it. */
export function deviceText({ device, deviceReason }: Pick<Report, 'device' | 'deviceReason'>, hypotheses: readonly HypothesisReport[]): string[] {
  const checks = hypotheses.flatMap(({ checks }) => checks.device ?? [])
  const sentences = deviceReason === undefined ? [] : [deviceReason]
  if (checks.length === 0) return sentences
  const largest = Math.max(...checks.map((check) => check.largest))
  const samples = checks.reduce((sum, check) => sum + check.samples, 0)
  sentences.push(`${device} and the CPU agree on the first ${plural(samples, 'sample')}: the largest difference is ${largest === 0 ? '0' : significant(largest, 2)}.`)
  // Of the hypothesis that left most to the CPU: they share the passes for activations.
  const left = ({ onCpu }: (typeof checks)[number]): number => Object.values(onCpu).reduce((sum, count) => sum + count, 0)
  const worst = checks.reduce((most, check) => (left(check) > left(most) ? check : most))
  if (left(worst) > 0) {
    const names = Object.entries(worst.onCpu).sort(([, a], [, b]) => b - a).map(([name, count]) => (count === 1 ? name : `${count} ${name}`))
    sentences.push(`${left(worst)} of ${plural(worst.operators, 'operator')} ran on the CPU: ${names.slice(0, MOST).join(', ')}${names.length > MOST ? ', …' : '.'}`)
  }
  return sentences
}
