/** Progress of a long run: a redrawn line with a bar on a terminal, a plain line every ten seconds elsewhere. */
import type { Output } from './environment.ts'
import { count, duration } from './numbers.ts'
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

/** Progress on an output; `now` is a clock in milliseconds. */
export function progress(output: Output, now: () => number = Date.now): Progress {
  const started = now()
  let next = started + (output.terminal ? QUIET_MS : PLAIN_LINE_MS)
  let phase = ''
  let phaseStarted = started
  let drawn = false
  return {
    update(step) {
      const time = now()
      const key = `${step.hypothesis}\n${step.phase}`
      if (key !== phase) {
        phase = key
        phaseStarted = time
      }
      if (time < next) return
      next = time + (output.terminal ? REDRAW_MS : PLAIN_LINE_MS)
      const line = progressLine(step, (time - phaseStarted) / 1000, output)
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

const BAR = 24

/** `claim 1: sampling ███████░░░ 4,000 of 10,000, 12 s left`; without the bar for a log. */
export function progressLine({ hypothesis, phase, done, total }: Step, seconds: number, output: Pick<Output, 'columns' | 'terminal'>): string {
  const columns = output.columns - 1
  const name = harmless(hypothesis === '' ? phase : `${hypothesis}: ${phase}`)
  if (!(total > 1)) return cut(`${name}, ${duration(seconds)}`, columns)
  const part = Math.min(1, done / total)
  const filled = Math.round(part * BAR)
  const bar = output.terminal ? ` ${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}` : ''
  const left = part > 0 && seconds > 0 ? `, ${wholeSeconds((seconds / part) * (1 - part))} left` : ''
  const rest = `${bar} ${count(done)} of ${count(total)}${left}`
  return cut(`${cut(name, Math.max(8, columns - rest.length))}${rest}`, columns)
}

const wholeSeconds = (seconds: number): string => (seconds < 10 ? `${Math.ceil(seconds)} s` : duration(seconds))
