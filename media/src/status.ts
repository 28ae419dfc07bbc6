/** The strip that says how far a run is, or why what is shown is not the last word. */
import { h, type Child, type Markup } from './markup.ts'
import type { HostToPage } from './messages.ts'
import { phaseName } from '../../server/src/language/phases.ts'
import { count, duration } from './numbers.ts'

type State = Pick<Extract<HostToPage, { type: 'report' }>, 'state' | 'progress' | 'message'>

const SENTENCES = {
  running: 'Evaluating.',
  partial: 'Stopped before all samples were drawn: these are partial results.',
  stale: 'The text changed since this was evaluated.',
  cached: 'From an earlier run of the same hypothesis, model and data.',
  failed: 'The evaluation failed.',
  empty: 'Not evaluated yet.',
} as const

/** `attached`: somebody can evaluate. */
export function status({ state, progress, message }: State, attached: boolean, now: number): Markup | null {
  if (!state) return null
  const again = { running: undefined, partial: 'Evaluate again', stale: 'Evaluate again', cached: 'Run again', failed: 'Try again', empty: 'Evaluate' }[state]
  return h(
    'div',
    { class: `status ${state}`, role: state === 'failed' ? 'alert' : 'status' },
    h('p', {}, message ?? SENTENCES[state], state === 'running' && progress ? ` ${capital(steps(progress, now))}` : ''),
    state === 'running' && progress && h('progress', { max: Math.max(1, progress.total), value: progress.done, 'aria-label': phaseName(progress.phase) }),
    attached && button(state === 'running' ? 'stop' : 'evaluate', again ?? 'Stop'),
  )
}

const button = (act: 'stop' | 'evaluate', label: string): Child => h('button', { type: 'button', class: 'tool', 'data-act': act }, label)

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

function steps({ phase, done, total, started }: NonNullable<State['progress']>, now: number): string {
  // A single step says nothing before it is done.
  if (total <= 1) return phaseName(phase)
  const spent = Math.max(0, now - started) / 1000
  const left = done > 0 && total > done && spent > 2 ? ` · about ${duration((spent / done) * (total - done))} left` : ''
  return `${phaseName(phase)}: ${count(done)} of ${count(total)} · ${Math.floor((100 * done) / total)} %${left}`
}
