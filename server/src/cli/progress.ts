/** Progress of a long run: a redrawn line with a bar on a terminal, a plain line every ten seconds elsewhere. */
import type { Output } from './environment.ts'
import { count, duration } from '../language/numbers.ts'
import { cut, harmless } from './text.ts'

export interface Step {
  readonly hypothesis: string
  readonly phase: string
  readonly done: number
  readonly total: number
}

export interface Progress {
  update(step: Step): void
  /** Remove the line. */
  end(): void
}

/** Nothing is shown of a run that is over within a second. */
const QUIET_MS = 1000
const REDRAW_MS = 100
const PLAIN_LINE_MS = 10_000

/** Progress on an output; `now` is a clock in milliseconds, one that nobody sets. */
export function progress(output: Output, now: () => number = () => performance.now()): Progress {
  let next = now() + (output.terminal ? QUIET_MS : PLAIN_LINE_MS)
  let work = ''
  let from = { time: 0, done: 0 }
  let drawn = false
  return {
    update(step) {
      const time = now()
      // Phases may alternate over the same samples: they are one piece of work.
      const key = `${step.hypothesis}\n${step.total}`
      if (key !== work) {
        work = key
        from = { time, done: step.done }
      }
      if (time < next) return
      next = time + (output.terminal ? REDRAW_MS : PLAIN_LINE_MS)
      const rate = (step.done - from.done) / (time - from.time)
      const line = progressLine(step, rate > 0 ? (step.total - step.done) / rate / 1000 : undefined, output)
      output.write(output.terminal ? `\r\u001b[K${line}` : `${line}\n`)
      drawn ||= output.terminal
    },
    end() {
      if (drawn) output.write('\r\u001b[K')
      drawn = false
      next = Infinity
    },
  }
}

/** Cells of the bar on a terminal that has room for them. */
const BAR = 24

/** `claim 1: run ███████░░░ 4,000 of 10,000, 12 s left`; without the bar for a log. */
export function progressLine({ hypothesis, phase, done, total }: Step, secondsLeft: number | undefined, output: Pick<Output, 'columns' | 'terminal'>): string {
  const columns = output.columns - 1
  const name = harmless(hypothesis === '' ? phase : `${hypothesis}: ${phase}`)
  if (!(total > 1)) return cut(name, columns)
  const cells = Math.max(6, Math.min(BAR, columns - 56))
  const filled = Math.round(Math.min(1, done / total) * cells)
  const bar = output.terminal ? ` ${'█'.repeat(filled)}${'░'.repeat(cells - filled)}` : ''
  const left = secondsLeft === undefined ? '' : `, ${wholeSeconds(secondsLeft)} left`
  const rest = `${bar} ${count(done)} of ${count(total)}${left}`
  return cut(`${cut(name, Math.max(8, columns - rest.length))}${rest}`, columns)
}

const wholeSeconds = (seconds: number): string => (seconds < 10 ? `${Math.ceil(seconds)} s` : duration(seconds))
