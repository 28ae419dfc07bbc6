/**
 * When a run that stops at a precision looks at its interval. To stop as soon as the interval is narrow favours samples whose
 * spread happens to look small, and with them, where the metric is skewed, a mean to one side. So looks are few: after the first
 * samples, and then at the number that the last look says is needed, with a margin, which nearly always is enough.
 */
import type { Interval } from '../protocol/report.ts'

/** Samples before the first look: enough to tell the spread. */
export const FIRST_LOOK = 4096
/** What is drawn beyond the number that seems needed, so that one more look is rarely needed. */
const MARGIN = 1.1
/** No step is longer: what a look said from few samples is not to be believed beyond. */
const LONGEST = 16
/** And none is shorter: looks stay few where the last one was too hopeful. */
const SHORTEST = 1.25

/** Half the width of an interval; Infinity where there is none. */
export const halfWidth = ({ low, high }: Interval): number => (low === null || high === null ? Infinity : (high - low) / 2)

/** Samples at the next look, after one at `done` with this half-width; `fixed` is the part of it that stays with any number of samples. */
export function nextLook(done: number, half: number, precision: number, fixed: number): number {
  const room = precision ** 2 - fixed ** 2
  const needed = room > 0 ? (done * Math.max(0, half ** 2 - fixed ** 2)) / room : Infinity
  return Math.ceil(Math.min(done * LONGEST, Math.max(done * SHORTEST, needed * MARGIN)))
}
