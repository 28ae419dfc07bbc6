/** Numbers as a person reads them: no more digits than the error warrants, per cent instead of fractions. */
import type { Interval, Mean, NullReport, PoolReport, ReducedReport } from '../protocol/report.ts'

/** Stands where a number is not defined. */
export const UNDEFINED = '–'

/** Made once, when it is needed: a locale's formatter takes longer to make than a page of numbers to write. */
let grouped: Intl.NumberFormat | undefined

export const count = (value: number): string => (grouped ??= new Intl.NumberFormat('en-US')).format(value)

/** `1 finding`, `2 findings`. */
export const plural = (value: number, noun: string, nouns = `${noun}s`): string => `${count(value)} ${value === 1 ? noun : nouns}`

/** An effective number of classes: `1.9`, `11,428`. */
export const effective = (classes: number): string => (classes < 100 ? classes.toFixed(1) : count(Math.round(classes)))

/** `4.2 %`; shares near 0 and 1 keep the digits that tell them from 0 and 1. */
export function share(fraction: number): string {
  const rest = Math.min(fraction, 1 - fraction) * 100
  const digits = rest > 0 && rest < 0.05 ? Math.min(4, Math.ceil(-Math.log10(rest) - 1e-9)) : 1
  return `${fixed(fraction * 100, fraction === 0 || fraction === 1 ? 0 : digits)} %`
}

/** `86.5 % ± 0.3`, or `86.5 % +0.2 -0.4` where the sides differ; a dash where it is not defined. */
export function recovered({ value, low, high }: Interval, digits = recoveredDigits({ value, low, high })): string {
  if (value === null) return UNDEFINED
  const main = `${fixed(value * 100, digits)} %`
  if (low === null || high === null || (low === value && high === value)) return main
  const below = (value - low) * 100
  const above = (high - value) * 100
  const larger = Math.max(below, above)
  if (Math.abs(below - above) <= 0.2 * larger) return `${main} ± ${fixed(larger, digits)}`
  return `${main} +${fixed(above, digits)} -${fixed(below, digits)}`
}

/** `41.2 % … 44.0 %`: the least and the most that permuted hypotheses recover; one number where they are the same. */
export function nullBand({ values }: NullReport): string {
  const [least, most] = [share(values[0]!), share(values.at(-1)!)]
  return least === most ? least : `${least} … ${most}`
}

/** By how much ways to a smaller error helped: `latin, control: 0.42 of the variance of independent samples`. */
export const reducedText = ({ ways, variance }: ReducedReport): string => `${ways.join(', ')}: ${significant(variance, 2)} of the variance of independent samples`

/** `2,000 values a node, 8 repetitions`. */
export const poolText = ({ size, repetitions }: PoolReport): string => `${plural(size, 'value')} a node, ${plural(repetitions, 'repetition')}`

/** Values of one column, with equally many decimals: as many as the narrowest interval deserves. */
export function recoveredColumn(intervals: readonly Interval[]): string[] {
  const digits = Math.max(...intervals.map(recoveredDigits))
  return intervals.map((interval) => recovered(interval, digits))
}

/** Decimals of per cent. */
function recoveredDigits({ value, low, high }: Interval): number {
  if (value === null) return 0
  const error = low === null || high === null ? 0 : Math.max(value - low, high - value) * 100
  return error >= 10 ? 0 : error >= 0.15 ? 1 : 2
}

/** Errors smaller than this share of the mean are those of arithmetic. */
const NO_ERROR = 1e-9

/** `0.1234 ± 0.0008` with the standard error; only the mean where the error is 0. */
export function mean({ mean: value, se }: Mean): string {
  if (!Number.isFinite(value)) return UNDEFINED
  if (!(se > NO_ERROR * Math.abs(value))) return significant(value)
  const scale = Math.max(Math.abs(value), se)
  if (scale < 1e-4 || scale >= 1e7) {
    const exponent = Math.floor(Math.log10(scale))
    const unit = 10 ** exponent
    const digits = Math.min(6, decimalsOf(se / unit))
    return `(${(value / unit).toFixed(digits)} ± ${(se / unit).toFixed(digits)})e${exponent}`
  }
  const digits = Math.min(8, decimalsOf(se))
  return `${fixed(value, digits)} ± ${fixed(se, digits)}`
}

/** So many significant digits. */
export function significant(value: number, digits = 4): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size < 1e-4 || size >= 1e7) return value.toExponential(digits - 1)
  return fixed(value, Math.max(0, digits - 1 - Math.floor(Math.log10(size))))
}

/** `0.42 s`, `1 min 40 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${whole % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** Decimals that show an error with one digit, or two where the first of them is 1. */
function decimalsOf(error: number): number {
  const exponent = Math.floor(Math.log10(error))
  const leading = Math.floor(error / 10 ** exponent)
  return Math.max(0, leading === 1 ? 1 - exponent : -exponent)
}

function fixed(value: number, digits: number): string {
  const text = value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return /^-[0.,]*$/.test(text) ? text.slice(1) : text
}
