/** Fuzzes one target for a while; what fails is made as small as it can be. */
import fc from 'fast-check'
import type { Case } from './case.ts'
import { Judge } from './judge.ts'
import type { Target } from './targets.ts'

export interface Failure {
  readonly target: string
  /** With which the same case is found again. */
  readonly seed: number
  readonly fault: string
  readonly smallest: Case
}

export interface Run {
  readonly target: string
  readonly cases: number
  /** Of them, those that were opened; the others got a sentence. */
  readonly opened: number
  readonly failures: readonly Failure[]
}

/** Cases of one seed; the next ones have the next seed, so that one failure does not end the search. */
const BATCH = 200
/** Milliseconds that are spent on making a failure smaller. */
const SHRINKING = 20_000
const MOST_FAILURES = 20

export async function fuzz({ name, kind, cases }: Target, seconds: number, seed: number): Promise<Run> {
  const judge = new Judge()
  const end = Date.now() + seconds * 1000
  const failures = new Map<string, Failure>()
  let [count, opened] = [0, 0]
  try {
    for (let own = seed; Date.now() < end && failures.size < MOST_FAILURES; own++) {
      let fault = ''
      let smallest: Case | undefined
      let found = Infinity
      const property = fc.asyncProperty(cases, async (given) => {
        if (Date.now() > Math.min(end, found)) return
        const verdict = await judge.judge(kind, given)
        if (found === Infinity) {
          count++
          opened += Number(verdict.outcome === 'opened')
        }
        if (verdict.fault === undefined) return
        if (found === Infinity) found = Date.now() + SHRINKING
        ;[fault, smallest] = [verdict.fault, given]
        throw new Error(fault)
      })
      await fc.check(property, { seed: own, numRuns: BATCH })
      if (smallest) failures.set(fault.split('\n').slice(0, 2).join(' ').replace(/\d+/g, '#'), { target: name, seed: own, fault, smallest })
    }
  } finally {
    judge.stop()
  }
  return { target: name, cases: count, opened, failures: [...failures.values()] }
}
